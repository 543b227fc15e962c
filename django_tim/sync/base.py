"""What the syncs have in common: list → fetch in threads → write in this one → sweep.

One pipeline in one task. Fetch threads never touch the ORM; what they bring is written in the
order of the list, so that a checkpoint may say "everything up to here", and in batches, since
each write has its price. While one is written, the fetch threads work on.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from django.db import OperationalError
from django.utils import timezone

from django_tim import conf
from django_tim.connection import tims
from django_tim.exceptions import TimError
from django_tim.models import Run, SeenPage
from django_tim.services import runs
from django_tim.services.mirror import database_of
from django_tim.services.passing import PASSING, PATIENCE, wait_after

F = TypeVar("F")
T = TypeVar("T")

logger = logging.getLogger("django_tim.sync")

DEADLOCKS = 5
"""Times that something is written before a database that gives up each time is believed."""
PAGES_AHEAD = 3


@dataclass(frozen=True)
class Piece:
    """One fetch thread's work; ``cursor`` is where to go on once it and all before are written."""

    keys: list[Any]
    cursor: dict[str, Any] | None = None


@dataclass(frozen=True)
class Fetched(Generic[F]):
    """What the service said to a piece, asked at ``as_of`` or later."""

    piece: Piece
    answer: F
    as_of: datetime


class Sync(ABC, Generic[F]):
    """One claimed run of one kind."""

    kind: ClassVar[str]
    buffered: ClassVar[int]
    """Pieces that the threads fetch in advance while a batch is written."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tim = tims[run.alias]
        self.app = conf.app_settings(run.alias)

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """What is left to do, from the run's cursor on."""

    @abstractmethod
    def fetch(self, piece: Piece) -> F:
        """Ask the service; called in a thread, so without the ORM."""

    def size(self, answer: F) -> int:
        """How many rows an answer comes to, about."""
        return 1

    @abstractmethod
    def write(self, batch: list[Fetched[F]]) -> runs.Counts:
        """Bring the mirror up to date, all of it or nothing; returns what to count."""

    def sweep(self) -> int:
        """Mark as gone what a complete list did not name; returns how many.

        Called when the list is at its end, while the last pieces are being fetched; again if
        the run is taken up after that.
        """
        return 0


Progress = Callable[[Run], None]


def no_progress(run: Run) -> None:
    """Nobody looks on."""


def run_slice(sync: Sync[Any], seconds: float, progress: Progress = no_progress) -> bool:
    """Work on a claimed run for about so long; returns whether it has ended.

    Whatever happens, the run's row says so afterwards. What passes by itself puts it back
    into the queue for later; an error that is not ours is raised again. ``progress`` is called
    with the run after every write.
    """
    run = sync.run
    try:
        if not _work(sync, time.monotonic() + seconds, progress):
            runs.release(run)
            return False
        SeenPage.objects.using(database_of(SeenPage)).filter(run=run).delete()
        runs.finish(run, Run.Status.PARTIAL if run.failed else Run.Status.SUCCEEDED)
    except runs.Stop as request:
        runs.stop(run, request.status)
    except runs.RunLost as lost:
        logger.warning("%s", lost)
    except PASSING as error:
        return _wait_or_fail(run, error)
    except TimError as error:
        logger.warning("%s failed: %s", run, error)
        runs.fail(run, error)
    except BaseException as error:
        runs.fail(run, error)
        raise
    return True


def _wait_or_fail(run: Run, error: TimError) -> bool:
    troubles = run.cursor.get("troubles", 0) + 1
    if troubles > PATIENCE:
        runs.fail(run, error)
        return True
    run.cursor = {**run.cursor, "troubles": troubles}
    wait = wait_after(troubles)
    logger.warning("%s waits %.0f s: %s", run, wait, error)
    runs.retry_later(run, error, seconds=wait)
    return True


def _work(sync: Sync[Any], until: float, progress: Progress) -> bool:
    """Whether everything was done before the time was over."""
    options = conf.options()
    beat = time.monotonic()
    with closing_pool(options.sync_threads, "tim-sync") as pool:
        fetched = _fetched(sync, pool, options.sync_threads)
        for batch in _batches(sync, fetched, options.write_batch):
            runs.count(sync.run, _through_deadlocks(sync.run, partial(sync.write, batch)))
            progress(sync.run)
            now, cursor = time.monotonic(), batch[-1].piece.cursor
            if cursor is not None:
                runs.checkpoint(sync.run, cursor)
                beat = now
                if now >= until:
                    return False
            elif now - beat >= options.heartbeat_seconds:
                runs.heartbeat(sync.run)
                beat = now
    return True


def _through_deadlocks(run: Run, write: Callable[[], T]) -> T:
    """Write, and again where another writer was in the way of the database."""
    for left in reversed(range(DEADLOCKS)):
        try:
            return write()
        except OperationalError as error:
            if not left or not _is_deadlock(error):
                raise
            logger.info("%s writes again: %s", run, error)
    raise AssertionError("unreachable")


def _is_deadlock(error: OperationalError) -> bool:
    """Whether the database ended one of two writers that waited for each other."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)  # PostgreSQL's
    number = cause.args[0] if cause and cause.args else None  # MariaDB's and MySQL's
    return state in ("40001", "40P01") or number in (1205, 1213, 1020)


def _batches(sync: Sync[F], fetched: Iterator[Fetched[F]], rows: int) -> Iterator[list[Fetched[F]]]:
    """Batches of about so many rows; a piece with a cursor ends its batch."""
    batch: list[Fetched[F]] = []
    size = 0
    for one in fetched:
        batch.append(one)
        size += sync.size(one.answer)
        if size >= rows or one.piece.cursor is not None:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _fetched(sync: Sync[F], pool: ThreadPoolExecutor, threads: int) -> Iterator[Fetched[F]]:
    """The pieces with what was fetched, in order.

    Whoever takes one may write for a while. So one is given only while the threads have work for
    that time, or enough is fetched ahead: else the next page would find them idle.
    """

    def fetch(piece: Piece) -> Fetched[F]:
        as_of = timezone.now()
        return Fetched(piece, sync.fetch(piece), as_of)

    waiting: deque[Future[Fetched[F]]] = deque()

    def is_due() -> bool:
        if len(waiting) >= threads + sync.buffered:
            return True
        return waiting[0].done() and sum(not one.done() for one in waiting) >= 2 * threads

    for piece in sync.pieces():
        waiting.append(pool.submit(fetch, piece))
        while waiting and is_due():
            yield waiting.popleft().result()
    runs.count(sync.run, {"gone": _through_deadlocks(sync.run, sync.sweep)})
    while waiting:
        yield waiting.popleft().result()


def fetched_ahead(pages: Iterator[T], ahead: int = PAGES_AHEAD) -> Iterator[T]:
    """The same items, of which some are fetched while this one is worked on."""
    end = object()
    with closing_pool(1, "tim-list") as pool:
        coming: deque[Future[Any]] = deque(pool.submit(next, pages, end) for _ in range(ahead))
        while (page := coming.popleft().result()) is not end:
            coming.append(pool.submit(next, pages, end))
            yield page


@contextmanager
def closing_pool(threads: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """A pool whose waiting work is dropped when the block is left."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
