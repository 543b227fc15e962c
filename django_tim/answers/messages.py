"""One-to-one messages: send, import, read, recall, change."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from .envelope import Envelope

SendMsgControl = Literal["NoUnread", "NoLastMsg", "WithMuteNotifications"]
ForbidCallbackControl = Literal["ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"]


class MessageSent(Envelope):
    """MsgKey is MsgSeq_MsgRandom_MsgTime; MsgId is the clients' name of the message."""

    MsgTime: int
    MsgKey: str
    MsgId: NotRequired[str]


class NotSentTo(TypedDict):
    To_Account: str
    ErrorCode: int


class MessagesSent(Envelope):
    """One MsgKey holds for all receivers; ActionStatus is "SomeError" if some failed."""

    MsgKey: str
    MsgId: NotRequired[str]
    ErrorList: NotRequired[list[NotSentTo]]


class StoredMessage(TypedDict):
    """MsgFlagBits 8: recalled. IsPeerRead 1: the receiver has sent a read receipt."""

    From_Account: str
    To_Account: str
    MsgSeq: int
    MsgRandom: int
    MsgTimeStamp: int
    MsgClientTime: NotRequired[int]
    MsgFlagBits: int
    IsPeerRead: NotRequired[int]
    MsgKey: str
    MsgBody: list[dict[str, Any]]
    CloudCustomData: NotRequired[str]


class MessageHistory(Envelope):
    """Complete 1: the last page. The Last… fields are the next page's MaxTime and LastMsgKey."""

    Complete: int
    MsgCnt: int
    LastMsgTime: int
    LastMsgKey: str
    MsgList: list[StoredMessage]


class MessagesDeleted(Envelope):
    InvalidMsgKeyList: NotRequired[list[str]]


class UnreadNumber(TypedDict):
    Peer_Account: str
    C2CUnreadMsgNum: int


class UnreadError(TypedDict):
    Peer_Account: str
    ErrorCode: int


class UnreadNumbers(Envelope):
    """All is there when no peer was named, the lists when some were."""

    AllC2CUnreadMsgNum: NotRequired[int]
    C2CUnreadMsgNumList: NotRequired[list[UnreadNumber]]
    ErrorList: NotRequired[list[UnreadError]]
