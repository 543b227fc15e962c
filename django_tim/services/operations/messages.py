"""One-to-one messages: send to many, import history, mark as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django_tim.api.elements import message_body
from django_tim.api.ids import message_number
from django_tim.api.messages import SendOptions
from django_tim.catalogue import MESSAGE_IMPORT, MESSAGE_SEND_MANY, MESSAGE_SET_READ
from django_tim.client.batch import NOT_CALLED, NOT_KNOWN, BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work, one, read_fields

CLOCKS_DIFFER = 60
"""Seconds by which the service's clock may differ from ours, when a message is looked for."""


class SendOperation(Operation):
    """One message for each receiver once; ``known`` names the options that it may have."""

    once = True
    known: ClassVar[frozenset[str]]

    def check(self) -> None:
        self.options = dict(self.params)
        self.message = self.options.pop("message", "")
        self.sender = self.options.pop("sender", None)
        unknown = self.options.keys() - self.known
        if unknown:
            raise InvalidArgument(f"{self.kind} has no parameter {min(unknown)!r}")
        if not self.message:
            raise InvalidArgument(f"{self.kind} has no message to send")
        message_body(self.message, self.options.get("cloud_custom_data"))
        if self.sender is not None:
            user_id_of(self.sender)

    def key(self, item: Any) -> str:
        return str(item)

    def receiver(self, item: Any) -> str:
        """In whose history the message is found."""
        return str(item)


class SendMessages(SendOperation):
    """Send one message to many accounts, each once. Page 34920.

    Items: UserIDs, or rows of Account. Parameters: ``message``; ``sender`` (none: the
    administrator) and the options of ``Messages.send_many``. A call whose answer was lost is
    looked for in the receivers' histories, where the message leaves a trace.
    """

    kind = "send_messages"
    endpoint = MESSAGE_SEND_MANY
    action = "message.send"
    known = SendOptions.__optional_keys__

    def item(self, given: Any) -> str:
        return user_id_of(given)

    def keys(self) -> Mapping[str, int]:
        return {"msg_seq": message_number(), "msg_random": message_number()}

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        return tim.messages.send_many(
            work.items, self.message, sender=self.sender, **work.keys, **self.options
        )

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        if self.options.get("life_time") == 0:
            return super().look(tim, work)
        return BatchResult([self._look_at(tim, work, user_id) for user_id in work.items])

    def _look_at(self, tim: Tim, work: Work, user_id: str) -> Outcome[str]:
        sender = self.sender or tim.config.admin
        since, until = work.since - CLOCKS_DIFFER, work.until + CLOCKS_DIFFER
        history = tim.messages.iterate_history(user_id, sender, min_time=since, max_time=until)
        numbers = (work.keys["msg_seq"], work.keys["msg_random"])
        try:
            for found in history:
                if (found["MsgSeq"], found["MsgRandom"]) == numbers:
                    return Outcome(user_id, found["MsgKey"])
        except APIError as error:
            return Outcome(user_id, code=NOT_KNOWN, info=f"not to be found out: {error}")
        return Outcome(user_id, code=NOT_CALLED)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


class ImportMessages(Operation):
    """Put messages into conversations' histories, as they were elsewhere. Page 35014.

    Items: mappings of ``sender``, ``receiver``, ``message`` and ``sent_at`` (Unix seconds); with
    ``cloud_custom_data``, and ``msg_seq`` and ``msg_random``, by which the service knows a
    message that it has. With the parameter ``live`` they count as unread and are delivered,
    those of a conversation one after another.
    """

    kind = "import_messages"
    endpoint = MESSAGE_IMPORT
    action = "message.import"
    fields = ("sender", "receiver", "message", "sent_at")
    optional = ("msg_seq", "msg_random", "cloud_custom_data")

    def check(self) -> None:
        if self.params.keys() - {"live"}:
            raise InvalidArgument('import_messages takes only "live"')
        self.ordered = bool(self.params.get("live"))

    def item(self, given: Any) -> dict[str, Any]:
        item = read_fields("a message", given, self.fields, self.optional)
        user_id_of(item["sender"]), user_id_of(item["receiver"])
        item["message"] = message_body(item["message"], item.get("cloud_custom_data"))
        item["sent_at"] = seconds_of(item["sent_at"])
        for name in ("msg_seq", "msg_random"):
            item[name] = message_number(item.get(name))
        return item

    def key(self, item: Any) -> str:
        return " ".join(str(item[name]) for name in ("sender", "receiver", "sent_at", "msg_random"))

    def lane(self, item: Any) -> str:
        return " ".join(sorted([item["sender"], item["receiver"]])) if self.ordered else ""

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = dict(work.items[0])
        key = self.key(item)
        sender, receiver, message = (item.pop(name) for name in ("sender", "receiver", "message"))
        tim.messages.import_one(sender, receiver, message, live=self.ordered, **item)
        return one(key)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


class MarkRead(Operation):
    """Mark conversations as read. Page 38996.

    Items: mappings of ``user_id``, who has read, and ``peer``; with ``until`` (Unix seconds).
    """

    kind = "mark_read"
    endpoint = MESSAGE_SET_READ
    action = "message.set_read"

    def item(self, given: Any) -> dict[str, Any]:
        item = read_fields("a read mark", given, ("user_id", "peer"), ("until",))
        user_id_of(item["user_id"]), user_id_of(item["peer"])
        if item.get("until") is not None:
            item["until"] = seconds_of(item["until"])
        return item

    def key(self, item: Any) -> str:
        return f"{item['user_id']} {item['peer']}"

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        tim.messages.set_read(item["user_id"], item["peer"], until=item.get("until"))
        return one(self.key(item))

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


def seconds_of(value: Any) -> int:
    """A moment in Unix seconds. Raises InvalidArgument for what is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 32:
        raise InvalidArgument(f"a moment is in Unix seconds, not {value!r}")
    return value
