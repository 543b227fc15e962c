"""PostgreSQL: COPY into a temporary table, and one INSERT from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, NotSupportedError, connections, transaction

from django_tim.models.base import Mirror

from .base import Statement, Writer, on_conflict
from .comparison import Batch, Difference, Unfolding, differing
from .sql import Row, columns_of, parameters, quoted, table_of

# Dropped at commit or, inside a longer transaction, before it is made again: no session keeps
# one, for behind pgbouncer the next transaction may be another session's.
_COPIED = "tim_copied"

UNFOLDING = Unfolding(
    table=lambda columns: "jsonb_array_elements(%s::jsonb)",
    value=lambda place, column: f"CAST(given.value ->> {place} AS {column.type})",
    distinct="{} IS DISTINCT FROM {}",
)


class PostgreSQLWriter(Writer):
    """COPY takes a row in a ninth of the time that the ORM needs."""

    def __init__(self) -> None:
        self._acquainted: set[tuple[str, str]] = set()

    def in_no_hurry(self, using: str) -> None:
        """A crash of the server could lose the last moment's commits, but in their order.

        So a cursor is never ahead of what was written. For this transaction only: a session's
        setting would reach others through pgbouncer.
        """
        with connections[using].cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")

    def differing(self, using: str, batch: Batch) -> list[Difference]:
        return differing(using, batch, UNFOLDING)

    def insert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        """Straight into the table: a temporary one, made and read, is spared."""
        model, common = statement.model, tuple(statement.common)
        same = parameters(using, model, common, [statement.common])[0]
        own = parameters(using, model, statement.columns, rows)
        try:
            with transaction.atomic(using=using):
                names = (*common, *statement.columns)
                _copy(using, table_of(using, model), model, names, ((*same, *row) for row in own))
        except (IntegrityError, NotSupportedError):  # the latter under row-level security
            self.upsert(using, statement, rows)
        self._acquaint(using, model)

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model, common = statement.model, tuple(statement.common)
        own = ", ".join(quoted(using, model, statement.columns))
        names = ", ".join([*quoted(using, model, common), own])
        given = ", ".join(f"CAST(%s AS {one.type})" for one in columns_of(using, model, common))
        conflict, newer = on_conflict(using, statement)
        # The temporary table is one transaction's.
        with (
            transaction.atomic(using=using, savepoint=False),
            connections[using].cursor() as cursor,
        ):
            self._copy_apart(using, model, statement.columns, rows)
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
        # Only then, for what ANALYZE wrote is undone with the transaction.
        transaction.on_commit(partial(self._acquainted.add, (using, table)), using=using)

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        changes = ", ".join(f"{one} = moved.{one}" for one in quoted(using, model, columns))
        key = quoted(using, model, ["id"])[0]
        self._copy_apart(using, model, ("id", *columns), rows)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"UPDATE {table_of(using, model)} AS mirror SET {changes} "  # noqa: S608
                f"FROM {_COPIED} AS moved WHERE mirror.{key} = moved.{key}"
            )
            cursor.execute(f"DROP TABLE {_COPIED}")

    def _copy_apart(
        self, using: str, model: type[Mirror], names: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Copy the rows into a temporary table, as an upsert or update takes them."""
        columns = ", ".join(quoted(using, model, names))
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE {_COPIED} ON COMMIT DROP AS "  # noqa: S608
                f"SELECT {columns} FROM {table_of(using, model)} WITH NO DATA"
            )
        _copy(using, _COPIED, model, names, parameters(using, model, names, rows))


def _copy(
    using: str, table: str, model: type[Mirror], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    columns = ", ".join(quoted(using, model, names))
    connection = connections[using]
    # Django wraps what a cursor raises, but not what its COPY does.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
