"""Pushes to all members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django_tim.api.elements import message_body
from django_tim.api.ids import message_number
from django_tim.api.push_audience import condition
from django_tim.catalogue import PUSH_SEND
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work, one

EVERYONE: Final = "everyone"
CONDITIONS: Final = ("tags_or", "tags_and", "attributes_or", "attributes_and")
OPTIONS: Final = {*CONDITIONS, "life_time", "offline_push"}


class PushToAll(Operation):
    """Push a message to all accounts, or to those that meet the conditions. Page 37166.

    The one item is ``EVERYONE``. Parameters: ``message``, ``sender`` and the options of
    ``Push.send``. It can't be recalled. The service knows a repeat by its number for seven days.
    """

    kind = "push_to_all"
    endpoint = PUSH_SEND
    action = "push.send"
    once = True

    def check(self) -> None:
        self.options = dict(self.params)
        self.message = self.options.pop("message", "")
        self.sender = self.options.pop("sender", None)
        unknown = self.options.keys() - OPTIONS
        if unknown:
            raise InvalidArgument(f"{self.kind} has no parameter {min(unknown)!r}")
        if not self.message:
            raise InvalidArgument(f"{self.kind} has no message to send")
        message_body(self.message)
        condition(**{name: self.options.get(name) for name in CONDITIONS})
        if self.sender is not None:
            user_id_of(self.sender)

    def item(self, given: Any) -> str:
        if given != EVERYONE:
            raise InvalidArgument(f"a push goes to {EVERYONE!r}, not to {given!r}")
        return EVERYONE

    def key(self, item: Any) -> str:
        return str(item)

    def keys(self) -> Mapping[str, int]:
        return {"msg_random": message_number()}

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        pushed = tim.push.send(self.message, sender=self.sender, **work.keys, **self.options)
        return one(EVERYONE, pushed.get("TaskId"))

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""
