"""The simulator's clock: the real one unless a test moves or stops it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Unix time in seconds, which can be moved forward and stood still."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._moved = 0.0
        self._stands_at: float | None = None

    def time(self) -> float:
        """The present."""
        if self._stands_at is not None:
            return self._stands_at
        return self._source() + self._moved

    def seconds(self) -> int:
        """The present in whole seconds, as the answers have it."""
        return int(self.time())

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` go by at once."""
        if self._stands_at is not None:
            self._stands_at += seconds
        else:
            self._moved += seconds

    def freeze(self, at: float | None = None) -> None:
        """Stand still at ``at`` (now, if not given) until ``run`` is called."""
        self._stands_at = self.time() if at is None else at

    def run(self) -> None:
        """Go on from where it stands."""
        if self._stands_at is not None:
            self._moved = self._stands_at - self._source()
            self._stands_at = None

    def reset(self) -> None:
        """Show the real time again."""
        self._stands_at, self._moved = None, 0.0
