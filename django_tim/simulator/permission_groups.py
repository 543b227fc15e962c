"""Permission groups of Communities, and what their members may do in topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django_tim.answers import (
    Envelope,
    MembersAdded,
    PermissionGroupCreated,
    PermissionGroupMemberPage,
    PermissionGroupPage,
    PermissionGroupsDeleted,
    TopicPermissions,
)
from django_tim.catalogue import (
    PERMISSION_GROUP_CREATE,
    PERMISSION_GROUP_DELETE,
    PERMISSION_GROUP_LIST,
    PERMISSION_GROUP_MEMBER_ADD,
    PERMISSION_GROUP_MEMBER_DELETE,
    PERMISSION_GROUP_MEMBER_LIST,
    PERMISSION_GROUP_MODIFY,
    TOPIC_PERMISSION_ADD,
    TOPIC_PERMISSION_DELETE,
    TOPIC_PERMISSION_GET,
    TOPIC_PERMISSION_SET,
)

from .body import UINT64, Body
from .records import Group
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State
from .topics import Topics, topic_group
from .views import member_view

PREFIX: Final = "@PMG#_"
PAGE: Final = 20
MEMBER_PAGE: Final = 50


class PermissionGroup:
    """Some members of a Community, and what they may do."""

    def __init__(self, group_id: str, permission_group_id: str) -> None:
        self.group_id = group_id
        self.permission_group_id = permission_group_id
        self.name = self.custom = ""
        self.permission = 0
        self.members: dict[str, None] = {}
        self.topics: dict[str, int] = {}


class PermissionGroups(Part):
    """The permission groups of each Community, in the order of creation."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.groups: dict[str, dict[str, PermissionGroup]] = {}
        self._ids_given = 0

    def of(self, group_id: str) -> dict[str, PermissionGroup]:
        """A Community's permission groups by their ids."""
        return self.groups.get(group_id, {})

    def add(self, group: PermissionGroup) -> None:
        """Take a new permission group in."""
        self.groups.setdefault(group.group_id, {})[group.permission_group_id] = group

    def new_id(self) -> str:
        """An unused id as the service gives them."""
        self._ids_given += 1
        return f"{PREFIX}@PMG#c{self._ids_given:X}"

    def forget_account(self, user_id: str) -> None:
        for groups in self.groups.values():
            for group in groups.values():
                group.members.pop(user_id, None)

    def forget_group(self, group_id: str) -> None:
        self.groups.pop(group_id, None)


@simulates(PERMISSION_GROUP_CREATE)
def create_permission_group(state: State, body: Body) -> PermissionGroupCreated:
    community = topic_group(state, body)
    kept = state.part(PermissionGroups)
    given: str = body.text("PermissionGroupId", "") or kept.new_id()
    if not given.startswith(PREFIX) or given == PREFIX:
        raise Refusal(10004, f"PermissionGroupId does not begin with {PREFIX}")
    if given in kept.of(community.group_id):
        raise Refusal(10021, "the permission group ID is in use")
    if not body.text("PermissionGroupName"):
        raise Refusal(10004, "PermissionGroupName is empty")
    group = PermissionGroup(community.group_id, given)
    _change(body, group)
    kept.add(group)
    return {**OK, "PermissionGroupId": given}


@simulates(PERMISSION_GROUP_MODIFY)
def modify_permission_group(state: State, body: Body) -> Envelope:
    _, group = _named(state, body)
    _change(body, group)
    return OK


@simulates(PERMISSION_GROUP_DELETE)
def destroy_permission_group(state: State, body: Body) -> PermissionGroupsDeleted:
    kept = state.part(PermissionGroups).of(topic_group(state, body).group_id)
    rows: list[Any] = []
    for group_id in body.texts("PermissionGroupIdList", most=20):
        missing = kept.pop(group_id, None) is None
        rows.append(_result(110006 if missing else 0) | {"PermissionGroupId": group_id})
    return {**OK, "PermissionGroupResultList": rows}


@simulates(PERMISSION_GROUP_LIST)
def get_permission_group(state: State, body: Body) -> PermissionGroupPage:
    community = topic_group(state, body)
    kept = state.part(PermissionGroups).of(community.group_id)
    ids = body.texts("PermissionGroupIdList", None) or list(kept)
    page, following = _page(body, ids, PAGE)
    rows: list[Any] = [_info(community, kept, group_id) for group_id in page]
    return {**OK, "PermissionGroupInfoList": rows, "Next": following}


@simulates(PERMISSION_GROUP_MEMBER_ADD)
def add_permission_group_member(state: State, body: Body) -> MembersAdded:
    community, group = _named(state, body)
    rows: list[Any] = []
    for user in _members(body):
        outside = community.member(user) is None
        result = 0 if outside else 2 if user in group.members else 1
        rows.append({"Member_Account": user, "Result": result})
    group.members |= {row["Member_Account"]: None for row in rows if row["Result"]}
    return {**OK, "MemberList": rows}


