"""The messages of groups and topics: kept for those that have some."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Final

from .elements import Elements
from .state import Part, State

DOUBLE_SECONDS: Final = 300
RECALLED: Final = 2
DELETED: Final = 1


class GroupMessage:
    """A message. ``gone`` is 0, DELETED or RECALLED; ``said`` is the body as it came, by which
    a double is known, whatever the app's callback or a change has made of ``body``.

    ``audience`` and ``readers`` are there when read receipts were asked for.
    """

    __slots__ = (
        "audience",
        "body",
        "cloud_custom_data",
        "extensible",
        "gone",
        "priority",
        "random",
        "readers",
        "said",
        "sender",
        "seq",
        "time",
    )

    def __init__(self, sender: str, random: int, time: int, body: Elements) -> None:
        self.sender = sender
        self.random = random
        self.time = time
        self.body = self.said = body
        self.seq = 0
        self.priority = 2
        self.cloud_custom_data: str | None = None
        self.extensible = False
        self.gone = 0
        self.audience: tuple[str, ...] | None = None
        self.readers: dict[str, None] = {}


class History:
    """The stored messages of one group or topic, by rising number."""

    __slots__ = ("_recent", "cleared_to", "messages")

    def __init__(self) -> None:
        self.messages: list[GroupMessage] = []
        self.cleared_to = 0  # up to here the clients can't read any more; the admin can
        self._recent: dict[tuple[str, int], tuple[int, GroupMessage]] = {}

    def find(self, seq: int) -> GroupMessage | None:
        """The message with this number."""
        place = bisect_left(self.messages, seq, key=_seq)
        found = self.messages[place : place + 1]
        return found[0] if found and found[0].seq == seq else None

    def up_to(self, seq: int, count: int) -> list[GroupMessage]:
        """The newest ``count`` messages whose number is at most ``seq``, newest first."""
        end = bisect_right(self.messages, seq, key=_seq)
        return self.messages[max(0, end - count) : end][::-1]

    def double_of(self, message: GroupMessage, now: int) -> GroupMessage | None:
        """What the same sender said with the same Random in the last five minutes."""
        came, earlier = self._recent.get((message.sender, message.random), (0, message))
        double = now - came < DOUBLE_SECONDS and earlier.said == message.said
        return earlier if double else None

    def note(self, message: GroupMessage, now: int) -> None:
        """Know a message again for five minutes."""
        while self._recent:
            key, (came, _) = next(iter(self._recent.items()))
            if now - came < DOUBLE_SECONDS:
                break
            del self._recent[key]
        key = message.sender, message.random
        self._recent.pop(key, None)  # to the end: the oldest stand first
        self._recent[key] = now, message


class Histories(Part):
    """The histories by group and, inside, by topic ("" for the group's own)."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._groups: dict[str, dict[str, History]] = {}
        self.notifications: list[dict[str, Any]] = []
        self._body: Elements = []

    def of(self, group_id: str, topic_id: str = "") -> History:
        """A history to read from and to add to."""
        return self._groups.setdefault(group_id, {}).setdefault(topic_id, History())

    def peek(self, group_id: str, topic_id: str = "") -> History:
        """A history to read from: none is kept for a group without messages."""
        return self._groups.get(group_id, {}).get(topic_id) or History()

    def between(self, least: int, most: int) -> Iterator[tuple[str, str, GroupMessage]]:
        """All stored messages from ``least`` to before ``most``, each with its group and topic."""
        for group_id, topics in self._groups.items():
            for topic_id, history in topics.items():
                for message in history.messages:
                    if least <= message.time < most:
                        yield group_id, topic_id, message

    def shared(self, body: Elements) -> Elements:
        """The last body again if it is equal: what goes to many groups is kept once."""
        if body != self._body:
            self._body = body
        return self._body

    def forget_group(self, group_id: str) -> None:
        self._groups.pop(group_id, None)

    def forget_topic(self, group_id: str, topic_id: str) -> None:
        """The topic was dissolved."""
        self._groups.get(group_id, {}).pop(topic_id, None)


def _seq(message: GroupMessage) -> int:
    return message.seq
