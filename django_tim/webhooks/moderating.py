"""Messages that were sent are judged by the host's classifier, and taken back where it says so.

``MODERATOR`` of an app is the dotted path of a callable: it gets the event of a message that was
sent, or a ``ModerationResult`` of the vendor's own check, and returns a :class:`Judgement` or None.
It runs in a worker, so it may take its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from django_tim import conf
from django_tim.answers.moderation import AuditName
from django_tim.connection import tims
from django_tim.services import group_members
from django_tim.services.actor import Actor
from django_tim.services.changes import change

from . import events
from .events import Event

JUDGED = (events.C2CMessageSent, events.GroupMessageSent, events.ModerationResult)
ACTOR = Actor("callback", name="moderation")


@dataclass(frozen=True)
class Judgement:
    """What is done about a message: take it back, and mute its sender in the group."""

    recall: bool = False
    mute_seconds: int = 0
    reason: str = ""


def moderator_of(event: Event) -> Callable[[Any], Judgement | None] | None:
    """Who judges an event, if anybody does."""
    path = conf.app_settings(event.app).moderator
    if not path or not isinstance(event, JUDGED):
        return None
    if isinstance(event, events.C2CMessageSent) and event.result:
        return None  # it was not delivered
    moderator: Callable[[Any], Judgement | None] = import_string(path)
    return moderator


def moderate(event: Any, moderator: Callable[[Any], Judgement | None]) -> None:
    """Let the moderator judge, and carry it out."""
    judgement = moderator(event)
    if judgement is None:
        return
    if judgement.recall:
        _recall(event, judgement)
    group_id = getattr(event, "group_id", "")
    if judgement.mute_seconds and group_id:
        group_members.mute(
            group_id,
            [event.from_account],
            seconds=judgement.mute_seconds,
            app=event.app,
            actor=ACTOR,
        )


def content_moderation(event: Any) -> Judgement | None:
    """A moderator for ``MODERATOR``: the vendor's check of texts, and what it has found itself.

    What it blocks is taken back; what it would have reviewed is left to people.
    """
    if isinstance(event, events.ModerationResult):
        blocked = event.suggestion == "Block" and not event.stopped
        return Judgement(recall=blocked, reason=event.label)
    if not event.text:
        return None
    policy: AuditName = "Group" if isinstance(event, events.GroupMessageSent) else "C2C"
    found = tims[event.app].moderation.check(event.text, audit_name=policy)
    blocked = found.get("Result") == "Block"
    return Judgement(recall=blocked, reason=str(found.get("Label") or ""))


def _recall(event: Any, judgement: Judgement) -> None:
    msg_id = event.msg_id if isinstance(event, events.ModerationResult) else ""
    group_id = getattr(event, "group_id", "")
    seq = msg_id if msg_id.isdecimal() else str(getattr(event, "msg_seq", ""))
    key = msg_id or getattr(event, "msg_key", "")
    details = {"from": event.from_account, "reason": judgement.reason}
    with change(
        "message.recall",
        app=event.app,
        actor=ACTOR,
        object_type="message",
        object_id=f"{group_id} {seq}" if group_id else key,
        details=details,
    ) as changed:
        if group_id:
            topic = getattr(event, "topic_id", "") or None
            reason = judgement.reason[:50] or None
            changed.came_to(
                changed.tim.group_messages.recall_many(
                    group_id, [int(seq)], reason=reason, topic_id=topic
                )
            )
        else:
            changed.tim.messages.recall(key, sender=event.from_account, receiver=event.to_account)
