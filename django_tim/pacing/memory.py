"""Turns that one process keeps for itself: for tests, and for hosts that are one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .reserving import Reservation


class MemoryBackend:
    """The clocks in a dict of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        """Take turns, unless they lie too far ahead."""
        with self._lock:
            now = self._clock()
            first = max(now, self._next.get(key, now))
            if first - now > ahead:
                return Reservation(granted=False, wait=first - now - ahead)
            self._next[key] = first + turns * interval
            return Reservation(granted=True, wait=first - now)

    def postpone(self, key: str, seconds: float) -> None:
        """Let no free turn lie less than ``seconds`` from now."""
        with self._lock:
            earliest = self._clock() + seconds
            self._next[key] = max(earliest, self._next.get(key, earliest))

    def close(self) -> None:
        """There is nothing to let go of."""
