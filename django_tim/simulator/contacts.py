"""What the service keeps of an account's conversations beside their messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .refusals import Refusal
from .state import Part, State

C2C, GROUP = 1, 2
Contact = tuple[int, str]
"""A conversation: its Type, and the peer's UserID or the group's id."""

MOST_GROUPS: Final = 20
MOST_MARKED: Final = 1000
MOST_PINNED: Final = 50


class Marked:
    """A conversation's marks and groups."""

    __slots__ = ("bits", "custom", "groups", "time")

    def __init__(self) -> None:
        self.bits: set[int] = set()
        self.custom = ""
        self.groups: set[int] = set()
        self.time = 0

    def __bool__(self) -> bool:
        return bool(self.bits or self.custom or self.groups)

    def view(self) -> dict[str, Any]:
        """The fields that are there."""
        last = max(self.bits, default=-1)
        fields = {
            "StandardMark": "".join("01"[bit in self.bits] for bit in range(last + 1)),
            "CustomMark": self.custom,
            "ContactGroupId": sorted(self.groups),
        }
        return {name: value for name, value in fields.items() if value}


class Shelf:
    """One account's pins, marks and groups of conversations, and what it has deleted.

    ``deleted`` holds how many messages a conversation had then: with another it is back.
    """

    def __init__(self) -> None:
        self.pinned: set[Contact] = set()
        self.deleted: dict[Contact, int] = {}
        self.groups: dict[str, int] = {}
        self._marked: dict[Contact, Marked] = {}
        self._groups_made = 0

    def pin(self, contact: Contact) -> None:
        """What the client SDK does when its user pins a conversation."""
        if len(self.pinned | {contact}) > MOST_PINNED:
            raise Refusal(51012, f"more than {MOST_PINNED} pinned conversations")
        self.pinned.add(contact)

    def marked(self, contact: Contact, now: int) -> Marked:
        """A conversation's marks, to be changed."""
        marked = self._marked.setdefault(contact, Marked())
        marked.time = now
        return marked

    def marks_of(self, contact: Contact) -> Marked | None:
        """A conversation's marks and groups, if it has any."""
        return self._marked.get(contact) or None

    def all_marked(self) -> Iterator[tuple[Contact, Marked]]:
        """The conversations that have marks or groups."""
        return ((contact, marked) for contact, marked in self._marked.items() if marked)

    def check_room(self, contacts: Iterable[Contact]) -> None:
        """Refuse conversations beyond those that may have marks or groups."""
        if len({contact for contact, _ in self.all_marked()} | set(contacts)) > MOST_MARKED:
            raise Refusal(51008, f"more than {MOST_MARKED} conversations in groups or marks")

    def new_group(self, name: str) -> int:
        """Make a group of conversations; its number never comes again."""
        if len(self.groups) >= MOST_GROUPS:
            raise Refusal(51010, f"more than {MOST_GROUPS} conversation groups")
        self._groups_made += 1
        self.groups[name] = self._groups_made
        return self._groups_made

    def group(self, name: str) -> int:
        """A group's number, or the Refusal of one that is not there."""
        if name not in self.groups:
            raise Refusal(51009, "the conversation group does not exist")
        return self.groups[name]

    def delete_group(self, name: str) -> None:
        """Delete a group; the conversations in it stay."""
        number = self.groups.pop(name)
        for marked in self._marked.values():
            marked.groups.discard(number)


class Contacts(Part):
    """The shelves of all accounts."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._shelves: dict[str, Shelf] = {}

    def of(self, user_id: str) -> Shelf:
        return self._shelves.setdefault(user_id, Shelf())

    def forget_account(self, user_id: str) -> None:
        self._shelves.pop(user_id, None)
