"""Permission groups: what some members of a Community with topics may do, in it and in topics.

They count in Communities whose EnablePermission is 1. A permission is a bit field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django_tim.answers import (
    Envelope,
    Member,
    PermissionGroup,
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
    Endpoint,
)
from django_tim.client.area import Area, Extra, readable
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .group_members import Added, added
from .ids import check_group_id, keyed_groups, keyed_users

PAGE = 20
MEMBER_PAGE = 50


class PermissionGroups(Area):
    """The permission groups' part of ``group_open_http_svc``."""

    def create(
        self,
        group_id: str,
        *,
        name: str,
        permission_group_id: str | None = None,
        permission: int | None = None,
        custom_string: str | None = None,
        extra: Extra = None,
    ) -> PermissionGroupCreated:
        """Create a permission group and return its id.

        Without an own id, "@PMG#_" and an own part, the service chooses one, and a repeat
        makes a second group. ``name``: at most 150 bytes; ``custom_string``: 3,000.
        Page 61232.
        """
        if not name:
            raise InvalidArgument("a permission group needs a name")
        payload = {
            "GroupId": check_group_id(group_id),
            "PermissionGroupName": name,
            "PermissionGroupId": permission_group_id,
            "Permission": permission,
            "CustomString": custom_string,
        }
        return self._call(PERMISSION_GROUP_CREATE, payload, extra)

    def modify(
        self,
        group_id: str,
        permission_group_id: str,
        *,
        name: str | None = None,
        permission: int | None = None,
        custom_string: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Change what is given of a permission group. Page 61234."""
        payload = _of(group_id, permission_group_id) | {
            "PermissionGroupName": name,
            "Permission": permission,
            "CustomString": custom_string,
        }
        return self._call(PERMISSION_GROUP_MODIFY, payload, extra)

    def delete_many(
        self, group_id: str, permission_group_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Delete permission groups, 20 a call. Page 61233."""
        return self._batch(
            PERMISSION_GROUP_DELETE,
            keyed_groups(permission_group_ids),
            _with({"GroupId": check_group_id(group_id)}, "PermissionGroupIdList"),
            _deleted,
            extra,
        )

    def get_page(
        self,
        group_id: str,
        *,
        permission_group_ids: Iterable[str] | None = None,
        next_: str = "",
        limit: int = PAGE,
        extra: Extra = None,
    ) -> PermissionGroupPage:
        """One page of these permission groups of a Community, or of all; 20 at most.

        ``next_`` is the last page's Next; "" begins and ends. A row's ErrorCode is 110008
        for one that does not exist. Page 61235.
        """
        ids = None if permission_group_ids is None else list(keyed_groups(permission_group_ids))
        payload = {"GroupId": check_group_id(group_id), "PermissionGroupIdList": ids}
        return self._page(PERMISSION_GROUP_LIST, payload | {"Next": next_, "Limit": limit}, extra)

    def iterate(self, group_id: str, *, extra: Extra = None) -> Iterator[PermissionGroup]:
        """All of a Community's permission groups."""
        payload = {"GroupId": check_group_id(group_id)}
        for page in self._pages(PERMISSION_GROUP_LIST, payload, extra):
            with readable(PERMISSION_GROUP_LIST):
                found = [_info(row) for row in page["PermissionGroupInfoList"]]
            yield from found

    def add_members_many(
        self,
        group_id: str,
        permission_group_id: str,
        user_ids: Iterable[str],
        *,
        extra: Extra = None,
    ) -> BatchResult[Added]:
        """Put members of the Community into a permission group, 100 a call. Page 61240."""
        return self._batch(
            PERMISSION_GROUP_MEMBER_ADD,
            _people(user_ids),
            _with(_of(group_id, permission_group_id), "MemberList"),
            added,
            extra,
        )

    def delete_members_many(
        self,
        group_id: str,
        permission_group_id: str,
        user_ids: Iterable[str],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Take members out, 100 a call; one who is not in it counts as taken out. Page 61241."""
        return self._batch(
            PERMISSION_GROUP_MEMBER_DELETE,
            _people(user_ids),
            _with(_of(group_id, permission_group_id), "MemberList"),
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )

    def get_members_page(
        self,
        group_id: str,
        permission_group_id: str,
        *,
        next_: str = "",
        limit: int = MEMBER_PAGE,
        extra: Extra = None,
    ) -> PermissionGroupMemberPage:
        """One page of a permission group's members, 50 at most.

        ``next_`` is the last page's Next; "" begins and ends. Page 61242.
        """
        payload = _of(group_id, permission_group_id) | {"Next": next_, "Limit": limit}
        return self._page(PERMISSION_GROUP_MEMBER_LIST, payload, extra)

    def iterate_members(
        self, group_id: str, permission_group_id: str, *, extra: Extra = None
    ) -> Iterator[Member]:
        """All members of a permission group."""
        payload = _of(group_id, permission_group_id)
        for page in self._pages(PERMISSION_GROUP_MEMBER_LIST, payload, extra):
            yield from page["MemberList"]

    def add_topic_permissions_many(
        self,
        group_id: str,
        permission_group_id: str,
        permissions: Mapping[str, int],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Say what the group may do in further topics, 50 a call: ``{TopicId: permission}``.

        110010 is the outcome of a topic that it has a permission for already. Page 61236.
        """
        return self._permit(TOPIC_PERMISSION_ADD, group_id, permission_group_id, permissions, extra)

    def set_topic_permissions_many(
        self,
        group_id: str,
        permission_group_id: str,
        permissions: Mapping[str, int],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Change what the group may do in these topics: ``{TopicId: permission}``.

        110011 is the outcome of a topic that it has no permission for yet. Page 61237.
        """
        return self._permit(TOPIC_PERMISSION_SET, group_id, permission_group_id, permissions, extra)

    def delete_topic_permissions_many(
        self,
        group_id: str,
        permission_group_id: str,
        topic_ids: Iterable[str],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Take back what the group may do in these topics. Page 61238."""
        return self._batch(
            TOPIC_PERMISSION_DELETE,
            keyed_groups(topic_ids),
            _with(_of(group_id, permission_group_id), "TopicIdList"),
            _done,
            extra,
        )

    def get_topic_permissions_many(
        self,
        group_id: str,
        permission_group_id: str,
        topic_ids: Iterable[str],
        *,
        extra: Extra = None,
    ) -> BatchResult[int]:
        """What the group may do in these topics; 110011 for one in which it has no permission.

        Page 61239.
        """
        return self._batch(
            TOPIC_PERMISSION_GET,
            keyed_groups(topic_ids),
            _with(_of(group_id, permission_group_id), "TopicIdList"),
            _permitted,
            extra,
        )

    def iterate_topic_permissions(
        self, group_id: str, permission_group_id: str, *, extra: Extra = None
    ) -> Iterator[tuple[str, int]]:
        """Each topic in which the group may do something, with its permission; one call."""
        answer = self._call(TOPIC_PERMISSION_GET, _of(group_id, permission_group_id), extra)
        with readable(TOPIC_PERMISSION_GET):
            rows = answer.get("TopicPermissionResultList") or ()
            found = [(row["TopicId"], row["Permission"]) for row in rows]
        yield from found

    def _permit(
        self,
        endpoint: Endpoint[TopicPermissions],
        group_id: str,
        permission_group_id: str,
        permissions: Mapping[str, int],
        extra: Extra,
    ) -> BatchResult[None]:
        rows = {
            check_group_id(topic_id): {"TopicId": topic_id, "Permission": permission}
            for topic_id, permission in permissions.items()
        }
        fixed = _of(group_id, permission_group_id)
        return self._batch(endpoint, rows, _with(fixed, "TopicPermissionList"), _done, extra)


def _of(group_id: str, permission_group_id: str) -> dict[str, Any]:
    return {
        "GroupId": check_group_id(group_id),
        "PermissionGroupId": check_group_id(permission_group_id),
    }


def _people(user_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    return {user_id: {"Member_Account": user_id} for user_id in keyed_users(user_ids)}


def _with(fixed: Mapping[str, Any], field: str) -> Callable[[list[Any]], Mapping[str, Any]]:
    """What makes the payload of one call from its items."""
    return lambda items: {**fixed, field: items}


def _deleted(answer: PermissionGroupsDeleted, keys: list[str]) -> Iterator[Outcome[None]]:
    for row in answer.get("PermissionGroupResultList") or ():
        info = row.get("ErrorInfo") or ""
        yield Outcome(row["PermissionGroupId"], code=row["ErrorCode"], info=info)


def _done(answer: TopicPermissions, keys: list[str]) -> Iterator[Outcome[None]]:
    """The outcomes by topic; an answer that names none holds for all."""
    rows = answer.get("TopicPermissionResultList")
    if rows is None:
        return iter([Outcome(key) for key in keys])
    return iter(
        [
            Outcome(row["TopicId"], code=row.get("ErrorCode", 0), info=row.get("ErrorInfo") or "")
            for row in rows
        ]
    )


def _permitted(answer: TopicPermissions, keys: list[str]) -> Iterator[Outcome[int]]:
    for row in answer.get("TopicPermissionResultList") or ():
        code, info = row.get("ErrorCode", 0), row.get("ErrorInfo") or ""
        yield Outcome(row["TopicId"], None if code else row["Permission"], code, info)


def _info(row: Any) -> PermissionGroup:
    """The permission group of a row, which no stored page of the vendor shows whole."""
    info: PermissionGroup = row.get("PermissionGroupInfo") or row
    return info
