"""SQLite: one statement for all rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connections
from django.db.models import DateTimeField, QuerySet

from django_tim.models import SeenID
from django_tim.models.base import Mirror

from .base import Row, Statement, Writer, on_conflict, parameters, quoted, table_of


class SQLiteWriter(Writer):
    """``INSERT … ON CONFLICT`` of as many rows as one statement takes.

    Python's driver lets go of the interpreter at every row that it steps to, and then stands
    in line behind the threads that fetch.
    """

    def read(self, found: QuerySet[Any], names: Sequence[str]) -> Iterable[Sequence[Any]]:
        connection = connections[found.db]
        quote = connection.ops.quote_name
        sql, given = found.values_list(*names).query.sql_with_params()
        listed = ", ".join(quote(name) for name in names)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT json_group_array(json_array({listed})) FROM ({sql})", given)  # noqa: S608
            rows: list[list[Any]] = json.loads(cursor.fetchone()[0])
        moments = [place for place, name in enumerate(names) if _is_moment(found.model, name)]
        to_python = cast(Any, connection.ops).convert_datetimefield_value
        for row in rows:
            for place in moments:
                row[place] = to_python(row[place], None, connection)
        return rows

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        names = [*statement.common, *statement.columns]
        columns = ", ".join(quoted(using, model, names))
        common = parameters(using, model, tuple(statement.common), [statement.common])[0]
        values = parameters(using, model, statement.columns, rows)
        conflict, newer = on_conflict(using, statement)
        marks = f"({', '.join(['%s'] * len(names))})"
        with connections[using].cursor() as cursor:
            room = cursor.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
            at_once = (room - len(newer)) // len(names)
            for start in range(0, len(values), at_once):
                some = values[start : start + at_once]
                cursor.execute(
                    f"INSERT INTO {table_of(using, model)} AS mirror ({columns}) "  # noqa: S608
                    f"VALUES {', '.join([marks] * len(some))} {conflict}",
                    [value for row in some for value in (*common, *row)] + newer,
                )

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        changes = ", ".join(f"{one} = %s" for one in quoted(using, model, columns))
        key = quoted(using, model, ["id"])[0]
        sql = f"UPDATE {table_of(using, model)} SET {changes} WHERE {key} = %s"  # noqa: S608
        with connections[using].cursor() as cursor:
            cursor.executemany(sql, parameters(using, model, (*columns, "id"), rows))

    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        columns = ", ".join(quoted(using, SeenID, ["run_id", "remote_id"]))
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"INSERT OR IGNORE INTO {table_of(using, SeenID)} ({columns}) "  # noqa: S608
                "SELECT %s, value FROM json_each(%s)",
                [run_id, json.dumps(ids)],
            )


def _is_moment(model: type[Any], name: str) -> bool:
    fields = model._meta.concrete_fields
    return any(one.attname == name and isinstance(one, DateTimeField) for one in fields)
