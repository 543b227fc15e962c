"""Official accounts: profiles, subscribers, broadcast messages."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from .envelope import Envelope


class OfficialAccountCreated(Envelope):
    OfficialAccountUserID: str


class Subscription(TypedDict):
    """What a subscriber's own view of an official account adds to its profile."""

    SubscribeTime: NotRequired[int]
    CustomString: NotRequired[str]


class OfficialAccount(TypedDict):
    Official_Account: NotRequired[str]
    ErrorCode: NotRequired[int]
    ErrorInfo: NotRequired[str]
    CreateTime: NotRequired[int]
    Name: NotRequired[str]
    Owner_Account: NotRequired[str]
    LastMsgTime: NotRequired[int]
    SubscriberNum: NotRequired[int]
    MaxSubscriberNum: NotRequired[int]
    Introduction: NotRequired[str]
    FaceUrl: NotRequired[str]
    Organization: NotRequired[str]
    CustomString: NotRequired[str]
    SelfInfo: NotRequired[Subscription]


class OfficialAccountInfos(Envelope):
    OfficialAccountInfoList: list[OfficialAccount]


class SubscribedPage(Envelope):
    """CompleteFlag is 1 on the last page; otherwise Next is the next Offset."""

    TotalCount: int
    CompleteFlag: int
    Next: NotRequired[int]
    OfficialAccountInfoList: list[OfficialAccount]


class Subscriber(TypedDict):
    Subscriber_Account: str
    SubscribeTime: int
    CustomString: NotRequired[str]
    MsgFlag: NotRequired[str | int]
    LastSendMsgTime: NotRequired[int]


class SubscriberPage(Envelope):
    SubscriberNum: int
    SubscriberList: list[Subscriber]
    Next: str


class SubscriberChanged(TypedDict):
    """Result: 0 failed, 1 done, 2 there was nothing to do."""

    Subscriber_Account: str
    Result: int


class SubscribersChanged(Envelope):
    SubscriberList: list[SubscriberChanged]


class OfficialMessageSent(Envelope):
    MsgTime: int
    MsgKey: str


class OfficialMessage(TypedDict):
    """IsPlaceMsg: 0 a message, 2 one that was recalled."""

    From_Account: str
    MsgKey: str
    MsgSeq: NotRequired[int]
    MsgRandom: NotRequired[int]
    MsgTimeStamp: NotRequired[int]
    MsgPriority: NotRequired[int]
    MsgBody: NotRequired[list[dict[str, Any]]]
    CloudCustomData: NotRequired[str]
    IsPlaceMsg: NotRequired[int]
    IsSystemMsg: NotRequired[int]


class OfficialMessagePage(Envelope):
    """IsFinished: 0 there are more, 1 that was all, 2 the older ones have expired."""

    Official_Account: NotRequired[str]
    IsFinished: int
    LastMsgKey: NotRequired[str]
    RspMsgList: list[OfficialMessage]


class OfficialMessageRecalled(TypedDict):
    MsgKey: str
    RetCode: int


class OfficialMessagesRecalled(Envelope):
    RecallRetList: list[OfficialMessageRecalled]
