"""Lines of the log that would come by the thousand: said once in a while, with their number."""

from __future__ import annotations

import os
import threading
import time

PAUSE = 60.0
"""Seconds between two lines about the same."""


class Seldom:
    """Counts what happens, and says when it is time to tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._untold, self._told_at = 0, float("-inf")
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def count(self) -> int:
        """How often it has happened since the last line, this time included; 0: not yet."""
        with self._lock:
            self._untold += 1
            now = time.monotonic()
            if now < self._told_at + PAUSE:
                return 0
            number, self._untold, self._told_at = self._untold, 0, now
            return number

    def _forget(self) -> None:
        self._lock = threading.Lock()  # another thread of the parent may have held it
