"""Profiles: an account's standard and custom fields."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


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
