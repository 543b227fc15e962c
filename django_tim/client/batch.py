"""The result of a batch: the outcome of every item, in the order given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from django_tim.exceptions import PartialFailure

T = TypeVar("T")

# Codes of ours, for items that no answer spoke of.
NOT_CALLED = -1  # the batch ended before the item's call was made
NOT_KNOWN = -2  # the call was made, and what became of the item is not known


class Outcome(NamedTuple, Generic[T]):
    """What became of one item; ``code`` is the vendor's, 0 when it succeeded."""

    item: str
    value: T | None = None
    code: int = 0
    info: str = ""

    @property
    def ok(self) -> bool:
        """Whether the service carried it out."""
        return self.code == 0


@dataclass(slots=True)
class BatchResult(Generic[T]):
    """Every item's outcome. Its truth value is False as soon as one item failed."""

    outcomes: list[Outcome[T]] = field(default_factory=list)

    @property
    def succeeded(self) -> list[Outcome[T]]:
        """The outcomes of the items that were carried out."""
        return [outcome for outcome in self.outcomes if outcome.ok]

    @property
    def failures(self) -> list[Outcome[T]]:
        """The outcomes of the items that failed, each with its code."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    def raise_for_failures(self) -> None:
        """Raise PartialFailure, which carries this result, if any item failed."""
        if not self:
            raise PartialFailure(self)

    def values(self) -> list[T | None]:
        """Each item's value; raises PartialFailure if any item failed."""
        self.raise_for_failures()
        return [outcome.value for outcome in self.outcomes]

    def summary(self) -> str:
        """How many items failed, and with which codes."""
        codes = Counter(outcome.code for outcome in self.failures)
        said = ", ".join(f"{code} ×{count}" for code, count in codes.most_common())
        failed = f"{len(self.failures)} of {len(self)} items failed"
        return f"{failed}: {said}" if said else failed

    def __bool__(self) -> bool:
        return all(outcome.ok for outcome in self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[Outcome[T]]:
        return iter(self.outcomes)
