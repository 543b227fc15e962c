"""Permission groups of Communities, and what their members may do in topics."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope
from .group_members import Member


class PermissionGroupCreated(Envelope):
    PermissionGroupId: str


class PermissionGroup(TypedDict):
    """Permission is a bit field of what its members may do in the Community."""

    PermissionGroupId: str
    GroupId: NotRequired[str]
    PermissionGroupName: NotRequired[str]
    Permission: NotRequired[int]
    CustomString: NotRequired[str]
    MemberNum: NotRequired[int]


class PermissionGroupInfo(TypedDict):
    ErrorCode: NotRequired[int]
    ErrorInfo: NotRequired[str]
    PermissionGroupInfo: PermissionGroup


class PermissionGroupPage(Envelope):
    """Next is "" on the last page."""

    PermissionGroupInfoList: list[PermissionGroupInfo]
    Next: NotRequired[str]


class PermissionGroupDeleted(TypedDict):
    PermissionGroupId: str
    ErrorCode: int
    ErrorInfo: NotRequired[str]


class PermissionGroupsDeleted(Envelope):
    PermissionGroupResultList: NotRequired[list[PermissionGroupDeleted]]


class PermissionGroupMemberPage(Envelope):
    """Next is "" on the last page."""

    MemberList: list[Member]
    Next: NotRequired[str]


class TopicPermission(TypedDict):
    """Permission is a bit field of what the group's members may do in the topic."""

    TopicId: str
    Permission: NotRequired[int]
    ErrorCode: NotRequired[int]
    ErrorInfo: NotRequired[str]


class TopicPermissions(Envelope):
    TopicPermissionResultList: NotRequired[list[TopicPermission]]
