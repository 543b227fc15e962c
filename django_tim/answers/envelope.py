"""What every answer has, and the words that requests and answers use."""

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
    ErrorDisplay: NotRequired[str]
    RequestId: NotRequired[str]


class KeyValue(TypedDict):
    """A custom field, a group attribute, a tag's value."""

    Key: str
    Value: str
