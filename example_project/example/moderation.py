"""Moderation by the project's own rules: some messages are stopped, the others looked at later.

What is about to be said is judged by rules in memory, for the service waits two seconds and asks
for every message: nothing is read or written. Whatever takes longer, such as a classifier, looks
at a message after it was sent, in a worker, and takes it back where it must.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from django.dispatch import receiver

from django_tim.signals import message_event
from django_tim.webhooks import Drop, Rewrite, Veto
from django_tim.webhooks.events import BeforeC2CMessage, BeforeGroupMessage, ModerationResult
from django_tim.webhooks.moderating import Judgement, content_moderation

logger = logging.getLogger("example.moderation")
FORBIDDEN = frozenset({"casino"})
SPAM = "buy now"
INVITATION = re.compile(r"https?://(t\.me|discord\.gg)/")
RUDE = re.compile(r"\b(darn|heck)\b", re.IGNORECASE)


@receiver(message_event, before=True)
def judge(event: BeforeC2CMessage | BeforeGroupMessage, **kwargs: Any) -> Rewrite | None:
    """Refuse, drop, rewrite, or let through."""
    words = set(event.text.lower().split())
    if words & FORBIDDEN:
        code = 10101 if isinstance(event, BeforeGroupMessage) else 120_001
        raise Veto(code, "This may not be said here.")
    if SPAM in event.text.lower():
        raise Drop
    if RUDE.search(event.text):
        return Rewrite([_mild(element) for element in event.msg_body])
    return None


def look_at(event: Any) -> Judgement | None:
    """The project's ``MODERATOR``: what a classifier would say of a message that was sent."""
    if isinstance(event, ModerationResult):
        return content_moderation(event)
    if INVITATION.search(event.text):
        return Judgement(recall=True, mute_seconds=600, reason="invites to other services")
    return None


def _mild(element: dict[str, Any]) -> dict[str, Any]:
    content = element.get("MsgContent", {})
    if element.get("MsgType") != "TIMTextElem":
        return element
    return {**element, "MsgContent": {**content, "Text": RUDE.sub("***", content.get("Text", ""))}}
