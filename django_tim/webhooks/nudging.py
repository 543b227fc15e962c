"""Telling the broker that there is something to do, off the request.

A broker that is slow or away must not keep the service waiting for its answer, so a thread
tells it. What comes while it does, or shortly after, is told once: a worker takes all there is.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

logger = logging.getLogger("django_tim.webhooks")
PAUSE = 0.05
"""Seconds between two nudges of one process."""


class Nudge:
    """Calls ``send`` soon, from a thread of its own, once for all that ask meanwhile."""

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._asked = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def __call__(self) -> None:
        with self._lock:
            if self._asked:
                return
            self._asked = True
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="tim-nudge")
            self._thread.submit(self._run)

    def _run(self) -> None:
        with self._lock:
            self._asked = False
        try:
            self._send()
        except Exception:
            logger.exception("nothing was queued: the periodic task will find it")
        time.sleep(PAUSE)

    def _forget(self) -> None:
        """As new: after a fork the thread is the parent's."""
        self._lock = threading.Lock()
        self._thread, self._asked = None, False
