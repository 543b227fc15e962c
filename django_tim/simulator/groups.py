"""Groups: list, read, create, import, change, dissolve."""

from __future__ import annotations

import re
from typing import Any

from django_tim.answers import (
    Envelope,
    FoundGroups,
    GroupCreated,
    GroupInfos,
    GroupPage,
    JoinedGroupPage,
)
from django_tim.catalogue import (
    GROUP_CHANGE_OWNER,
    GROUP_CREATE,
    GROUP_DISSOLVE,
    GROUP_IMPORT,
    GROUP_INFO,
    GROUP_JOINED_LIST,
    GROUP_LIST,
    GROUP_MODIFY,
    GROUP_SEARCH,
)

from .body import UINT64, Body
from .group_types import NEW_NAMES, TYPES
from .records import Group
from .refusals import Refusal
from .registry import OK, simulates
from .state import State
from .views import group_view, key_values, member_view

APPLY = ("FreeAccess", "NeedPermission", "DisableApply")
INVITE = ("FreeAccess", "NeedPermission", "DisableInvite")
_LIVE = "AVChatRoom"
# The fields whose change callbacks tell of.
_TOLD = {
    "Name": "name",
    "Introduction": "introduction",
    "Notification": "notification",
    "FaceUrl": "face_url",
}
_BYTES = {"Name": 100, "Introduction": 400, "Notification": 400, "FaceUrl": 500}
_OWN_ID = re.compile(r"[!-~]{1,48}")


@simulates(GROUP_LIST)
def get_appid_group_list(state: State, body: Body) -> GroupPage:
    limit = body.number("Limit", 10_000)
    if limit > 10_000:
        raise Refusal(10004, "Limit is above 10000")
    group_type = _type(body, "GroupType", None)
    page, following = state.group_page(body.number("Next", 0, most=UINT64), limit, group_type)
    total = state.group_counts[group_type] if group_type else len(state.groups)
    return {
        **OK,
        "TotalCount": total,
        "GroupIdList": [{"GroupId": group.group_id} for group in page],
        "Next": following,
    }


@simulates(GROUP_INFO)
def get_group_info(state: State, body: Body) -> GroupInfos:
    ids = body.texts("GroupIdList", most=50)
    wanted = body.part("ResponseFilter")
    rows: list[Any] = []
    for group_id in ids:
        try:
            row = {"GroupId": group_id, "ErrorCode": 0, "ErrorInfo": ""}
            rows.append(row | group_view(state, state.group(group_id), wanted))
        except Refusal as refusal:
            rows.append({"GroupId": group_id, "ErrorCode": refusal.code, "ErrorInfo": refusal.info})
    return {**OK, "GroupInfo": rows}


@simulates(GROUP_CREATE)
def create_group(state: State, body: Body) -> GroupCreated:
    group = _new_group(state, body)
    members = body.objects("MemberList", None, most=100)
    if members and group.type == _LIVE:
        raise Refusal(10004, "an AVChatRoom is created without members")
    roles = {one.user_id("Member_Account"): one.choice("Role", ("Admin",), None) for one in members}
    custom = {
        one.user_id("Member_Account"): _custom(one, "AppMemberDefinedData") for one in members
    }
    joining = list(roles)
    for user_id in joining:
        state.account(user_id)
    about = _told(state, group, joining)
    state.ask("Group.CallbackBeforeCreateGroup", {n: v for n, v in about.items() if n != "GroupId"})
    _take_in(state, group)
    for user_id in joining:
        if group.member(user_id) is None:
            state.join(group, user_id, roles[user_id] or "Member")
            group.members[user_id].custom.update(custom[user_id])
    state.tell("Group.CallbackAfterCreateGroup", about)
    return {**OK, "GroupId": group.group_id}


@simulates(GROUP_IMPORT)
def import_group(state: State, body: Body) -> GroupCreated:
    group = _new_group(state, body)
    if group.type == _LIVE:
        raise Refusal(10007, "an AVChatRoom can't be imported")
    created = body.number("CreateTime", 0)
    if created > state.clock.time():
        raise Refusal(10004, "CreateTime lies in the future")
    if created:
        group.create_time = created
    _take_in(state, group)
    return {**OK, "GroupId": group.group_id}


