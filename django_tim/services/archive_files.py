"""Holes in the archive, filled from the service's own: a file an hour, kept for seven days.

The files fill in what no callback told us. They come from a URL of the service's and are
checked by the sums that came with it.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any, Final, Literal

import requests
from django.core.cache import cache
from django.utils import timezone

from django_tim import conf
from django_tim.connection import tims
from django_tim.exceptions import BadAnswer, NotFound, NotSent

from . import archive
from .archive import Said

TIMEOUT = (5, 60)
CHAT_TYPES: Final[tuple[Literal["C2C", "Group"], ...]] = ("C2C", "Group")
DAYS = 7
"""How long the service keeps its files."""
LONGEST_KEPT = (DAYS + 1) * 86_400
READY_AFTER = timedelta(hours=2)
"""How old an hour is when its file is looked for."""
FINAL_AFTER = timedelta(days=1)
"""How old an hour is when a file that is not there will not come any more."""


def fill_recent(app: str, *, seconds: float) -> int:
    """Archive the hours of the last ARCHIVE_FILL_DAYS for about so long, the oldest first.

    What was read is known from Django's cache: should that forget, it is read again. Returns how
    many messages there were; raises what ``fill`` does.
    """
    end, number, now = time.monotonic() + seconds, 0, timezone.now()
    for hour in _hours(now, conf.options().archive_fill_days):
        for chat_type in CHAT_TYPES:
            key = f"django_tim.archive.{tims[app].config.sdk_app_id}.{chat_type}.{hour:%Y%m%d%H}"
            if time.monotonic() >= end:
                return number
            if not cache.get(key):
                found = fill(app, chat_type, hour)
                number += found
                if found or hour < now - FINAL_AFTER:
                    cache.set(key, True, LONGEST_KEPT)
    return number


def _hours(now: datetime, days: int) -> Iterator[datetime]:
    """The hours whose files are there, in UTC, the oldest first."""
    begin = max(now - timedelta(days=days), now - timedelta(days=DAYS) + READY_AFTER)
    hour = begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= now - READY_AFTER:
        yield hour
        hour += timedelta(hours=1)


def fill(app: str, chat_type: Literal["C2C", "Group"], hour: datetime | str) -> int:
    """Archive the messages of an hour; returns how many there were.

    ``hour``: an aware datetime, or Beijing's yyyymmddHH. An hour without messages, or whose file
    is not there yet, has none. Raises what ``Operations.get_archive`` does, NotSent if a file
    can't be fetched, BadAnswer if it is not what its sums say.
    """
    try:
        files = tims[app].operations.get_archive(chat_type, hour)
    except NotFound:
        return 0
    number = 0
    for file in files:
        for row in _messages(file["URL"], file["GzipMD5"]):
            archive.note(app, _said(row), source="history")
            number += 1
    return number


def _messages(url: str, gzip_md5: str) -> Iterator[dict[str, Any]]:
    try:
        response = requests.get(url, timeout=TIMEOUT)
        response.raise_for_status()
    except requests.RequestException as error:
        raise NotSent(f"a history file can't be fetched: {type(error).__name__}") from None
    if gzip_md5 and md5(response.content, usedforsecurity=False).hexdigest() != gzip_md5:
        raise BadAnswer("a history file is not what its MD5 says")
    try:
        content = json.loads(_closed(gzip.decompress(response.content).decode()))
    except (OSError, EOFError, ValueError) as error:
        raise BadAnswer(f"a history file can't be read: {error}") from None
    yield from content.get("MsgList") or ()


def _closed(text: str) -> str:
    """The file as JSON: every message ends with a comma, the last one too."""
    head, comma, end = text.rstrip().rpartition(",")
    return head + end if comma and not end.strip(" \r\n]}") else text


def _said(row: dict[str, Any]) -> Said:
    time = int(row.get("MsgTimestamp") or row.get("MsgTimeStamp") or 0)
    group_id = row.get("GroupId") or ""
    key = "" if group_id else f"{row.get('MsgSeq')}_{row.get('MsgRandom')}_{time}"
    return Said(
        from_account=row.get("From_Account") or "",
        to_account=row.get("To_Account") or "",
        group_id=group_id,
        topic_id=row.get("TopicId") or "",
        msg_seq=int(row.get("MsgSeq") or 0) if group_id else 0,
        msg_key=row.get("MsgKey") or key,
        time=time,
        body=row.get("MsgBody") or (),
        cloud_custom_data=row.get("CloudCustomData") or "",
    )
