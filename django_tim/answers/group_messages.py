"""Group messages: numbers, history, recalls, imports, read receipts."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from .envelope import Envelope


class GroupMessageSent(Envelope):
    """MsgSeq identifies the message in its group or topic; MsgTime is in Unix seconds."""

    MsgTime: int
    MsgSeq: int
    MsgDropReason: NotRequired[str]


class GroupMessage(TypedDict):
    """A message of the history.

    IsPlaceMsg: 0 a message, 1 one that was deleted or has expired, 2 one that was recalled;
    the last two have no MsgBody left. MsgPriority: 1 high, 2 normal, 3 low, 4 lowest.
    """

    MsgSeq: int
    From_Account: NotRequired[str]
    IsPlaceMsg: NotRequired[int]
    IsSystemMsg: NotRequired[int]
    MsgBody: NotRequired[list[dict[str, Any]]]
    MsgPriority: NotRequired[int]
    MsgRandom: NotRequired[int]
    MsgTimeStamp: NotRequired[int]
    CloudCustomData: NotRequired[str]


class GroupHistoryPage(Envelope):
    """IsFinished speaks of the range asked for: 1 all of it came, 0 or 2 it was cut."""

    GroupId: NotRequired[str]
    IsFinished: NotRequired[int]
    RspMsgList: list[GroupMessage]


class MessageRecalled(TypedDict):
    MsgSeq: int
    RetCode: int


class MessagesRecalled(Envelope):
    RecallRetList: NotRequired[list[MessageRecalled]]


class ImportedMessage(TypedDict):
    MsgSeq: int
    MsgTime: int
    Result: int


class MessagesImported(Envelope):
    """ImportMsgResult is in the order in which the messages were sent."""

    ImportMsgResult: NotRequired[list[ImportedMessage]]


class GroupReceipt(TypedDict):
    """How many have read a message that asked for receipts."""

    MsgSeq: int
    Code: int
    ReadNum: NotRequired[int]
    UnreadNum: NotRequired[int]


class GroupReceipts(Envelope):
    GroupMsgReceiptList: NotRequired[list[GroupReceipt]]


class Reader(TypedDict):
    Read_Account: str


class NonReader(TypedDict):
    Unread_Account: str


class GroupReceiptPage(Envelope):
    """IsFinish is 1 on the last page; some pages of the documentation call it IsFinished."""

    MsgSeq: NotRequired[int]
    Cursor: NotRequired[str]
    IsFinish: NotRequired[int]
    IsFinished: NotRequired[int]
    ReadList: NotRequired[list[Reader]]
    UnreadList: NotRequired[list[NonReader]]