@simulates(GROUP_MODIFY)
def modify_group_base_info(state: State, body: Body) -> Envelope:
    group = state.group(body.text("GroupId"))
    texts = _texts(body)
    if texts["name"] == "":
        raise Refusal(10004, "Name is empty")
    changes = {
        **texts,
        "max_members": _most_members(state, body, group.type, "MaxMemberNum"),
        "apply_join": body.choice("ApplyJoinOption", APPLY, None),
        "invite_join": body.choice("InviteJoinOption", INVITE, None),
        "mute_all": body.choice("MuteAllMember", ("On", "Off"), None)
        or body.choice("ShutUpAllMember", ("On", "Off"), None),
        "history_before_join": body.choice("HistoryMsgBeforeJoin", ("On", "Off"), None),
        "enable_permission": body.number("EnablePermission", None, most=1),
        "default_permission": body.number("DefaultPermission", None, most=UINT64),
    }
    if changes["history_before_join"] and group.type in (_LIVE, "Community"):
        raise Refusal(10007, "HistoryMsgBeforeJoin does not change in groups of this type")
    operator = _operator(state, body)
    custom = _custom(body, "AppDefinedData")
    state.refuse_sensitive(texts["name"], texts["introduction"], texts["notification"])
    for field, value in changes.items():
        if value is not None:
            setattr(group, field, value)
    group.custom.update(custom)
    group.changed(state.clock.seconds())
    told = {name: changes[field] for name, field in _TOLD.items() if changes[field] is not None}
    if told:
        about = {**_about(state, group), "Operator_Account": operator}
        state.tell("Group.CallbackAfterGroupInfoChanged", {**about, **told})
    return OK


@simulates(GROUP_CHANGE_OWNER)
def change_group_owner(state: State, body: Body) -> Envelope:
    group = state.group(body.text("GroupId"))
    heir = body.user_id("NewOwner_Account")
    state.account(heir)
    operator = _operator(state, body)
    if group.type == _LIVE:
        raise Refusal(10007, "the owner of an AVChatRoom can't be changed")
    if group.member(heir) is None:
        raise Refusal(10004, "the new owner is no member of the group")
    before = group.owner
    if group.owner and group.owner in group.members:
        group.members[group.owner].role = "Member"
    group.members[heir].role = "Owner"
    group.owner = heir
    group.changed(state.clock.seconds())
    owners = {"OldOwner_Account": before, "NewOwner_Account": heir}
    about = {**_about(state, group), "Operator_Account": operator}
    state.tell("Group.CallbackAfterChangeGroupOwner", {**about, **owners})
    return OK


@simulates(GROUP_DISSOLVE)
def destroy_group(state: State, body: Body) -> Envelope:
    group = state.group(body.text("GroupId"))
    state.remove_group(group.group_id)
    about = {"GroupId": group.group_id, "Type": group.type, "Name": group.name}
    about |= {"Owner_Account": group.owner}
    state.tell("Group.CallbackAfterGroupDestroyed", {**about, **_members(group)})
    return OK


@simulates(GROUP_JOINED_LIST)
def get_joined_group_list(state: State, body: Body) -> JoinedGroupPage:
    user_id = body.user_id("Member_Account")
    state.account(user_id)
    limit, offset = body.number("Limit", 500), body.number("Offset", 0)
    group_type = _type(body, "GroupType", None)
    live, topics = body.number("WithHugeGroups", 0), body.number("SupportTopic", None)
    body.ignore("WithNoActiveGroups")
    wanted = body.part("ResponseFilter")
    groups = [
        group
        for group in state.groups_of(user_id)
        if (group_type is None or group.type == group_type)
        and (live or TYPES[group.type].lists_members)
        and (topics is None or group.support_topic == topics)
    ]
    rows: list[Any] = []
    for group in groups[offset : offset + limit]:
        row: dict[str, Any] = {"GroupId": group.group_id}
        if wanted is not None and wanted.has("GroupBaseInfoFilter"):
            row |= group_view(state, group, wanted)
        if wanted is not None and wanted.has("SelfInfoFilter"):
            member = group.member(user_id)
            assert member is not None  # noqa: S101  (groups_of says so)
            row["SelfInfo"] = member_view(member, wanted.texts("SelfInfoFilter"))
            del row["SelfInfo"]["Member_Account"]
        rows.append(row)
    return {**OK, "TotalCount": len(groups), "GroupIdList": rows}


@simulates(GROUP_SEARCH)
def search(state: State, body: Body) -> FoundGroups:
    words = body.texts("Keywords", most=5)
    count, cursor = body.number("Count", 20, most=100), body.text("Cursor", "")
    every = body.number("KeywordMatchType", 0) == 1
    types = body.texts("GroupType", None)
    matches = all if every else any
    found = [
        group
        for group in state.all_groups()
        if group.type != _LIVE
        and (not types or group.type in types)
        and matches(word in group.name or word == group.group_id for word in words)
    ]
    start = int(cursor) if cursor.isdigit() else 0
    rows: list[Any] = [_found(state, group) for group in found[start : start + count]]
    end = start + len(rows)
    return {
        **OK,
        "IsFinish": end >= len(found),
        "TotalCount": len(found),
        "Groups": rows,
        "Cursor": "" if end >= len(found) else str(end),
    }


def _operator(state: State, body: Body) -> str:
    """The account that is shown as the one who does it: one named, or the caller."""
    named: str | None = body.user_id("From_Account", None)
    return state.account(named).user_id if named else state.caller.user_id


