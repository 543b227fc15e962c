"""JSON Schemas of the answers, read from their TypedDicts."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]

_PLAIN: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}


class Schemas:
    """Schemas by the names of their types, for a document whose references begin with ``base``.

    Objects have the keys of their type; ``closed``: and no others.
    """

    def __init__(self, base: str = "#/$defs/", *, closed: bool = True) -> None:
        self.definitions: dict[str, Schema] = {}
        self._base = base
        self._more = {"additionalProperties": False} if closed else {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type; a TypedDict's is a reference to its definition."""
        if is_typeddict(kind):
            return self._reference(kind)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(one) for one in arguments]}
        return {} if kind in (Any, object) else {"type": _PLAIN[kind]}

    def _reference(self, kind: Any) -> Schema:
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # there, should the type hold itself
            self.definitions[name] = self._object(kind)
        return {"$ref": f"{self._base}{name}"}

    def _object(self, kind: Any) -> Schema:
        hints = get_type_hints(kind, include_extras=True)
        required = [name for name, hint in hints.items() if _is_required(kind, name, hint)]
        return {
            "type": "object",
            "properties": {name: self.of(bare(hint)) for name, hint in hints.items()},
            **({"required": required} if required else {}),
            **self._more,
        }


def schema_of(kind: Any) -> Schema:
    """A document that describes one type, with what it refers to."""
    schemas = Schemas()
    return schemas.of(kind) | {"$defs": schemas.definitions}


def _is_required(kind: Any, name: str, hint: Any) -> bool:
    # Where annotations are texts, as ours are, the class itself knows only of ``total``.
    origin = get_origin(hint)
    return origin is Required or (origin is not NotRequired and name not in kind.__optional_keys__)


def bare(hint: Any) -> Any:
    """A key's type, whether it is required or not."""
    arguments: Iterable[Any] = get_args(hint)
    return next(iter(arguments)) if get_origin(hint) in (Required, NotRequired) else hint
