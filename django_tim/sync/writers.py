"""Rows into the mirror: compared by digest, and only those that differ are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from django_tim.models.base import Mirror
from django_tim.services.mirror import database_of

BATCH = 500


@dataclass
class Written:
    """How many rows were made, changed, and left as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def upsert(
    model: type[Mirror],
    rows: Sequence[dict[str, Any]],
    *,
    key: str,
    scope: dict[str, Any],
    volatile: Sequence[str] = (),
) -> Written:
    """Write the columns of remote objects whose digest differs from the mirror's.

    ``key`` is the column with the remote id and ``scope`` what is the same for all rows.
    ``volatile`` columns are compared by themselves, and written alone where only they moved.
    A row without a digest, or marked gone or stale, is written whole.
    """
    written, now = Written(), timezone.now()
    unique = {row[key]: row for row in rows}
    with transaction.atomic(using=database_of(model)):
        known = _known(model, unique, key, scope, volatile)
        changed, moved = [], []
        for remote_id, row in unique.items():
            before = known.get(remote_id)
            if before is None:
                written.created += 1
            elif before["digest"] != row["digest"] or before["gone_at"] or before["stale_at"]:
                written.updated += 1
            else:
                written.unchanged += 1
                if any(before[name] != row[name] for name in volatile):
                    moved.append(_only(model, before["id"], {name: row[name] for name in volatile}))
                continue
            changed.append(model(**scope, **_columns(model, row), synced_at=now))
        _write(model, changed, [*scope, key])
        if moved:
            rows_ = model._default_manager.using(database_of(model))
            rows_.bulk_update(moved, list(volatile), batch_size=BATCH)
    return written


def _known(
    model: type[Mirror],
    ids: Iterable[str],
    key: str,
    scope: dict[str, Any],
    volatile: Sequence[str],
) -> dict[str, dict[str, Any]]:
    rows = model._default_manager.using(database_of(model)).filter(**scope, **{f"{key}__in": ids})
    return {
        row[key]: row for row in rows.values("id", key, "digest", "gone_at", "stale_at", *volatile)
    }


def _columns(model: type[Mirror], row: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in model._meta.concrete_fields}
    return {name: value for name, value in row.items() if name in names}


def _write(model: type[Mirror], rows: list[Mirror], unique: list[str]) -> None:
    if not rows:
        return
    using = database_of(model)
    kept = {*unique, "id", "members_mark", "members_synced_at"}
    fields = [field.name for field in model._meta.concrete_fields if field.attname not in kept]
    named = connections[using].features.supports_update_conflicts_with_target
    model._default_manager.using(using).bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        update_fields=fields,
        unique_fields=unique if named else None,
    )


def _only(model: type[Mirror], pk: int, columns: dict[str, Any]) -> Mirror:
    """A row of which only these columns are known, for an update of them."""
    row = model(**columns)
    row.pk = pk
    return row
