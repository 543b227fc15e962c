"""What a bulk run does to its items: one class a kind, told apart by ``kind``.

An operation says how an item given by the caller is stored, which items may share a call, how
that call is made, and what follows from its answer. Of runs, chunks and threads it knows nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django_tim.catalogue import Effect, Endpoint
from django_tim.client.batch import NOT_KNOWN, BatchResult, Outcome
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.services.changes import Change

REFUSED = -3
"""The outcome's code of an item that we refused ourselves; 0 would say that it was done."""


@dataclass(frozen=True)
class Work:
    """One call's worth of items, as it was stored before anything was sent."""

    items: list[Any]
    lane: str = ""
    """What its items have in common: the group, for members and messages."""
    keys: Mapping[str, Any] = field(default_factory=dict)
    """Fields fixed beforehand, by which the service or we know a repeat."""
    since: int = 0
    """When it was first sent, if it may have been carried out (Unix seconds)."""
    until: int = 0
    """When it was sent last."""


@dataclass(frozen=True)
class Done:
    """Work that was carried out, and what became of each item."""

    work: Work
    result: BatchResult[Any]


class Operation(ABC):
    """One kind of bulk work; ``params`` hold for all items of the run."""

    kind: ClassVar[str]
    """The run's kind, as "import_accounts"."""
    endpoint: Endpoint[Any]
    """What is called: its batch cap, rate, and whether a call may be repeated."""
    action: ClassVar[str] = ""
    """The audit entry's action, as "account.import"; none for what only reads."""
    ordered: bool = False
    """Whether the calls of a lane must be made one after another, in the order given."""
    once: ClassVar[bool] = False
    """Whether an item that was given twice must be sent once: true of every message."""

    replaces: ClassVar[bool] = True
    """Whether of two different items with the same key the later one counts, within a call.

    Otherwise they go into two calls.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = dict(params)
        self.check()

    def check(self) -> None:
        """Raise InvalidArgument if the parameters are not those of this operation."""
        if self.params:
            raise InvalidArgument(f"{self.kind} has no parameter {min(self.params)!r}")

    @abstractmethod
    def item(self, given: Any) -> Any:
        """What the caller gave, as the JSON that is stored. Raises InvalidArgument."""

    @abstractmethod
    def key(self, item: Any) -> str:
        """How an item is called in failures: unique within the run."""

    def target(self, item: Any) -> str:
        """How an item is called where people read what became of each."""
        return self.key(item)

    def lane(self, item: Any) -> str:
        """What an item must have in common with those that share its call."""
        return ""

    def keys(self) -> Mapping[str, Any]:
        """The fields of one call that are fixed before it is made."""
        return {}

    @abstractmethod
    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        """Make the call; in a thread, so without the ORM. Outcomes are named by ``key``."""

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        """What became of a call whose answer was lost and that can't be repeated.

        An outcome's code is 0 (carried out), NOT_CALLED (not carried out: send it again) or
        NOT_KNOWN, which is left to a person. In a thread, so without the ORM.
        """
        info = "the call was made, its answer was lost, and nothing tells what became of it"
        return BatchResult(
            [Outcome(self.key(one), code=NOT_KNOWN, info=info) for one in work.items]
        )

    @abstractmethod
    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """Bring the mirror in step and tell the signals' receivers."""

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        """What else a call adds to the run's counts: "created", "unchanged" …"""
        return {}

    def cap(self, config: AppConfig) -> int:
        """How many items one call may carry."""
        usual = self.endpoint.batch.cap if self.endpoint.batch else 1
        return config.batch_caps.get(self.endpoint.path, usual)

    def rate(self, config: AppConfig) -> float:
        """How many calls a second the pacing allows."""
        path = self.endpoint.path
        return config.rates.get(path, self.endpoint.qps) * config.rate_share

    @property
    def reads(self) -> bool:
        """Whether it changes nothing on the other side."""
        return self.endpoint.effect is Effect.READ


def by_lane(done: Sequence[Done]) -> dict[str, list[Outcome[Any]]]:
    """The outcomes of all calls, by what their items have in common."""
    found: dict[str, list[Outcome[Any]]] = {}
    for call in done:
        found.setdefault(call.work.lane, []).extend(call.result)
    return found


def read_fields(
    what: str, given: Any, needed: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, Any]:
    """A mapping's fields; raises InvalidArgument if it lacks one, or has an unknown one."""
    if not isinstance(given, Mapping):
        raise InvalidArgument(f"{what} is a mapping, not {given!r}")
    missing = [name for name in needed if given.get(name) is None]
    if missing:
        raise InvalidArgument(f"{what} has no {missing[0]}: {dict(given)!r}")
    unknown = [str(name) for name in given if name not in (*needed, *optional)]
    if unknown:
        raise InvalidArgument(f"{what} has no field {unknown[0]!r}")
    return {name: value for name, value in given.items() if value is not None}


def one(key: str, value: Any = None) -> BatchResult[Any]:
    """The result of a call about one item that was carried out."""
    return BatchResult([Outcome(key, value)])
