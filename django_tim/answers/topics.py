"""Topics of Communities."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope, MsgFlag, OnOff


class TopicCreated(Envelope):
    TopicId: str


class TopicInfo(TypedDict):
    """GroupID is spelt like this here, unlike everywhere else."""

    TopicId: str
    GroupID: NotRequired[str]
    TopicName: NotRequired[str]
    FaceUrl: NotRequired[str]
    Notification: NotRequired[str]
    Introduction: NotRequired[str]
    NextMsgSeq: NotRequired[int]
    CreateTime: NotRequired[int]
    LastMsgTime: NotRequired[int]
    MuteAllMember: NotRequired[OnOff]
    CustomString: NotRequired[str]


class TopicSelfInfo(TypedDict):
    """What concerns the account that was named: MuteTime and ShutUpTime are the same."""

    MsgSeq: NotRequired[int]
    MsgFlag: NotRequired[MsgFlag]
    MuteTime: NotRequired[int]
    ShutUpTime: NotRequired[int]


class TopicAndSelf(TypedDict):
    ErrorCode: NotRequired[int]
    ErrorInfo: NotRequired[str]
    TopicInfo: TopicInfo
    SelfInfo: NotRequired[TopicSelfInfo]


class TopicInfos(Envelope):
    TopicAndSelfInfo: NotRequired[list[TopicAndSelf]]


class TopicDissolved(TypedDict):
    TopicId: str
    ErrorCode: int
    ErrorInfo: NotRequired[str]


class TopicsDissolved(Envelope):
    """Spelt in the singular, and a list."""

    DestroyResultItem: NotRequired[list[TopicDissolved]]
