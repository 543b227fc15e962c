"""The call rates of the catalogue, counted over the last second."""

from __future__ import annotations

from collections import deque
from typing import Any

from django_tim.catalogue import Endpoint

from .clock import Clock


class Rates:
    """How many calls of an endpoint one second holds.

    ``scale`` multiplies all rates; ``per_path`` sets one endpoint's, by ``service/command``.
    """

    def __init__(self, clock: Clock, *, enabled: bool = True, scale: float = 1.0) -> None:
        self.enabled = enabled
        self.scale = scale
        self.per_path: dict[str, float] = {}
        self._clock = clock
        self._recent: dict[str, deque[float]] = {}

    def allow(self, endpoint: Endpoint[Any]) -> bool:
        """Count a call, unless it is one too many: then say no, and do not count it."""
        return self.take(endpoint.path, self.limit(endpoint))

    def take(self, key: str, most: int) -> bool:
        """Count one of at most ``most`` events a second under ``key``, in the same way."""
        if not self.enabled:
            return True
        recent = self._recent.get(key)
        if recent is None or recent.maxlen != most:
            recent = self._recent[key] = deque(recent or (), maxlen=most)
        now = self._clock.time()
        if len(recent) == most and now - recent[0] < 1.0:
            return False
        recent.append(now)
        return True

    def limit(self, endpoint: Endpoint[Any]) -> int:
        """Calls a second, at least one."""
        rate = self.per_path.get(endpoint.path, endpoint.qps) * self.scale
        return max(1, int(rate))

    def forget(self) -> None:
        """Begin to count anew."""
        self._recent.clear()
