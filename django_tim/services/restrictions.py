"""Mutes and bans of accounts, everywhere: imposed, told to the service, lifted when they end.

A row says what should be and is committed first; then the service is told. Where that fails,
the row stays unsettled, the error is raised, and ``tasks.settle_restrictions`` tries again: a
restriction is never half in force without a row that says so. The service knows one mute time
of an account, so what it is told is the longest of the account's mutes and bans.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from django_tim.api.group_members import FOREVER
from django_tim.api.ids import check_user_id
from django_tim.client.area import chunks
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import (
    APIError,
    ConfigurationError,
    InvalidArgument,
    NotFound,
    NotPermitted,
    ReadOnlyApp,
    RequestRejected,
    TimError,
)
from django_tim.exceptions import said as _
from django_tim.linking import admin_ids
from django_tim.models import Account, Restriction
from django_tim.signals import account_banned, account_muted, restriction_lifted

from . import mirror
from .actor import CODE, Actor
from .changes import Change, change
from .runs import describe
from .storing import storable

Kind, State = Restriction.Kind, Restriction.State

LEASE: Final = timedelta(minutes=1)
"""How long after it was noted an unsettled restriction is left to who noted it."""
LONGEST_WAIT: Final = timedelta(hours=1)
AT_ONCE: Final = 500
"""Restrictions that one pass of the task takes up."""
BATCH: Final = 500
NO_ACCOUNT: Final = 130005
TASK: Final = Actor("task")

_REFUSALS = (RequestRejected, NotPermitted, ReadOnlyApp)
_ACTIONS = {
    (Kind.MUTE, State.APPLYING): "account.mute",
    (Kind.MUTE, State.LIFTING): "account.unmute",
    (Kind.BAN, State.APPLYING): "account.ban",
    (Kind.BAN, State.LIFTING): "account.unban",
}
_SIGNALS = {Kind.MUTE: account_muted, Kind.BAN: account_banned}


def mute(
    user_id: str,
    *,
    seconds: int | None = None,
    until: datetime | None = None,
    reason: str = "",
    app: str = "default",
    actor: Actor | None = None,
) -> Restriction:
    """Mute an account everywhere, one-to-one and in all groups; returns the restriction.

    It ends after so many ``seconds``, at ``until``, or, with neither, never. It replaces a
    mute that is in force. Raises InvalidArgument, UnsafeTransaction, and what the service
    answered: a refusal ends it, anything else is tried again by the task. Page 34923.
    """
    end = _end_of(seconds, until)
    return _impose(Kind.MUTE, user_id, end, reason, app, actor)


def ban(
    user_id: str,
    *,
    seconds: int | None = None,
    until: datetime | None = None,
    reason: str = "",
    app: str = "default",
    actor: Actor | None = None,
) -> Restriction:
    """Shut an account out: it gets no UserSig, is muted everywhere and logged out.

    No UserSig is made from the moment that the row is committed, whatever becomes of the
    calls; those are tried again until they succeed. Otherwise as ``mute``. Pages 34923 and
    34957.
    """
    end = _end_of(seconds, until)
    return _impose(Kind.BAN, user_id, end, reason, app, actor)


def impose_many(
    kind: str,
    user_ids: Iterable[str],
    *,
    until: datetime | None = None,
    reason: str = "",
    app: str = "default",
    actor: Actor | None = None,
) -> int:
    """Note a mute or ban of many accounts, for the task to carry out; returns how many.

    They are in force, and no UserSig is made for who is banned, as soon as this returns; the
    service learns of them at the rate that it allows. The app's administrator is left out.
    Raises InvalidArgument, ReadOnlyApp.
    """
    until = _end_of(None, until)
    _refuse_read_only(app)
    noted = 0
    for batch in chunks((one for one in user_ids if not is_admin(one, app)), BATCH):
        rows = [_new(kind, user_id, until, reason, app) for user_id in batch]
        _note(rows, actor or CODE, lease=timedelta(0))
        noted += len(rows)
    return noted


def lift(restriction: Restriction, *, actor: Actor | None = None) -> Restriction:
    """Undo a mute or ban; one that is lifted already is left as it is.

    The account stays muted as long as another restriction says so. Raises UnsafeTransaction,
    and what the service answered: it is tried again by the task.
    """
    restriction.refresh_from_db(using=mirror.database_of(Restriction))
    if restriction.state not in (*Restriction.IN_FORCE, State.LIFTING):
        return restriction
    with _change_of(restriction, State.LIFTING, actor) as changed:
        _to_be_lifted(restriction, changed.actor)
        _carry_out(changed, restriction)
    return restriction


def lift_many(found: QuerySet[Restriction], *, actor: Actor | None = None) -> int:
    """Note that many are to be lifted, for the task to carry out; returns how many."""
    rows = mirror.rows(Restriction, pk__in=list(found.values_list("pk", flat=True)))
    fields = _lifting(actor or CODE, lease=timedelta(0))
    return int(rows.filter(state__in=Restriction.IN_FORCE).update(**fields))


def is_banned(user_id: str, *, app: str = "default") -> bool:
    """Whether no UserSig may be made for the account."""
    found = in_force(user_id, app=app).filter(kind=Kind.BAN)
    return bool(found.exists())


def is_admin(user_id: str, app: str) -> bool:
    """Whether the account makes the app's REST calls: a ban of it would end them all."""
    return user_id.strip().casefold() in admin_ids(app)


