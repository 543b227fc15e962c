"""What the syncs have in common: list → fetch in threads → write in this one → sweep.

One pipeline in one task. Fetch threads never touch the ORM; what they bring is written in the
order of the list, so that a checkpoint may say "everything up to here".
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django_tim import conf
from django_tim.catalogue import Endpoint
from django_tim.client.batch import BatchResult
from django_tim.client.errors import error_for
from django_tim.connection import tims
from django_tim.exceptions import (
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ServiceUnavailable,
    TimError,
)
from django_tim.models import Run, SeenID
from django_tim.services import runs
from django_tim.services.mirror import database_of

F = TypeVar("F")
T = TypeVar("T")

logger = logging.getLogger("django_tim.sync")

# What passes by itself: the run waits and goes on from its cursor.
PASSING = (NotSent, OutcomeUnknown, RateLimited, ServiceUnavailable)
PATIENCE = 20
"""Troubles in a row, without a checkpoint between, until a run gives up."""
LONGEST_WAIT = 300.0


@dataclass(frozen=True)
class Piece:
    """One fetch thread's work; ``cursor`` is where to go on once it and all before are written."""

    keys: list[Any]
    cursor: dict[str, Any] | None = None


class Sync(ABC, Generic[F]):
    """One claimed run of one kind."""

    kind: ClassVar[str]

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

    @abstractmethod
    def write(self, piece: Piece, fetched: F) -> None:
        """Bring the mirror up to date and add to the run's counts."""

    def sweep(self) -> int:
        """Mark as gone what a complete run has not seen; returns how many."""
        return 0


def run_slice(sync: Sync[Any], seconds: float) -> bool:
    """Work on a claimed run for about so long; returns whether it has ended.

    Whatever happens, the run's row says so afterwards. What passes by itself puts it back
    into the queue for later; an error that is not ours is raised again.
    """
    run = sync.run
    try:
        if not _work(sync, time.monotonic() + seconds):
            runs.release(run)
            return False
        run.gone += sync.sweep()
        SeenID.objects.using(database_of(SeenID)).filter(run=run).delete()
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
    wait = min(LONGEST_WAIT, 5.0 * 2 ** (troubles - 1))
    logger.warning("%s waits %.0f s: %s", run, wait, error)
    runs.retry_later(run, error, seconds=wait)
    return True


def _work(sync: Sync[Any], until: float) -> bool:
    """Whether everything was done before the time was over."""
    options = conf.options()
    beat = time.monotonic()
    pool = ThreadPoolExecutor(options.sync_threads, thread_name_prefix="tim-sync")
    try:
        for piece, fetched in _fetched(sync, pool, 2 * options.sync_threads):
            sync.write(piece, fetched)
            now = time.monotonic()
            if piece.cursor is not None:
                runs.checkpoint(sync.run, piece.cursor)
                beat = now
                if now >= until:
                    return False
            elif now - beat >= options.heartbeat_seconds:
                runs.heartbeat(sync.run)
                beat = now
    finally:
        pool.shutdown(cancel_futures=True)
    return True


def raise_passing(endpoint: Endpoint[Any], result: BatchResult[Any]) -> None:
    """Raise what met a whole call and passes by itself: its items have not failed."""
    for code, info in {(outcome.code, outcome.info) for outcome in result if outcome.code > 0}:
        error = error_for(endpoint, {"ErrorCode": code, "ErrorInfo": info})
        if isinstance(error, PASSING):
            raise error


def _fetched(sync: Sync[F], pool: ThreadPoolExecutor, ahead: int) -> Iterator[tuple[Piece, F]]:
    """The pieces with what was fetched, in order; up to ``ahead`` are under way."""
    waiting: deque[tuple[Piece, Future[F]]] = deque()
    for piece in sync.pieces():
        waiting.append((piece, pool.submit(sync.fetch, piece)))
        while len(waiting) >= ahead or (waiting and waiting[0][1].done()):
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def one_ahead(pages: Iterator[T]) -> Iterator[T]:
    """The same items, of which the next one is fetched while this one is worked on."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="tim-list") as pool:
        coming: Future[Any] = pool.submit(next, pages, end)
        while (page := coming.result()) is not end:
            coming = pool.submit(next, pages, end)
            yield page
