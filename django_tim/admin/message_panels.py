"""Messages as panels show them: read from TIM on demand, with a box before each to take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from django_tim.services.mapping import from_vendor_time

from . import display, words

LONGEST = 300
"""Characters of a text that a row shows."""


def said_in(body: Sequence[Mapping[str, Any]] | None) -> str:
    """A message's elements in a line: the texts, and the kinds of the others."""
    parts = []
    for element in body or ():
        kind, content = str(element.get("MsgType")), element.get("MsgContent") or {}
        text = content.get("Text") if kind == "TIMTextElem" else None
        parts.append(str(text) if text is not None else f"[{words.said(words.ELEMENTS, kind)}]")
    line = " ".join(parts)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def single_row(message: Mapping[str, Any]) -> dict[str, Any]:
    """A one-to-one message as ``includes/messages.html`` shows it."""
    recalled = bool(int(message.get("MsgFlagBits") or 0) & 8)
    return {
        "key": f"{message['From_Account']} {message['MsgKey']}",
        "time": display.moment(from_vendor_time(message.get("MsgTimeStamp"))),
        "sender": message["From_Account"],
        "text": said_in(message.get("MsgBody")),
        "note": _("recalled") if recalled else "",
    }


def group_row(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of a group's history."""
    place = int(message.get("IsPlaceMsg") or 0)
    return {
        "key": str(message["MsgSeq"]),
        "time": display.moment(from_vendor_time(message.get("MsgTimeStamp"))),
        "sender": message.get("From_Account", ""),
        "text": said_in(message.get("MsgBody")),
        "note": {1: _("deleted or expired"), 2: _("recalled")}.get(place, ""),
    }
