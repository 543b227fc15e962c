"""What the service keeps of one-to-one messages: a chat for every two accounts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import Final

from .elements import Elements
from .state import Part, State

RECALLED: Final = 8
_SEQ_FACTOR: Final = 2_654_435_761
_SEQS: Final = 1 << 32


class Message:
    """A message.

    ``is_kept``: the history has it; ``is_shown``: the list of conversations shows it.
    """

    __slots__ = (
        "body",
        "custom",
        "flags",
        "hidden_from",
        "is_kept",
        "is_peer_read",
        "is_shown",
        "is_unread",
        "random",
        "receiver",
        "sender",
        "seq",
        "supports_extensions",
        "time",
        "wants_receipt",
    )

    def __init__(self, sender: str, seq: int, random: int, time: int, body: Elements) -> None:
        self.sender = sender
        self.receiver = ""
        self.seq = seq
        self.random = random
        self.time = time
        self.body = body
        self.custom = ""
        self.flags = 0
        self.is_unread = self.is_shown = self.is_kept = True
        self.is_peer_read = self.wants_receipt = self.supports_extensions = False
        self.hidden_from: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The MsgKey."""
        return f"{self.seq}_{self.random}_{self.time}"

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it stands in the history."""
        return self.time, self.seq, self.random

    def to(self, receiver: str) -> Message:
        """The same message for a receiver of a batch."""
        copy = Message.__new__(Message)
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.receiver = receiver
        return copy

    def hide_from(self, user_id: str) -> None:
        """Take it out of one side's history."""
        self.hidden_from |= {user_id}
        if user_id == self.receiver:
            self.is_unread = False


class Chat:
    """The messages between two accounts, in the order of time and MsgSeq.

    ``shown`` counts those that the list of conversations shows, ``last_time`` is the last
    one's.
    """

    __slots__ = ("by_key", "last_time", "messages", "shown")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.by_key: dict[str, Message] = {}
        self.shown = 0
        self.last_time = 0

    def add(self, message: Message) -> Message:
        """Keep a message; the one that has its key already is a repeat's first."""
        known = self.by_key.setdefault(message.key, message)
        if known is message and message.is_kept:
            insort(self.messages, message, key=lambda one: one.place)
            if message.is_shown:
                self.shown += 1
                self.last_time = max(self.last_time, message.time)
        return known

    def unread_by(self, user_id: str) -> int:
        return sum(one.is_unread and one.receiver == user_id for one in self.messages)


class Chats(Part):
    """All chats, by either account."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._by_user: dict[str, dict[str, Chat]] = {}
        self._taken_in = 0

    def next_seq(self) -> int:
        """A MsgSeq for a message that came without one; the same until it is taken in."""
        return (self._taken_in + 1) * _SEQ_FACTOR % _SEQS

    def known(self, message: Message) -> Message | None:
        """The message whose numbers and second these are, if it is a repeat."""
        return self._of(message.sender, message.receiver).by_key.get(message.key)

    def take_in(self, message: Message) -> Message:
        """Deliver a message, unless the same numbers came within its second: then that one."""
        self._taken_in += 1
        return self._chat(message.sender, message.receiver).add(message)

    def history(
        self, user_id: str, peer: str, least: int, most: int, before: str = ""
    ) -> list[Message]:
        """What an account sees of a chat from ``least`` to ``most``, before the message named."""
        chat = self._of(user_id, peer)
        mark = chat.by_key.get(before)
        found = [
            one
            for one in chat.messages
            if least <= one.time <= most and user_id not in one.hidden_from
        ]
        if mark is None:
            return found
        return [one for one in found if one.place < mark.place]

    def find(self, one: str, other: str, key: str) -> Message | None:
        """A message that was kept, by its MsgKey."""
        message = self._of(one, other).by_key.get(key)
        return message if message is not None and message.is_kept else None

    def clear(self, user_id: str, peer: str) -> None:
        """Take the whole chat out of one side's history."""
        for message in self._of(user_id, peer).messages:
            message.hide_from(user_id)

    def set_read(self, user_id: str, peer: str, until: int) -> None:
        """The account has read what ``peer`` sent up to a time."""
        for message in self._of(user_id, peer).messages:
            if message.receiver == user_id and message.time <= until:
                message.is_unread = False

    def unread(self, user_id: str, peer: str | None = None) -> int:
        """How many messages an account has not read, from one peer or from all."""
        chats = self._by_user.get(user_id, {})
        if peer is not None:
            return chats.get(peer, Chat()).unread_by(user_id)
        return sum(chat.unread_by(user_id) for chat in chats.values())

    def of(self, user_id: str) -> dict[str, Chat]:
        """An account's chats by peer."""
        return self._by_user.get(user_id, {})

    def between(self, least: int, most: int) -> Iterator[Message]:
        """All kept messages from ``least`` to before ``most``."""
        every = {id(chat): chat for chats in self._by_user.values() for chat in chats.values()}
        for chat in every.values():
            yield from (one for one in chat.messages if least <= one.time < most)

    def forget_account(self, user_id: str) -> None:
        """A deleted account's side of its chats is gone; the peers keep theirs."""
        for chat in self._by_user.pop(user_id, {}).values():
            for message in chat.messages:
                message.hide_from(user_id)

    def _of(self, user_id: str, peer: str) -> Chat:
        """A chat to read from."""
        return self._by_user.get(user_id, {}).get(peer) or Chat()

    def _chat(self, one: str, other: str) -> Chat:
        chat = self._by_user.setdefault(one, {}).get(other)
        if chat is None:
            chat = self._by_user.get(other, {}).get(one) or Chat()
            self._by_user[one][other] = chat
            self._by_user.setdefault(other, {})[one] = chat
        return chat
