"""Operations: message archives, statistics, the service's addresses."""

from __future__ import annotations

from typing import Literal, TypedDict

from .envelope import Envelope

ChatType = Literal["C2C", "Group"]
StatisticsField = Literal[
    "AppName",
    "AppId",
    "Company",
    "ActiveUserNum",
    "RegistUserNumOneDay",
    "RegistUserNumTotal",
    "LoginTimes",
    "LoginUserNum",
    "UpMsgNum",
    "DownMsgNum",
    "SendMsgUserNum",
    "APNSMsgNum",
    "C2CUpMsgNum",
    "C2CDownMsgNum",
    "C2CSendMsgUserNum",
    "C2CAPNSMsgNum",
    "MaxOnlineNum",
    "ChainIncrease",
    "ChainDecrease",
    "GroupUpMsgNum",
    "GroupDownMsgNum",
    "GroupSendMsgUserNum",
    "GroupAPNSMsgNum",
    "GroupSendMsgGroupNum",
    "GroupJoinGroupTimes",
    "GroupQuitGroupTimes",
    "GroupNewGroupNum",
    "GroupAllGroupNum",
    "GroupDestroyGroupNum",
    "CallBackReq",
    "CallBackRsp",
    "Date",
]


class IPAddresses(Envelope):
    IPList: list[str]


class ArchiveFile(TypedDict):
    """A gzip file of an hour's messages; sizes in bytes, before and after the packing."""

    URL: str
    ExpireTime: str
    FileSize: int
    FileMD5: str
    GzipSize: int
    GzipMD5: str


class MessageArchive(Envelope):
    File: list[ArchiveFile]


class AppStatistics(Envelope):
    """One row a day, every value a text; Date is yyyymmdd."""

    Result: list[dict[str, str]]
