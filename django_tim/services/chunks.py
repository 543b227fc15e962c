"""The chunks of a bulk run: written, claimed, settled, given back, and found again.

A chunk is one call. It is claimed by an UPDATE that names the state it expects, committed before
anything is sent, and settled together with the run's counts: so several workers share a run, and
the counts are exact whoever dies when. A claim that is not renewed for long was a dead worker's.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connections, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_tim import conf
from django_tim.client.batch import Outcome
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.models import Chunk, Run, RunFailure, SeenID

from .mapping import storable
from .mirror import database_of
from .operations.base import REFUSED, Operation, Work

logger = logging.getLogger("django_tim.runs")

State = Chunk.State
READ_AT_ONCE = 500
OPEN_LANES = 1000
REMEMBERED_LANES = 100_000
A_LANE_AT_ONCE = 4
"""Calls of an ordered lane that are claimed together: one thread makes them in turn."""
LOOK_AFTER = 10.0
"""Seconds after a call whose answer was lost: only then is looked what became of it."""
COUNTS = ("done", "created", "updated", "unchanged", "gone", "skipped", "failed")


class ChunkLost(TimError):
    """Another worker has taken the chunk over, believing this one dead."""


@dataclass
class Settled:
    """What became of a chunk's items: the state, the failures, and what the run's counts gain."""

    chunk: Chunk
    state: str
    failures: list[Outcome[Any]] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)
    again: list[Any] = field(default_factory=list)
    """Items that were not carried out: the chunk keeps them alone, and waits."""

    @property
    def left(self) -> str:
        """The chunk's own state from now on."""
        return State.WAITING if self.again else self.state


def work_of(chunk: Chunk) -> Work:
    """What a chunk holds."""
    return Work(
        chunk.payload["items"],
        chunk.lane,
        chunk.payload.get("keys", {}),
        since=int(chunk.sent_at.timestamp()) if chunk.sent_at else 0,
        until=int(chunk.claimed_at.timestamp()) if chunk.claimed_at else 0,
    )


# Writing


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
        last = _chunks(self._run).filter(lane=lane).aggregate(last=Max("turn"))["last"]
        return 0 if last is None else last + 1

    def _flush(self) -> None:
        Chunk.objects.using(database_of(Chunk)).bulk_create(self._full, batch_size=READ_AT_ONCE)
        self._full.clear()

    def _count(self, total: int, skipped: int, refused: list[tuple[str, str]]) -> None:
        failures = [RunFailure(run=self._run, item=storable(i[:255]), info=t) for i, t in refused]
        RunFailure.objects.using(database_of(RunFailure)).bulk_create(failures)
        gained = {"done": skipped + len(refused), "skipped": skipped, "failed": len(refused)}
        added = {name: F(name) + number for name, number in gained.items()}
        _runs(self._run).update(total=Coalesce("total", 0) + total, **added)


