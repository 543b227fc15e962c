"""Accounts: checks, imports, deletions, online states."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope, ImportStatus, OnlineState


class AccountChecked(TypedDict):
    UserID: str
    ResultCode: int
    ResultInfo: str
    AccountStatus: ImportStatus


class AccountsChecked(Envelope):
    ResultItem: list[AccountChecked]


class AccountDeleted(TypedDict):
    UserID: str
    ResultCode: int
    ResultInfo: str


class AccountsDeleted(Envelope):
    ResultItem: list[AccountDeleted]


class AccountsImported(Envelope):
    FailAccounts: NotRequired[list[str]]


class PlatformStatus(TypedDict):
    Platform: str
    Status: OnlineState


class OnlineStatus(TypedDict):
    To_Account: str
    Status: NotRequired[OnlineState]
    State: NotRequired[OnlineState]
    Detail: NotRequired[list[PlatformStatus]]


class OnlineStatusError(TypedDict):
    To_Account: str
    ErrorCode: int


class OnlineStatuses(Envelope):
    QueryResult: NotRequired[list[OnlineStatus]]
    ErrorList: NotRequired[list[OnlineStatusError]]
