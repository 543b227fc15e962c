"""For databases that we have no SQL for: slower, and the same in the end."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections

from django_tim.models import SeenID
from django_tim.models.base import Mirror

from .base import Row, Statement, Writer

BATCH = 500


class ORMWriter(Writer):
    """``bulk_create`` and ``bulk_update``."""

    locks = True

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        named = connections[using].features.supports_update_conflicts_with_target
        given = [
            model(**statement.common, **{name: row[name] for name in statement.columns})
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

    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        rows = [SeenID(run_id=run_id, remote_id=one) for one in ids]
        SeenID.objects.using(using).bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
