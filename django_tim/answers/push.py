"""Push to all members: tags, attributes, and the push itself."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


class PushAttributeNames(Envelope):
    """Keys are "0" to "9"; AttrTypes has 0 for accounts and 1 for RegistrationIDs."""

    AttrNames: NotRequired[dict[str, str]]
    AttrTypes: NotRequired[dict[str, int]]


class FailedPushAccount(TypedDict):
    To_Account: str
    ErrorCode: int
    ErrorInfo: NotRequired[str]


class PushAccountsChanged(Envelope):
    ErrorList: NotRequired[list[FailedPushAccount]]


class PushAccountAttributes(TypedDict):
    To_Account: str
    Attrs: dict[str, str]


class PushAttributes(Envelope):
    UserAttrs: NotRequired[list[PushAccountAttributes]]
    ErrorList: NotRequired[list[FailedPushAccount]]


class PushAccountTags(TypedDict):
    To_Account: str
    Tags: list[str]


class PushTags(Envelope):
    UserTags: NotRequired[list[PushAccountTags]]
    ErrorList: NotRequired[list[FailedPushAccount]]


class Pushed(Envelope):
    TaskId: str
