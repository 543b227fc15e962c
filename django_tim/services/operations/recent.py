"""What one account has said lately, place by place: looked for in the history, and taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from django_tim.catalogue import MESSAGE_RECALL
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, Conflict, InvalidArgument
from django_tim.services import archive
from django_tim.services.changes import Change
from django_tim.services.passing import PASSING

from .accounts import user_id_of
from .base import REFUSED, Done, Operation, Work, read_fields
from .groups import group_id_of
from .messages import CLOCKS_DIFFER, seconds_of

RECALLED_BIT: Final = 8
Failure = tuple[int, str]


class RecallRecent(Operation):
    """Take back what an account has sent since a moment, place by place. Pages 35015 and 34965.

    Items: ``{"peer"}`` or ``{"group_id"}``; a live room, which keeps no history, with the
    ``seqs`` of its messages. Parameters: ``user_id`` and ``since`` (Unix seconds). What the
    history says was recalled is not recalled again, so a place may be tried any number of times.
    """

    kind = "recall_recent"
    endpoint = MESSAGE_RECALL
    action = "message.recall_recent"

    def check(self) -> None:
        if self.params.keys() != {"user_id", "since"}:
            raise InvalidArgument(f'{self.kind} takes "user_id" and "since"')
        self.user_id, self.since = user_id_of(self.params["user_id"]), self.params["since"]
        seconds_of(self.since)

    def item(self, given: Any) -> dict[str, Any]:
        item = read_fields("a place", given, (), ("peer", "group_id", "seqs"))
        if "group_id" in item:
            group_id_of(item["group_id"])
        else:
            user_id_of(item.get("peer"))
        return item

    def key(self, item: Any) -> str:
        return str(item.get("group_id") or item["peer"])

    def cap(self, config: Any) -> int:
        return 1  # each place is looked through first

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        found, failures = (self._in_group if "group_id" in item else self._to_peer)(tim, item)
        key, number = self.key(item), found - len(failures)
        if not failures:
            return BatchResult([Outcome(key, number)])
        code, info = failures[0]
        told = f"{len(failures)} of {found} messages: {info}"
        return BatchResult([Outcome(key, number, code=code or REFUSED, info=told)])

    def _to_peer(self, tim: Tim, item: Mapping[str, Any]) -> tuple[int, list[Failure]]:
        peer = item["peer"]
        history = tim.messages.iterate_history(
            self.user_id, peer, min_time=self.since, max_time=int(time.time()) + CLOCKS_DIFFER
        )
        keys = [
            message["MsgKey"]
            for message in history
            if message["From_Account"] == self.user_id and not message["MsgFlagBits"] & RECALLED_BIT
        ]
        return len(keys), _failures(
            keys, lambda key: tim.messages.recall(key, sender=self.user_id, receiver=peer)
        )

    def _in_group(self, tim: Tim, item: Mapping[str, Any]) -> tuple[int, list[Failure]]:
        seqs = item.get("seqs") or self._said_in(tim, item["group_id"])
        result = tim.group_messages.recall_many(item["group_id"], seqs) if seqs else ()
        return len(seqs), [(one.code, one.info) for one in result if not one.ok]

    def _said_in(self, tim: Tim, group_id: str) -> list[int]:
        seqs = []
        for message in tim.group_messages.iterate_history(group_id):
            if message.get("MsgTimeStamp", self.since) < self.since:
                break
            if message.get("From_Account") == self.user_id and not message.get("IsPlaceMsg"):
                seqs.append(message["MsgSeq"])
        return seqs

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The archive, which told of a live room's messages, must know that they are gone."""
        for call in done:
            item = call.work.items[0]
            if call.result and item.get("seqs"):
                gone = [
                    archive.Said(group_id=item["group_id"], msg_seq=seq) for seq in item["seqs"]
                ]
                archive.recall(changed.app, gone)

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"gone": sum(outcome.value or 0 for outcome in result)}


def _failures(keys: Iterable[str], recall: Callable[[str], Any]) -> list[Failure]:
    """Recall each; what was refused for good. Raises what passes by itself: then all wait."""
    failures = []
    for key in keys:
        try:
            with suppress(Conflict):  # it was recalled before
                recall(key)
        except PASSING:
            raise
        except APIError as error:
            failures.append((error.code, error.info))
    return failures
