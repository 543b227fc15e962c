"""Rows into the mirror: compared by digest, and only those that differ are written.

How they are written depends on the database: the ORM's ``bulk_create`` takes more time a row
than the vendor's rates leave. What does not is the rest: which rows are written at all, that a
row which something newer has touched is left alone, and that a batch which the database
refuses is halved until only the rows at fault are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from django_tim.models import Run, SeenPage
from django_tim.models.base import Mirror
from django_tim.services.mirror import database_of
from django_tim.services.writers.base import Statement
from django_tim.services.writers.comparison import Batch, Difference, Table
from django_tim.services.writers.selection import writer_for
from django_tim.services.writers.sql import Row

CarryOut = Callable[[str, Statement, Sequence[Row]], None]
"""A writer's ``insert`` or ``upsert``."""


@dataclass
class Written:
    """How many rows were made, changed, and left as they were; and (id, reason) of the refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def one_batch(model: type[Mirror]) -> Iterator[None]:
    """One transaction for a batch of rows.

    Its commit does not wait for the disk where the run's cursor, which follows, is in the same
    database: whatever a crash of the server loses, it never loses it from before the cursor.
    """
    using = database_of(model)
    with transaction.atomic(using=using):
        if using == database_of(Run):
            writer_for(using).in_no_hurry(using)
        yield


def upsert(table: Table, rows: Sequence[Row], scope: Row, *, as_of: datetime) -> Written:
    """Write the remote objects whose digest differs from the mirror's.

    ``as_of`` is when the service was asked: a row that something else wrote since then is
    newer, and is left to the next sync. A row without a digest, or marked gone or stale, is
    written whole.
    """
    if not rows:
        return Written()
    # Without a savepoint, for in a batch's transaction that would be one more thing to wait for.
    with transaction.atomic(using=database_of(table.model), savepoint=False):
        return _write(table, {table.key_of(row): row for row in rows}, scope, as_of)


def see(run: Run, ids: list[str]) -> None:
    """Note the ids of a page that a run has listed."""
    SeenPage.objects.using(database_of(SeenPage)).create(run=run, ids=ids)


def _write(table: Table, rows: Mapping[Any, Row], scope: Row, as_of: datetime) -> Written:
    using = database_of(table.model)
    writer = writer_for(using)
    # Always in the same order: two that write the same rows then wait for each other in turn.
    batch = Batch(table, [rows[key] for key in sorted(rows)], scope, as_of)
    found = writer.differing(using, batch)
    new = [one.row for one in found if one.id is None]
    changed = [one.row for one in found if one.id is not None and one.whole]
    moved = [_moved(table, one) for one in found if not one.whole]
    not_made = _carried_out(using, batch, new, writer.insert)
    not_changed = _carried_out(using, batch, changed, writer.upsert)
    if moved:
        writer.update(using, table.model, table.volatile, moved)
    return Written(
        created=len(new) - len(not_made),
        updated=len(changed) - len(not_changed),
        unchanged=len(rows) - len(new) - len(changed),
        refused=[(table.id_of(row), said) for row, said in not_made + not_changed],
    )


def _moved(table: Table, found: Difference) -> Row:
    return {"id": found.id, **{name: found.row[name] for name in table.volatile}}


def _carried_out(
    using: str, batch: Batch, rows: list[Row], carry_out: CarryOut
) -> list[tuple[Row, str]]:
    """Write rows whole; returns those that the database refuses, with what it says of them."""
    if not rows:
        return []
    table = batch.table
    same = {**batch.scope, "synced_at": timezone.now(), "stale_at": None, "gone_at": None}
    unique = (*table.scope, *table.key)
    statement = Statement.like(table.model, rows[0], same, unique=unique, as_of=batch.as_of)
    try:
        with transaction.atomic(using=using):
            carry_out(using, statement, rows)
    except (DataError, IntegrityError) as error:  # others are no row's fault
        if len(rows) == 1:
            return [(rows[0], f"the database refuses it: {error}")]
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return [one for half in halves for one in _carried_out(using, batch, half, carry_out)]
    return []
