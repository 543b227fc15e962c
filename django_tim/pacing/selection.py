"""Which pacing backend an app's settings ask for; one of each place a process."""

from __future__ import annotations

from django.db import connections, router

from django_tim.client.config import AppConfig
from django_tim.conf import AppSettings
from django_tim.exceptions import ConfigurationError

from .memory import MemoryBackend
from .reserving import Backend, ReservingPacer

# Databases that keep the clocks: elsewhere a row lock is too slow, or we have no SQL for it.
SERVERS = ("postgresql", "mysql")


class Pacers:
    """The pacers of a process: apps that share a backend share its connections."""

    def __init__(self) -> None:
        self._backends: dict[tuple[str, str], Backend] = {}

    def pacer(self, config: AppConfig, app: AppSettings) -> ReservingPacer:
        """The pacer of an app. Raises ConfigurationError for what can't work here."""
        place = choose(config, app)
        if place not in self._backends:
            self._backends[place] = _make(*place)
        backend = self._backends[place]
        return ReservingPacer(backend, interactive_share=config.interactive_share)

    def close(self) -> None:
        """Let go of every backend."""
        for backend in self._backends.values():
            backend.close()
        self._backends.clear()


def choose(config: AppConfig, app: AppSettings) -> tuple[str, str]:
    """The backend's kind, and where it is: a file, a database's alias, a URL."""
    kind = app.pacing if app.pacing != "auto" else _best(app)
    if kind == "redis":
        return kind, app.pacing_url
    if kind == "database":
        return kind, database_alias()
    if kind == "file":
        from .file import default_path

        return kind, app.pacing_file or default_path(config.sdk_app_id)
    return "memory", ""


def database_alias() -> str:
    """The database that holds the clocks' table."""
    from django_tim.models import PacingClock

    return router.db_for_write(PacingClock)


def _best(app: AppSettings) -> str:
    if app.pacing_url:
        return "redis"
    if app.pacing_file or connections[database_alias()].vendor not in SERVERS:
        return "file"
    return "database"


def _make(kind: str, place: str) -> Backend:
    if kind == "memory":
        return MemoryBackend()
    if kind == "file":
        from .file import FileBackend

        return FileBackend(place)
    if kind == "redis":
        from .redis import RedisBackend

        return RedisBackend(place)
    if connections[place].vendor not in SERVERS:
        raise ConfigurationError(
            'PACING "database" needs PostgreSQL, MySQL or MariaDB; set it to "file" or "redis".'
        )
    from .database import DatabaseBackend

    return DatabaseBackend(place)
