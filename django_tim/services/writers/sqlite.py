"""SQLite: one statement for all rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from django.db import connections, transaction

from django_tim.models.base import Mirror

from .base import Statement, Writer, on_conflict
from .comparison import Batch, Difference, Unfolding, differing
from .sql import Row, parameters, quoted, table_of

UNFOLDING = Unfolding(
    table=lambda columns: "json_each(%s)",
    value=lambda place, column: f"json_extract(given.value, '$[{place}]')",
    distinct="{} IS NOT {}",
)


class SQLiteWriter(Writer):
    """``INSERT … ON CONFLICT`` of as many rows as one statement takes.

    Python's driver lets go of the interpreter at every row that it steps to, and then stands
    in line behind the threads that fetch.
    """

    def differing(self, using: str, batch: Batch) -> list[Difference]:
        return differing(using, batch, UNFOLDING)

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        names = [*statement.common, *statement.columns]
        columns = ", ".join(quoted(using, model, names))
        common = parameters(using, model, tuple(statement.common), [statement.common])[0]
        values = parameters(using, model, statement.columns, rows)
        conflict, newer = on_conflict(using, statement)
        marks = f"({', '.join('?' * len(names))})"
        connection = connections[using]
        connection.ensure_connection()
        room = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        at_once = (room - len(newer)) // len(names)
        # Django's cursor would look through a statement of this length for its marks.
        with transaction.atomic(using=using, savepoint=False), connection.wrap_database_errors:
            for start in range(0, len(values), at_once):
                some = values[start : start + at_once]
                sql = (
                    f"INSERT INTO {table_of(using, model)} AS mirror ({columns}) "  # noqa: S608
                    f"VALUES {', '.join([marks] * len(some))} {conflict.replace('%s', '?')}"
                )
                given = [value for row in some for value in (*common, *row)]
                connection.connection.execute(sql, given + newer)

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        changes = ", ".join(f"{one} = %s" for one in quoted(using, model, columns))
        key = quoted(using, model, ["id"])[0]
        sql = f"UPDATE {table_of(using, model)} SET {changes} WHERE {key} = %s"  # noqa: S608
        with connections[using].cursor() as cursor:
            cursor.executemany(sql, parameters(using, model, (*columns, "id"), rows))
