"""A turn, taken in another process."""

from __future__ import annotations

from django_tim.pacing.file import FileBackend
from django_tim.pacing.redis import RedisBackend


def reserve(kind: str, place: str, key: str) -> float:
    """How long the next turn of ``key`` is away, at one turn in 100 seconds."""
    backend = FileBackend(place) if kind == "file" else RedisBackend(place)
    return backend.reserve(key, 100.0, 1, float("inf")).wait
