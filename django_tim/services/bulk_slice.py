"""One worker's work on a bulk run: claim → send in threads → follow → settle.

Threads make the calls, and never touch the ORM; the calling thread claims ahead of them and
writes down what they bring. Several workers may do so on one run at once, as long as it is
running: whoever sees that it was asked to pause, that it is over or that it must wait, says so
in the run's row, and the others leave as well.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import uuid4

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from django_tim import conf
from django_tim.catalogue import Keyed, Repeatable
from django_tim.client.batch import NOT_CALLED, NOT_KNOWN, BatchResult, Outcome
from django_tim.client.errors import error_for
from django_tim.connection import tims
from django_tim.exceptions import (
    AuthenticationFailed,
    ConfigurationError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReadOnlyApp,
    TimError,
)
from django_tim.models import Chunk, Run

from . import chunks, run_audit, runs, shared_runs
from .chunks import Settled, work_of
from .mirror import database_of
from .operations import operation_of
from .operations.base import REFUSED, Done
from .passing import PASSING, PATIENCE

logger = logging.getLogger("django_tim.runs")

State = Chunk.State
TICK = 0.1
"""Seconds of answers that are written down together."""
LOOK_UP = 0.5
"""Seconds after which the run's row is looked at again: was it asked to pause?"""
AHEAD = 0.5
"""Seconds of work that is claimed ahead of the threads, where a call may be repeated."""
FAIR = 100
"""Chunks after which a worker makes way for other runs that wait."""
KEY_MARGIN = 30.0
"""Seconds before the end of a key's window: by then a repeat must have been sent."""
CUT_SHORT = (SoftTimeLimitExceeded, KeyboardInterrupt, SystemExit)
DATABASE_TROUBLE = (OperationalError, InterfaceError)
FATAL = (AuthenticationFailed, ConfigurationError, ReadOnlyApp)


@dataclass
class Sent:
    """A chunk's call: its result, or the trouble that passes by itself, or the end of the run."""

    chunk: Chunk
    result: BatchResult[Any] | None = None
    looked: bool = False
    error: BaseException | None = None


def run_slice(run: Run, seconds: float) -> bool:
    """Work on a joined run for about so long; whether another slice is to be queued.

    Whatever happens, the run's row says so afterwards; an error that is not ours is raised.
    """
    try:
        return _Worker(run).work(time.monotonic() + seconds)
    except TimError as error:
        logger.warning("%s failed: %s", run, error)
        shared_runs.fail(run, error)
    except CUT_SHORT:
        shared_runs.put_off(run, 0)
        raise
    except DATABASE_TROUBLE as error:
        logger.warning("%s: %s", run, error)
        connections[database_of(Run)].close()  # it may be of no use any more
        shared_runs.wait_or_fail(run, error)
    except BaseException as error:
        shared_runs.fail(run, error)
        raise
    return False


