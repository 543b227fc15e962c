"""Telling the service of the project's objects: what each is like when it is told, never before.

An account that exists is only given what the project owns and what differs; one that is made
gets all that its object has to say. Whoever is deactivated or deleted is logged out, or the
account is deleted, as the link says. All calls go through the services: audited and mirrored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from django_tim import conf
from django_tim.api.accounts import AccountToImport
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
from django_tim.linking import (
    DELETE,
    FACE_URL,
    HOST,
    KEEP,
    NICKNAME,
    AccountLink,
    Profile,
    Target,
    link_of,
)
from django_tim.models import Account

from . import accounts, links, mirror, profiles
from .actor import Actor
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


@dataclass(frozen=True)
class Wish:
    """What the project wants of an account: its state, and its profile while it is active."""

    row: Account
    state: str
    end: str = KEEP
    """What becomes of it if it is not active."""
    profile: Profile | None = None
    owned: Profile | None = None
    """The part of the profile that is the project's."""
    let_go: bool = False
    """Whether its object has another account now."""

    @property
    def user_id(self) -> str:
        return self.row.user_id


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


def wishes(rows: list[Account]) -> Iterator[tuple[Account, Wish | Exception]]:
    """What the project wants of each account now, or what its link raised."""
    by_label: dict[str, list[Account]] = {}
    for row in rows:
        by_label.setdefault(row.host_model, []).append(row)
    for label, some in by_label.items():
        link = link_of(label)
        objects = link.find({row.host_pk for row in some}) if link else {}
        for row in some:
            try:
                yield row, _wish(row, link, objects.get(row.host_pk))
            except Exception as error:
                if not isinstance(error, TimError):
                    logger.exception("the link of %s failed for %s", label, row.host_pk)
                yield row, error


def _wish(row: Account, link: AccountLink[Any] | None, obj: Any) -> Wish:
    if link is None:
        raise ConfigurationError(f"no link is registered for {row.host_model!r}")
    if obj is None:
        return Wish(row, State.DELETED, link.when_deleted)
    if not _stands_for(row, link.target(obj)):
        return Wish(row, State.DELETED, link.when_deleted, let_go=True)
    if not link.is_active(obj):
        return Wish(row, State.INACTIVE, link.when_deactivated)
    profile = link.profile(obj)
    owned = {tag: value for tag, value in profile.items() if link.owner_of(tag) == HOST}
    return Wish(row, State.ACTIVE, profile=profile, owned=owned)


def _stands_for(row: Account, target: Target | None) -> bool:
    return target is not None and (target.sdk_app_id, target.user_id) == (
        row.sdk_app_id,
        row.user_id,
    )


class _Courier:
    """One batch under way. What is settled or refused is no longer ``left``."""

    def __init__(self, app: str, actor: Actor, batch: list[Account]) -> None:
        self.app, self.actor = app, actor
        self._left = {row.pk: row for row in batch}
        self._told: dict[str, list[Account]] = {}
        self._troubles = 0  # in a row
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
        result = accounts.import_many(map(_to_import, new), app=self.app, actor=self.actor)
        for outcome in result.succeeded:
            self._each(by_id[outcome.item], self._complete)
        raise_passing(ACCOUNT_IMPORT_MANY, result)
        for outcome in result.failures:  # the answer to many gives no reason
            self._each(by_id[outcome.item], self._make_one)

    def _make_one(self, wish: Wish) -> None:
        given = _to_import(wish)
        accounts.import_one(
            wish.user_id,
            nick=given.get("Nick"),
            face_url=given.get("FaceUrl"),
            app=self.app,
            actor=self.actor,
        )
        self._complete(wish)

    def _complete(self, wish: Wish) -> None:
        """The fields that an import does not take."""
        fields = {
            tag: value
            for tag, value in (wish.profile or {}).items()
            if tag not in (NICKNAME, FACE_URL) and not _is_blank(value)
        }
        self._set(wish, fields)

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
        for wish in existing:
            self._each(wish, lambda one: self._set(one, differing(one, current)))

    def _set(self, wish: Wish, fields: Profile) -> None:
        if fields:
            profiles.set(wish.user_id, fields=fields, app=self.app, actor=self.actor)
        self._settled(wish)

    def _each(self, wish: Wish, step: Any) -> None:
        """One account's step: what it alone meets is kept on its row, and the others go on."""
        if wish.row.pk not in self._left or time.monotonic() > self._until:
            return  # what is left when the lease is nearly over is due again at once
        try:
            step(wish)
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


def differing(wish: Wish, current: dict[str, Any]) -> Profile:
    """The fields of ours that the service has otherwise. Raises what its profile met."""
    found = current.get(wish.user_id, {})
    if isinstance(found, Exception):
        raise found
    owned = wish.owned or {}
    return {tag: value for tag, value in owned.items() if not same(value, found.get(tag))}


def same(ours: str | int, theirs: Any) -> bool:
    """Whether two values of a field are equal: one that was never set is as good as blank."""
    if _is_blank(ours) and (theirs is None or _is_blank(theirs)):
        return True
    return str(ours) == str(theirs)


def _is_blank(value: str | int) -> bool:
    return value in ("", 0)


def _to_import(wish: Wish) -> AccountToImport:
    profile = wish.profile or {}
    row: AccountToImport = {"UserID": wish.user_id}
    if profile.get(NICKNAME):
        row["Nick"] = str(profile[NICKNAME])
    if profile.get(FACE_URL):
        row["FaceUrl"] = str(profile[FACE_URL])
    return row


def _error(endpoint: Any, outcome: Outcome[Any]) -> TimError:
    return error_for(endpoint, {"ErrorCode": outcome.code, "ErrorInfo": outcome.info})