@simulates(PERMISSION_GROUP_MEMBER_DELETE)
def delete_permission_group_member(state: State, body: Body) -> Envelope:
    _, group = _named(state, body)
    for user in _members(body):
        group.members.pop(user, None)
    return OK


@simulates(PERMISSION_GROUP_MEMBER_LIST)
def get_permission_group_member_list(state: State, body: Body) -> PermissionGroupMemberPage:
    community, group = _named(state, body)
    page, following = _page(body, _present(community, group), MEMBER_PAGE)
    members = [community.member(user) for user in page]
    rows: list[Any] = [member_view(member) for member in members if member is not None]
    return {**OK, "MemberList": rows, "Next": following}


@simulates(TOPIC_PERMISSION_ADD)
def add_topic_permission_group(state: State, body: Body) -> TopicPermissions:
    return _permit(state, body, 110010, lambda topic_id, kept: topic_id in kept)


@simulates(TOPIC_PERMISSION_SET)
def set_topic_permission_group(state: State, body: Body) -> TopicPermissions:
    return _permit(state, body, 110011, lambda topic_id, kept: topic_id not in kept)


@simulates(TOPIC_PERMISSION_DELETE)
def delete_topic_permission_group(state: State, body: Body) -> TopicPermissions:
    _, group = _named(state, body)
    for topic_id in body.texts("TopicIdList"):
        group.topics.pop(topic_id, None)
    return {**OK}


@simulates(TOPIC_PERMISSION_GET)
def get_topic_permission_group(state: State, body: Body) -> TopicPermissions:
    _, group = _named(state, body)
    rows: list[Any] = []
    for topic_id in body.texts("TopicIdList", None) or list(group.topics):
        permission = group.topics.get(topic_id)
        row = _result(110011 if permission is None else 0) | {"TopicId": topic_id}
        rows.append(row if permission is None else row | {"Permission": permission})
    return {**OK, "TopicPermissionResultList": rows}


def _named(state: State, body: Body) -> tuple[Group, PermissionGroup]:
    community = topic_group(state, body)
    groups = state.part(PermissionGroups).of(community.group_id)
    group = groups.get(body.text("PermissionGroupId"))
    if group is None:
        raise Refusal(110008, "the permission group does not exist")
    return community, group


def _change(body: Body, group: PermissionGroup) -> None:
    name = body.text("PermissionGroupName", None, most=150)
    permission = body.number("Permission", None, most=UINT64)
    custom = body.text("CustomString", None, most=3000)
    group.name = name or group.name
    group.permission = group.permission if permission is None else permission
    group.custom = group.custom if custom is None else custom


def _permit(
    state: State, body: Body, code: int, wrong: Callable[[str, dict[str, int]], bool]
) -> TopicPermissions:
    community, group = _named(state, body)
    topics = state.part(Topics).of(community.group_id)
    asked = {
        row.text("TopicId"): row.number("Permission", most=UINT64)
        for row in body.objects("TopicPermissionList", most=50)
    }
    rows: list[Any] = []
    for topic_id, permission in asked.items():
        failed = 110013 if topic_id not in topics else code if wrong(topic_id, group.topics) else 0
        if not failed:
            group.topics[topic_id] = permission
        rows.append(_result(failed) | {"TopicId": topic_id})
    return {**OK, "TopicPermissionResultList": rows}


def _info(community: Group, kept: dict[str, PermissionGroup], group_id: str) -> dict[str, Any]:
    group = kept.get(group_id)
    if group is None:
        return _result(110008) | {"PermissionGroupInfo": {"PermissionGroupId": group_id}}
    return _result(0) | {
        "PermissionGroupInfo": {
            "GroupId": group.group_id,
            "PermissionGroupId": group_id,
            "PermissionGroupName": group.name,
            "Permission": group.permission,
            "CustomString": group.custom,
            "MemberNum": len(_present(community, group)),
        }
    }


def _members(body: Body) -> list[str]:
    return [row.user_id("Member_Account") for row in body.objects("MemberList", most=100)]


def _present(community: Group, group: PermissionGroup) -> list[str]:
    """Those of its members who have not left the Community."""
    return [user for user in group.members if community.member(user) is not None]


def _page(body: Body, items: list[str], most: int) -> tuple[list[str], str]:
    """The page that a request asks for, and the mark of the next one."""
    mark = body.value("Next")
    start = int(mark) if str(mark).isdecimal() else 0
    end = start + min(body.number("Limit", most), most)
    return items[start:end], str(end) if end < len(items) else ""


def _result(code: int) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorInfo": _SAID.get(code, "")}


_SAID: Final = {
    110006: "the permission group does not exist or was deleted",
    110008: "the permission group does not exist",
    110010: "the topic is in the permission group already",
    110011: "the topic is not in the permission group",
    110013: "the topic ID is invalid",
}
