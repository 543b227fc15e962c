"""Names, types and values as SQL and the databases' drivers take them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import DateTimeField, JSONField

from django_tim.services.storing import JSONText, Storable

Row = dict[str, Any]


class Column(NamedTuple):
    """A column's type and, if it has one of its own, its collation, as SQL names them."""

    type: str
    collation: str | None = None


def quoted(using: str, model: type[Any], names: Iterable[str]) -> list[str]:
    """The columns of these attributes, as SQL names them."""
    quote = connections[using].ops.quote_name
    return [quote(field_of(model, name).column) for name in names]


def table_of(using: str, model: type[Any]) -> str:
    """The model's table, as SQL names it."""
    return str(connections[using].ops.quote_name(model._meta.db_table))


def columns_of(using: str, model: type[Any], names: Iterable[str]) -> list[Column]:
    """The columns of these attributes."""
    told = (field_of(model, name).db_parameters(connections[using]) for name in names)
    return [Column(one["type"], one.get("collation")) for one in told]


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
    field = field_of(model, name)
    if isinstance(field, JSONField):
        return _to_json
    if isinstance(field, DateTimeField):
        return _moment(using)
    return None


def _moment(using: str) -> Callable[[Any], Any]:
    """Django's own conversion, but for UTC in UTC, which it takes three times as long for."""
    connection = connections[using]
    adapt: Callable[[Any], Any] = connection.ops.adapt_datetimefield_value
    if connection.features.supports_timezones or connection.timezone is not UTC:
        return adapt

    def convert(value: datetime | None) -> Any:
        if value is not None and value.tzinfo is UTC:
            return str(value.replace(tzinfo=None))
        return adapt(value)

    return convert


def _to_json(value: Any) -> str:
    if isinstance(value, Storable):
        value = value.text
    # Drivers are slow to look at what is not quite a str.
    return str(value) if isinstance(value, JSONText) else _dumped(value)


_dumped = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def field_of(model: type[Any], attname: str) -> Any:
    """The field whose attribute this is: a foreign key's has another name."""
    return next(one for one in model._meta.concrete_fields if one.attname == attname)
