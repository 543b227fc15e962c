"""Friends and blacklists: add, import, delete; block and unblock."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

from django_tim.answers import AddType, DeleteType
from django_tim.catalogue import (
    BLACKLIST_ADD,
    BLACKLIST_DELETE,
    FRIEND_ADD,
    FRIEND_DELETE,
    FRIEND_IMPORT,
)
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work

ALREADY = 30001
"""The code of a friend, or of one who is blocked, that is so already; or isn't so any more."""
SOURCE = "AddSource_Type_Server"


class _OfRelations(Operation):
    """Items: pairs of an account and another one (UserIDs or rows), group them by the first.

    With the parameter ``user_id``, the others of that account. What was so already counts as
    done: a call that is repeated after its answer was lost would else fail.
    """

    takes: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Parameters, and the values that each may have; none: any text."""

    def check(self) -> None:
        for name, value in self.params.items():
            if name == "user_id":
                user_id_of(value)
            elif name not in self.takes:
                raise InvalidArgument(f"{self.kind} has no parameter {name!r}")
            elif self.takes[name] and value not in self.takes[name]:
                known = ", ".join(map(str, self.takes[name]))
                raise InvalidArgument(f"{self.kind}: {name} is one of {known}, not {value!r}")

    def item(self, given: Any) -> dict[str, Any]:
        owner = self.params.get("user_id")
        if owner is None:
            if not isinstance(given, tuple | list) or len(given) != 2:
                raise InvalidArgument(f"a relation is a pair of two accounts, not {given!r}")
            owner, given = given
        return {"From": user_id_of(owner), "To": self.other(given)}

    def other(self, given: Any) -> Any:
        """The other account, as it stands on the wire."""
        return user_id_of(given)

    def key(self, item: Any) -> str:
        return f"{item['From']} {_id(item['To'])}"

    def lane(self, item: Any) -> str:
        return str(item["From"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        result = self.call(tim, work.lane, [item["To"] for item in work.items])
        return BatchResult([_named(outcome, work.lane) for outcome in result])

    @abstractmethod
    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        """Make the call about relations of one account."""

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no relations."""

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"unchanged": sum(outcome.value == "already" for outcome in result)}


class _OfFriends(_OfRelations):
    """The other one may be a mapping with To_Account and what else the call takes."""

    def other(self, given: Any) -> dict[str, Any]:
        row = dict(given) if isinstance(given, Mapping) else {"To_Account": user_id_of(given)}
        user_id_of(row.get("To_Account"))
        return row


class AddFriends(_OfFriends):
    """Make accounts friends, ``force``d past their consent. Page 34902."""

    kind = "add_friends"
    endpoint = FRIEND_ADD
    action = "friend.add"
    takes = {"add_type": get_args(AddType), "force": (True, False), "add_source": ()}

    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        return tim.friends.add_many(
            user_id,
            others,
            add_type=self.params.get("add_type"),
            force=self.params.get("force", False),
            add_source=self.params.get("add_source", SOURCE),
        )


class ImportFriends(_OfFriends):
    """Write friends into lists: one way, without consent or notice. Page 34903."""

    kind = "import_friends"
    endpoint = FRIEND_IMPORT
    action = "friend.import"
    takes = {"add_source": ()}

    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        source = self.params.get("add_source", SOURCE)
        return tim.friends.import_many(user_id, others, add_source=source)


class DeleteFriends(_OfRelations):
    """Delete friends, from both lists or from one. Page 34905."""

    kind = "delete_friends"
    endpoint = FRIEND_DELETE
    action = "friend.delete"
    takes = {"delete_type": get_args(DeleteType)}

    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        chosen = self.params.get("delete_type", "Delete_Type_Single")
        return tim.friends.delete_many(user_id, others, delete_type=chosen)


class Block(_OfRelations):
    """Put accounts on blacklists; who was a friend is one no longer. Page 34911."""

    kind = "block_accounts"
    endpoint = BLACKLIST_ADD
    action = "blacklist.add"

    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        return tim.blacklists.add_many(user_id, others)


class Unblock(_OfRelations):
    """Take accounts off blacklists. Page 34912."""

    kind = "unblock_accounts"
    endpoint = BLACKLIST_DELETE
    action = "blacklist.delete"

    def call(self, tim: Tim, user_id: str, others: list[Any]) -> BatchResult[Any]:
        return tim.blacklists.delete_many(user_id, others)


def _id(other: Any) -> str:
    return str(other["To_Account"] if isinstance(other, Mapping) else other)


def _named(outcome: Outcome[Any], user_id: str) -> Outcome[Any]:
    named = outcome._replace(item=f"{user_id} {outcome.item}")
    return named._replace(value="already", code=0) if outcome.code == ALREADY else named