class _Worker:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.token = uuid4().hex
        self.operation = operation_of(run)
        self.tim = tims[run.alias]
        self.changed = run_audit.change_of(run)
        self._stopping = threading.Event()
        self._pending: dict[Future[list[Sent]], list[Chunk]] = {}
        self._renewed = self._looked = time.monotonic()
        self._finished = 0
        self._trouble: TimError | None = None  # the run is to wait
        self._end: BaseException | None = None  # the run is to fail
        self._lost = 0  # answers that were lost one after another
        rate = self.operation.rate(self.tim.config)
        self._threads = conf.options().threads_for(rate)
        ahead = math.ceil(rate * AHEAD) if self._may_repeat() else 0
        self._window = self._threads + min(ahead, FAIR)

    def work(self, until: float) -> bool:
        """Whether there is more to do, in another slice."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="tim-bulk") as pool:
            try:
                more = self._until(pool, until)
            finally:
                self._stopping.set()
                while self._pending:
                    self._collect()
        if self._end is not None:
            raise self._end
        return self._leave(more)

    def _until(self, pool: ThreadPoolExecutor, until: float) -> bool:
        """Work until all is done (False), or the slice is over."""
        while self._goes_on():
            free = self._window - sum(map(len, self._pending.values()))
            if free > self._window // 4 or not self._pending:
                self._take(pool, self._claim(free) or self._adopt(free))
            if not self._pending:
                return False
            if time.monotonic() >= until or self._makes_way():
                return True
            self._collect()
        return False

    def _claim(self, number: int) -> list[Chunk]:
        return chunks.claim(self.run, self.token, number, ordered=self.operation.ordered)

    def _adopt(self, number: int) -> list[Chunk]:
        return chunks.adopt(self.run, self.token, number)

    def _take(self, pool: ThreadPoolExecutor, claimed: list[Chunk]) -> None:
        for job in self._jobs(claimed):
            self._pending[pool.submit(self._work_through, job)] = job

    def _jobs(self, claimed: list[Chunk]) -> Iterator[list[Chunk]]:
        """What one thread does: one call, or those of an ordered lane one after another."""
        if not self.operation.ordered:
            yield from ([chunk] for chunk in claimed)
            return
        by_lane = sorted(claimed, key=lambda chunk: (chunk.lane, chunk.turn))
        for _lane, job in groupby(by_lane, key=lambda chunk: chunk.lane):
            yield list(job)

    # In a thread

    def _work_through(self, job: list[Chunk]) -> list[Sent]:
        sent: list[Sent] = []
        for chunk in job:
            if self._stopping.is_set() or self._is_out_of_touch():
                break
            sent.append(self._send(chunk))
            if sent[-1].error is not None:
                break
        return sent

    def _is_out_of_touch(self) -> bool:
        """Whether others may take this worker for dead by the time the call is over."""
        return time.monotonic() - self._renewed > conf.options().stalled_after / 2

    def _send(self, chunk: Chunk) -> Sent:
        looks = self._must_look(chunk)
        try:
            result = (self.operation.look if looks else self.operation.send)(
                self.tim, work_of(chunk)
            )
            self._raise_if_it_passes(result)
        except (*PASSING, *FATAL) as error:
            return Sent(chunk, looked=looks, error=error)
        except TimError as error:
            return Sent(chunk, self._all_failed(chunk, error))
        except BaseException as error:  # noqa: BLE001  (raised in the calling thread)
            return Sent(chunk, error=error)
        return Sent(chunk, result, looked=looks)

    def _must_look(self, chunk: Chunk) -> bool:
        """Whether it may have been carried out already, and can't be sent once more."""
        assert chunk.sent_at is not None and chunk.claimed_at is not None  # noqa: S101, PT018
        if chunk.sent_at == chunk.claimed_at or self._may_repeat():
            return False
        rule = self.operation.endpoint.repeatable
        if not isinstance(rule, Keyed):
            return True
        age = (timezone.now() - chunk.sent_at).total_seconds()
        return rule.window is not None and age > rule.window - KEY_MARGIN

    def _may_repeat(self) -> bool:
        return self.operation.reads or self.operation.endpoint.repeatable is Repeatable.YES

    def _raise_if_it_passes(self, result: BatchResult[Any]) -> None:
        """Raise what met the whole call and passes by itself: its items have not failed."""
        codes = {outcome.code for outcome in result}
        code = codes.pop() if len(codes) == 1 else 0
        if code > 0:
            info = result.outcomes[0].info
            error = error_for(self.operation.endpoint, {"ErrorCode": code, "ErrorInfo": info})
            if isinstance(error, PASSING):
                raise error

    def _all_failed(self, chunk: Chunk, error: TimError) -> BatchResult[Any]:
        code, info = runs.describe(error)
        keys = [self.operation.key(item) for item in chunk.payload["items"]]
        return BatchResult([Outcome(key, code=code or REFUSED, info=info) for key in keys])

    # In the calling thread

    def _goes_on(self) -> bool:
        """Look at the run's row now and then, and give a sign of life."""
        if self._trouble is not None or self._end is not None:
            return False
        now = time.monotonic()
        if now - self._looked < LOOK_UP:
            return True
        self._looked = now
        options = conf.options()
        if now - self._renewed >= min(options.heartbeat_seconds, options.stalled_after / 4):
            self._renew()
        return shared_runs.goes_on(self.run)

    def _renew(self) -> None:
        mine = [chunk for job in self._pending.values() for chunk in job]
        chunks.renew(self.run, self.token, mine)
        shared_runs.sign_of_life(self.run)
        self._renewed = time.monotonic()

    def _makes_way(self) -> bool:
        return self._finished >= FAIR and shared_runs.others_wait(self.run)

    def _collect(self) -> None:
        """Wait a little for answers, and write down what came of them."""
        done = wait(self._pending, TICK).done
        if not done:
            done = wait(self._pending, LOOK_UP, FIRST_COMPLETED).done
        jobs = [(self._pending.pop(future), future.result()) for future in done]
        came = [sent for _, answers in jobs for sent in answers]
        self._settle([sent for sent in came if sent.result is not None])
        for sent in came:
            if sent.error is not None:
                self._troubled(sent, sent.error)
        tried = {sent.chunk.pk for sent in came}
        unsent = [chunk for job, _ in jobs for chunk in job if chunk.pk not in tried]
        if unsent:
            chunks.release(self.run, self.token, unsent)

    def _settle(self, came: list[Sent]) -> None:
        if not came:
            return
        done = [Done(work_of(sent.chunk), sent.result) for sent in came if sent.result is not None]
        self.operation.follow(self.changed, done)
        chunks.settle(self.run, self.token, [self._settled(sent) for sent in came])
        self._finished += len(came)
        self._lost = 0
        shared_runs.forget_troubles(self.run)

    def _settled(self, sent: Sent) -> Settled:
        assert sent.result is not None  # noqa: S101
        not_done = {outcome.item for outcome in sent.result if outcome.code == NOT_CALLED}
        items = sent.chunk.payload["items"]
        again = [item for item in items if self.operation.key(item) in not_done]
        failures = [one for one in sent.result.failures if one.code != NOT_CALLED]
        unknown = any(one.code == NOT_KNOWN for one in failures)
        succeeded = len(sent.result.succeeded)
        counts = {
            **self.operation.counts(sent.result),
            "done": len(items) - len(again),
            "failed": len(failures),
        }
        state = State.DONE if succeeded or not failures else State.FAILED
        state = State.UNKNOWN if unknown else state
        return Settled(sent.chunk, state, failures, counts, again)

    def _troubled(self, sent: Sent, error: BaseException) -> None:
        """Let the chunk wait, with what is known of whether it was carried out."""
        logger.warning("%s: %s", sent.chunk, error)
        if not isinstance(error, TimError):
            self._end = error  # a mistake of ours: the chunk stays in flight, to be looked at
        elif isinstance(error, FATAL):
            self._end = error
            self._later(sent, carried_out=False)
        elif sent.chunk.attempts > PATIENCE:
            self._give_up(sent, error)
        elif isinstance(error, NotSent | RateLimited):
            self._trouble = error
            self._later(sent, carried_out=False)
        else:
            self._answer_lost(sent, error)

    def _answer_lost(self, sent: Sent, error: TimError) -> None:
        """It may have been carried out: repeat it, or look later. The others go on.

        Unless all threads meet the same: then the service is in trouble, and the run waits.
        """
        self._lost += 1
        if self._may_repeat() or self._lost >= self._threads:
            self._trouble = error
        if self._may_repeat():
            self._later(sent, carried_out=True)
        else:
            chunks.leave_in_doubt(self.run, self.token, [sent.chunk])

    def _later(self, sent: Sent, *, carried_out: bool) -> None:
        if not self.operation.ordered:
            chunks.postpone(self.run, self.token, [sent.chunk])
        chunks.repeat(self.run, self.token, [sent.chunk], sent=carried_out)

    def _give_up(self, sent: Sent, error: TimError) -> None:
        """One call that meets trouble over and over must not keep the others from being made."""
        result = self._all_failed(sent.chunk, error)
        if isinstance(error, OutcomeUnknown) and not self._may_repeat():
            result = BatchResult(
                [Outcome(one.item, code=NOT_KNOWN, info=one.info) for one in result]
            )
        self._settle([Sent(sent.chunk, result)])

    def _leave(self, more: bool) -> bool:
        """Say in the run's row how it stands; whether another slice is to be queued."""
        if self._trouble is not None:
            shared_runs.wait_or_fail(self.run, self._trouble)
            return False
        if more:
            return shared_runs.goes_on(self.run)
        if shared_runs.stop_if_asked(self.run) or shared_runs.finish(self.run):
            return False
        if not chunks.others_at_work(self.run, self.token):  # what is left is in doubt
            shared_runs.put_off(self.run, chunks.LOOK_AFTER)
        return False
