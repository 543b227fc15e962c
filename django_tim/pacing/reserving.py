"""Turns by reservation: a backend keeps one clock a key, and threads sleep until their turn.

The clock of a key is the time of its next free turn. A reservation takes the turns behind it
and moves it on (GCRA with a burst of one), so the rate holds however many processes share the
backend, nothing polls, and a pause is never made up for by a burst.

Bulk work reserves at most ``AHEAD`` seconds beforehand; whoever comes earlier is told when to
come back. So the queue in front of an interactive call, which takes the next free turn however
far ahead it lies, is never longer than that, and bulk work yet uses every turn that no person
wants. Only so many interactive calls jump the queue as ``interactive_share`` of the rate allows
(counted in each process, over ``PATIENCE`` seconds): the others line up like bulk work.
"""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from django_tim.exceptions import PacingTimeout
from django_tim.exceptions import said as _

from .base import is_interactive

AHEAD = 0.2
"""Seconds that bulk work may reserve beforehand: more than 32 threads need at 200 a second.

Each of them then finds a turn when it comes, and sleeps once until then.
"""
LOT = 0.05
"""Seconds of turns that one reservation takes at most: ten turns at 200 a second."""
LATELY = 0.1
"""Seconds over which it is counted who comes."""
LARGEST = 256
"""Turns of a lot at most, whatever the rate."""
LATE = 0.1
"""A thread that wakes later than this has lost its turn, or a halted process would burst."""
PATIENCE = 30.0
"""Seconds over which the share of the interactive calls is counted."""


class Reservation(NamedTuple):
    """``granted``: the first turn comes in ``wait`` seconds; else ask again in ``wait``."""

    granted: bool
    wait: float


class Backend(Protocol):
    """Where the clocks are kept. Raises NotSent if that can't be reached."""

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        """Take ``turns`` turns, ``interval`` seconds apart, unless they lie too far ahead.

        "Too far" is a first turn more than ``ahead`` seconds from now: then nothing is
        taken, and ``wait`` says in how many seconds it would lie just so far ahead.
        """

    def postpone(self, key: str, seconds: float) -> None:
        """Let no free turn of ``key`` lie less than ``seconds`` from now."""

    def close(self) -> None:
        """Let go of connections and files; a later call opens them again."""


@dataclass
class _Queue:
    """What this process knows of one key."""

    lock: threading.Lock = field(default_factory=threading.Lock)  # held by who asks the backend
    counting: threading.Lock = field(default_factory=threading.Lock)
    turns: deque[float] = field(default_factory=deque)  # reserved, and not yet given out
    waiting: int = 0  # threads that want a turn and have none
    given: deque[float] = field(default_factory=lambda: deque(maxlen=LARGEST))  # when, the last
    reserved: float = 0.0  # the end of our last lot: free turns lie behind it
    opens: float = 0.0  # no turn can be had before this time
    jumps: float = 0.0  # the clock of the interactive calls that jump the queue

    def wanted(self, now: float) -> int:
        """Turns for who waits or, while turns are given out before their time, for who comes.

        Else each that comes would ask. Where turns pass unused, none is taken from others.
        """
        lately = sum(one > now - LATELY for one in self.given) if self.reserved > now else 0
        return max(self.waiting, lately)


