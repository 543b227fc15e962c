"""Pushes to all members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django_tim.api.ids import message_number
from django_tim.api.push_audience import condition
from django_tim.catalogue import PUSH_SEND
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.services.changes import Change

from .base import Done, Work, one
from .messages import SendOperation

EVERYONE: Final = "everyone"
CONDITIONS: Final = ("tags_or", "tags_and", "attributes_or", "attributes_and")


class PushToAll(SendOperation):
    """Push a message to all accounts, or to those that meet the conditions. Page 37166.

    The one item is ``EVERYONE``. Parameters: ``message``, ``sender`` and the options of
    ``Push.send``. It can't be recalled. The service knows a repeat by its number for seven days.
    """

    kind = "push_to_all"
    endpoint = PUSH_SEND
    action = "push.send"
    known = frozenset({*CONDITIONS, "life_time", "offline_push"})

    def check(self) -> None:
        super().check()
        condition(**{name: self.options.get(name) for name in CONDITIONS})

    def item(self, given: Any) -> str:
        if given != EVERYONE:
            raise InvalidArgument(f"a push goes to {EVERYONE!r}, not to {given!r}")
        return EVERYONE

    def keys(self) -> Mapping[str, int]:
        return {"msg_random": message_number()}

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        pushed = tim.push.send(self.message, sender=self.sender, **work.keys, **self.options)
        return one(EVERYONE, pushed.get("TaskId"))

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""