def batches(given: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of at most ``size``; a queryset is read with a server-side cursor."""
    rest = given.iterator(size) if isinstance(given, QuerySet) else iter(given)
    while batch := list(islice(rest, size)):
        yield batch


def append(run: Run, operation: Operation, lane: str, items: list[Any]) -> None:
    """Add the items of one lane, in new chunks behind the last one; in a transaction.

    Whoever calls it has updated the run's row before, so that no other can number a chunk.
    """
    number = _chunks(run).aggregate(last=Max("number"))["last"] or 0
    turn = _chunks(run).filter(lane=lane).aggregate(last=Max("turn"))["last"] or 0
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


# Working


def claim(run: Run, token: str, number: int, *, ordered: bool = False) -> list[Chunk]:
    """Take up to ``number`` waiting chunks, the lowest turns first, before they are sent.

    Where lanes are ordered, none is taken of a lane that has another in flight.
    """
    for _ in range(5):
        with transaction.atomic(using=database_of(Chunk)):
            keys = _next_in_lanes(run, number) if ordered else _next(run, number)
            now = timezone.now()
            waiting = _chunks(run).filter(pk__in=keys, state=State.WAITING)
            taken = waiting.update(
                state=State.CLAIMED,
                claim=token,
                claimed_at=now,
                sent_at=Coalesce("sent_at", now),
                attempts=F("attempts") + 1,
            )
        if taken or not keys:
            break  # else another worker was faster, and there may be more
    return list(_claimed(run, token).filter(pk__in=keys).order_by("turn", "number"))


def _next(run: Run, number: int) -> list[int]:
    waiting = _chunks(run).filter(state=State.WAITING).order_by("turn", "number")
    if connections[database_of(Chunk)].features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    return list(waiting.values_list("pk", flat=True)[:number])


def _next_in_lanes(run: Run, number: int) -> list[int]:
    _runs(run).update(heartbeat_at=timezone.now())  # one worker after another
    busy = _chunks(run).filter(state=State.CLAIMED).values_list("lane", flat=True)
    waiting = _chunks(run).filter(state=State.WAITING).exclude(lane__in=list(busy))
    found: dict[str, list[int]] = {}
    rows = waiting.order_by("turn", "number").values_list("lane", "pk")
    for lane, key in rows[: number * A_LANE_AT_ONCE]:
        found.setdefault(lane, []).append(key)
    lanes = list(found.values())[:number]
    return [key for lane in lanes for key in lane[:A_LANE_AT_ONCE]]


def renew(run: Run, token: str, chunks: Iterable[Chunk]) -> None:
    """Say that the worker of these chunks is alive."""
    keys = [chunk.pk for chunk in chunks]
    _claimed(run, token).filter(pk__in=keys).update(claimed_at=timezone.now())


def release(run: Run, token: str, chunks: Iterable[Chunk]) -> None:
    """Give back chunks that were not tried."""
    chunks = list(chunks)
    _forget_sending(run, token, chunks)
    _claimed(run, token).filter(pk__in=[chunk.pk for chunk in chunks]).update(
        state=State.WAITING, claim="", attempts=F("attempts") - 1
    )


def repeat(run: Run, token: str, chunks: Iterable[Chunk], *, sent: bool) -> None:
    """Let chunks wait for another attempt; ``sent``: this one may have been carried out."""
    chunks = list(chunks)
    if not sent:
        _forget_sending(run, token, chunks)
    keys = [chunk.pk for chunk in chunks]
    _claimed(run, token).filter(pk__in=keys).update(state=State.WAITING, claim="")


def _forget_sending(run: Run, token: str, chunks: list[Chunk]) -> None:
    """What was sent in an earlier attempt keeps the time of that one.

    The chunks are as they were claimed: in the table, a sign of life has moved ``claimed_at``.
    """
    keys = [chunk.pk for chunk in chunks if chunk.sent_at == chunk.claimed_at]
    _claimed(run, token).filter(pk__in=keys).update(sent_at=None)


def postpone(run: Run, token: str, chunks: Iterable[Chunk]) -> None:
    """Let other chunks go first from now on, where the order does not matter."""
    keys = [chunk.pk for chunk in chunks]
    _claimed(run, token).filter(pk__in=keys).update(turn=F("turn") + 1)


def leave_in_doubt(run: Run, token: str, chunks: Iterable[Chunk]) -> None:
    """Nobody's from now on: ``adopt`` finds them when it is time to look what became of them."""
    keys = [chunk.pk for chunk in chunks]
    _claimed(run, token).filter(pk__in=keys).update(claim="", claimed_at=timezone.now())


def adopt(run: Run, token: str, number: int) -> list[Chunk]:
    """Take over up to ``number`` chunks whose worker has died, or whose answer was lost."""
    now = timezone.now()
    dead = Q(claimed_at__lt=now - timedelta(seconds=conf.options().stalled_after))
    lost = Q(claim="", claimed_at__lt=now - timedelta(seconds=LOOK_AFTER))
    found = _chunks(run).filter(dead | lost, state=State.CLAIMED)
    keys = list(found.order_by("turn", "number").values_list("pk", flat=True)[:number])
    if not keys:
        return []
    found.filter(pk__in=keys).update(claim=token, claimed_at=now)
    return list(_claimed(run, token).filter(pk__in=keys))


def others_at_work(run: Run, token: str = "") -> int:
    """How many other workers hold chunks of the run, and have been heard of lately."""
    since = timezone.now() - timedelta(seconds=conf.options().stalled_after)
    others = _chunks(run).filter(state=State.CLAIMED, claimed_at__gte=since)
    others = others.exclude(claim__in=("", token))
    return others.values("claim").distinct().count()


def is_left(run: Run) -> bool:
    """Whether a chunk waits or is in flight."""
    return _chunks(run).filter(state__in=(State.WAITING, State.CLAIMED)).exists()


def settle(run: Run, token: str, lot: Sequence[Settled]) -> None:
    """Write down what became of chunks, with the run's counts: each once, whatever happens."""
    try:
        _settle(run, token, lot)
    except ChunkLost:
        for settled in lot:
            try:
                _settle(run, token, [settled])
            except ChunkLost:
                logger.warning("%s was taken over while its call was made", settled.chunk)


def _settle(run: Run, token: str, lot: Sequence[Settled]) -> None:
    gained = {
        name: sum(one.counts.get(name, 0) for one in lot)
        for name in COUNTS
        if any(one.counts.get(name) for one in lot)
    }
    with transaction.atomic(using=database_of(Chunk)):
        # The run's row first: two workers that lock it last would wait for each other.
        added: dict[str, Any] = {name: F(name) + number for name, number in gained.items()}
        _runs(run).update(heartbeat_at=timezone.now(), **added)
        for state in {one.left for one in lot}:
            keys = [one.chunk.pk for one in lot if one.left == state]
            fields = {"state": state, "claim": ""}
            if _claimed(run, token).filter(pk__in=keys).update(**fields) != len(keys):
                raise ChunkLost(f"chunks of {run} are no longer this worker's")
        settled = {one.chunk.pk: _split_off(run, one) if one.again else one.chunk for one in lot}
        _record_failures(run, lot, settled)


def _split_off(run: Run, one: Settled) -> Chunk:
    """Keep what was carried out, or failed, in a chunk of its own; the rest of it waits.

    The run's row was updated before, so that no other can number a chunk.
    """
    chunk, again = one.chunk, one.again
    items = [item for item in chunk.payload["items"] if item not in again]
    keep(run, chunk, again, sent_at=None)
    if not items:
        return chunk
    done = Chunk(
        run=run,
        number=(_chunks(run).aggregate(last=Max("number"))["last"] or 0) + 1,
        state=one.state,
        payload={**chunk.payload, "items": items},
        size=len(items),
    )
    for name in ("lane", "turn", "attempts", "sent_at", "claimed_at"):
        setattr(done, name, getattr(chunk, name))
    done.save(using=database_of(Chunk))
    return done


def keep(run: Run, chunk: Chunk, items: list[Any], **fields: Any) -> None:
    """Let a chunk hold these of its items alone."""
    payload = {**chunk.payload, "items": items}
    _chunks(run).filter(pk=chunk.pk).update(payload=payload, size=len(items), **fields)


def _record_failures(run: Run, lot: Sequence[Settled], settled: Mapping[int, Chunk]) -> None:
    rows = [
        RunFailure(
            run=run,
            chunk=settled[one.chunk.pk],
            item=storable(outcome.item[:255]),
            code=0 if outcome.code == REFUSED else outcome.code,
            info=storable(outcome.info),
        )
        for one in lot
        for outcome in one.failures
    ]
    RunFailure.objects.using(database_of(RunFailure)).bulk_create(rows, batch_size=READ_AT_ONCE)


def _chunks(run: Run) -> QuerySet[Chunk]:
    return Chunk.objects.using(database_of(Chunk)).filter(run=run)


def _claimed(run: Run, token: str) -> QuerySet[Chunk]:
    return _chunks(run).filter(claim=token, state=State.CLAIMED)


def _runs(run: Run) -> QuerySet[Run]:
    return Run.objects.using(database_of(Run)).filter(pk=run.pk)