def _about(state: State, group: Group) -> dict[str, Any]:
    """How callbacks about a group begin."""
    operator = state.caller.user_id
    return {"GroupId": group.group_id, "Type": group.type, "Operator_Account": operator}


def _told(state: State, group: Group, joining: list[str]) -> dict[str, Any]:
    """A new group, as callbacks have it."""
    about = {**_about(state, group), "Owner_Account": group.owner, "Name": group.name}
    custom = {"UserDefinedDataList": key_values(group.custom)} if group.custom else {}
    return {**about, **custom, "MemberList": [{"Member_Account": one} for one in joining]}


def _members(group: Group) -> dict[str, Any]:
    """Who was in a dissolved group; a Community is too large to tell."""
    if group.type == "Community":
        return {}
    return {"MemberList": [{"Member_Account": member.user_id} for member in group.walk()]}


def _found(state: State, group: Group) -> dict[str, Any]:
    owner = state.accounts.get(group.owner)
    nick = owner.peek_tags().get("Tag_Profile_IM_Nick", "") if owner else ""
    return {
        "GroupType": group.type,
        "GroupID": group.group_id,
        "GroupName": group.name,
        "GroupMemberNum": group.member_count,
        "GroupFaceUrl": group.face_url,
        "GroupIntroduction": group.introduction,
        "GroupOwnerUserID": group.owner,
        "GroupOwnerTinyID": owner.number if owner else 0,
        "GroupOwnerUserName": nick,
    }


def _new_group(state: State, body: Body) -> Group:
    """The group that a body asks for, checked, and not yet taken in."""
    group_type: str = _type(body, "Type")
    texts = {field: text or "" for field, text in _texts(body).items()}
    name = texts["name"]
    if not name:
        raise Refusal(10004, "Name is empty")
    owner = body.user_id("Owner_Account", None)
    if owner:
        state.account(owner)
    group_id = _group_id(state, body, group_type, owner)
    rules = TYPES[group_type]
    group = Group(group_id, group_type, name, state.clock.seconds())
    group.owner = owner or ""
    for field, text in texts.items():
        setattr(group, field, text)
    most = _most_members(state, body, group_type, "MaxMemberCount")
    group.max_members = state.plan.max_members(group_type) if most is None else most
    group.apply_join = body.choice("ApplyJoinOption", APPLY, rules.apply_join)
    group.invite_join = body.choice("InviteJoinOption", INVITE, "FreeAccess")
    group.history_before_join = rules.history_before_join
    group.support_topic = body.number("SupportTopic", 0, most=1)
    group.enable_permission = body.number("EnablePermission", 0, most=1)
    group.default_permission = body.number("DefaultPermission", 0, most=UINT64)
    group.custom = _custom(body, "AppDefinedData")
    state.refuse_sensitive(name, group.introduction, group.notification)
    if state.plan.groups is not None and len(state.groups) >= state.plan.groups:
        raise Refusal(10004, "the plan's number of groups is used up")
    live = state.plan.live_groups
    if group_type == _LIVE and live is not None and state.group_counts[_LIVE] >= live:
        raise Refusal(10036, "the plan's number of AVChatRooms is used up")
    return group


def _texts(body: Body) -> dict[str, str | None]:
    """The given texts, by the group's attributes."""
    return {field: body.text(name, None, most=_BYTES[name]) for name, field in _TOLD.items()}


def _most_members(state: State, body: Body, group_type: str, name: str) -> int | None:
    """The given number of members that a group may have, which the plan allows."""
    given: int | None = body.number(name, None)
    most = state.plan.max_members(group_type)
    if given is not None and most and given > most:
        raise Refusal(10004, f"{name} is above {most}")
    return given


def _take_in(state: State, group: Group) -> None:
    state.add_group(group)
    if group.owner and group.type != _LIVE:
        state.join(group, group.owner, "Owner", group.create_time)


def _group_id(state: State, body: Body, group_type: str, owner: str | None) -> str:
    given: str = body.text("GroupId", "")
    if not given:
        return state.new_group_id(group_type)
    community = given.startswith("@TGS#_")
    reserved = given.startswith("@TGS#") and not community
    if not _OWN_ID.fullmatch(given) or reserved or community != (group_type == "Community"):
        raise Refusal(10004, "GroupId is not allowed for this type of group")
    taken = state.groups.get(given)
    if taken is not None:
        mine = bool(owner) and taken.owner == owner
        raise Refusal(10025 if mine else 10021, "the group ID is in use")
    return given


def _type(body: Body, name: str, *default: Any) -> Any:
    value = body.choice(name, (*TYPES, *NEW_NAMES), *default)
    return NEW_NAMES.get(value, value)


def _custom(body: Body, name: str) -> dict[str, str]:
    return {row.text("Key"): row.text("Value") for row in body.objects(name, None)}
