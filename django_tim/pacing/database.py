"""Turns shared by all hosts that use one database server: a row a key, by the server's clock."""

from __future__ import annotations

import os
import threading
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error, InterfaceError, OperationalError

from django_tim.exceptions import NotSent
from django_tim.models import PacingClock

from .reserving import Reservation

SECONDS = 1_000_000
FOREVER = 10**15  # microseconds: 30 years


class Dialect:
    """One database's SQL. Each statement stands alone, so no lock outlives a round trip.

    ``reserve`` moves the clock of a key on unless it lies too far ahead.
    """

    now: str
    greatest = "GREATEST"

    def __init__(self, table: str, key: str) -> None:
        self.table, self.key = table, key
        self.look = f"SELECT next_at - {self.now} FROM {table} WHERE {key} = %s"  # noqa: S608

    def reserve(self, cursor: Any, key: str, cost: int, ahead: int) -> int | None:
        """Microseconds until the first turn, or None if it lies too far ahead or has no row."""
        raise NotImplementedError

    def add(self, cursor: Any, key: str) -> None:
        """Make the row of a key, unless another process was faster."""
        raise NotImplementedError


class PostgreSQL(Dialect):
    """``clock_timestamp()`` goes on within a statement, so time spent on the row's lock counts."""

    now = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"

    def reserve(self, cursor: Any, key: str, cost: int, ahead: int) -> int | None:
        # A clock that a crash sets back by a moment does no harm: no commit waits for the disk.
        # For this statement only; a session's setting would reach others through pgbouncer.
        cursor.execute(
            f"UPDATE {self.table} SET next_at = GREATEST(next_at, {self.now}) + %s "  # noqa: S608
            f"WHERE {self.key} = %s AND next_at <= {self.now} + %s "
            f"RETURNING next_at - %s - {self.now}, set_config('synchronous_commit', 'off', true)",
            [cost, key, ahead, cost],
        )
        row = cursor.fetchone()
        return None if row is None else int(row[0])

    def add(self, cursor: Any, key: str) -> None:
        cursor.execute(
            f"INSERT INTO {self.table} ({self.key}, next_at) VALUES (%s, 0) "  # noqa: S608
            "ON CONFLICT DO NOTHING",
            [key],
        )


class MySQL(Dialect):
    """MySQL and MariaDB. ``UTC_TIMESTAMP`` is the statement's start: it errs on the late side."""

    now = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"

    def reserve(self, cursor: Any, key: str, cost: int, ahead: int) -> int | None:
        # LAST_INSERT_ID(x) hands x over to this session: UPDATE has no RETURNING.
        cursor.execute(
            f"UPDATE {self.table} "  # noqa: S608
            f"SET next_at = LAST_INSERT_ID(GREATEST(next_at, {self.now})) + %s "
            f"WHERE {self.key} = %s AND next_at <= {self.now} + %s",
            [cost, key, ahead],
        )
        if not cursor.rowcount:
            return None
        cursor.execute(f"SELECT CAST(LAST_INSERT_ID() AS SIGNED) - {self.now}")
        return int(cursor.fetchone()[0])

    def add(self, cursor: Any, key: str) -> None:
        cursor.execute(
            f"INSERT IGNORE INTO {self.table} ({self.key}, next_at) VALUES (%s, 0)",  # noqa: S608
            [key],
        )


DIALECTS: dict[str, type[Dialect]] = {"postgresql": PostgreSQL, "mysql": MySQL}


class DatabaseBackend:
    """The clocks in ``PacingClock`` rows, over one connection of its own a process.

    Its own, because a caller's transaction would hold the row's lock until it ends, and because
    fetch threads never touch the ORM's connections. It commits each statement by itself.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._connection: BaseDatabaseWrapper | None = None
        self._parents: list[BaseDatabaseWrapper | None] = []
        self._owner = os.getpid()
        self._lock = threading.Lock()
        vendor = connections[alias].vendor
        quote = connections[alias].ops.quote_name
        meta = PacingClock._meta
        self._sql = DIALECTS[vendor](quote(meta.db_table), quote("key"))

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        """Take turns, unless they lie too far ahead. Raises NotSent if the server is away."""
        limit = FOREVER if ahead == float("inf") else round(ahead * SECONDS)
        cost = round(interval * turns * SECONDS)
        return self._run(lambda cursor: self._take(cursor, key, cost, limit))

    def postpone(self, key: str, seconds: float) -> None:
        """Let no free turn lie less than ``seconds`` from now."""

        def move(cursor: Any) -> Reservation:
            self._sql.add(cursor, key)
            now = self._sql.now
            cursor.execute(
                f"UPDATE {self._sql.table} SET next_at = GREATEST(next_at, {now} + %s) "  # noqa: S608
                f"WHERE {self._sql.key} = %s",
                [round(seconds * SECONDS), key],
            )
            return Reservation(granted=False, wait=seconds)

        self._run(move)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._close()

    def _take(self, cursor: Any, key: str, cost: int, ahead: int) -> Reservation:
        while True:
            wait = self._sql.reserve(cursor, key, cost, ahead)
            if wait is not None:
                return Reservation(granted=True, wait=max(0, wait) / SECONDS)
            cursor.execute(self._sql.look, [key])
            row = cursor.fetchone()
            if row is None:
                self._sql.add(cursor, key)
            elif row[0] > ahead:
                return Reservation(granted=False, wait=(row[0] - ahead) / SECONDS)

    def _run(self, work: Any) -> Reservation:
        if self._owner != os.getpid():
            self._leave_to_parent()
        with self._lock:
            for attempt in (1, 2):
                try:
                    with self._open().cursor() as cursor:
                        return work(cursor)
                except (OperationalError, InterfaceError) as exc:
                    self._close()  # it may have been idle for too long: once more on a new one
                    if attempt == 2:
                        raise NotSent("the pacing's database can't be reached") from exc
                except Error as exc:
                    self._close()
                    raise NotSent(f"the pacing's database failed: {type(exc).__name__}") from exc
        raise AssertionError("unreachable")

    def _open(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            self._connection = _connection_of_its_own(self._alias)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _leave_to_parent(self) -> None:
        # Kept, for its destructor could end the session of the parent process.
        self._parents.append(self._connection)
        self._connection, self._lock, self._owner = None, threading.Lock(), os.getpid()


def _connection_of_its_own(alias: str) -> BaseDatabaseWrapper:
    """A new connection, in no thread's hands, that commits each statement."""
    connection = connections.create_connection(alias)
    options = {**connection.settings_dict["OPTIONS"]}
    options.pop("pool", None)  # it is kept for good: a pool would be one connection short
    connection.settings_dict = {
        **connection.settings_dict,
        "OPTIONS": options,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": None,
    }
    connection.inc_thread_sharing()  # the lock above keeps the threads apart
    return connection
