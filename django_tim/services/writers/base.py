"""What a database's writer does, and what it is told."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import DateTimeField, JSONField, QuerySet

from django_tim.models.base import Mirror
from django_tim.services.mapping import Storable

Row = dict[str, Any]


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
    """Whether rows must be locked when they are compared: the upsert itself has no condition."""

    def in_no_hurry(self, using: str) -> None:
        """Let the commit of this transaction not wait for the disk, where that loses nothing."""
        return  # most databases have no such choice for one transaction

    def read(self, found: QuerySet[Any], names: Sequence[str]) -> Iterable[Sequence[Any]]:
        """These values of all rows of a query."""
        return found.values_list(*names)

    @abstractmethod
    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        """Insert rows, or update those that exist."""

    @abstractmethod
    def update(
        self, using: str, model: type[Mirror], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Change a few columns of the rows with these ids."""

    @abstractmethod
    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        """Insert the seen ids of a run, less those that it has seen before."""


def quoted(using: str, model: type[Any], names: Iterable[str]) -> list[str]:
    """The columns of these attributes, as SQL names them."""
    quote = connections[using].ops.quote_name
    return [quote(_field(model, name).column) for name in names]


def table_of(using: str, model: type[Any]) -> str:
    """The model's table, as SQL names it."""
    return str(connections[using].ops.quote_name(model._meta.db_table))


def types_of(using: str, model: type[Any], names: Iterable[str]) -> list[str]:
    """The columns' types, as SQL names them."""
    return [str(_field(model, name).db_type(connections[using])) for name in names]


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


def parameters(
    using: str, model: type[Any], names: Sequence[str], rows: Iterable[Row]
) -> list[tuple[Any, ...]]:
    """The rows' values as the database's driver takes them, in the order of ``names``."""
    found = [(place, _converter(using, model, name)) for place, name in enumerate(names)]
    converters = [(place, convert) for place, convert in found if convert is not None]
    return [_converted([row[name] for name in names], converters) for row in rows]


def _converted(
    values: list[Any], converters: list[tuple[int, Callable[[Any], Any]]]
) -> tuple[Any, ...]:
    for place, convert in converters:
        values[place] = convert(values[place])
    return tuple(values)


def _converter(using: str, model: type[Any], name: str) -> Callable[[Any], Any] | None:
    field = _field(model, name)
    if isinstance(field, JSONField):
        return _to_json
    if isinstance(field, DateTimeField):
        adapt: Callable[[Any], Any] = connections[using].ops.adapt_datetimefield_value
        return adapt
    return None


def _to_json(value: Any) -> str:
    return value.text if isinstance(value, Storable) else _dumped(value)


_dumped = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _field(model: type[Any], attname: str) -> Any:
    """The field whose attribute this is: a foreign key's has another name."""
    return next(one for one in model._meta.concrete_fields if one.attname == attname)
