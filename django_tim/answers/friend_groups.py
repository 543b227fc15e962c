"""Friend groups: an account's own lists of friends."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope
from .friends import RelationResults


class FriendGroupsAdded(RelationResults):
    """ResultItem comes only when friends were named."""

    CurrentSequence: int


class FriendGroupsDeleted(Envelope):
    CurrentSequence: int


class FriendGroup(TypedDict):
    GroupName: str
    FriendNumber: int
    To_Account: NotRequired[list[str]]


class FriendGroups(Envelope):
    ResultItem: NotRequired[list[FriendGroup]]
    CurrentSequence: int
