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
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import DataError, IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from django_tim.models import Run, SeenID
from django_tim.models.base import Mirror
from django_tim.services.mirror import database_of
from django_tim.services.writers.base import Statement, Writer
from django_tim.services.writers.selection import writer_for

Row = dict[str, Any]


@dataclass
class Written:
    """How many rows were made, changed, and left as they were; and (id, reason) of the refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


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


class Known(NamedTuple):
    """What the mirror has of a row; ``marked`` if that is gone or stale."""

    id: int
    digest: str
    marked: bool
    touched_at: datetime | None
    volatile: tuple[Any, ...]


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


def see(run_id: int, ids: Sequence[str]) -> None:
    """Note the ids that a run has seen, each once."""
    using = database_of(SeenID)
    writer_for(using).see(using, run_id, sorted(set(ids)))


def _write(table: Table, rows: Mapping[Any, Row], scope: Row, as_of: datetime) -> Written:
    key_of, using = table.key_of, database_of(table.model)
    writer = writer_for(using)
    known = _known(using, table, rows, scope, writer)
    changed, moved = _compared(table, rows, known, as_of)
    refused = _carried_out(using, table, changed, scope, as_of) if changed else []
    if moved:
        writer.update(using, table.model, table.volatile, moved)
    written = {key_of(row) for row in changed} - {key_of(row) for row, _ in refused}
    created = len(written - known.keys())
    return Written(
        created=created,
        updated=len(written) - created,
        unchanged=len(rows) - len(changed),
        refused=[(table.id_of(row), said) for row, said in refused],
    )


def _compared(
    table: Table, rows: Mapping[Any, Row], known: Mapping[Any, Known], as_of: datetime
) -> tuple[list[Row], list[Row]]:
    """The rows to write whole, and of the others what moved, with the ids of their rows."""
    changed: list[Row] = []
    moved: list[Row] = []
    # Always in the same order: two that write the same rows then wait for each other in turn.
    for key in sorted(rows):
        row, before = rows[key], known.get(key)
        if before is None:
            changed.append(row)
        elif before.touched_at and before.touched_at >= as_of:
            continue
        elif before.digest != row["digest"] or before.marked:
            changed.append(row)
        else:
            volatile = tuple([row[name] for name in table.volatile])
            if volatile != before.volatile:
                values = zip(table.volatile, volatile, strict=True)
                moved.append({"id": before.id, **dict(values)})
    return changed, moved


def _carried_out(
    using: str, table: Table, rows: list[Row], scope: Row, as_of: datetime
) -> list[tuple[Row, str]]:
    """Write rows whole; returns those that the database refuses, with what it says of them."""
    same = {**scope, "synced_at": timezone.now(), "stale_at": None, "gone_at": None}
    unique = (*table.scope, *table.key)
    statement = Statement.like(table.model, rows[0], same, unique=unique, as_of=as_of)
    try:
        with transaction.atomic(using=using):
            writer_for(using).upsert(using, statement, rows)
    except (DataError, IntegrityError) as error:  # others are no row's fault
        if len(rows) == 1:
            return [(rows[0], f"the database refuses it: {error}")]
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return [one for half in halves for one in _carried_out(using, table, half, scope, as_of)]
    return []


def _known(
    using: str, table: Table, rows: Mapping[Any, Row], scope: Row, writer: Writer
) -> dict[Any, Known]:
    """What the mirror has of these rows. Of several key columns, the first one narrows it down."""
    narrow = table.key[0]
    among = "among" if len(table.key) == 1 else "in"  # of two columns, the first is a local key
    values = {row[narrow] for row in rows.values()}
    marked = ExpressionWrapper(~Q(gone_at=None, stale_at=None), BooleanField())
    found = (
        table.model._default_manager.using(using)
        .filter(**scope, **{f"{narrow}__{among}": values})
        .annotate(marked=marked)
    )
    if writer.locks:
        found = found.order_by("id").select_for_update()
    names = ("id", "digest", "marked", "touched_at", *table.key, *table.volatile)
    own = len(names) - len(table.volatile)
    key_at = itemgetter(*range(4, own))
    return {
        key_at(values): Known._make((*values[:4], tuple(values[own:])))
        for values in writer.read(found, names)
    }
