"""What a database's writer does, and what it is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from django_tim.models.base import Mirror

from .comparison import Batch, Difference
from .sql import Row, quoted


@dataclass(frozen=True)
class Statement:
    """One upsert: the table's model, the columns of each row, and what ``common`` columns hold.

    Of a row that exists, which its ``unique`` columns tell, the ``updated`` columns change, and
    nothing if it was touched at ``as_of`` or later.
    """

    model: type[Mirror]
    unique: tuple[str, ...]
    columns: tuple[str, ...]
    common: Row
    updated: tuple[str, ...]
    as_of: datetime

    @classmethod
    def like(
        cls,
        model: type[Mirror],
        row: Row,
        same: Row,
        *,
        unique: tuple[str, ...],
        updated: Iterable[str] | None = None,
        as_of: datetime,
    ) -> Statement:
        """The upsert of rows like this one; a column that it lacks is the ``same`` in all.

        A new row has the default in columns that neither of them names; ``updated`` are all
        that one of them names, unless told otherwise.
        """
        default = {
            one.attname: one.get_default()
            for one in model._meta.concrete_fields
            if not one.primary_key
        }
        own = tuple(name for name in default if name in row)
        common = {name: same.get(name, default[name]) for name in default if name not in row}
        if updated is None:
            updated = [name for name in (*own, *same) if name not in unique]
        return cls(model, unique, own, common, tuple(updated), as_of)


class Writer(ABC):
    """How one kind of database takes many rows. ``using`` is a database's alias."""

    locks = False
    """Whether rows are locked when they are compared: the upsert itself has no condition."""

    def in_no_hurry(self, using: str) -> None:
        """Let the commit of this transaction not wait for the disk, where that loses nothing."""
        return  # most databases have no such choice for one transaction

    @abstractmethod
    def differing(self, using: str, batch: Batch) -> list[Difference]:
        """The rows that the mirror has otherwise, unless something newer wrote them."""

    def insert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        """Insert rows of which none was there; the statement is for those that came meanwhile."""
        self.upsert(using, statement, rows)

    @abstractmethod
    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        """Insert rows, or update those that exist: all of them, or none."""

    @abstractmethod
    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Change a few columns of the rows with these ids."""


def on_conflict(using: str, statement: Statement) -> tuple[str, list[Any]]:
    """What becomes of a row that exists, of a table named ``mirror``, and its parameters."""
    model = statement.model
    unique = ", ".join(quoted(using, model, statement.unique))
    if not statement.updated:
        return f"ON CONFLICT ({unique}) DO NOTHING", []
    changes = (f"{one} = excluded.{one}" for one in quoted(using, model, statement.updated))
    touched = quoted(using, model, ["touched_at"])[0]
    return (
        f"ON CONFLICT ({unique}) DO UPDATE SET {', '.join(changes)} "
        f"WHERE mirror.{touched} IS NULL OR mirror.{touched} < %s",
        [connections[using].ops.adapt_datetimefield_value(statement.as_of)],
    )
