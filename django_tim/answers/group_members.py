"""Group members: pages, roles, mutes, bans."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope, KeyValue, MsgFlag, Role, RoleInGroup


class Member(TypedDict):
    Member_Account: str
    Role: NotRequired[Role]
    JoinTime: NotRequired[int]
    MsgSeq: NotRequired[int]
    MsgFlag: NotRequired[MsgFlag]
    LastSendMsgTime: NotRequired[int]
    MuteUntil: NotRequired[int]
    ShutUpUntil: NotRequired[int]
    NameCard: NotRequired[str]
    OnlineStatus: NotRequired[str]
    AppMemberDefinedData: NotRequired[list[KeyValue]]


class MemberPage(Envelope):
    MemberNum: int
    MemberList: list[Member]
    Next: NotRequired[str]


class MemberInfos(Envelope):
    MemberList: list[Member]


class MemberAdded(TypedDict):
    """Result: 0 failed, 1 added, 2 a member already, 3 waits for the invitee's consent."""

    Member_Account: str
    Result: int


class MembersAdded(Envelope):
    MemberList: list[MemberAdded]


class BannedMember(TypedDict):
    Member_Account: str
    BannedUntil: int


class BannedPage(Envelope):
    BannedAccountList: list[BannedMember]
    NextOffset: int


class MutedMember(TypedDict):
    Member_Account: str
    MutedUntil: NotRequired[int]
    ShuttedUntil: NotRequired[int]


class MutedMembers(Envelope):
    GroupId: str
    MutedAccountList: NotRequired[list[MutedMember]]
    ShuttedUinList: NotRequired[list[MutedMember]]


class MemberRole(TypedDict):
    Member_Account: str
    Role: RoleInGroup


class MemberRoles(Envelope):
    UserIdList: list[MemberRole]