class ReservingPacer:
    """A Pacer over a backend. One a process and backend; thread-safe and fork-safe."""

    def __init__(
        self,
        backend: Backend,
        *,
        interactive_share: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.backend = backend
        self._interactive_share = interactive_share
        self._clock = clock
        self._sleep = sleep
        self._forget()
        _pacers.add(self)

    def acquire(self, key: str, rate: float, *, timeout: float | None = None) -> None:
        """Wait for the next turn of ``key`` at ``rate`` calls a second.

        Raises PacingTimeout, at once where it can be known, if it lies more than ``timeout``
        seconds ahead; NotSent if the backend can't be reached: no call goes out unpaced.
        """
        last = None if timeout is None else self._clock() + timeout
        interval = 1 / rate
        while True:
            turn = self._turn(key, interval, last)
            wait = turn - self._clock()
            if wait > 0:
                self._sleep(wait)
            if self._clock() - turn <= max(interval, LATE):
                return

    def slow_down(self, key: str, seconds: float) -> None:
        """Give out no turn of ``key`` for this long.

        Other processes may still use what they reserved before: ``AHEAD`` and a lot at most.
        """
        queue = self._queue(key)
        self.backend.postpone(key, seconds)
        queue.opens = max(queue.opens, self._clock() + seconds)

    def close(self) -> None:
        """Let go of the backend's connections and files."""
        self.backend.close()

    def _forget(self) -> None:
        # Turns that the parent process reserved are the parent's, and so are its locks.
        self._queues: dict[str, _Queue] = {}
        self._lock = threading.Lock()

    def _queue(self, key: str) -> _Queue:
        queue = self._queues.get(key)
        return self._queues.setdefault(key, _Queue()) if queue is None else queue

    def _turn(self, key: str, interval: float, last: float | None) -> float:
        queue = self._queue(key)
        if is_interactive() and self._may_jump(queue, interval):
            return self._jump(key, interval, last)
        with queue.counting:
            queue.waiting += 1
        try:
            return self._line_up(key, queue, interval, last)
        finally:
            with queue.counting:
                queue.waiting -= 1

    def _may_jump(self, queue: _Queue, interval: float) -> bool:
        if self._interactive_share <= 0:
            return False
        with self._lock:
            now = self._clock()
            jumps = max(queue.jumps, now)
            allowed = jumps - now <= PATIENCE
            if allowed:
                queue.jumps = jumps + interval / self._interactive_share
            return allowed

    def _jump(self, key: str, interval: float, last: float | None) -> float:
        ahead = float("inf") if last is None else max(0.0, last - self._clock())
        taken = self.backend.reserve(key, interval, 1, ahead)
        if not taken.granted:
            raise _too_late(key)
        return self._clock() + taken.wait

    def _line_up(self, key: str, queue: _Queue, interval: float, last: float | None) -> float:
        self._refuse_if_late(key, queue.opens, last)
        if not queue.lock.acquire(timeout=-1 if last is None else max(0.0, last - self._clock())):
            raise _too_late(key)
        try:
            while not self._drop_passed(queue, interval):
                self._fill(key, queue, interval, last)
            self._refuse_if_late(key, queue.turns[0], last)
            queue.given.append(self._clock())
            return queue.turns.popleft()
        finally:
            queue.lock.release()

    def _drop_passed(self, queue: _Queue, interval: float) -> bool:
        """Drop the turns that nobody took in time; whether one is left."""
        oldest = max(self._clock(), queue.opens) - interval
        while queue.turns and queue.turns[0] < oldest:
            queue.turns.popleft()
        return bool(queue.turns)

    def _fill(self, key: str, queue: _Queue, interval: float, last: float | None) -> None:
        """Reserve the turns that are wanted, or sleep until it can be tried again."""
        most = min(round(LOT / interval), LARGEST)
        turns = max(1, min(queue.wanted(self._clock()), most))
        ahead = AHEAD if last is None else min(AHEAD, max(0.0, last - self._clock()))
        # Our own last lot may lie so far ahead that there is no need to ask.
        taken = Reservation(granted=False, wait=queue.reserved - self._clock() - ahead)
        if taken.wait <= 0:
            taken = self.backend.reserve(key, interval, turns, ahead)
        now = self._clock()
        if taken.granted:
            first = now + taken.wait
            queue.turns.extend(first + number * interval for number in range(turns))
            queue.reserved = first + turns * interval
            return
        queue.opens = now + taken.wait + ahead
        self._refuse_if_late(key, queue.opens, last)
        # Spread out: other processes were told the same time.
        self._sleep(taken.wait + random.uniform(0, AHEAD / 2))  # noqa: S311

    def _refuse_if_late(self, key: str, turn: float, last: float | None) -> None:
        if last is not None and turn > last:
            raise _too_late(key)


def _too_late(key: str) -> PacingTimeout:
    return PacingTimeout(_("the next turn of {key} lies beyond the call's deadline", key=key))


_pacers: weakref.WeakSet[ReservingPacer] = weakref.WeakSet()


def _forget_all() -> None:
    for pacer in list(_pacers):
        pacer._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
