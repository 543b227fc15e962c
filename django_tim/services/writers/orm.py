"""For databases that we have no SQL for: slower, and the same in the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import BooleanField, ExpressionWrapper, Q

from django_tim.models.base import Mirror
from django_tim.services.storing import JSONText

from .base import Statement, Writer
from .comparison import Batch, Difference, Table
from .sql import Row

BATCH = 500


class ORMWriter(Writer):
    """``bulk_create`` and ``bulk_update``."""

    locks = True

    def differing(self, using: str, batch: Batch) -> list[Difference]:
        known = _known(using, batch)
        found = (_compared(batch, row, known.get(batch.table.key_of(row))) for row in batch.rows)
        return [one for one in found if one is not None]

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        named = connections[using].features.supports_update_conflicts_with_target
        given = [
            model(**statement.common, **{name: _loaded(row[name]) for name in statement.columns})
            for row in rows
        ]
        if not statement.updated:
            model._default_manager.using(using).bulk_create(
                given, batch_size=BATCH, ignore_conflicts=True
            )
            return
        model._default_manager.using(using).bulk_create(
            given,
            batch_size=BATCH,
            update_conflicts=True,
            update_fields=list(statement.updated),
            unique_fields=list(statement.unique) if named else None,
        )

    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        objects = [model(**{name: row[name] for name in ("id", *columns)}) for row in rows]
        model._default_manager.using(using).bulk_update(objects, list(columns), batch_size=BATCH)


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, JSONText) else value


class _Known(NamedTuple):
    """What the mirror has of a row; ``marked`` if that is gone or stale."""

    id: int
    digest: str
    marked: bool
    touched_at: datetime | None
    volatile: tuple[Any, ...]


def _compared(batch: Batch, row: Row, known: _Known | None) -> Difference | None:
    if known is None:
        return Difference(row, None, whole=True)
    if known.touched_at and known.touched_at >= batch.as_of:
        return None
    if known.digest != row["digest"] or known.marked:
        return Difference(row, known.id, whole=True)
    if known.volatile != tuple(row[name] for name in batch.table.volatile):
        return Difference(row, known.id, whole=False)
    return None


def _known(using: str, batch: Batch) -> dict[Any, _Known]:
    """What the mirror has of these rows. Of several key columns, the first one narrows it down."""
    table = batch.table
    narrow = {f"{table.key[0]}__in": {row[table.key[0]] for row in batch.rows}}
    marked = ExpressionWrapper(~Q(gone_at=None, stale_at=None), BooleanField())
    found = table.model._default_manager.using(using).filter(**batch.scope, **narrow)
    names = ("id", "digest", "marked", "touched_at", *table.key, *table.volatile)
    locked = found.annotate(marked=marked).order_by("id").select_for_update()
    return {table.key_of(values): _as_known(table, values) for values in locked.values(*names)}


def _as_known(table: Table, values: Row) -> _Known:
    own = {name: values[name] for name in ("id", "digest", "marked", "touched_at")}
    return _Known(**own, volatile=tuple(values[name] for name in table.volatile))
