"""The answers that our code reads, with the wire's own keys, and the words that requests use.

Keys are ``NotRequired`` wherever a ResponseFilter, an older service or a failed item may
leave them out. Both spellings of a renamed key stand here; ``*Until`` and ``*Time`` are Unix
seconds.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

GroupType = Literal["Public", "Private", "ChatRoom", "AVChatRoom", "Community"]
ApplyJoinOption = Literal["FreeAccess", "NeedPermission", "DisableApply"]
InviteJoinOption = Literal["FreeAccess", "NeedPermission", "DisableInvite"]
OnOff = Literal["On", "Off"]
Role = Literal["Owner", "Admin", "Member"]
RoleInGroup = Literal["Owner", "Admin", "Member", "NotMember"]
MsgFlag = Literal["AcceptAndNotify", "AcceptNotNotify", "Discard"]
ImportStatus = Literal["Imported", "NotImported"]
OnlineState = Literal["Online", "PushOnline", "Offline"]


class Envelope(TypedDict):
    """What every answer has; the transport fills in what an irregular service leaves out."""

    ActionStatus: str
    ErrorCode: int
    ErrorInfo: str
    RequestId: NotRequired[str]


# accounts


class AccountChecked(TypedDict):
    UserID: str
    ResultCode: int
    ResultInfo: str
    AccountStatus: ImportStatus


class AccountsChecked(Envelope):
    ResultItem: list[AccountChecked]


class AccountDeleted(TypedDict):
    UserID: str
    ResultCode: int
    ResultInfo: str


class AccountsDeleted(Envelope):
    ResultItem: list[AccountDeleted]


class AccountsImported(Envelope):
    FailAccounts: NotRequired[list[str]]


class PlatformStatus(TypedDict):
    Platform: str
    Status: OnlineState


class OnlineStatus(TypedDict):
    To_Account: str
    Status: NotRequired[OnlineState]
    State: NotRequired[OnlineState]
    Detail: NotRequired[list[PlatformStatus]]


class OnlineStatusError(TypedDict):
    To_Account: str
    ErrorCode: int


class OnlineStatuses(Envelope):
    QueryResult: NotRequired[list[OnlineStatus]]
    ErrorList: NotRequired[list[OnlineStatusError]]


# profiles


class ProfileItem(TypedDict):
    Tag: str
    Value: str | int


class UserProfile(TypedDict):
    To_Account: str
    ProfileItem: NotRequired[list[ProfileItem]]
    ResultCode: int
    ResultInfo: str


class Profiles(Envelope):
    UserProfileItem: NotRequired[list[UserProfile]]
    Fail_Account: NotRequired[list[str]]
    ErrorDisplay: NotRequired[str]


# groups


class KeyValue(TypedDict):
    Key: str
    Value: str


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


# group members


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
