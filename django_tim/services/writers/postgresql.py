"""PostgreSQL: COPY into a temporary table, and one INSERT from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections

from django_tim.models import SeenID
from django_tim.models.base import Mirror

from .base import Row, Statement, Writer, parameters, quoted, table_of

# Dropped at commit or, inside a longer transaction, before it is made again: no session keeps
# one, for behind pgbouncer the next transaction may be another session's.
_COPIED = "tim_copied"


class PostgreSQLWriter(Writer):
    """COPY takes a row in a ninth of the time that the ORM needs."""

    def in_no_hurry(self, using: str) -> None:
        """A crash of the server could lose the last moment's commits, but in their order.

        So a cursor is never ahead of what was written. For this transaction only: a session's
        setting would reach others through pgbouncer.
        """
        with connections[using].cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        names = ", ".join(quoted(using, model, statement.columns))
        updated = quoted(using, model, statement.updated)
        touched = quoted(using, model, ["touched_at"])[0]
        table = table_of(using, model)
        self._copy(using, model, statement.columns, rows)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} AS mirror ({names}) SELECT {names} FROM {_COPIED} "  # noqa: S608  (our own names)
                f"ON CONFLICT ({', '.join(quoted(using, model, statement.unique))}) "
                f"DO UPDATE SET {', '.join(f'{one} = excluded.{one}' for one in updated)} "
                f"WHERE mirror.{touched} IS NULL OR mirror.{touched} < %s",
                [statement.as_of],
            )
            cursor.execute(f"DROP TABLE {_COPIED}")

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        changes = ", ".join(f"{one} = moved.{one}" for one in quoted(using, model, columns))
        key = quoted(using, model, ["id"])[0]
        self._copy(using, model, ("id", *columns), rows)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"UPDATE {table_of(using, model)} AS mirror SET {changes} "  # noqa: S608
                f"FROM {_COPIED} AS moved WHERE mirror.{key} = moved.{key}"
            )
            cursor.execute(f"DROP TABLE {_COPIED}")

    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        run, remote_id = quoted(using, SeenID, ["run_id", "remote_id"])
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table_of(using, SeenID)} ({run}, {remote_id}) "  # noqa: S608
                "SELECT %s, one FROM unnest(%s::text[]) AS one ON CONFLICT DO NOTHING",
                [run_id, list(ids)],
            )

    def _copy(
        self, using: str, model: type[Mirror], names: Sequence[str], rows: Sequence[Row]
    ) -> None:
        columns = ", ".join(quoted(using, model, names))
        connection = connections[using]
        values: list[tuple[Any, ...]] = parameters(using, model, names, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE {_COPIED} ON COMMIT DROP AS "  # noqa: S608
                f"SELECT {columns} FROM {table_of(using, model)} WITH NO DATA"
            )
            # Django wraps what a cursor raises, but not what its COPY does.
            with (
                connection.wrap_database_errors,
                cursor.cursor.copy(f"COPY {_COPIED} ({columns}) FROM STDIN") as copy,
            ):
                for row in values:
                    copy.write_row(row)
