"""What became of each item of a bulk run, in the order in which they were written down.

Items stand in the run's chunks, so they are read a few chunks at a time, from a mark on: memory
does not grow with their number, and no page has to be counted to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from django.db.models import Q, QuerySet

from django_tim.client.batch import NOT_KNOWN
from django_tim.models import Chunk, Run, RunFailure

from .mirror import rows
from .operations import operation_of

State = Chunk.State
AT_ONCE = 50
"""Chunks that are read together; each holds what one call carries, 500 items at most."""


class Outcome(StrEnum):
    """What became of an item."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"


_STATES: Final[Mapping[str, Q]] = {
    "": Q(),
    Outcome.DONE: Q(state__in=(State.DONE, State.UNKNOWN)),
    Outcome.WAITING: Q(state__in=(State.WAITING, State.CLAIMED)),
}


@dataclass(frozen=True)
class Target:
    """One item: how it is called, and what became of it."""

    name: str
    outcome: Outcome
    code: int = 0
    info: str = ""
    at: datetime | None = None
    """When it was sent first."""


@dataclass(frozen=True)
class Mark:
    """A place in a run: behind so many items of a chunk, or behind a refused item."""

    chunk: int = 0
    item: int = 0
    refused: int = 0

    def __str__(self) -> str:
        return f"{self.chunk}.{self.item}.{self.refused}"

    @classmethod
    def read(cls, text: str) -> Mark:
        """The mark that was written so; the start for nonsense."""
        parts = text.split(".")
        if len(parts) != 3 or not all(one.isdecimal() and len(one) < 16 for one in parts):
            return cls()
        return cls(*map(int, parts))


def iterate(
    run: Run, outcome: str = "", after: Mark | None = None
) -> Iterator[tuple[Mark, Target]]:
    """Each item of this outcome ("": of any), with the mark behind it.

    Those that were refused when the run was written come last. Raises InvalidArgument for a run
    of a kind that there is not.
    """
    mark = after or Mark()
    if not mark.refused:
        yield from _in_chunks(run, outcome, mark)
    if outcome in ("", Outcome.FAILED):
        yield from _refused(run, mark.refused)


def page(run: Run, outcome: str, after: Mark, size: int) -> tuple[list[Target], Mark | None]:
    """The next items, and the mark to go on from; None if there are no more."""
    found = list(islice(iterate(run, outcome, after), size + 1))
    more = found[size - 1][0] if len(found) > size else None
    return [target for _mark, target in found[:size]], more


def _in_chunks(run: Run, outcome: str, mark: Mark) -> Iterator[tuple[Mark, Target]]:
    operation = operation_of(run)
    for chunk in _chunks(run, outcome, mark.chunk):
        failures = {one.item: one for one in chunk.runfailure_set.all()}
        begin = mark.item if chunk.number == mark.chunk else 0
        for number, item in enumerate(chunk.payload["items"][begin:], begin + 1):
            failure = failures.get(operation.key(item)[:255])
            found = _target(operation.target(item), chunk, failure)
            if outcome in ("", found.outcome):
                yield Mark(chunk.number, number), found


def _chunks(run: Run, outcome: str, first: int) -> Iterator[Any]:
    """The chunks that may hold such items, from one on."""
    found: QuerySet[Any] = (
        rows(Chunk, run=run).order_by("number").prefetch_related("runfailure_set")
    )
    if outcome in _STATES:
        found = found.filter(_STATES[outcome])
    else:
        unknown = Q(code=NOT_KNOWN)
        failed = rows(RunFailure, run=run).exclude(chunk=None)
        failed = failed.filter(unknown if outcome == Outcome.UNKNOWN else ~unknown)
        found = found.filter(pk__in=failed.values("chunk"))
    while batch := list(found.filter(number__gte=first)[:AT_ONCE]):
        yield from batch
        first = batch[-1].number + 1


def _target(name: str, chunk: Chunk, failure: RunFailure | None) -> Target:
    if failure is not None:
        outcome = Outcome.UNKNOWN if failure.code == NOT_KNOWN else Outcome.FAILED
        return Target(name, outcome, failure.code, failure.info, chunk.sent_at)
    if chunk.state in (State.WAITING, State.CLAIMED):
        return Target(name, Outcome.WAITING)
    return Target(name, Outcome.DONE, at=chunk.sent_at)


def _refused(run: Run, last: int) -> Iterator[tuple[Mark, Target]]:
    found = rows(RunFailure, run=run, chunk=None).order_by("pk")
    while batch := list(found.filter(pk__gt=last)[: AT_ONCE * 10]):
        for one in batch:
            yield Mark(refused=one.pk), Target(one.item, Outcome.FAILED, one.code, one.info)
        last = batch[-1].pk
