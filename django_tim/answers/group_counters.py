"""A group's counters."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


class GroupCounter(TypedDict):
    Key: str
    Value: int


class GroupCounterList(Envelope):
    GroupCounter: NotRequired[list[GroupCounter]]
