"""What is wrong with a request's body, by the schema that its method taught us.

The schema knows what our methods send. The service may take more, so what is found is for a
person to weigh, and no reason to refuse the body for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django_tim.samples import samples
from django_tim.schemas import Schema

from .requests import request_schema

Kind = Literal["missing", "type", "word", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit; ``expected`` are types or words."""

    kind: Kind
    field: str
    """Where it is, as ``MemberList[0].Member_Account``."""
    expected: tuple[str, ...] = ()


def findings(name: str, body: Mapping[str, Any]) -> list[Finding]:
    """What does not fit, for an endpoint by its name in the catalogue."""
    return list(_object(body, schema_for(name), ""))


@cache
def schema_for(name: str) -> Schema:
    """The schema of an endpoint's request; any object where there is no sample."""
    sample = samples().get(name)
    return request_schema(sample) if sample else {"type": "object"}


def _object(value: Mapping[str, Any], schema: Schema, at: str) -> Iterator[Finding]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if value.get(name) is None:
            yield Finding("missing", _within(at, name))
    for name, inner in value.items():
        if name in properties:
            yield from _value(inner, properties[name], _within(at, name))
        elif properties:
            yield Finding("unknown", _within(at, name))


def _value(value: Any, schema: Schema, at: str) -> Iterator[Finding]:
    words, kinds = schema.get("enum"), _kinds(schema)
    if value is None:
        return  # the service takes null for a field that is left out
    if words is not None and value not in words:
        yield Finding("word", at, tuple(map(str, words)))
    elif kinds and not any(_is(value, kind) for kind in kinds):
        yield Finding("type", at, kinds)
    elif isinstance(value, Mapping):
        yield from _object(value, schema, at)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _value(item, schema.get("items", {}), f"{at}[{place}]")


def _kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
    }
    return kind in types and isinstance(value, types[kind])


def _within(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
