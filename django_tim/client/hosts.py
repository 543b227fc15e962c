"""Which of an app's two hosts to call."""

from __future__ import annotations

import time
from collections.abc import Callable

from .config import AppConfig

# Seconds to stay with the backup host before the first one is tried again.
RETRY_FIRST_AFTER = 60.0


class Hosts:
    """The usual host, or the backup for a while after the usual one could not be reached."""

    def __init__(self, config: AppConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._backup = config.base_url, config.backup_url
        self._clock = clock
        self._backup_until = 0.0

    def current(self) -> str:
        """Scheme and host to call now."""
        return self._backup if self._clock() < self._backup_until else self._first

    def unreachable(self, base_url: str) -> None:
        """Note that no connection came about; the other host is tried next, if there is one."""
        if not self._backup:
            return
        on_first = base_url == self._first
        self._backup_until = self._clock() + RETRY_FIRST_AFTER if on_first else 0.0