def in_force(user_id: str, *, app: str = "default") -> QuerySet[Restriction]:
    """The account's mutes and bans that have not ended."""
    return _in_force(tims[app].config.sdk_app_id, user_id)


def due() -> QuerySet[Restriction]:
    """Restrictions that ended, and those that the service has still to be told of."""
    now = timezone.now()
    ended = Q(state__in=Restriction.IN_FORCE, until__lte=now)
    unsettled = Q(state__in=Restriction.UNSETTLED)
    time_has_come = Q(next_try_at=None) | Q(next_try_at__lte=now)
    found = mirror.rows(Restriction).filter(ended | unsettled).filter(time_has_come)
    return found.order_by("pk")[:AT_ONCE]


def settle(restriction: Restriction) -> bool:
    """Tell the service of a due restriction; False if another worker does so now.

    It is done in the name of who asked for it; what ended is lifted in the task's own. Raises
    what the service answered; it is due again after a while.
    """
    now = timezone.now()
    mine = mirror.rows(Restriction, pk=restriction.pk, state=restriction.state)
    same = mine.filter(next_try_at=restriction.next_try_at)
    if not same.update(next_try_at=now + LEASE):
        return False
    restriction.next_try_at = now + LEASE
    if restriction.state in Restriction.IN_FORCE and _ended(restriction, now):
        lift(restriction, actor=TASK)
        return True
    with _change_of(restriction, restriction.state, _author(restriction)) as changed:
        _carry_out(changed, restriction)
    return True


def _impose(
    kind: str, user_id: str, until: datetime | None, reason: str, app: str, actor: Actor | None
) -> Restriction:
    if is_admin(user_id, app):
        raise InvalidArgument(
            _("{user_id!r} is the account that makes the app's REST calls", user_id=user_id)
        )
    row = _new(kind, user_id, until, reason, app)
    with _change_of(row, State.APPLYING, actor) as changed:
        _refuse_read_only(app)
        _note([row], changed.actor)
        _carry_out(changed, row)
    return row


def _new(kind: str, user_id: str, until: datetime | None, reason: str, app: str) -> Restriction:
    sdk_app_id = tims[app].config.sdk_app_id
    return Restriction(
        alias=app,
        sdk_app_id=sdk_app_id,
        user_id=check_user_id(user_id),
        kind=kind,
        until=until,
        reason=storable(reason[:500]),
        lock_key=f"{sdk_app_id}:{kind}:{user_id}",
    )


def _refuse_read_only(app: str) -> None:
    if tims[app].config.read_only:
        raise ReadOnlyApp(_("{app!r} is READ_ONLY: nobody can be muted or banned", app=app))


def _change_of(row: Restriction, state: str, actor: Actor | None) -> Any:
    return change(
        _ACTIONS[Kind(row.kind), State(state)],
        app=row.alias,
        actor=actor,
        object_type="account",
        object_id=row.user_id,
        details={
            "reason": row.reason,
            "until": row.until.isoformat() if row.until else None,
        },
    )


def _note(rows: list[Restriction], actor: Actor, lease: timedelta = LEASE) -> None:
    """Commit restrictions in the place of those of their kind that are in force."""
    for row in rows:
        row.source, row.actor, row.actor_name = actor.source, actor.user, actor.name[:150]
        row.next_try_at = timezone.now() + lease
    try:
        _replace(rows, actor)
    except IntegrityError:  # another was noted in between: it is replaced as well
        _replace(rows, actor)


def _replace(rows: list[Restriction], actor: Actor) -> None:
    database = mirror.database_of(Restriction)
    replaced = {"state": State.LIFTED, "lock_key": None, "next_try_at": None}
    replaced |= _lifted(actor, timezone.now())
    with transaction.atomic(using=database):
        keys = [row.lock_key for row in rows]
        mirror.rows(Restriction, lock_key__in=keys).update(**replaced)
        for row in rows:
            row.save(using=database, force_insert=True)


def _author(row: Restriction) -> Actor:
    """Who asked for what has still to be told."""
    if row.state == State.LIFTING and row.lifted_by_name:
        return Actor("task", row.lifted_by, row.lifted_by_name)
    return Actor(row.source, row.actor, row.actor_name) if row.state == State.APPLYING else TASK


