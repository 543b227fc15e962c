"""Follows: results by account, pages, numbers."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope
from .friends import RelationResult
from .profiles import ProfileItem


class FollowResults(Envelope):
    ResultItem: NotRequired[list[RelationResult]]


class FollowChecked(RelationResult):
    """FollowType: 0 neither, 1 only To_Account follows, 2 only From_Account does, 3 both."""

    FollowType: NotRequired[int]


class FollowsChecked(Envelope):
    ResultItem: NotRequired[list[FollowChecked]]


class Follow(TypedDict):
    To_Account: str
    FollowTime: int
    ProfileItem: NotRequired[list[ProfileItem]]


class FollowPage(Envelope):
    FollowItem: list[Follow]
    NextCursor: str


class FollowNumbers(RelationResult):
    FollowerCount: NotRequired[int]
    FollowingCount: NotRequired[int]
    MutualFollowingCount: NotRequired[int]


class FollowInfos(Envelope):
    FollowInfo: NotRequired[list[FollowNumbers]]
