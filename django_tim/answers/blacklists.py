"""Blacklists: relations and pages."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from .envelope import Envelope
from .friends import RelationResult

BlacklistCheckType = Literal["BlackCheckResult_Type_Single", "BlackCheckResult_Type_Both"]
BlacklistRelation = Literal[
    "BlackCheckResult_Type_BothWay",
    "BlackCheckResult_Type_AWithB",
    "BlackCheckResult_Type_BWithA",
    "BlackCheckResult_Type_NO",
]


class BlacklistChecked(RelationResult):
    Relation: BlacklistRelation


class BlacklistsChecked(Envelope):
    BlackListCheckItem: NotRequired[list[BlacklistChecked]]
    Fail_Account: NotRequired[list[str]]


class BlockedAccount(TypedDict):
    To_Account: str
    AddBlackTimeStamp: int


class BlacklistPage(Envelope):
    """CurruentSequence is spelled like this on the wire."""

    BlackListItem: list[BlockedAccount]
    StartIndex: int
    CurruentSequence: int
