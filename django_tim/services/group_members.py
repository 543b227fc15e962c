"""Group members: add, remove, change, mute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, TypeVar

from django_tim.answers import MsgFlag
from django_tim.api.group_members import FOREVER, Added
from django_tim.api.groups import key_values
from django_tim.api.ids import keyed_users
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.models import Group, GroupMember
from django_tim.signals import member_added, member_modified, member_muted, member_removed

from . import mirror
from .actor import Actor
from .changes import Change, change, change_many

T = TypeVar("T")


def add(
    group_id: str,
    user_ids: Iterable[str],
    *,
    silence: bool = False,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[Added]:
    """Add members, 20 a call: each is "added", was "already" there, or is "pending".

    ``silence`` sends no notices. Raises what ``GroupMembers.add_many`` does, and
    UnsafeTransaction. Page 34921.
    """
    return _change_members(
        "member.add",
        group_id,
        user_ids,
        lambda tim, ids: tim.group_members.add_many(group_id, ids, silence=silence),
        added,
        app,
        actor,
    )


def remove(
    group_id: str,
    user_ids: Iterable[str],
    *,
    silence: bool = False,
    reason: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Remove members, 100 a call; one who is no member counts as removed.

    Raises what ``GroupMembers.delete_many`` does, and UnsafeTransaction. Page 34949.
    """
    return _change_members(
        "member.remove",
        group_id,
        user_ids,
        lambda tim, ids: tim.group_members.delete_many(
            group_id, ids, silence=silence, reason=reason
        ),
        removed,
        app,
        actor,
        {"reason": reason},
    )


