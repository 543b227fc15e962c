"""Telling the service of the project's objects: what each is like when it is told, never before.

An account that exists is only given what the project owns and what differs; one that is made
gets all that its object has to say. Whoever is deactivated or deleted is logged out, or the
account is deleted, as the link says. All calls go through the services: audited and mirrored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.db.models import Q

from django_tim import conf
from django_tim.catalogue import ACCOUNT_CHECK, ACCOUNT_DELETE, ACCOUNT_IMPORT_MANY, PROFILE_GET
from django_tim.client.batch import Outcome
from django_tim.client.errors import error_for
from django_tim.connection import tims
from django_tim.exceptions import (
    AuthenticationFailed,
    ConfigurationError,
    NotFound,
    OutcomeUnknown,
    ReadOnlyApp,
    ServiceUnavailable,
    TimError,
    UnsafeTransaction,
)
from django_tim.linking import DELETE, FACE_URL, NICKNAME, AccountLink, Profile, Target
from django_tim.models import Account

from . import accounts, links, mirror, profiles
from .actor import Actor
from .link_wishes import Wish, differing, not_imported, to_import, wishes
from .passing import PASSING, raise_passing, wait_after

logger = logging.getLogger("django_tim.links")

State = Account.State
AT_ONCE: Final = 100
"""Accounts that are claimed together: as many as a call of check and import takes."""
NO_ACCOUNT: Final = 70107
PATIENCE: Final = 3
"""Accounts in a row whose calls meet trouble, after which it is taken for everybody's."""
TASK: Final = Actor("task")
FOR_ALL: Final = (
    *PASSING,
    AuthenticationFailed,
    ConfigurationError,
    ReadOnlyApp,
    UnsafeTransaction,
)
"""Troubles that every account would meet: all of them wait."""


def deliver_due(app: str = "default", *, seconds: float = 60, actor: Actor = TASK) -> bool:
    """Tell the service of accounts that are due, for about so long; whether more are left.

    Troubles do not raise: they are kept on the rows, which are due again after a while. While
    the app is READ_ONLY nothing is called, and all stay behind.
    """
    if tims[app].config.read_only:
        logger.info("%r is READ_ONLY: the accounts that are behind wait", app)
        return False
    end = time.monotonic() + seconds
    while batch := links.claim(app, AT_ONCE):
        if not deliver(batch, app=app, actor=actor):
            return False
        if time.monotonic() >= end:
            return True
    return False


def deliver(batch: list[Account], *, app: str = "default", actor: Actor = TASK) -> bool:
    """Tell the service of claimed accounts; False if a trouble stopped it that all would meet."""
    courier = _Courier(app, actor, batch)
    try:
        courier.deliver()
    except FOR_ALL as error:
        attempts = max((row.link_attempts for row in courier.left()), default=0)
        logger.warning("%d accounts of %s wait: %s", len(batch), app, error)
        links.put_off(courier.left(), error, wait_after(attempts + 1))
        return False
    finally:
        courier.settle()
        links.give_back(courier.left())
    return True


def ensure(link: AccountLink[Any], obj: Any, *, actor: Actor = TASK) -> bool:
    """See to it, now, that an object's account exists; whether a worker has to do the rest.

    An account that exists, as far as the mirror knows, costs no call. Raises what ``mark``
    and ``accounts.import_one`` do.
    """
    target = link.target(obj)
    if target is None or _exists(link.label, obj, target):
        return False
    links.mark(link, obj)
    [checked] = accounts.check([target.user_id], app=target.app)
    if not checked.ok:
        raise _error(ACCOUNT_CHECK, checked)
    if checked.value != "Imported":
        profile = link.profile(obj)
        accounts.import_one(
            target.user_id,
            nick=str(profile.get(NICKNAME) or "") or None,
            face_url=str(profile.get(FACE_URL) or "") or None,
            app=target.app,
            actor=actor,
        )
    return True


