"""The chunks of a bulk run, once they are written: claimed, settled, given back, and found again.

A chunk is one call. It is claimed by an UPDATE that names the state it expects, committed before
anything is sent, and settled together with the run's counts: so several workers share a run, and
the counts are exact whoever dies when. A claim that is not renewed for long was a dead worker's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_tim import conf
from django_tim.client.batch import Outcome
from django_tim.exceptions import TimError
from django_tim.models import Chunk, Run, RunFailure

from .mirror import database_of
from .operations.base import REFUSED, Work
from .storing import storable

logger = logging.getLogger("django_tim.runs")

State = Chunk.State
WRITTEN_AT_ONCE = 500
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
    RunFailure.objects.using(database_of(RunFailure)).bulk_create(rows, batch_size=WRITTEN_AT_ONCE)


def _chunks(run: Run) -> QuerySet[Chunk]:
    return Chunk.objects.using(database_of(Chunk)).filter(run=run)


def _claimed(run: Run, token: str) -> QuerySet[Chunk]:
    return _chunks(run).filter(claim=token, state=State.CLAIMED)


def _runs(run: Run) -> QuerySet[Run]:
    return Run.objects.using(database_of(Run)).filter(pk=run.pk)
