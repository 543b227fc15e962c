"""What of a batch the mirror has otherwise: told by the database, or by Python for the others.

A database that unfolds a JSON array compares the batch itself, and answers with the rows that
differ: of an unchanged one nothing is read, converted or held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connections

from django_tim.models.base import Mirror

from .sql import Column, Row, columns_of, parameters, quoted, table_of


@dataclass(frozen=True)
class Table:
    """A mirror table as a sync writes it.

    ``scope`` is what is the same for all rows of a batch, ``key`` the columns that tell its
    rows apart, of which the last one is the remote id. ``volatile`` columns are compared by
    themselves, and written alone where only they moved.
    """

    model: type[Mirror]
    scope: tuple[str, ...]
    key: tuple[str, ...]
    volatile: tuple[str, ...] = ()

    @cached_property
    def key_of(self) -> Callable[[Row], Any]:
        """What tells a row from the others of its batch."""
        return itemgetter(*self.key)

    def id_of(self, row: Row) -> str:
        """A row's remote id."""
        return str(row[self.key[-1]])


@dataclass(frozen=True)
class Batch:
    """Rows of one table, each key once, as the service had them at ``as_of`` or later."""

    table: Table
    rows: Sequence[Row]
    scope: Row
    as_of: datetime


class Difference(NamedTuple):
    """A row that the mirror has otherwise or, without an ``id``, not at all.

    Unless ``whole``, only volatile columns moved.
    """

    row: Row
    id: int | None
    whole: bool


@dataclass(frozen=True)
class Unfolding:
    """How a database makes a table of one parameter, a JSON array of arrays.

    ``value`` gives the SQL of a place of them, like a column; ``distinct`` that of two values
    that differ or of which one is NULL; ``lock`` what locks the rows compared with.
    """

    table: Callable[[Sequence[Column]], str]
    value: Callable[[int, Column], str]
    distinct: str
    lock: str = ""


def differing(using: str, batch: Batch, unfolding: Unfolding) -> list[Difference]:
    """The rows that the mirror has otherwise, unless something newer wrote them, in their order."""
    table = batch.table
    model, names = table.model, (*table.key, "digest", *table.volatile)
    rows = parameters(using, model, names, batch.rows)
    scope = parameters(using, model, tuple(batch.scope), [batch.scope])[0]
    as_of = connections[using].ops.adapt_datetimefield_value(batch.as_of)
    given = json.dumps([(place, *row) for place, row in enumerate(rows)], default=str)
    with connections[using].cursor() as cursor:
        cursor.execute(_sql(using, batch, names, unfolding), [given, *scope, as_of])
        found = sorted(cursor.fetchall())
    return [
        Difference(batch.rows[place], pk, pk is None or bool(whole)) for place, pk, whole in found
    ]


def _sql(using: str, batch: Batch, names: Sequence[str], unfolding: Unfolding) -> str:
    model = batch.table.model
    columns = [Column("bigint"), *columns_of(using, model, names)]
    values = [unfolding.value(place, column) for place, column in enumerate(columns)]
    mirror = {name: f"mirror.{quoted(using, model, [name])[0]}" for name in _named(batch, names)}
    pairs = {name: (mirror[name], value) for name, value in zip(names, values[1:], strict=True)}
    keys = [f"{mirror[name]} = %s" for name in batch.scope]
    keys += ["{} = {}".format(*pairs[name]) for name in batch.table.key]
    marks = [f"{mirror[name]} IS NOT NULL" for name in ("gone_at", "stale_at")]
    whole = " OR ".join(["{} <> {}".format(*pairs["digest"]), *marks])
    moved = [unfolding.distinct.format(*pairs[name]) for name in batch.table.volatile]
    touched = mirror["touched_at"]
    return (
        f"SELECT {values[0]}, {mirror['id']}, {whole} "  # noqa: S608  (our own names)
        f"FROM {unfolding.table(columns)} AS given "
        f"LEFT JOIN {table_of(using, model)} AS mirror ON {' AND '.join(keys)} "
        f"WHERE {mirror['id']} IS NULL OR (({touched} IS NULL OR {touched} < %s) "
        f"AND ({' OR '.join([whole, *moved])})) {unfolding.lock}"
    )


def _named(batch: Batch, names: Sequence[str]) -> set[str]:
    return {"id", "touched_at", "gone_at", "stale_at", *batch.scope, *names}