def _exists(label: str, obj: Any, target: Target) -> bool:
    found = mirror.rows(
        Account,
        sdk_app_id=target.sdk_app_id,
        user_id=target.user_id,
        host_model=label,
        host_pk=str(obj.pk),
        gone_at=None,
    )
    seen = Q(host_state=State.ACTIVE) | Q(synced_at__isnull=False)
    return bool(found.filter(seen).exists())


class _Courier:
    """One batch under way. What is settled or refused is no longer ``left``."""

    def __init__(self, app: str, actor: Actor, batch: list[Account]) -> None:
        self.app, self.actor = app, actor
        self._left = {row.pk: row for row in batch}
        self._told: dict[str, list[Account]] = {}
        self._troubles = 0  # in a row
        self._stopped_by: Exception | None = None  # met while calls were under way
        self._until = time.monotonic() + links.lease(app) - 2 * conf.app_config(app).deadline

    def left(self) -> list[Account]:
        return list(self._left.values())

    def deliver(self) -> None:
        wanted: dict[str, Wish] = {}
        for row, wish in wishes(self.left()):
            if isinstance(wish, Wish):
                wanted[row.user_id] = wish
            else:
                self._refused(row, wish)
        if not wanted:
            return
        known = self._known(wanted)
        active = {key: one for key, one in wanted.items() if one.state == State.ACTIVE}
        for key, wish in wanted.items():
            if key in known and key not in active:
                self._each(wish, self._end if known[key] else self._settled)
        self._make([wish for key, wish in active.items() if key in known and not known[key]])
        self._update([wish for key, wish in active.items() if known.get(key)])

    def _known(self, wanted: dict[str, Wish]) -> dict[str, bool]:
        """Which accounts exist; those of which it can't be told are refused."""
        result = tims[self.app].accounts.check_many(wanted)
        raise_passing(ACCOUNT_CHECK, result)
        # That one which is new does not exist yet is no news to the mirror.
        told = [one for one in result if wanted[one.item].row.host_state or one.value == "Imported"]
        accounts.checked(tims[self.app].config.sdk_app_id, told)
        for outcome in result.failures:
            self._refused(wanted[outcome.item].row, _error(ACCOUNT_CHECK, outcome))
        return {outcome.item: outcome.value == "Imported" for outcome in result.succeeded}

    def _end(self, wish: Wish) -> None:
        """Log out or delete who is not active; once, though the object may be saved again."""
        done = wish.row.host_state == wish.state and not wish.let_go
        if wish.end == DELETE:
            result = accounts.delete([wish.user_id], app=self.app, actor=self.actor)
            raise_passing(ACCOUNT_DELETE, result)
            for outcome in result.failures:
                if outcome.code != NO_ACCOUNT:
                    raise _error(ACCOUNT_DELETE, outcome)
        elif not done:
            with suppress(NotFound):  # deleted since it was checked: nobody is logged in
                accounts.kick(wish.user_id, app=self.app, actor=self.actor)
        self._settled(wish)

    def _make(self, new: list[Wish]) -> None:
        if not new:
            return
        by_id = {wish.user_id: wish for wish in new}
        result = accounts.import_many(map(to_import, new), app=self.app, actor=self.actor)
        made = [by_id[outcome.item] for outcome in result.succeeded]
        self._set(self._first_values(made))
        raise_passing(ACCOUNT_IMPORT_MANY, result)
        for outcome in result.failures:  # the answer to many gives no reason
            self._each(by_id[outcome.item], self._make_one)

    def _make_one(self, wish: Wish) -> None:
        given = to_import(wish)
        accounts.import_one(
            wish.user_id,
            nick=given.get("Nick"),
            face_url=given.get("FaceUrl"),
            app=self.app,
            actor=self.actor,
        )
        for _, fields in self._first_values([wish]):
            if fields:
                profiles.set(wish.user_id, fields=fields, app=self.app, actor=self.actor)
        self._settled(wish)

    def _first_values(self, made: list[Wish]) -> list[tuple[Wish, Profile]]:
        """What new accounts still have to get; noted, should it not come to it now."""
        first = [(wish, not_imported(wish)) for wish in made]
        links.made([wish.row for wish, fields in first if fields])
        return first

    def _update(self, existing: list[Wish]) -> None:
        """Set the fields of ours that differ: nothing, most often."""
        tags = sorted({tag for wish in existing for tag in wish.owned or {}})
        current: dict[str, Any] = {}
        if tags:
            ids = [wish.user_id for wish in existing if wish.owned]
            result = tims[self.app].profiles.get_many(ids, tags=tags)
            raise_passing(PROFILE_GET, result)
            for outcome in result:
                value = outcome.value if outcome.ok else _error(PROFILE_GET, outcome)
                current[outcome.item] = value or {}
        changes: list[tuple[Wish, Profile]] = []
        for wish in existing:
            self._each(wish, lambda one: changes.append((one, _to_set(one, current))))
        self._set(changes)

    def _set(self, changes: list[tuple[Wish, Profile]]) -> None:
        """Set fields of accounts, of many at once: a call takes one account.

        What all would meet ends it: no more calls begin, and it is raised when none is under way.
        """
        for wish, fields in changes:
            if not fields:
                self._each(wish, self._settled)
        wanted = {wish.user_id: (wish, fields) for wish, fields in changes if fields}
        profiles.set_each(
            self._in_turn(wanted),
            lambda user_id, error: self._came_to(wanted[user_id][0], error),
            app=self.app,
            actor=self.actor,
        )
        if self._stopped_by is not None:
            raise self._stopped_by

    def _in_turn(self, wanted: dict[str, tuple[Wish, Profile]]) -> Iterator[tuple[str, Profile]]:
        """Those whose calls may still begin, each asked for when its call would."""
        for user_id, (wish, fields) in wanted.items():
            if self._stopped_by is not None:
                return
            if self._may_begin(wish):
                yield user_id, fields

    def _came_to(self, wish: Wish, error: Exception | None) -> None:
        """Note what an account's call met; it does not raise, for others may be under way."""
        try:
            with self._alone(wish):
                if error is not None:
                    raise error
                self._settled(wish)
        except Exception as trouble:  # noqa: BLE001  (raised when no call is under way)
            self._stopped_by = self._stopped_by or trouble

    def _each(self, wish: Wish, step: Callable[[Wish], None]) -> None:
        """One account's step, if there is still time for it."""
        if self._may_begin(wish):
            with self._alone(wish):
                step(wish)

    def _may_begin(self, wish: Wish) -> bool:
        """What is left when the lease is nearly over is due again at once."""
        return wish.row.pk in self._left and time.monotonic() <= self._until

    @contextmanager
    def _alone(self, wish: Wish) -> Iterator[None]:
        """What an account alone meets is kept on its row, and the others go on."""
        try:
            yield
        except (OutcomeUnknown, ServiceUnavailable) as error:
            self._troubles += 1
            if self._troubles == PATIENCE:
                raise
            self._put_off(wish.row, error)
        except FOR_ALL:
            raise
        except TimError as error:
            self._refused(wish.row, error)

    def _settled(self, wish: Wish) -> None:
        if wish.let_go:
            links.let_go(wish.row)
        else:
            self._told.setdefault(wish.state, []).append(wish.row)
        del self._left[wish.row.pk]
        self._troubles = 0

    def settle(self) -> None:
        """Write down, together, whom the service was told of."""
        for state, some in self._told.items():
            links.settle_many(some, state)
        self._told.clear()

    def _put_off(self, row: Account, error: TimError) -> None:
        links.put_off([row], error, wait_after(row.link_attempts + 1))
        del self._left[row.pk]

    def _refused(self, row: Account, error: BaseException) -> None:
        links.refused(row, error)
        del self._left[row.pk]


def _to_set(wish: Wish, current: dict[str, Any]) -> Profile:
    """What an existing account's profile lacks. Raises what reading it met."""
    first = not_imported(wish) if wish.row.host_state == State.MADE else {}
    return {**first, **differing(wish, current)}


def _error(endpoint: Any, outcome: Outcome[Any]) -> TimError:
    return error_for(endpoint, {"ErrorCode": outcome.code, "ErrorInfo": outcome.info})
