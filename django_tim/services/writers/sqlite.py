"""SQLite: one prepared statement for all rows, which is four times as fast as the ORM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections

from django_tim.models import SeenID
from django_tim.models.base import Mirror

from .base import Row, Statement, Writer, parameters, quoted, table_of

# Django writes them itself: its own parameter style would be translated for every row.
_MARK = "%s"


class SQLiteWriter(Writer):
    """``INSERT … ON CONFLICT DO UPDATE`` by ``executemany``."""

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        columns = quoted(using, model, statement.columns)
        touched = quoted(using, model, ["touched_at"])[0]
        newer = connections[using].ops.adapt_datetimefield_value(statement.as_of)
        changes = ", ".join(
            f"{one} = excluded.{one}" for one in quoted(using, model, statement.updated)
        )
        table = table_of(using, model)
        sql = (
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608  (our own names)
            f"VALUES ({', '.join([_MARK] * len(columns))}) "
            f"ON CONFLICT ({', '.join(quoted(using, model, statement.unique))}) "
            f"DO UPDATE SET {changes} "
            f"WHERE {table}.{touched} IS NULL OR {table}.{touched} < {_MARK}"
        )
        values = parameters(using, model, statement.columns, rows)
        self._many(using, sql, [(*row, newer) for row in values])

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        changes = ", ".join(f"{one} = {_MARK}" for one in quoted(using, model, columns))
        key = quoted(using, model, ["id"])[0]
        sql = f"UPDATE {table_of(using, model)} SET {changes} WHERE {key} = {_MARK}"  # noqa: S608
        self._many(using, sql, parameters(using, model, (*columns, "id"), rows))

    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        columns = ", ".join(quoted(using, SeenID, ["run_id", "remote_id"]))
        sql = (
            f"INSERT OR IGNORE INTO {table_of(using, SeenID)} ({columns}) "  # noqa: S608
            f"VALUES ({_MARK}, {_MARK})"
        )
        self._many(using, sql, [(run_id, one) for one in ids])

    def _many(self, using: str, sql: str, rows: list[tuple[Any, ...]]) -> None:
        with connections[using].cursor() as cursor:
            cursor.executemany(sql, rows)
