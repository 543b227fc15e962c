"""The chunks of a bulk run, written: items given one after another, each checked, in calls' sizes.

A chunk is one call. All of a run's are in the database before the first one is sent, less what was
refused or is there already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from django_tim import conf
from django_tim.exceptions import InvalidArgument
from django_tim.models import Chunk, Run, RunFailure, SeenID

from .mirror import database_of, rows
from .operations.base import Operation
from .storing import storable

READ_AT_ONCE = 500
OPEN_LANES = 1000
REMEMBERED_LANES = 100_000


def write(run: Run, operation: Operation, given: Iterable[Any]) -> None:
    """Write all items, in chunks of the endpoint's cap; memory does not grow with their number.

    What is no valid item becomes a failure of the run, and the others go on. Of one that was
    given twice the later one counts, within a call's worth; where each must be sent once, the
    first one does, however far apart they are.
    """
    writer = _Writer(run, operation)
    for batch in batches(given, READ_AT_ONCE):
        writer.add(batch)
    writer.close()


class _Writer:
    def __init__(self, run: Run, operation: Operation) -> None:
        self._run = run
        self._operation = operation
        self._cap = operation.cap(conf.app_config(run.alias))
        self._open: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._turns: OrderedDict[str, int] = OrderedDict()  # calls so far, of the last lanes
        self._forgot = False
        self._full: list[Chunk] = []
        self._number = 0

    def add(self, batch: list[Any]) -> None:
        items, refused = self._read(batch)
        keyed = [(self._operation.key(item), item) for item in items]
        if self._operation.once:
            keyed = self._unseen(dict(reversed(keyed)))
        skipped = len(items) - len(keyed)
        for key, item in keyed:
            skipped += self._put(key, item)
        self._flush()
        self._count(len(batch), skipped, refused)

    def close(self) -> None:
        for lane in list(self._open):
            self._fill(lane)
        self._flush()

    def _read(self, batch: list[Any]) -> tuple[list[Any], list[tuple[str, str]]]:
        items: list[Any] = []
        refused: list[tuple[str, str]] = []
        for given in batch:
            try:
                items.append(storable(self._operation.item(given)))
            except InvalidArgument as error:
                refused.append((str(given), str(error)))
        return items, refused

    def _unseen(self, first: dict[str, Any]) -> list[tuple[str, Any]]:
        """Of the items, the first of each key, those whose key was not given before."""
        seen = SeenID.objects.using(database_of(SeenID))
        known = set(
            seen.filter(run=self._run, remote_id__in=first).values_list("remote_id", flat=True)
        )
        new = [(key, item) for key, item in reversed(first.items()) if key not in known]
        seen.bulk_create([SeenID(run=self._run, remote_id=key) for key, _ in new])
        return new

    def _put(self, key: str, item: Any) -> int:
        """Add an item to its lane's call; whether it took the place of an earlier one."""
        lane = self._operation.lane(item)
        call = self._lane(lane)
        replaced = key in call and (self._operation.replaces or call[key] == item)
        if key in call and not replaced:
            self._fill(lane)
            call = self._lane(lane)
        call[key] = item
        if len(call) >= self._cap:
            self._fill(lane)
        return int(replaced)

    def _lane(self, lane: str) -> dict[str, Any]:
        if lane not in self._open:
            if len(self._open) >= OPEN_LANES:
                self._fill(next(iter(self._open)))
            self._open[lane] = {}
        return self._open[lane]

    def _fill(self, lane: str) -> None:
        """Close a lane's call: it becomes a chunk."""
        items = list(self._open.pop(lane).values())
        self._full.append(
            _chunk(self._run, self._operation, lane, items, self._number, self._turn(lane))
        )
        self._number += 1

    def _turn(self, lane: str) -> int:
        """How many calls of an ordered lane go before; 0 where the order does not matter."""
        if not self._operation.ordered:
            return 0
        if lane not in self._turns:
            self._turns[lane] = self._turn_of_forgotten(lane) if self._forgot else 0
        turn = self._turns[lane]
        self._turns[lane] = turn + 1
        self._turns.move_to_end(lane)
        if len(self._turns) > REMEMBERED_LANES:
            self._turns.popitem(last=False)
            self._forgot = True
        return turn

    def _turn_of_forgotten(self, lane: str) -> int:
        self._flush()
        last = rows(Chunk, run=self._run).filter(lane=lane).aggregate(last=Max("turn"))["last"]
        return 0 if last is None else last + 1

    def _flush(self) -> None:
        Chunk.objects.using(database_of(Chunk)).bulk_create(self._full, batch_size=READ_AT_ONCE)
        self._full.clear()

    def _count(self, total: int, skipped: int, refused: list[tuple[str, str]]) -> None:
        failures = [RunFailure(run=self._run, item=storable(i[:255]), info=t) for i, t in refused]
        RunFailure.objects.using(database_of(RunFailure)).bulk_create(failures)
        gained = {"done": skipped + len(refused), "skipped": skipped, "failed": len(refused)}
        added = {name: F(name) + number for name, number in gained.items()}
        rows(Run, pk=self._run.pk).update(total=Coalesce("total", 0) + total, **added)


def batches(given: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of at most ``size``; a queryset is read with a server-side cursor."""
    rest = given.iterator(size) if isinstance(given, QuerySet) else iter(given)
    while batch := list(islice(rest, size)):
        yield batch


def append(run: Run, operation: Operation, lane: str, items: list[Any]) -> None:
    """Add the items of one lane, in new chunks behind the last one; in a transaction.

    Whoever calls it has updated the run's row before, so that no other can number a chunk.
    """
    number = rows(Chunk, run=run).aggregate(last=Max("number"))["last"] or 0
    turn = rows(Chunk, run=run).filter(lane=lane).aggregate(last=Max("turn"))["last"] or 0
    cap = operation.cap(conf.app_config(run.alias))
    new = [
        _chunk(run, operation, lane, part, number + place, turn + place * operation.ordered)
        for place, part in enumerate(batches(items, cap), 1)
    ]
    Chunk.objects.using(database_of(Chunk)).bulk_create(new, batch_size=READ_AT_ONCE)


def _chunk(
    run: Run, operation: Operation, lane: str, items: list[Any], number: int, turn: int
) -> Chunk:
    payload = {"items": items, "keys": dict(operation.keys())}
    return Chunk(run=run, number=number, lane=lane, turn=turn, payload=payload, size=len(items))