def _to_be_lifted(row: Restriction, actor: Actor) -> None:
    fields = _lifting(actor, LEASE)
    mirror.rows(Restriction, pk=row.pk, state__in=Restriction.IN_FORCE).update(**fields)
    row.refresh_from_db(using=mirror.database_of(Restriction))


def _lifting(actor: Actor, lease: timedelta) -> dict[str, Any]:
    now = timezone.now()
    fields: dict[str, Any] = {"state": State.LIFTING, "lock_key": None, **_lifted(actor, now)}
    return fields | {"next_try_at": now + lease, "attempts": 0, "code": 0, "error": ""}


def _lifted(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"lifted_at": now, "lifted_by": actor.user, "lifted_by_name": actor.name[:150]}


def _carry_out(changed: Change, row: Restriction) -> None:
    """Tell the service, and take down what came of it."""
    if changed.sdk_app_id != row.sdk_app_id:
        text = f"{row} belongs to SDKAppID {row.sdk_app_id}, and {row.alias!r} no longer does"
        raise ConfigurationError(text)
    applying = row.state == State.APPLYING
    try:
        try:
            _tell(changed.tim, row)
        except APIError as error:
            # Who has no account can't speak; but a mute of nobody is a mistake.
            if error.code != NO_ACCOUNT or (applying and row.kind == Kind.MUTE):
                raise
        if applying and row.kind == Kind.BAN:
            _log_out(changed.tim, row.user_id)
    except TimError as error:
        _failed(row, error)
        raise
    if applying:
        _settled(row, State.ACTIVE, applied_at=timezone.now())
        changed.announce(_SIGNALS[Kind(row.kind)], Account, restriction=row)
    else:
        _settled(row, State.LIFTED)
        changed.announce(restriction_lifted, Account, restriction=row)


def _tell(tim: Tim, row: Restriction) -> None:
    """Set the mute that the account's restrictions come to, until they come to no other."""
    wanted = _mute_end(row)
    told = None
    while told != wanted:
        seconds = FOREVER if wanted == FOREVER else max(0, math.ceil(wanted - _now()))
        tim.mutes.set(row.user_id, message_seconds=seconds, group_seconds=seconds)
        told, wanted = wanted, _mute_end(row)


def _mute_end(row: Restriction) -> float:
    """When the account may speak again, in Unix seconds; 0 is at once, FOREVER never."""
    ends = list(_in_force(row.sdk_app_id, row.user_id).values_list("until", flat=True))
    if None in ends:
        return FOREVER
    return max((end.timestamp() for end in ends if end), default=0)


def _now() -> float:
    return timezone.now().timestamp()


def _log_out(tim: Tim, user_id: str) -> None:
    try:
        tim.accounts.kick(user_id)
    except NotFound:  # there is no account: nobody is logged in
        return


def _settled(row: Restriction, state: str, **fields: Any) -> None:
    fields |= {"attempts": 0, "next_try_at": None, "code": 0, "error": ""}
    mirror.rows(Restriction, pk=row.pk, state=row.state).update(state=state, **fields)
    row.refresh_from_db(using=mirror.database_of(Restriction))


def _failed(row: Restriction, error: TimError) -> None:
    """Note the error; a mute that the service refuses is over, all else is tried again."""
    code, text = describe(error)
    wait = min(LEASE * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    fields: dict[str, Any] = {"code": code or 0, "error": text, "attempts": row.attempts + 1}
    fields["next_try_at"] = timezone.now() + wait
    refused = isinstance(error, _REFUSALS) and row.kind == Kind.MUTE
    if refused and row.state == State.APPLYING:
        fields |= {"state": State.FAILED, "lock_key": None, "next_try_at": None}
    mirror.rows(Restriction, pk=row.pk, state=row.state).update(**fields)
    row.refresh_from_db(using=mirror.database_of(Restriction))


def _in_force(sdk_app_id: int, user_id: str) -> QuerySet[Restriction]:
    theirs = mirror.rows(Restriction, sdk_app_id=sdk_app_id, user_id=user_id)
    running = Q(until=None) | Q(until__gt=timezone.now())
    return theirs.filter(running, state__in=Restriction.IN_FORCE)


def _ended(row: Restriction, now: datetime) -> bool:
    return row.until is not None and row.until <= now


def _end_of(seconds: int | None, until: datetime | None) -> datetime | None:
    now = timezone.now()
    if seconds is not None:
        if until is not None:
            raise InvalidArgument("seconds or until, not both")
        until = None if seconds >= FOREVER else now + timedelta(seconds=seconds)
    if until is None:
        return None
    if timezone.is_aware(until) != settings.USE_TZ:
        raise InvalidArgument("until: a moment with a time zone exactly if USE_TZ is on")
    if until <= now:
        raise InvalidArgument(
            _("the end of a mute or ban lies in the future, not at {until}", until=until)
        )
    return until
