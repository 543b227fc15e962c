"""What a database's writer does, and what it is told."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connections
from django.db.models import DateTimeField, JSONField

from django_tim.models.base import Mirror

Row = dict[str, Any]


@dataclass(frozen=True)
class Statement:
    """One upsert: the table's model, its unique columns, and the columns of a new row.

    Of a row that exists, ``updated`` columns change, and nothing if it was touched at
    ``as_of`` or later.
    """

    model: type[Mirror]
    unique: tuple[str, ...]
    columns: tuple[str, ...]
    updated: tuple[str, ...]
    as_of: datetime


class Writer(ABC):
    """How one kind of database takes many rows. ``using`` is a database's alias."""

    locks = False
    """Whether rows must be locked when they are compared: the upsert itself has no condition."""

    def in_no_hurry(self, using: str) -> None:
        """Let the commit of this transaction not wait for the disk, where that loses nothing."""
        return  # most databases have no such choice for one transaction

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


def blank(model: type[Any]) -> Row:
    """All columns of a new row, by attribute name, with what they hold by default."""
    fields = model._meta.concrete_fields
    return {one.attname: one.get_default() for one in fields if not one.primary_key}


def quoted(using: str, model: type[Any], names: Iterable[str]) -> list[str]:
    """The columns of these attributes, as SQL names them."""
    quote = connections[using].ops.quote_name
    return [quote(model._meta.get_field(_field(model, name)).column) for name in names]


def table_of(using: str, model: type[Any]) -> str:
    """The model's table, as SQL names it."""
    return str(connections[using].ops.quote_name(model._meta.db_table))


def parameters(
    using: str, model: type[Any], names: Sequence[str], rows: Iterable[Row]
) -> list[tuple[Any, ...]]:
    """The rows' values as the database's driver takes them, in the order of ``names``."""
    found = [(place, _converter(using, model, name)) for place, name in enumerate(names)]
    converters = [(place, convert) for place, convert in found if convert is not None]
    values_of = itemgetter(*names)
    return [_converted(values_of(row), converters) for row in rows]


def _converted(
    values: tuple[Any, ...], converters: list[tuple[int, Callable[[Any], Any]]]
) -> tuple[Any, ...]:
    converted = list(values)
    for place, convert in converters:
        converted[place] = convert(converted[place])
    return tuple(converted)


def _converter(using: str, model: type[Any], name: str) -> Callable[[Any], Any] | None:
    field = model._meta.get_field(_field(model, name))
    if isinstance(field, JSONField):
        return _to_json
    if isinstance(field, DateTimeField):
        adapt: Callable[[Any], Any] = connections[using].ops.adapt_datetimefield_value
        return adapt
    return None


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _field(model: type[Any], attname: str) -> str:
    """The field whose attribute this is: a foreign key's has another name."""
    return next(one.name for one in model._meta.concrete_fields if one.attname == attname)
