"""Objects that are in the project already, compared with what the service has of them.

Nothing is sent: accounts are tied to their objects, and those that have to be told of are noted
as behind, for :mod:`.link_delivery`. So what is sent is the state when it is sent, though days
may lie between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from django_tim.exceptions import InvalidArgument, TimError
from django_tim.linking import HOST, AccountLink, Profile
from django_tim.models import Account, Run

from . import links
from .link_wishes import same
from .mirror import database_of, rows
from .runs import describe
from .storing import storable

State = Account.State
EXAMPLES: Final = 20
"""Differences that a run keeps in full."""
FOUND: Final = "found"
"""The run's parameter that holds them, with the number of each field."""
AT_ONCE: Final = 500

NEW, ADOPTED, DIFFERS, IN_STEP, ENDED, NOTHING = (
    "new",
    "adopted",
    "differs",
    "in_step",
    "ended",
    "nothing",
)


@dataclass
class Seen:
    """What the service has of one account, and what becomes of it."""

    exists: bool
    profile: Profile = field(default_factory=dict)
    came_to: str = NOTHING
    """Made, adopted, to be told of fields that differ or that its object has ended, in step."""


@dataclass
class Compared:
    """One object beside its account; ``key`` is the object's."""

    user_id: str
    key: str
    seen: Seen
    obj: Any
    row: Account | None
    differing: dict[str, tuple[str, Any, Any]] = field(default_factory=dict)
    """{tag: (whose, ours, the service's)}"""
    error: TimError | None = None

    @property
    def ours_differ(self) -> bool:
        """Whether a field that is the project's is another at the service."""
        return any(owner == HOST for owner, _, _ in self.differing.values())

    @property
    def is_behind(self) -> bool:
        """Whether the service has to be told something."""
        return self.ours_differ or self.seen.came_to in (NEW, ENDED)


def objects_of(link: AccountLink[Any], app: str) -> Iterator[Any]:
    """The objects whose account is in this app, and the accounts whose object is lost.

    One whose UserID is refused is among them: it is for the run to say so.
    """
    for obj in link.objects().order_by("pk").iterator(AT_ONCE):
        try:
            target = link.target(obj)
        except InvalidArgument:
            yield obj
            continue
        if target is not None and target.app == app:
            yield obj
    yield from _lost(link, app)


def _lost(link: AccountLink[Any], app: str) -> Iterator[Account]:
    """Accounts whose object was deleted, or got another UserID, and nobody said so."""
    mine = links.of_app(app).filter(host_model=link.label).exclude(host_state=State.DELETED)
    last = 0
    while batch := list(mine.filter(pk__gt=last).defer("raw").order_by("pk")[:AT_ONCE]):
        last = batch[-1].pk
        objects = link.find({row.host_pk for row in batch})
        yield from (row for row in batch if not _maps_to(link, objects.get(row.host_pk), row))


def _maps_to(link: AccountLink[Any], obj: Any, row: Account) -> bool:
    if obj is None:
        return False
    try:
        target = link.target(obj)
    except InvalidArgument:
        return False
    return target is not None and target.user_id == row.user_id


def compare(
    link: AccountLink[Any], sdk_app_id: int, seen: Iterable[tuple[str, str, Seen]]
) -> list[Compared]:
    """The objects beside their accounts, of (UserID, the object's key, Seen).

    Of several objects with one account the one keeps it that has it, or else the first.
    """
    seen = list(seen)
    objects = link.find({key for _, key, _ in seen})
    ids = {user_id for user_id, _, _ in seen}
    known = rows(Account, sdk_app_id=sdk_app_id, user_id__in=ids).defer("raw")
    by_id = {row.user_id: row for row in known}
    found = [Compared(*one, objects.get(one[1]), by_id.get(one[0])) for one in seen]
    for one in found:
        try:
            _judge(link, one)
        except TimError as error:
            one.error = error
    _refuse_doubles(found)
    return found


def _refuse_doubles(found: list[Compared]) -> None:
    holders: dict[str, Compared] = {}
    for one in sorted(found, key=lambda one: one.row is None or one.row.host_pk != one.key):
        if one.obj is None or one.error is not None:
            continue
        holder = holders.setdefault(one.user_id, one)
        if holder is not one:
            text = f"the account {one.user_id!r} stands for {holder.key}, so not for {one.key}"
            one.error = links.UserIDTaken(text)


