"""MariaDB and MySQL: statements of many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections, transaction

from .base import Statement
from .comparison import Batch, Difference, Unfolding, differing
from .orm import ORMWriter
from .sql import Column, Row, parameters, quoted, table_of


def _unfolded(columns: Sequence[Column]) -> str:
    places = (f"p{place} {one.type} PATH '$[{place}]'" for place, one in enumerate(columns))
    return f"JSON_TABLE(%s, '$[*]' COLUMNS ({', '.join(places)}))"


def _value(place: int, column: Column) -> str:
    is_text = column.type.startswith("varchar")
    collated = f" COLLATE {column.collation or 'utf8mb4_bin'}" if is_text else ""
    return f"given.p{place}{collated}"


UNFOLDING = Unfolding(table=_unfolded, value=_value, distinct="NOT ({} <=> {})", lock="FOR UPDATE")


LONGEST = 1_000_000
"""Bytes of a statement's rows: max_allowed_packet is 16 MB on MariaDB, and may be less."""


class MySQLWriter(ORMWriter):
    """``INSERT … ON DUPLICATE KEY UPDATE`` has no condition: what is compared is locked before.

    The statements are put together here: pymysql takes seven times as long for it.
    """

    def differing(self, using: str, batch: Batch) -> list[Difference]:
        return differing(using, batch, UNFOLDING)

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        names = (*statement.columns, *statement.common)
        columns = quoted(using, model, names)
        key = quoted(using, model, statement.unique[:1])
        changes = [f"{one} = VALUES({one})" for one in quoted(using, model, statement.updated)]
        begin = f"INSERT INTO {table_of(using, model)} ({', '.join(columns)}) VALUES "  # noqa: S608
        end = f" ON DUPLICATE KEY UPDATE {', '.join(changes) or f'{key[0]} = {key[0]}'}"
        common = parameters(using, model, tuple(statement.common), [statement.common])[0]
        same = [_literal(value) for value in common]
        values = parameters(using, model, statement.columns, rows)
        literals = [f"({','.join([*map(_literal, row), *same])})" for row in values]
        connection = connections[using]
        # Past Django's cursor, which keeps every statement while DEBUG is on: these are long.
        with (
            transaction.atomic(using=using, savepoint=False),
            connection.wrap_database_errors,
            connection.connection.cursor() as cursor,
        ):
            for some in _statements(literals):
                cursor.execute(begin + ",".join(some) + end)


def _literal(value: Any) -> str:
    """A value as SQL, texts in hexadecimal: without escapes, safe in every mode of a server."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    return f"_utf8mb4 x'{str(value).encode().hex()}'"


def _statements(literals: Iterable[str]) -> Iterator[list[str]]:
    """As many rows at a time as a server surely takes in one packet."""
    some: list[str] = []
    size = 0
    for one in literals:
        if some and size + len(one) > LONGEST:
            yield some
            some, size = [], 0
        some.append(one)
        size += len(one)
    if some:
        yield some
