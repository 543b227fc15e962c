"""PostgreSQL: COPY into a temporary table, and one INSERT from there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connections

from django_tim.models import SeenID
from django_tim.models.base import Mirror

from .base import Row, Statement, Writer, on_conflict, parameters, quoted, table_of, types_of

# Dropped at commit or, inside a longer transaction, before it is made again: no session keeps
# one, for behind pgbouncer the next transaction may be another session's.
_COPIED = "tim_copied"


class PostgreSQLWriter(Writer):
    """COPY takes a row in a ninth of the time that the ORM needs.

    Many ids are one parameter, a JSON array: the driver would look at each of a list's.
    """

    def __init__(self) -> None:
        self._acquainted: set[tuple[str, str]] = set()

    def in_no_hurry(self, using: str) -> None:
        """A crash of the server could lose the last moment's commits, but in their order.

        So a cursor is never ahead of what was written. For this transaction only: a session's
        setting would reach others through pgbouncer.
        """
        with connections[using].cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model, common = statement.model, tuple(statement.common)
        own = ", ".join(quoted(using, model, statement.columns))
        names = ", ".join([*quoted(using, model, common), own])
        given = ", ".join(f"CAST(%s AS {one})" for one in types_of(using, model, common))
        conflict, newer = on_conflict(using, statement)
        self._copy(using, model, statement.columns, rows)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table_of(using, model)} AS mirror ({names}) "  # noqa: S608  (our own names)
                f"SELECT {given}, {own} FROM {_COPIED} {conflict}",
                [*parameters(using, model, common, [statement.common])[0], *newer],
            )
            cursor.execute(f"DROP TABLE {_COPIED}")
        self._acquaint(using, model)

    def _acquaint(self, using: str, model: type[Mirror]) -> None:
        """Have a table analysed that never was: until then the planner takes an app for small.

        It would read all rows of the app to find those of a batch.
        """
        table = model._meta.db_table
        if (using, table) in self._acquainted:
            return
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = %s", [table])
            if not cursor.fetchone()[0]:
                cursor.execute(f"ANALYZE {table_of(using, model)}")
        self._acquainted.add((using, table))

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
                f"INSERT INTO {table_of(using, SeenID)} ({run}, {remote_id}) "
                "SELECT %s, jsonb_array_elements_text(%s::jsonb) ON CONFLICT DO NOTHING",
                [run_id, json.dumps(ids)],
            )

    def _copy(
        self, using: str, model: type[Mirror], names: Sequence[str], rows: Sequence[Row]
    ) -> None:
        columns = ", ".join(quoted(using, model, names))
        connection = connections[using]
        values = parameters(using, model, names, rows)
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
