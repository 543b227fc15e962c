"""The archive of messages follows what events tell of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_tim.services import archive
from django_tim.services.archive import Said

from . import events
from .events import Event


def follow(event: Event) -> None:
    """Archive what an event tells of messages, if it does and the app's archive is on."""
    handler = _FOLLOWED.get(type(event))
    if handler is not None and archive.is_on(event.app):
        handler(event)


def is_about_messages(event: Event) -> bool:
    """Whether ``follow`` has anything to do."""
    return type(event) in _FOLLOWED and archive.is_on(event.app)


def _sent(event: Any) -> None:
    if getattr(event, "result", 0) == 0:
        archive.note(event.app, said(event), source="callback")


def _modified(event: Any) -> None:
    archive.modify(event.app, said(event))


def _c2c_recalled(event: events.C2CMessageRecalled) -> None:
    archive.recall(event.app, [said(event)])


def _group_recalled(event: events.GroupMessagesRecalled) -> None:
    seqs = [int(seq) for seq in event.msg_seqs if seq.isdecimal()]
    group_id, topic_id = event.group_id, event.topic_id
    recalled = [Said(group_id=group_id, topic_id=topic_id, msg_seq=seq) for seq in seqs]
    archive.recall(event.app, recalled)


def said(event: Any) -> Said:
    """The message that an event is about."""
    moment = getattr(event, "msg_time", None)
    return Said(
        from_account=event.from_account,
        time=int(moment.timestamp()) if moment else 0,
        body=getattr(event, "msg_body", ()),
        cloud_custom_data=getattr(event, "cloud_custom_data", ""),
        group_id=getattr(event, "group_id", ""),
        topic_id=getattr(event, "topic_id", ""),
        msg_seq=getattr(event, "msg_seq", 0) if hasattr(event, "group_id") else 0,
        to_account=getattr(event, "to_account", ""),
        msg_key=getattr(event, "msg_key", ""),
    )


_FOLLOWED: dict[type[Event], Callable[[Any], None]] = {
    events.C2CMessageSent: _sent,
    events.GroupMessageSent: _sent,
    events.C2CMessageModified: _modified,
    events.GroupMessageModified: _modified,
    events.C2CMessageRecalled: _c2c_recalled,
    events.GroupMessagesRecalled: _group_recalled,
}
