"""Friends: results by account, relations, pages, fields."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from .envelope import Envelope

AddType = Literal["Add_Type_Single", "Add_Type_Both"]
DeleteType = Literal["Delete_Type_Single", "Delete_Type_Both"]
FriendCheckType = Literal["CheckResult_Type_Single", "CheckResult_Type_Both"]
FriendRelation = Literal[
    "CheckResult_Type_BothWay",
    "CheckResult_Type_AWithB",
    "CheckResult_Type_BWithA",
    "CheckResult_Type_NoRelation",
]


class RelationResult(TypedDict):
    """What became of one account of a batch; 0 is success."""

    To_Account: str
    ResultCode: int
    ResultInfo: str


class RelationResults(Envelope):
    ResultItem: NotRequired[list[RelationResult]]
    Fail_Account: NotRequired[list[str]]
    Invalid_Account: NotRequired[list[str]]


class FriendsDeleted(Envelope):
    """Nothing but the envelope."""


class FriendChecked(RelationResult):
    Relation: FriendRelation


class FriendsChecked(Envelope):
    InfoItem: NotRequired[list[FriendChecked]]
    Fail_Account: NotRequired[list[str]]


class FriendItem(TypedDict):
    """A field of a friend; Tag_SNS_IM_Group holds a list of names."""

    Tag: str
    Value: str | int | list[str]


class Friend(TypedDict):
    To_Account: str
    ValueItem: NotRequired[list[FriendItem]]


class FriendPage(Envelope):
    UserDataItem: list[Friend]
    StandardSequence: int
    CustomSequence: int
    FriendNum: int
    CompleteFlag: int
    NextStartIndex: int


class FriendInfo(RelationResult):
    SnsProfileItem: NotRequired[list[FriendItem]]


class FriendInfos(Envelope):
    InfoItem: NotRequired[list[FriendInfo]]
    Fail_Account: NotRequired[list[str]]
