"""Accounts that fall behind the project's own objects: noted, claimed, settled, put off.

An account's row is the outbox: ``link_due_at`` is set from the object's change until the service
knows its state. Each change adds to ``link_marks``, so that who has told the service of one
settles no later one; and one worker at a time has an account, so that no older state is told
after a newer one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import connections, models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_tim import conf
from django_tim.exceptions import InvalidArgument
from django_tim.linking import AccountLink, Target, link_of
from django_tim.models import Account

from .mirror import database_of, rows
from .runs import describe

logger = logging.getLogger("django_tim.links")

State = Account.State
FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 86_400.0
"""Seconds until an account that the service refused is tried again: twice as long each time."""


class UserIDTaken(InvalidArgument):
    """Two objects would have one account; the first one keeps it."""


def mark(link: AccountLink[Any], obj: models.Model) -> Account | None:
    """Note that the service has to be told of an object; returns the row of its account.

    None if the object has no account and needs none. An account that it had under another
    UserID, or in another app, is noted as well, to be let go. Raises what ``target`` does, and
    UserIDTaken; nothing is noted of the object then.
    """
    target = link.target(obj)
    mine = _linked(link.label, str(obj.pk))
    fall_behind(mine if target is None else mine.exclude(**_key(target)))
    if target is None:
        return None
    row = rows(Account, **_key(target)).first()
    if row is None and not link.is_active(obj):
        return None  # it never had one
    row = _tied(link, obj, target)
    fall_behind(rows(Account, pk=row.pk))
    return row


def mark_lost(label: str, key: str) -> int:
    """Note that an object was deleted; how many accounts stood for it."""
    return fall_behind(_linked(label, key))


def fall_behind(found: QuerySet[Account]) -> int:
    """Note that the service has to be told of these accounts' objects; how many they are."""
    now = timezone.now()
    return found.update(
        link_marks=F("link_marks") + 1,
        behind_since=Coalesce("behind_since", now),
        link_due_at=now,
        link_attempts=0,
    )


def tie(link: AccountLink[Any], obj: models.Model) -> Account | None:
    """The row of an object's account, tied to it, without noting that it is behind."""
    target = link.target(obj)
    return None if target is None else _tied(link, obj, target)


def behind(app: str = "default") -> QuerySet[Account]:
    """The accounts of which the service has still to be told something."""
    return of_app(app).filter(link_due_at__isnull=False)


def of_app(app: str = "default") -> QuerySet[Account]:
    """The accounts of one app."""
    return rows(Account, sdk_app_id=conf.app_config(app).sdk_app_id)


def due(app: str = "default") -> QuerySet[Account]:
    """Those whose time has come, and that no worker has; who waits longest first."""
    now = timezone.now()
    free = Q(link_lease=None) | Q(link_lease__lt=now)
    return behind(app).filter(free, link_due_at__lte=now).order_by("link_due_at", "pk")


def workers(app: str = "default") -> int:
    """How many workers have accounts that they tell the service of."""
    held = behind(app).filter(link_lease__gte=timezone.now()).exclude(link_claim="")
    return int(held.values("link_claim").distinct().count())


def claim(app: str, number: int) -> list[Account]:
    """Take up to ``number`` accounts that are due, for as long as a lease lasts."""
    token = uuid4().hex
    with transaction.atomic(using=database_of(Account)):
        chosen = due(app)
        if connections[database_of(Account)].features.has_select_for_update_skip_locked:
            chosen = chosen.select_for_update(skip_locked=True)
        keys = list(chosen.values_list("pk", flat=True)[:number])
        until = timezone.now() + timedelta(seconds=lease(app))
        due(app).filter(pk__in=keys).order_by().update(link_claim=token, link_lease=until)
    return list(rows(Account, pk__in=keys, link_claim=token).defer("raw").order_by("pk"))


def lease(app: str) -> float:
    """Seconds that a worker may have accounts: longer than it goes on with them."""
    return max(300.0, 4 * conf.app_config(app).deadline)


def made(some: Sequence[Account]) -> None:
    """Their accounts exist now, but not all that a new one gets has been told."""
    claims = {row.link_claim for row in some}
    held = rows(Account, pk__in=[row.pk for row in some], link_claim__in=claims)
    held.update(host_state=State.MADE)


