"""Recalls of what bulk runs have sent: found in the history by its numbers, then taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django_tim.catalogue import GROUP_MESSAGE_RECALL, MESSAGE_RECALL
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import Conflict, InvalidArgument
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import REFUSED, Done, Operation, Work, one, read_fields
from .group_messages import sent_since
from .groups import group_id_of
from .messages import CLOCKS_DIFFER

SPAN = ("since", "until")


class _Recall(Operation):
    """Items: mappings of ``to``, of the numbers of the message, and of when it was sent."""

    numbers: tuple[str, ...] = ()

    def check(self) -> None:
        if self.params.keys() - {"sender"}:
            raise InvalidArgument(f'{self.kind} takes only "sender"')

    def item(self, given: Any) -> dict[str, Any]:
        return read_fields("a message to recall", given, ("to", *self.numbers, *SPAN), ())

    def key(self, item: Any) -> str:
        return str(item["to"])

    def cap(self, config: Any) -> int:
        return 1  # each is looked for first

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"gone": len(result.succeeded)}

    def _not_found(self, item: Any) -> BatchResult[Any]:
        info = "the history does not have it (any more)"
        return BatchResult([Outcome(self.key(item), code=REFUSED, info=info)])


class RecallMessages(_Recall):
    """Take back one-to-one messages, from both sides. Page 35015."""

    kind = "recall_messages"
    endpoint = MESSAGE_RECALL
    action = "message.recall"
    numbers = ("msg_seq", "msg_random")

    def item(self, given: Any) -> dict[str, Any]:
        item = super().item(given)
        user_id_of(item["to"])
        return item

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        sender, receiver = self.params.get("sender") or tim.config.admin, item["to"]
        since, until = item["since"] - CLOCKS_DIFFER, item["until"] + CLOCKS_DIFFER
        history = tim.messages.iterate_history(receiver, sender, min_time=since, max_time=until)
        for found in history:
            if (found["MsgSeq"], found["MsgRandom"]) == (item["msg_seq"], item["msg_random"]):
                with suppress(Conflict):  # it was recalled before
                    tim.messages.recall(found["MsgKey"], sender=sender, receiver=receiver)
                return one(receiver, found["MsgKey"])
        return self._not_found(item)


class RecallGroupMessages(_Recall):
    """Take back group messages. Page 34965."""

    kind = "recall_group_messages"
    endpoint = GROUP_MESSAGE_RECALL
    action = "group_message.recall"
    numbers = ("random",)

    def item(self, given: Any) -> dict[str, Any]:
        item = super().item(given)
        group_id_of(item["to"])
        return item

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        seq = sent_since(tim, item["to"], None, item["since"]).get(item["random"])
        if seq is None:
            return self._not_found(item)
        [outcome] = tim.group_messages.recall_many(item["to"], [seq])
        return BatchResult([Outcome(item["to"], seq, outcome.code, outcome.info)])
