"""Group members: list, add, remove, change, mute, ban."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django_tim.answers import (
    BannedPage,
    Envelope,
    MemberInfos,
    MemberPage,
    MemberRoles,
    MembersAdded,
    MutedMembers,
)
from django_tim.catalogue import (
    GROUP_MEMBER_ADD,
    GROUP_MEMBER_BAN,
    GROUP_MEMBER_BANNED,
    GROUP_MEMBER_DELETE,
    GROUP_MEMBER_IMPORT,
    GROUP_MEMBER_INFO,
    GROUP_MEMBER_LIST,
    GROUP_MEMBER_MODIFY,
    GROUP_MEMBER_MUTE,
    GROUP_MEMBER_MUTED,
    GROUP_MEMBER_ROLES,
    GROUP_MEMBER_SET_UNREAD,
    GROUP_MEMBER_UNBAN,
)

from .body import Body
from .group_places import place_of
from .group_types import TYPES
from .live import Rooms
from .mutes import mute_end
from .records import Group, Member
from .refusals import Refusal
from .registry import OK, simulates
from .state import State
from .views import member_view

PAGE = 100
_FLAGS = ("AcceptAndNotify", "AcceptNotNotify", "Discard")


@simulates(GROUP_MEMBER_LIST)
def get_group_member_info(state: State, body: Body) -> MemberPage:
    group = _listed(state, body)
    limit = min(body.number("Limit", PAGE), PAGE)
    fields = body.texts("MemberInfoFilter", None)
    keys = body.texts("AppDefinedDataFilter_GroupMember", None) or ()
    roles = body.texts("MemberRoleFilter", None)
    start = body.number("Offset", 0)
    mark = body.text("Next", "")
    found: Iterable[Member] = group.walk()
    if group.type == "Community":
        found = group.walk_after(int(mark)) if mark.isdigit() else group.walk()
        start = 0
    if roles:
        found = (member for member in found if member.role in roles)
    page = list(islice(found, start, start + limit + 1))
    shown, more = page[:limit], len(page) > limit
    answer: MemberPage = {
        **OK,
        "MemberNum": group.member_count,
        "MemberList": [_row(member, fields, keys) for member in shown],
    }
    if group.type == "Community":
        answer["Next"] = str(shown[-1].number) if shown and more else ""
    return answer


@simulates(GROUP_MEMBER_INFO)
def get_specified_group_member_info(state: State, body: Body) -> MemberInfos:
    group = _listed(state, body)
    fields = body.texts("MemberInfoFilter", None)
    keys = body.texts("AppDefinedDataFilter_GroupMember", None) or ()
    roles = body.texts("MemberRoleFilter", None)
    found = [group.member(user_id) for user_id in _users(body, "Member_List_Account", 50)]
    members = [one for one in found if one and (not roles or one.role in roles)]
    return {**OK, "MemberList": [_row(one, fields, keys) for one in members]}


@simulates(GROUP_MEMBER_ROLES)
def get_role_in_group(state: State, body: Body) -> MemberRoles:
    group = _group(state, body)
    if len(body.items("User_Account")) > 500:
        raise Refusal(10005, "more than 500 accounts")
    rows: list[Any] = []
    for user_id in body.user_ids("User_Account"):
        member = group.member(user_id)
        role = member.role if member else "NotMember"
        rows.append({"Member_Account": user_id, "Role": role})
    return {**OK, "UserIdList": rows}


@simulates(GROUP_MEMBER_ADD)
def add_group_member(state: State, body: Body) -> MembersAdded:
    group = _group(state, body)
    if group.type == "AVChatRoom":
        raise Refusal(10007, "nobody can be added to an AVChatRoom")
    body.ignore("Silence")
    users = [row.user_id("Member_Account") for row in _batch(body, "MemberList")]
    new = [user for user in users if user in state.accounts and group.member(user) is None]
    most = state.max_members(group)
    if most and group.member_count + len(set(new)) > most:
        raise Refusal(10014, "the group is full")
    refused = state.ask(
        "Group.CallbackBeforeInviteJoinGroup", _invitation(state, group, users)
    ).refused
    rows: list[Any] = [
        {"Member_Account": user, "Result": 0 if user in refused else _add(state, group, user)}
        for user in users
    ]
    state.tell_joined(
        group, [row["Member_Account"] for row in rows if row["Result"] == 1], "Invited"
    )
    return {**OK, "MemberList": rows}


@simulates(GROUP_MEMBER_IMPORT)
def import_group_member(state: State, body: Body) -> MembersAdded:
    group = _listed(state, body)
    rows: list[Any] = []
    for row in _batch(body, "MemberList"):
        user = row.user_id("Member_Account")
        unread = row.number("UnreadMsgNum", 0)
        joined = row.number("JoinTime", state.clock.seconds())
        role = row.choice("Role", ("Admin", "Member"), "Member")
        valid = group.create_time <= joined <= state.clock.time()
        result = _add(state, group, user, role, joined) if valid else 0
        if result == 1:
            _leave_unread(group, user, unread)
        rows.append({"Member_Account": user, "Result": result})
    return {**OK, "MemberList": rows}


@simulates(GROUP_MEMBER_DELETE)
def delete_group_member(state: State, body: Body) -> Envelope:
    group = _group(state, body)
    if group.type == "AVChatRoom":
        raise Refusal(10004, "nobody can be removed from an AVChatRoom")
    body.ignore("Silence", "Reason")
    users = _users(body, "MemberToDel_Account", 100)
    if group.owner in users:
        raise Refusal(10004, "the owner can't be removed")
    _take_out(state, group, users)
    return OK


@simulates(GROUP_MEMBER_MODIFY)
def modify_group_member_info(state: State, body: Body) -> Envelope:
    group = _listed(state, body)
    user_id = body.user_id("Member_Account")
    role = body.choice("Role", ("Admin", "Member"), None)
    flag = body.choice("MsgFlag", _FLAGS, None)
    card = body.text("NameCard", None, most=50)
    mute = body.number("MuteTime", None)
    mute = body.number("ShutUpTime", None) if mute is None else mute
    custom = {row.text("Key"): row.text("Value") for row in _custom(body)}
    state.refuse_sensitive(card)
    if group.member(user_id) is None:
        raise Refusal(10004, f"{user_id} is no member of the group")
    if role == "Admin" and not TYPES[group.type].has_admins:
        raise Refusal(10004, "groups of this type have no admins")
    member = group.members[user_id]
    if role is not None and member.role == "Owner":
        raise Refusal(10004, "the owner's role can't be changed")
    member.role = role or member.role
    member.msg_flag = flag or member.msg_flag
    member.name_card = member.name_card if card is None else card
    member.custom.update(custom)
    if mute is not None:
        group.mute(user_id, mute_end(state, mute))
    told = {
        name: value for name, value in (("Role", role), ("NameCard", card)) if value is not None
    }
    if told:
        about = {"GroupId": group.group_id, "Type": group.type, "Member_Account": user_id}
        about |= {"Operator_Account": state.caller.user_id}
        state.tell("Group.CallbackAfterMemberFieldChanged", {**about, **told})
    return OK


@simulates(GROUP_MEMBER_MUTE)
def forbid_send_msg(state: State, body: Body) -> Envelope:
    place = place_of(state, body)
    if not TYPES[place.group.type].can_mute:
        raise Refusal(10007, "nobody can be muted in groups of this type")
    users = _users(body, "Members_Account", 500)
    seconds = body.number("MuteTime", None)
    seconds = body.number("ShutUpTime") if seconds is None else seconds
    for user_id in users:
        place.mute(user_id, mute_end(state, seconds))
    return OK


@simulates(GROUP_MEMBER_MUTED)
def get_group_muted_account(state: State, body: Body) -> MutedMembers:
    place, now = place_of(state, body), state.clock.seconds()
    group_id = place.group.group_id
    rows: list[Any] = [
        {"Member_Account": user, "MutedUntil": until}
        for user, until in place.mutes().items()
        if until > now
    ]
    if body.command != "get_group_shutted_uin":
        return {**OK, "GroupId": group_id, "MutedAccountList": rows}
    old: list[Any] = [
        {"Member_Account": row["Member_Account"], "ShuttedUntil": row["MutedUntil"]} for row in rows
    ]
    return {**OK, "GroupId": group_id, "ShuttedUinList": old}


@simulates(GROUP_MEMBER_BAN)
def ban_group_member(state: State, body: Body) -> Envelope:
    group = _group(state, body)
    users = _users(body, "Members_Account", 20)
    until = mute_end(state, body.number("Duration"))
    body.ignore("Description")
    group.bans = (group.bans or {}) | dict.fromkeys(users, until)
    _take_out(state, group, users)
    if group.type == "AVChatRoom":
        state.part(Rooms).leave(group.group_id, *users)
    return OK


@simulates(GROUP_MEMBER_UNBAN)
def unban_group_member(state: State, body: Body) -> Envelope:
    group = _group(state, body)
    for user_id in _users(body, "Members_Account", 20):
        (group.bans or {}).pop(user_id, None)
    return OK


@simulates(GROUP_MEMBER_BANNED)
def get_group_ban_member(state: State, body: Body) -> BannedPage:
    group = _group(state, body)
    limit, offset = body.number("Limit", PAGE), body.number("Offset", 0)
    now = state.clock.seconds()
    banned = [(user, until) for user, until in (group.bans or {}).items() if until > now]
    rows: list[Any] = [
        {"Member_Account": user, "BannedUntil": until}
        for user, until in banned[offset : offset + limit]
    ]
    end = offset + len(rows)
    following = end if end < len(banned) else 0
    return {**OK, "BannedAccountList": rows, "NextOffset": following}


@simulates(GROUP_MEMBER_SET_UNREAD)
def set_unread_msg_num(state: State, body: Body) -> Envelope:
    group = _listed(state, body)
    user_id, number = body.user_id("Member_Account"), body.number("UnreadMsgNum")
    if group.member(user_id) is None:
        raise Refusal(10004, f"{user_id} is no member of the group")
    _leave_unread(group, user_id, number)
    return OK


def _group(state: State, body: Body) -> Group:
    return state.group(body.text("GroupId"))


def _listed(state: State, body: Body) -> Group:
    group = _group(state, body)
    if not TYPES[group.type].lists_members:
        raise Refusal(10007, "an AVChatRoom keeps no list of members")
    return group


def _batch(body: Body, name: str) -> list[Body]:
    return body.objects(name, most=20)


def _users(body: Body, name: str, most: int) -> list[str]:
    if len(body.items(name)) > most:
        raise Refusal(10005, f"{name} holds more than {most} accounts")
    return body.user_ids(name)


def _add(
    state: State, group: Group, user_id: str, role: str = "Member", at: int | None = None
) -> int:
    if user_id not in state.accounts:
        return 0
    if group.member(user_id) is not None:
        return 2
    state.join(group, user_id, role, at)
    return 1


def _leave_unread(group: Group, user_id: str, number: int) -> None:
    """Let a member have so many unread messages, or as many as there are."""
    group.members[user_id].msg_seq = max(0, group.next_msg_seq - 1 - number)


def _take_out(state: State, group: Group, users: Iterable[str]) -> None:
    left = [user_id for user_id in users if group.member(user_id) is not None]
    for user_id in left:
        state.leave(group, user_id)
    state.tell_left(group, left, "Kicked")


def _invitation(state: State, group: Group, users: Iterable[str]) -> dict[str, Any]:
    return {
        "GroupId": group.group_id,
        "Type": group.type,
        "Operator_Account": state.caller.user_id,
        "DestinationMembers": [{"Member_Account": user_id} for user_id in users],
    }


def _custom(body: Body) -> list[Body]:
    return body.objects("AppMemberDefinedData", None)


def _row(member: Member, fields: list[str] | None, keys: Iterable[str] = ()) -> Any:
    return member_view(member, fields, tuple(keys))
