"""Groups: pages, profiles, searches."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import (
    ApplyJoinOption,
    Envelope,
    GroupType,
    InviteJoinOption,
    KeyValue,
    MsgFlag,
    OnOff,
    Role,
)
from .group_members import Member


class GroupCreated(Envelope):
    GroupId: str


class GroupID(TypedDict):
    GroupId: str


class GroupPage(Envelope):
    TotalCount: int
    GroupIdList: list[GroupID]
    Next: NotRequired[int]


class GroupBase(TypedDict, total=False):
    Type: GroupType
    Name: str
    Appid: int
    Introduction: str
    Notification: str
    FaceUrl: str
    Owner_Account: str
    CreateTime: int
    InfoSeq: int
    LastInfoTime: int
    LastMsgTime: int
    NextMsgSeq: int
    MemberNum: int
    OnlineMemberNum: int
    MaxMemberNum: int
    ApplyJoinOption: ApplyJoinOption
    InviteJoinOption: InviteJoinOption
    MuteAllMember: OnOff
    ShutUpAllMember: OnOff
    SupportTopic: int
    EnablePermission: int
    DefaultPermission: int
    AppDefinedData: list[KeyValue]


class GroupInfo(GroupBase):
    GroupId: str
    ErrorCode: NotRequired[int]
    ErrorInfo: NotRequired[str]
    MemberList: NotRequired[list[Member]]


class GroupInfos(Envelope):
    GroupInfo: list[GroupInfo]


class SelfInfo(TypedDict, total=False):
    Role: Role
    JoinTime: int
    MsgFlag: MsgFlag
    MsgSeq: int


class JoinedGroup(GroupBase):
    GroupId: str
    SelfInfo: NotRequired[SelfInfo]


class JoinedGroupPage(Envelope):
    TotalCount: int
    GroupIdList: list[JoinedGroup]


class FoundGroup(TypedDict):
    GroupType: GroupType
    GroupID: str
    GroupName: str
    GroupMemberNum: int
    GroupFaceUrl: str
    GroupIntroduction: str
    GroupOwnerUserID: str
    GroupOwnerTinyID: int
    GroupOwnerUserName: str


class FoundGroups(Envelope):
    IsFinish: bool
    TotalCount: int
    Groups: list[FoundGroup]
    Cursor: str