def _judge(link: AccountLink[Any], one: Compared) -> None:
    target = None if one.obj is None else link.target(one.obj)
    if target is None or target.user_id != one.user_id:
        one.obj = None
        ended = one.row is not None and one.row.host_state != State.DELETED
        one.seen.came_to = ENDED if ended else NOTHING
    elif not link.is_active(one.obj):
        ended = one.seen.exists and (one.row is None or one.row.host_state != State.INACTIVE)
        one.seen.came_to = ENDED if ended else NOTHING
    elif not one.seen.exists:
        one.seen.came_to = NEW
    else:
        one.differing = _differing(link, one)
        tied = one.row is not None and bool(one.row.host_model)
        one.seen.came_to = ADOPTED if not tied else DIFFERS if one.ours_differ else IN_STEP


def _differing(link: AccountLink[Any], one: Compared) -> dict[str, tuple[str, Any, Any]]:
    return {
        tag: (link.owner_of(tag), ours, one.seen.profile.get(tag))
        for tag, ours in link.profile(one.obj).items()
        if not same(ours, one.seen.profile.get(tag))
    }


def adopt(link: AccountLink[Any], sdk_app_id: int, found: Iterable[Compared]) -> None:
    """Tie accounts to their objects, and note those that are behind.

    An account that is another object's gets an ``error``, and stays as it is.
    """
    wanted = [one for one in found if one.error is None]
    ended = [one.row.pk for one in wanted if one.obj is None and one.row is not None]
    links.fall_behind(rows(Account, pk__in=ended))
    mine = [one for one in wanted if one.obj is not None and one.seen.came_to != NOTHING]
    _make(link, sdk_app_id, [one for one in mine if one.row is None])
    _tie(link, [one for one in mine if one.row is not None])
    tied = [one for one in mine if one.error is None]
    behind = {one.user_id for one in tied if one.is_behind}
    links.fall_behind(rows(Account, sdk_app_id=sdk_app_id, user_id__in=behind))
    in_step = {one.user_id for one in tied} - behind
    fresh = rows(Account, sdk_app_id=sdk_app_id, user_id__in=in_step, link_due_at=None)
    fresh.exclude(host_state=State.ACTIVE).update(host_state=State.ACTIVE)


def _make(link: AccountLink[Any], sdk_app_id: int, some: list[Compared]) -> None:
    tied = {"sdk_app_id": sdk_app_id, "host_model": link.label}
    new = [Account(user_id=one.user_id, host_pk=str(one.obj.pk), **tied) for one in some]
    rows(Account).bulk_create(new, batch_size=AT_ONCE, ignore_conflicts=True)


def _tie(link: AccountLink[Any], some: list[Compared]) -> None:
    free = []
    for one in some:
        assert one.row is not None  # noqa: S101  (the caller has chosen these)
        if not one.row.host_model:
            one.row.host_model, one.row.host_pk = link.label, str(one.obj.pk)
            free.append(one.row)
        elif (one.row.host_model, one.row.host_pk) != (link.label, str(one.obj.pk)):
            try:
                links.tie(link, one.obj)
            except InvalidArgument as error:
                one.error = error
    rows(Account).bulk_update(free, ["host_model", "host_pk"], batch_size=AT_ONCE)


def note(run_id: str, found: Iterable[Compared]) -> None:
    """Add to what the run has found: how often each field differs, by whose it is."""
    differing = [(one, tag, *about) for one in found for tag, about in one.differing.items()]
    if not differing:
        return
    runs = Run.objects.using(database_of(Run)).filter(pk=run_id)
    with transaction.atomic(using=database_of(Run)):
        params = runs.select_for_update().get().params
        before = params.get(FOUND, {"host": {}, "service": {}, "examples": []})
        counts = Counter((owner, tag) for _, tag, owner, _, _ in differing)
        for (owner, tag), number in counts.items():
            before[owner][tag] = before[owner].get(tag, 0) + number
        free = EXAMPLES - len(before["examples"])
        before["examples"] += [
            [one.user_id, tag, owner, ours, theirs]
            for one, tag, owner, ours, theirs in differing[: max(0, free)]
        ]
        runs.update(params={**params, FOUND: storable(before)})


def said(error: BaseException) -> str:
    """What is said of an account that could not be adopted."""
    return describe(error)[1]


__all__ = ["Compared", "Seen", "adopt", "compare", "note", "objects_of", "said"]
