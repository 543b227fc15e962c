"""Turns shared by all hosts that reach one Redis: a script reserves them by the server's clock."""

from __future__ import annotations

from typing import Any

from django_tim.exceptions import ConfigurationError, NotSent

from .reserving import Reservation

PREFIX = "django-tim:pacing:"
SECONDS = 1_000_000

# KEYS[1]: the clock. ARGV: interval, turns, how far ahead (-1: no limit), all in microseconds.
RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local first = math.max(now, tonumber(redis.call('GET', KEYS[1])) or 0)
local ahead = tonumber(ARGV[3])
if ahead >= 0 and first - now > ahead then
  return {0, first - now - ahead}
end
local free = first + ARGV[1] * ARGV[2]
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.ceil((free - now) / 1000) + 1000)
return {1, first - now}
"""
# KEYS[1]: the clock. ARGV: microseconds.
POSTPONE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free = math.max(now + ARGV[1], tonumber(redis.call('GET', KEYS[1])) or 0)
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.ceil((free - now) / 1000) + 1000)
return 1
"""


class RedisBackend:
    """The clocks in Redis (5 or newer); they vanish by themselves when they lie in the past.

    ``url`` as redis-py reads it: ``redis://``, ``rediss://``, ``unix://``, with its options.
    """

    def __init__(self, url: str) -> None:
        redis = _import()
        defaults = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0}
        try:
            self._client = redis.Redis.from_url(url, **defaults)
        except ValueError as exc:
            raise ConfigurationError("PACING_URL is no URL of a Redis server.") from exc
        self._error: type[Exception] = redis.RedisError
        self._reserve = self._client.register_script(RESERVE)
        self._postpone = self._client.register_script(POSTPONE)

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        """Take turns, unless they lie too far ahead. Raises NotSent if Redis can't be reached."""
        limit = -1 if ahead == float("inf") else round(ahead * SECONDS)
        granted, wait = self._run(self._reserve, key, round(interval * SECONDS), turns, limit)
        return Reservation(granted=bool(granted), wait=wait / SECONDS)

    def postpone(self, key: str, seconds: float) -> None:
        """Let no free turn lie less than ``seconds`` from now."""
        self._run(self._postpone, key, round(seconds * SECONDS))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _run(self, script: Any, key: str, *args: int) -> Any:
        try:
            return script(keys=[PREFIX + key], args=args)
        except self._error as exc:
            raise NotSent(f"the pacing's Redis server failed: {type(exc).__name__}") from exc


def _import() -> Any:
    try:
        import redis
    except ImportError as exc:
        raise ConfigurationError(
            'PACING "redis" needs the Redis client: pip install "django-tim[redis]"'
        ) from exc
    return redis
