"""What the service keeps of official accounts, their subscribers and their messages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .refusals import Refusal
from .state import Part, State

MOST_SUBSCRIBERS: Final = 100_000
SAME_MESSAGE: Final = 300

NO_OFFICIAL_ACCOUNT: Final = 130004


@dataclass(slots=True)
class Subscriber:
    """An account that has subscribed."""

    user_id: str
    time: int
    custom: str = ""

    def view(self) -> dict[str, Any]:
        """As the list of subscribers shows it."""
        return {
            "Subscriber_Account": self.user_id,
            "SubscribeTime": self.time,
            "CustomString": self.custom,
            "MsgFlag": "AcceptAndNotify",
        }

    def own_view(self, fields: Collection[str] | None) -> dict[str, Any]:
        """As the subscriber's own list shows it: all fields without a filter."""
        every = {"SubscribeTime": self.time, "CustomString": self.custom}
        return _narrowed(every, fields)


@dataclass(slots=True)
class Message:
    """A message to all subscribers."""

    seq: int
    random: int
    time: int
    elements: list[dict[str, Any]]
    custom: str = ""
    recalled: bool = False

    @property
    def key(self) -> str:
        """The MsgKey."""
        return f"{self.seq}_{self.random}_{self.time}"

    def rewrite(self, elements: list[dict[str, Any]] | None, custom: str | None) -> None:
        """What the app's backend puts in the place of a message."""
        self.elements = elements or self.elements
        self.custom = self.custom if custom is None else custom


@dataclass(slots=True)
class OfficialAccount:
    """An official account. ``messages`` is the history by MsgKey, the oldest first."""

    account_id: str
    owner: str
    create_time: int
    profile: dict[str, str] = field(default_factory=dict)
    most: int = MOST_SUBSCRIBERS
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    sent: int = 0
    last_time: int = 0
    _recent: list[tuple[Message, list[dict[str, Any]]]] = field(default_factory=list)

    def view(self, fields: Collection[str] | None) -> dict[str, Any]:
        """The profile: all fields without a filter."""
        every = {
            "CreateTime": self.create_time,
            "Name": "",
            "Owner_Account": self.owner,
            "LastMsgTime": self.last_time,
            "SubscriberNum": len(self.subscribers),
            "MaxSubscriberNum": self.most,
            "Introduction": "",
            "FaceUrl": "",
            "Organization": "",
            "CustomString": "",
        }
        return _narrowed(every | self.profile, fields)

    def next_seq(self) -> int:
        self.sent += 1
        return self.sent

    def double(self, elements: list[dict[str, Any]], random: int, now: int) -> Message | None:
        """The same message of the last five minutes: sent again, it is dropped."""
        self._recent = [one for one in self._recent if now - one[0].time < SAME_MESSAGE]
        same = (one for one, given in self._recent if one.random == random and given == elements)
        return next(same, None)

    def note(self, message: Message) -> None:
        """Remember a message as it came, to know it again."""
        self._recent.append((message, message.elements))

    def send(self, message: Message, *, is_kept: bool, is_shown: bool) -> None:
        """Take a new message into the history, and as the last one."""
        if is_shown:
            self.last_time = message.time
        if is_kept:
            self.messages[message.key] = message

    def history(self, before: str, *, recalled: bool) -> list[Message]:
        """The messages older than the one with this MsgKey, the newest first."""
        end = self.messages[before].seq if before in self.messages else self.sent + 1
        newest_first = reversed(self.messages.values())
        return [one for one in newest_first if one.seq < end and (recalled or not one.recalled)]


class OfficialAccounts(Part):
    """All official accounts, in the order of creation."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.by_id: dict[str, OfficialAccount] = {}
        self._ids_given = 0

    def get(self, account_id: str) -> OfficialAccount:
        """An official account, or the Refusal of one that does not exist (any more)."""
        account = self.by_id.get(account_id)
        if account is None:
            raise Refusal(NO_OFFICIAL_ACCOUNT, "the official account does not exist")
        return account

    def subscribed_by(self, user_id: str) -> Iterator[OfficialAccount]:
        """The official accounts to which an account has subscribed."""
        return (one for one in self.by_id.values() if user_id in one.subscribers)

    def new_id(self) -> str:
        """An unused id as the service gives them."""
        while True:
            self._ids_given += 1
            account_id = f"@TOA#_@TOA#d{self._ids_given:04X}"
            if account_id not in self.by_id:
                return account_id

    def forget_account(self, user_id: str) -> None:
        for account in self.by_id.values():
            account.subscribers.pop(user_id, None)
            if account.owner == user_id:
                account.owner = ""


def _narrowed(every: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    return every if not fields else {name: every[name] for name in every if name in fields}