def mute(
    group_id: str,
    user_ids: Iterable[str],
    *,
    seconds: int,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Mute members from now on, 500 a call; 4294967295 seconds never end.

    Raises what ``GroupMembers.mute_many`` does, and UnsafeTransaction. Page 34951.
    """
    return _change_members(
        "member.mute" if seconds else "member.unmute",
        group_id,
        user_ids,
        lambda tim, ids: tim.group_members.mute_many(group_id, ids, seconds=seconds),
        partial(muted, seconds=seconds),
        app,
        actor,
        {"seconds": seconds},
    )


def unmute(
    group_id: str,
    user_ids: Iterable[str],
    *,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """End the mutes of members, 500 a call. Raises what ``mute`` does. Page 34951."""
    return mute(group_id, user_ids, seconds=0, app=app, actor=actor)


def ban(
    group_id: str,
    user_ids: Iterable[str],
    *,
    seconds: int,
    description: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Put members out and keep them out for ``seconds``, 20 a call; 4294967295 never ends.

    Raises what ``GroupMembers.ban_many`` does, and UnsafeTransaction. Page 50296.
    """

    def follow(changed: Change, group: Group, result: BatchResult[None]) -> None:
        banned = [outcome.item for outcome in result.succeeded]
        gone = mirror.mark_gone(_current(group, banned))
        mirror.count_members(group, -gone)
        if gone:
            changed.announce(member_removed, GroupMember, group=group, user_ids=banned)

    return _change_members(
        "member.ban",
        group_id,
        user_ids,
        lambda tim, ids: tim.group_members.ban_many(
            group_id, ids, seconds=seconds, description=description
        ),
        follow,
        app,
        actor,
        {"seconds": seconds, "description": description},
    )


def unban(
    group_id: str,
    user_ids: Iterable[str],
    *,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Let banned accounts join again, 20 a call; nobody is put back.

    Raises what ``GroupMembers.unban_many`` does, and UnsafeTransaction. Page 50297.
    """
    return _change_members(
        "member.unban",
        group_id,
        user_ids,
        lambda tim, ids: tim.group_members.unban_many(group_id, ids),
        lambda changed, group, result: None,
        app,
        actor,
    )


def modify(
    group_id: str,
    user_id: str,
    *,
    role: Literal["Admin", "Member"] | None = None,
    msg_flag: MsgFlag | None = None,
    name_card: str | None = None,
    mute_time: int | None = None,
    custom_fields: Mapping[str, str] | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> GroupMember:
    """Change what is given of a member's profile; returns the member's row.

    ``mute_time`` is in seconds from now, 0 unmutes. Raises what ``GroupMembers.modify`` does,
    and UnsafeTransaction. Page 34900.
    """
    fields: dict[str, Any] = {
        "role": role,
        "msg_flag": msg_flag,
        "name_card": name_card,
        "mute_time": mute_time,
        "custom_fields": custom_fields,
    }
    with change(
        "member.modify",
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details={"user_id": user_id, **fields},
    ) as changed:
        changed.tim.group_members.modify(group_id, user_id, **fields)
    wire = {
        "Role": role,
        "MsgFlag": msg_flag,
        "NameCard": name_card,
        "MuteUntil": None if mute_time is None else _until(mute_time),
        "AppMemberDefinedData": key_values(custom_fields),
    }
    group = mirror.known_group(changed.sdk_app_id, group_id)
    member = mirror.member(group, user_id, wire)
    given = [field for field, value in fields.items() if value is not None]
    changed.announce(member_modified, GroupMember, member=member, fields=given)
    return member


def added(changed: Change, group: Group, result: BatchResult[Added]) -> None:
    """What follows when members were added to a group: their rows, its number, and a signal."""
    new = [outcome.item for outcome in result if outcome.value == "added"]
    there = [outcome.item for outcome in result if outcome.value == "already"]
    known = set(_current(group, [*new, *there]).values_list("user_id", flat=True))
    joined = {"Role": "Member", "JoinTime": int(time.time())}
    wires = {user_id: {"Role": "Member"} for user_id in there} | dict.fromkeys(new, joined)
    mirror.members(group, {user_id: wires[user_id] for user_id in wires.keys() - known})
    mirror.discover(group.sdk_app_id, wires)
    mirror.count_members(group, len(new))
    if new:
        changed.announce(member_added, GroupMember, group=group, user_ids=new)


def removed(changed: Change, group: Group, result: BatchResult[None]) -> None:
    """What follows when members were removed: rows that are gone, a number, and a signal."""
    user_ids = [outcome.item for outcome in result.succeeded]
    gone = mirror.mark_gone(_current(group, user_ids))
    mirror.count_members(group, -gone)
    if user_ids:
        changed.announce(member_removed, GroupMember, group=group, user_ids=user_ids)


def muted(changed: Change, group: Group, result: BatchResult[None], seconds: int) -> None:
    """What follows when members were muted: their rows say until when, and a signal."""
    user_ids = [outcome.item for outcome in result.succeeded]
    # A mute outlives leaving, so it may be about one who is no member: no row is made.
    current = _current(group, user_ids).values_list("user_id", flat=True)
    mirror.members(group, {one: {"MuteUntil": _until(seconds)} for one in current})
    if user_ids:
        about = {"group": group, "user_ids": user_ids, "seconds": seconds}
        changed.announce(member_muted, GroupMember, **about)


def _change_members(
    action: str,
    group_id: str,
    user_ids: Iterable[str],
    call: Callable[[Tim, list[str]], BatchResult[T]],
    follow: Callable[[Change, Group, BatchResult[T]], None],
    app: str,
    actor: Actor | None,
    details: Mapping[str, Any] | None = None,
) -> BatchResult[T]:
    """A change of several members of one group; ``follow`` brings its row's members in step."""
    ids = list(keyed_users(user_ids))

    def with_group(changed: Change, result: BatchResult[T]) -> None:
        if result.succeeded:
            group = mirror.known_group(changed.sdk_app_id, group_id)
            follow(changed, group, result)

    return change_many(
        action,
        lambda tim: call(tim, ids),
        with_group,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details={"user_ids": ids, **(details or {})},
    )


def _current(group: Group, user_ids: Iterable[str]) -> Any:
    """The rows of those who are members."""
    return mirror.rows(GroupMember, group=group, user_id__in=list(user_ids), gone_at=None)


def _until(seconds: int) -> int:
    """The end of a mute in Unix seconds; one without an end has the vendor's number for it."""
    if not seconds:
        return 0
    return min(int(time.time()) + seconds, FOREVER)
