"""How the calls of this process went: counters in memory, which ``services.health`` writes down.

Counting costs a call some two microseconds; nothing is written while a call is made.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

NO_ANSWER = -1
"""Counted in place of a code where a call went out and no answer came."""
NOT_SENT = -2
"""Counted where nothing reached the service, or its turn would have come too late."""
LOOK_EVERY = 60.0
"""Seconds between two looks at what an answer says of the service's clock."""


class Meter:
    """Counts the calls of one app, by the code of their answer."""

    skew: float | None = None
    """Seconds by which our clock is ahead of the service's; None while no answer has told."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._lock = threading.Lock()
        self._calls: dict[int, int] = {}
        self._waited = 0.0
        self._last_success = 0.0
        self._look_at = 0.0
        self.skew = None

    def came_with(self, headers: Mapping[str, str]) -> None:
        """An answer of the service came; once a minute its Date is compared with our clock."""
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        try:
            theirs = parsedate_to_datetime(headers["Date"]).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            return  # it says nothing, or nonsense
        self.skew = now - theirs - 0.5  # it is cut to whole seconds

    def answered(self, code: int) -> None:
        """A call came to an end: with 0, the vendor's code, or one of ours."""
        with self._lock:
            self._calls[code] = self._calls.get(code, 0) + 1
            if code == 0:
                self._last_success = self._clock()

    def waited(self, seconds: float) -> None:
        """A call waited for its turn."""
        with self._lock:
            self._waited += seconds

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted since it was drained."""
        return not self._calls and not self._waited

    def drain(self) -> tuple[dict[int, int], float, float]:
        """Take what was counted: the calls by code, the seconds waited, the last success."""
        with self._lock:
            found = self._calls, self._waited, self._last_success
            self._calls, self._waited = {}, 0.0
        return found


_meters: dict[int, Meter] = {}


def meter(sdk_app_id: int) -> Meter:
    """The meter of an app in this process."""
    return _meters.setdefault(sdk_app_id, Meter())


def meters() -> dict[int, Meter]:
    """All meters of this process, by SDKAppID."""
    return dict(_meters)


def _forget() -> None:
    """The parent process writes down what it counted; its locks are its own."""
    for one in _meters.values():
        one.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
