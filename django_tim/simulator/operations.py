"""Operations: address list, message archives, statistics."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from django_tim.answers import AppStatistics, IPAddresses, MessageArchive
from django_tim.catalogue import APP_STATISTICS, IP_LIST, MESSAGE_ARCHIVE

from .body import Body
from .chats import Chats, Message
from .group_history import GroupMessage, Histories
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State
from .statistics import FIELDS, statistics

BEIJING: Final = timezone(timedelta(hours=8))
HOUR: Final = 3600
KEPT: Final = 7 * 86_400
DAYS: Final = 30
URL: Final = "https://download.tim.qq.com/msg_history"
# By nettype, from 1; addresses that are for documentation only.
_ADDRESSES: Final = (
    ("192.0.2.0/26",),
    ("198.51.100.0/26",),
    ("192.0.2.64/26",),
    ("198.51.100.64/26",),
    ("192.0.2.128", "192.0.2.129"),
    ("198.51.100.128",),
)


class Archives(Part):
    """The files that were handed out, by URL: what a download of them would give."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.files: dict[str, bytes] = {}


@simulates(IP_LIST)
def get_ip_list(state: State, body: Body) -> IPAddresses:
    asked = body.query.get("nettype", "0")
    if asked not in [str(number) for number in range(len(_ADDRESSES) + 1)]:
        raise body.refusal(f"nettype is none of 0 to {len(_ADDRESSES)}")
    chosen = _ADDRESSES if asked == "0" else [_ADDRESSES[int(asked) - 1]]
    return {**OK, "IPList": [address for addresses in chosen for address in addresses]}


@simulates(MESSAGE_ARCHIVE)
def get_history(state: State, body: Body) -> MessageArchive:
    kind = body.choice("ChatType", ("C2C", "Group"))
    hour = body.text("MsgTime")
    begins = _begin(hour)
    if begins < state.clock.time() - KEPT:
        raise Refusal(1005, "the files of this hour are no longer kept")
    rows = sorted(_archived(state, kind, begins), key=lambda row: row["MsgTimestamp"])
    if not rows or begins + HOUR > state.clock.time():
        raise Refusal(1004, "there is no file of this hour (yet)")
    content = _file(state, kind, hour, rows)
    packed = _packed(content)
    url = f"{URL}/{state.sdk_app_id}/{kind}/{hour}.gz"
    state.part(Archives).files[url] = packed
    expires = datetime.fromtimestamp(state.clock.seconds() + KEPT, BEIJING)
    file: Any = {
        "URL": url,
        "ExpireTime": expires.strftime("%Y-%m-%d %H:%M:%S"),
        "FileSize": len(content),
        "FileMD5": _md5(content),
        "GzipSize": len(packed),
        "GzipMD5": _md5(packed),
    }
    return {**OK, "File": [file]}


@simulates(APP_STATISTICS)
def getappinfo(state: State, body: Body) -> AppStatistics:
    wanted = body.texts("RequestField", None) or FIELDS
    unknown = set(wanted) - set(FIELDS)
    if unknown:
        raise Refusal(130001, f"RequestField: there is no {', '.join(sorted(unknown))}")
    today = datetime.fromtimestamp(state.clock.seconds(), BEIJING).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    rows = [
        {name: row[name] for name in FIELDS if name in {*wanted, "Date"}}
        for row in statistics(state, [today - timedelta(days=age) for age in range(DAYS)])
    ]
    return {**OK, "ErrorInfo": "OK", "Result": rows}


def _archived(state: State, kind: str, begins: int) -> Iterator[dict[str, Any]]:
    """The messages of an hour as the files have them."""
    ends = begins + HOUR
    if kind == "Group":
        for group_id, topic_id, said in state.part(Histories).between(begins, ends):
            row = {"From_Account": said.sender, "GroupId": group_id}
            row |= {"TopicId": topic_id} if topic_id else {}
            yield row | _stamped(said) | {"MsgBody": said.body}
        return
    for message in state.part(Chats).between(begins, ends):
        row = {"From_Account": message.sender, "To_Account": message.receiver}
        random = {"MsgRandom": message.random}
        yield row | _stamped(message) | random | {"MsgBody": message.body}


def _stamped(message: Message | GroupMessage) -> dict[str, int]:
    return {"MsgTimestamp": message.time, "MsgSeq": message.seq}


def _file(state: State, kind: str, hour: str, rows: list[dict[str, Any]]) -> bytes:
    head = f'{{"SdkAppId":"{state.sdk_app_id}","ChatType":"{kind}","MsgTime":"{hour}","MsgList":['
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"{head}\n{lines}\n]}}".encode("utf-8", "surrogatepass")


def _packed(content: bytes) -> bytes:
    """A gzip file, stored only: the same bytes whatever zlib the machine has."""
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=0, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _begin(hour: str) -> int:
    try:
        begins = datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=BEIJING)
    except ValueError:
        raise Refusal(1002, "MsgTime is not yyyymmddHH") from None
    return int(begins.timestamp())


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
