"""*Before* events: receivers decide within a budget, and the service gets an answer in time.

The service waits two seconds, and then does what its console says. So receivers run in threads
of their own, as many as ``CALLBACK_THREADS``: when their time is over, or no thread is free,
``CALLBACK_DEFAULT`` is answered at once, and the receiver that was at work is named in the log.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from django_tim import conf, signals

from .dispatch import Receiver, call, name_of
from .events import Event
from .seldom import Seldom
from .verdicts import Decision, Drop, Veto

logger = logging.getLogger("django_tim.webhooks")


def decide(event: Event, *, started: float | None = None) -> dict[str, Any]:
    """The answer to a *before* event, from the receivers or by default.

    ``started`` is when the callback came in, by ``time.monotonic()``: the budget runs from then.
    """
    receivers = signals.receivers_of(event)
    if not receivers:
        return Decision(event).answer()
    options = conf.options()
    work = _Work(event, receivers, denies=options.callback_default == "deny")
    future = _pool.submit(work, options.callback_threads)
    if future is None:
        number = _saturated.count()
        if number:
            told = "%s: no thread is free to decide, %s; %s time(s) since this was last said"
            logger.error(told, event.command, work.default_said, number)
        return work.default()
    spent = time.monotonic() - started if started is not None else 0.0
    try:
        return future.result(max(0.0, options.callback_budget - spent))
    except TookTooLong:
        logger.error(
            "%s: %s took more than %.1f s, %s",
            event.command,
            work.at_work,
            options.callback_budget,
            work.default_said,
        )
        return work.default()


@dataclass
class _Work:
    """One event and those who decide on it; ``at_work`` names the one whose turn it is."""

    event: Event
    receivers: list[Receiver]
    denies: bool
    at_work: str = field(default="a thread that has not begun", init=False)

    def __call__(self) -> dict[str, Any]:
        decision = Decision(self.event)
        for receiver in self.receivers:
            self.at_work = name_of(receiver)
            try:
                decision.note(self._ask(receiver, decision.event))
            except Exception:
                logger.exception("%s: %s failed", self.event.command, self.at_work)
                if self.denies:
                    return self.default()
            if decision.settled:
                break
        return decision.answer()

    @property
    def default_said(self) -> str:
        return "so it is denied" if self.denies else "so it is let through"

    def default(self) -> dict[str, Any]:
        """What is answered without a decision."""
        decision = Decision(self.event)
        if self.denies:
            decision.note(Veto())
        return decision.answer()

    def _ask(self, receiver: Receiver, event: Event) -> Any:
        try:
            return call(receiver, signals.callback, event)
        except (Veto, Drop) as verdict:
            return verdict


class _Pool:
    """Threads that take work only if one of them is free. Made anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._size = self._busy = 0

    def submit(self, work: _Work, size: int) -> Future[dict[str, Any]] | None:
        """Start the work, or return None if all ``size`` threads are at work."""
        with self._lock:
            if self._threads is None or self._size != size:
                self._threads = ThreadPoolExecutor(size, thread_name_prefix="tim-callback")
                self._size, self._busy = size, 0
            if self._busy >= self._size:
                return None
            self._busy += 1
            return self._threads.submit(self._run, work, self._threads)

    def forget(self) -> None:
        """After a fork the threads are the parent's."""
        self.__init__()  # type: ignore[misc]

    def _run(self, work: _Work, threads: ThreadPoolExecutor) -> dict[str, Any]:
        try:
            return work()
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()  # as after a request
            with self._lock:
                if self._threads is threads:
                    self._busy -= 1


_pool = _Pool()
_saturated = Seldom()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)