def settle(row: Account, state: str) -> bool:
    """The service was told; False if the object has changed meanwhile: it is due again."""
    return bool(settle_many([row], state))


def settle_many(some: Iterable[Account], state: str) -> int:
    """As ``settle``, for accounts of one claim; how many have not changed meanwhile."""
    fields = {
        "host_state": state,
        "behind_since": None,
        "link_due_at": None,
        "link_attempts": 0,
        "link_code": 0,
        "link_error": "",
    }
    settled = 0
    by_claim: dict[tuple[str, int], list[int]] = {}
    for row in some:
        by_claim.setdefault((row.link_claim, row.link_marks), []).append(row.pk)
    for (claim, marks), keys in by_claim.items():
        held = rows(Account, pk__in=keys, link_claim=claim)
        unchanged = held.filter(link_marks=marks).update(**fields, **_FREE)
        settled += unchanged
        if unchanged < len(keys):
            held.update(host_state=state, **_FREE)
    return settled


def let_go(row: Account) -> bool:
    """As ``settle``, for an account whose object has another one now: it stands for nobody."""
    with transaction.atomic(using=database_of(Account)):
        untied = {"host_model": "", "host_pk": ""}
        same = {"host_model": row.host_model, "host_pk": row.host_pk}
        _held(row).filter(link_marks=row.link_marks, **same).update(**untied)
        return settle(row, State.DELETED)


def refused(row: Account, error: BaseException) -> None:
    """What the service, or we, refuse of one account: kept on its row, and tried again later."""
    wait = min(FIRST_WAIT * 2 ** min(row.link_attempts, 20), LONGEST_WAIT)
    logger.warning("%s of %s %s: %s", row.user_id, row.host_model, row.host_pk, describe(error)[1])
    put_off([row], error, wait)


def put_off(some: Sequence[Account], error: BaseException, seconds: float) -> None:
    """Let accounts wait after a trouble. Those whose object changes are due at once again."""
    code, text = describe(error)
    due = timezone.now() + timedelta(seconds=seconds)
    for row in some:
        fields = {"link_attempts": row.link_attempts + 1, "link_code": code or 0}
        held = _held(row).filter(link_marks=row.link_marks)
        held.update(link_due_at=due, link_error=text, **fields)
    give_back(some)


def give_back(some: Iterable[Account]) -> None:
    """Leave accounts to other workers."""
    for row in some:
        _held(row).update(**_FREE)


_FREE: Final = {"link_claim": "", "link_lease": None}


def _held(row: Account) -> QuerySet[Account]:
    return rows(Account, pk=row.pk, link_claim=row.link_claim)


def _key(target: Target) -> dict[str, Any]:
    return {"sdk_app_id": target.sdk_app_id, "user_id": target.user_id}


def _linked(label: str, key: str) -> QuerySet[Account]:
    return rows(Account, host_model=label, host_pk=key)


def _tied(link: AccountLink[Any], obj: models.Model, target: Target) -> Account:
    """The account's row, which stands for the object from now on. Raises UserIDTaken."""
    mine = {"host_model": link.label, "host_pk": str(obj.pk)}
    row: Account
    row, made = rows(Account).get_or_create(**_key(target), defaults=mine)
    before = {"host_model": row.host_model, "host_pk": row.host_pk}
    if made or before == mine:
        return row
    if _is_anothers(row, target):
        raise UserIDTaken(
            f"the account {target.user_id!r} stands for {row.host_model} {row.host_pk}, so it "
            f"can't stand for {link.label} {obj.pk}"
        )
    taken = rows(Account, pk=row.pk, **before).update(**mine)
    row.refresh_from_db(using=database_of(Account))
    if not taken and (row.host_model, row.host_pk) != (link.label, str(obj.pk)):
        raise UserIDTaken(f"another object has just taken the account {target.user_id!r}")
    return row


def _is_anothers(row: Account, target: Target) -> bool:
    """Whether the object that the account stands for is still there, and still maps to it."""
    link = link_of(row.host_model) if row.host_model else None
    if link is None:
        return False
    holder = link.find([row.host_pk]).get(row.host_pk)
    if holder is None:
        return False
    try:
        return link.target(holder) == target
    except InvalidArgument:
        return False
