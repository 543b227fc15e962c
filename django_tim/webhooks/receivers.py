"""The mirror follows what events carry.

Events come late, twice or never, and carry parts of an object. So whatever an event names is
marked stale, to be read anew by ``sync.refetch``, and what it says is shown until then: but only
where no later event says something else. Nothing is decided by one time for a whole row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from django_tim.catalogue import BY_PATH
from django_tim.connection import tims
from django_tim.models import Account, CallbackEvent, Group, GroupMember
from django_tim.services import mirror
from django_tim.services.mapping import Unmappable, from_vendor_time, group_columns

from . import events, inbox
from .events import Event

LISTLESS = "AVChatRoom"
LONGEST_USER_ID = 64
PAUSE = 1.0
"""Seconds without a call of ours after an alarm: the vendor counts by the second."""
ALTERED = "\ufffd"
"""What stands in a stored payload where a character can't be stored."""
logger = logging.getLogger("django_tim.webhooks")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Context:
    """An event that is being followed, and what is known that came after it."""

    row: CallbackEvent
    _found: dict[tuple[type[Event], ...], list[Event]] = field(default_factory=dict, init=False)

    def later(self, *kinds: type[Event]) -> list[Event]:
        """Later events of these kinds about the same object, asked for once."""
        if kinds not in self._found:
            self._found[kinds] = inbox.later_about(self.row, [kind.named for kind in kinds])
        return self._found[kinds]

    @property
    def at(self) -> datetime | None:
        """When it happened, as the database has moments."""
        return from_vendor_time((self.row.event_ms or 0) // 1000)


Follow = Callable[[Any, Context], None]
FOLLOWED: dict[type[Event], Follow] = {}


def follow(row: CallbackEvent) -> None:
    """Bring the mirror in step with a stored event, as far as it says something of it."""
    event = inbox.event_of(row)
    handler = FOLLOWED.get(type(event))
    if handler is None:
        return
    try:
        handler(event, Context(row))
    except Unmappable:
        # An object without a usable identifier can't be in the mirror; the event is kept.
        return


def follows(
    kind: type[E],
) -> Callable[[Callable[[E, Context], None]], Callable[[E, Context], None]]:
    """Register what the mirror does on events of a kind."""

    def register(handler: Callable[[E, Context], None]) -> Callable[[E, Context], None]:
        FOLLOWED[kind] = handler
        return handler

    return register


_SIGNS_OF_LIFE = (
    events.GroupCreated,
    events.GroupInfoChanged,
    events.OwnerChanged,
    events.MembersJoined,
    events.MembersLeft,
    events.MemberChanged,
)


# Groups


@follows(events.GroupCreated)
def group_created(event: events.GroupCreated, context: Context) -> None:
    if context.later(events.GroupDissolved, events.GroupInfoChanged, events.OwnerChanged):
        group = _unheard_group(event)
    else:
        names = ("Type", "Name", "Owner_Account", "Introduction", "Notification")
        group = _patch_group(event, names)
    _let_in(group, event, context, [event.owner, *event.user_ids], owner=event.owner)


@follows(events.GroupInfoChanged)
def group_info_changed(event: events.GroupInfoChanged, context: Context) -> None:
    if context.later(events.GroupInfoChanged, events.GroupDissolved, events.GroupCreated):
        _unheard_group(event)
    else:
        _patch_group(event, ("Name", "Introduction", "Notification", "FaceUrl"))


@follows(events.OwnerChanged)
def owner_changed(event: events.OwnerChanged, context: Context) -> None:
    if context.later(events.OwnerChanged, events.GroupDissolved, events.GroupCreated):
        _unheard_group(event)
        return
    group = _patch_group(event, (), Owner_Account=event.new_owner)
    for user_id, role in ((event.old_owner, "Member"), (event.new_owner, "Owner")):
        if _usable([user_id]) and not _left_since(context, user_id):
            mirror.member(group, user_id, {"Role": role}, stale=True)


@follows(events.GroupDissolved)
def group_dissolved(event: events.GroupDissolved, context: Context) -> None:
    known = mirror.rows(Group, **_key(event))
    if context.later(*_SIGNS_OF_LIFE):  # a group of one's own ID can be created again
        mirror.stale(mirror.rows(GroupMember, group__in=list(known), gone_at=None))
    else:
        mirror.group_gone(event.sdk_app_id, event.group_id)
    mirror.stale(known)


# Members


@follows(events.MembersJoined)
def members_joined(event: events.MembersJoined, context: Context) -> None:
    _let_in(_met_group(event), event, context, event.user_ids)


@follows(events.MembersLeft)
def members_left(event: events.MembersLeft, context: Context) -> None:
    group = _met_group(event)
    gone = 0
    if not _is_listless(group, event.group_type):
        left = [one for one in event.user_ids if not _joined_since(context, one)]
        gone = mirror.mark_gone(mirror.rows(GroupMember, group=group, user_id__in=left))
        _stale_members(group, event.user_ids)
    mirror.count_members(group, -gone, stale=True)


@follows(events.MemberChanged)
def member_changed(event: events.MemberChanged, context: Context) -> None:
    group = _met_group(event)
    if not _usable([event.user_id]) or _is_listless(group, event.group_type):
        return
    later = context.later(events.MemberChanged, events.OwnerChanged)
    if _about(later, event.user_id) or _left_since(context, event.user_id):
        _unheard_members(group, [event.user_id])
        return
    wire = {name: event.payload.get(name) for name in ("Role", "NameCard")}
    mirror.member(group, event.user_id, wire, stale=True)


# Accounts


@follows(events.ProfileSet)
def profile_set(event: events.ProfileSet, context: Context) -> None:
    if not _usable([event.user_id]):
        return
    if not context.later(events.ProfileSet):
        mirror.account(event.sdk_app_id, event.user_id, event.fields, stale=True)
    else:
        mirror.discover(event.sdk_app_id, [event.user_id])
        mirror.stale(_account(event))


@follows(events.StateChanged)
def state_changed(event: events.StateChanged, context: Context) -> None:
    mirror.discover(event.sdk_app_id, _usable([event.user_id]))
    known: dict[str, Any] = {}
    if not context.later(events.StateChanged):
        # Another device may still be there: what is so is asked soon.
        status = "Online" if event.action == "Login" else "Offline"
        known = {"online_status": status, "online_at": context.at}
    mirror.stale(_account(event), **known)


# The service's alarms


@follows(events.RequestOverLimit)
def request_over_limit(event: events.RequestOverLimit, context: Context) -> None:
    """Make room where others call the endpoint too: what we make ourselves is paced already."""
    path = f"{event.service}/{event.command_name}"
    endpoint, tim = BY_PATH.get(path), tims[event.app]
    ours = tim.rate_of(endpoint) if endpoint else 0.0
    said = (
        f"{path}: {event.requests} calls/s of {event.limit} were counted, ours {ours:.1f} at most"
    )
    if endpoint is None or event.requests <= ours:
        logger.warning("%s", said)
        return
    logger.warning("%s: others call it too, so we pause for %.0f s", said, PAUSE)
    tim.slow_down(endpoint, PAUSE)


# What they have in common


def _key(event: Any) -> dict[str, Any]:
    if ALTERED in event.group_id:
        raise Unmappable("the group's ID can't be stored unaltered")
    group_columns({"GroupId": event.group_id})
    return {"sdk_app_id": event.sdk_app_id, "group_id": event.group_id}


def _account(event: Any) -> QuerySet[Account]:
    return mirror.rows(Account, sdk_app_id=event.sdk_app_id, user_id=event.user_id)


def _unheard_group(event: Any) -> Group:
    return mirror.unheard(Group, **_key(event))


def _met_group(event: Any) -> Group:
    """The group's row; if there was none, one that is read soon."""
    return mirror.met(Group, **_key(event))[0]


def _patch_group(event: Any, names: Iterable[str], **wire: Any) -> Group:
    named = {name: event.payload.get(name) for name in names}
    return mirror.group(event.sdk_app_id, event.group_id, {**named, **wire}, stale=True)


def _let_in(
    group: Group, event: Any, context: Context, user_ids: Iterable[str], owner: str = ""
) -> None:
    """Note new members; those of whom a later event says that they left are only looked up."""
    ids = _usable(user_ids)
    mirror.discover(event.sdk_app_id, ids)
    new: list[str] = []
    if not _is_listless(group, event.group_type):
        late = [one for one in ids if _left_since(context, one)]
        _unheard_members(group, late)
        found = mirror.rows(GroupMember, group=group, user_id__in=ids)
        known = dict(found.values_list("user_id", "gone_at"))
        new = [
            one for one in ids if (one not in known or known[one] is not None) and one not in late
        ]
        wires = {one: _as_joined(event, one, owner) for one in new}
        mirror.joined(group, {one: wires[one] for one in new if one not in known})
        for user_id in known.keys() & wires:
            mirror.member(group, user_id, wires[user_id], stale=True)
        _stale_members(group, ids)
    mirror.count_members(group, len(new), stale=True)


def _as_joined(event: Any, user_id: str, owner: str) -> dict[str, Any]:
    role = "Owner" if user_id == owner else "Member"
    return {"Role": role, "JoinTime": (event.event_ms or 0) // 1000}


def _usable(user_ids: Iterable[str]) -> list[str]:
    """Those that can be stored unaltered, each once and always in the same order."""
    ids = {one for one in user_ids if 0 < len(one) <= LONGEST_USER_ID and ALTERED not in one}
    return sorted(ids)


def _stale_members(group: Group, user_ids: Iterable[str]) -> None:
    mirror.stale(mirror.rows(GroupMember, group=group, user_id__in=list(user_ids)))


def _unheard_members(group: Group, user_ids: Iterable[str]) -> None:
    for user_id in user_ids:
        mirror.unheard(GroupMember, sdk_app_id=group.sdk_app_id, group=group, user_id=user_id)


def _is_listless(group: Group, group_type: str) -> bool:
    """Whether the service keeps no list of the group's members."""
    return LISTLESS in (group_type, group.type)


def _left_since(context: Context, user_id: str) -> bool:
    later = context.later(events.MembersLeft, events.GroupDissolved)
    return _about(later, user_id)


def _joined_since(context: Context, user_id: str) -> bool:
    kinds = (events.MembersJoined, events.GroupCreated, events.MemberChanged, events.OwnerChanged)
    return _about(context.later(*kinds), user_id)


def _about(later: Iterable[Any], user_id: str) -> bool:
    """Whether one of the events is about a member, or about all of them."""
    whole = (events.GroupDissolved, events.GroupCreated, events.OwnerChanged)
    return any(
        isinstance(one, whole)
        or user_id == getattr(one, "user_id", None)
        or user_id in getattr(one, "user_ids", ())
        for one in later
    )
