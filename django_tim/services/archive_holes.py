"""Holes in what is archived of groups: numbers that are missing, read from the history.

A group's messages are numbered without gaps, so a missing MsgSeq is a message that no callback told
us of. What the service no longer has either leaves a row of source "lost", at the top of the gap.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Q, When, Window
from django.db.models.functions import Lag
from django.utils import timezone

from django_tim import conf
from django_tim.connection import tims
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    RateLimited,
    ServiceUnavailable,
)
from django_tim.models import Group, Message

from . import archive
from .archive import Said
from .live import LIVE
from .mirror import rows

AT_ONCE = 200
"""Holes that are looked up in one go."""
LOST = "lost"
RECALLED = 2
NO_HISTORY = {10007, 10010, 10015}
"""Codes that say that a group is gone, or is of a type that keeps no history."""

logger = logging.getLogger("django_tim.archive")


@dataclass(frozen=True)
class Hole:
    """The numbers that are missing in a group or topic, both included; the next one's time."""

    group_id: str
    topic_id: str
    lowest: int
    highest: int
    before: datetime


def fill(app: str, *, seconds: float) -> int:
    """Fill the holes of the app's groups for about so long; returns how many messages came.

    Holes within ARCHIVE_FILL_DAYS, the newest first; one that fails stops no other. Live rooms have
    no history, and before the first message and after the last one there is no hole. Raises
    what is no group's own trouble (network, signature, settings).
    """
    end, number = time.monotonic() + seconds, 0
    for hole in holes(app):
        if time.monotonic() >= end:
            break
        try:
            number += _fill(app, hole, end)
        except (AuthenticationFailed, RateLimited, ServiceUnavailable):
            raise
        except APIError as refused:
            logger.warning("%s: %s", hole, refused)
            if refused.code in NO_HISTORY:
                _lose(app, hole, hole.highest)
    return number


def holes(app: str) -> list[Hole]:
    """The newest holes, as far back as the archive is filled."""
    sdk_app_id = tims[app].config.sdk_app_id
    since = timezone.now() - timedelta(days=conf.options().archive_fill_days)
    recent = Q(sent_at__gte=since) | Q(sent_at=None)
    said = rows(Message, sdk_app_id=sdk_app_id, msg_seq__isnull=False).filter(recent)
    live = rows(Group, sdk_app_id=sdk_app_id, type=LIVE)
    place = ("group_id", "topic_id")
    previous = Window(Lag("msg_seq"), partition_by=place, order_by="msg_seq")
    # What was lost closes a hole, and begins none: neither may leave before the rows are compared.
    no_edge = Q(source=LOST) | Q(sent_at=None)
    edges = (
        said.exclude(Q(group_id="") | Q(group_id__in=live.values("group_id")))
        .annotate(previous=previous)
        .annotate(step=Case(When(no_edge, then=0), default=F("msg_seq") - F("previous")))
        .filter(step__gt=1)
        .order_by("-sent_at")
    )
    found = edges.values_list(*place, "previous", "msg_seq", "sent_at")[:AT_ONCE]
    return [
        Hole(group, topic, previous + 1, seq - 1, sent_at)
        for group, topic, previous, seq, sent_at in found
    ]


def _fill(app: str, hole: Hole, end: float) -> int:
    number, newest = 0, hole.highest
    while newest >= hole.lowest and time.monotonic() < end:
        page = tims[app].group_messages.get_history_page(
            hole.group_id, newest=newest, topic_id=hole.topic_id or None
        )
        found = {one["MsgSeq"]: one for one in page["RspMsgList"] if one["MsgSeq"] <= newest}
        there = {seq for seq in found if seq >= hole.lowest}
        if newest not in found:  # nor do we know from where on there is something
            _lose(app, hole, newest)
        if not there:
            break
        for seq in there:
            _note(app, hole, found[seq])
        number += len(there)
        newest = min(there) - 1
    return number


def _note(app: str, hole: Hole, message: Mapping[str, Any]) -> None:
    sent = int(message.get("MsgTimeStamp") or 0)
    said = Said(
        from_account=message.get("From_Account") or "",
        time=sent or int(hole.before.timestamp()),
        body=message.get("MsgBody") or (),
        cloud_custom_data=message.get("CloudCustomData") or "",
        group_id=hole.group_id,
        topic_id=hole.topic_id,
        msg_seq=message["MsgSeq"],
    )
    gone = message.get("IsPlaceMsg") or 0
    archive.note(app, said, source=LOST if gone and gone != RECALLED else "history")
    if gone == RECALLED:
        archive.recall(app, [said])


def _lose(app: str, hole: Hole, seq: int) -> None:
    """Close what is left of a hole: its top row says that nobody has it any more."""
    about = Said(
        group_id=hole.group_id,
        topic_id=hole.topic_id,
        msg_seq=seq,
        time=int(hole.before.timestamp()),
    )
    archive.note(app, about, source=LOST)
