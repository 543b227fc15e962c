"""The shape of an endpoint's request, learnt from its method.

Which argument becomes which field is written down in the method alone. So it is called, without
a network, as the sample calls it, then with each of its other arguments and without each that
has a default; what it would have sent are examples, of which the schema is the common shape.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from django_tim.catalogue import Endpoint
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.exceptions import TimError
from django_tim.samples import Sample, samples
from django_tim.schemas import Schema, bare

from .lines import areas, method_of

_PLAIN: dict[Any, Any] = {str: "text", int: 1, bool: True, float: 1.0, bytes: b"bytes"}
_NOT_TRIED = ("self", "extra", "return")


class _WouldSend(BaseException):
    """Leaves the method with what it would have sent."""

    def __init__(self, payload: Mapping[str, Any], query: Mapping[str, str]) -> None:
        self.payload = payload
        self.query = query


class _NoNetwork:
    """Stands in for ``Tim``."""

    config = AppConfig(sdk_app_id=1)

    def call(
        self,
        endpoint: Endpoint[Any],
        payload: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
    ) -> Any:
        raise _WouldSend(payload, query or {})


def request_schema(sample: Sample) -> Schema:
    """The JSON Schema of what the sample's method can send."""
    observed = [dict(sample.request), *_variants(sample)]
    schema = _common(observed)
    for field, words in _words(sample).items():
        _put(schema, field, words)
    return schema


@cache
def query_words(name: str) -> Mapping[str, Mapping[str, str]]:
    """What an endpoint's URL takes, beyond what every URL has: parameter → value → our word."""
    found: dict[str, dict[str, str]] = {}
    sample = samples().get(name)
    if sample is None:
        return found
    for argument, hint in _arguments(sample).items():
        for word in _literals(hint):
            for sent in _would_send(sample, {**sample.kwargs, argument: word}):
                for parameter, value in sent.query.items():
                    found.setdefault(parameter, {})[value] = word
    return found


def _variants(sample: Sample) -> Iterator[Mapping[str, Any]]:
    for name, hint in _arguments(sample).items():
        given = {**sample.kwargs, name: _example(hint)}
        yield from _sent(sample, given)
    for name in sample.kwargs:
        yield from _sent(sample, {key: sample.kwargs[key] for key in sample.kwargs if key != name})


def _words(sample: Sample) -> dict[str, list[Any]]:
    """The fields that take one of several words, with the words."""
    found: dict[str, list[Any]] = {}
    for name, hint in _arguments(sample).items():
        words = _literals(hint)
        sent = [payload for one in words for payload in _sent(sample, {**sample.kwargs, name: one})]
        if len(words) < 2 or len(sent) < len(words):
            continue
        for field in sent[0]:
            if [payload.get(field) for payload in sent] == words:
                found[field] = words
    return found


def _put(schema: Schema, field: str, words: list[Any]) -> None:
    schema["properties"][field] = {"enum": words}


def _arguments(sample: Sample) -> dict[str, Any]:
    """The arguments that have to be named, with their types."""
    method = method_of(sample)
    hints = get_type_hints(method)
    parameters = inspect.signature(method).parameters.values()
    named = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    found = {name: hints[name] for name in named if name not in _NOT_TRIED}
    for one in parameters:
        if one.kind is one.VAR_KEYWORD:  # options: Unpack[…]
            found |= get_type_hints(get_args(hints[one.name])[0])
    return found


def _sent(sample: Sample, kwargs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The body that the method sends, if it takes these arguments together."""
    return (sent.payload for sent in _would_send(sample, kwargs))


def _would_send(sample: Sample, kwargs: Mapping[str, Any]) -> Iterator[_WouldSend]:
    area = areas()[sample.area](cast(Tim, _NoNetwork()))
    try:
        result = getattr(area, sample.call.partition(".")[2])(*sample.args, **kwargs)
        if isinstance(result, Iterator):
            next(result, None)
    except _WouldSend as sent:
        yield sent
    except (TimError, TypeError, ValueError, KeyError, AttributeError):
        return


def _literals(hint: Any) -> list[Any]:
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return [word for one in get_args(hint) for word in _literals(one)]
    return []


def _example(hint: Any) -> Any:
    """Some value of a type."""
    hint = bare(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return {name: _example(one) for name, one in get_type_hints(hint).items()}
    if origin in (Union, UnionType):
        return _example(next(one for one in arguments if one is not NoneType))
    if origin is Literal:
        return arguments[0]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"key": _example(arguments[1])}
    if origin is not None:
        return [_example(arguments[0])]
    return _PLAIN.get(hint, "text")


def _common(values: Sequence[Any]) -> Schema:
    """The narrowest schema that all these values have."""
    if all(isinstance(value, Mapping) for value in values):
        names = dict.fromkeys(name for value in values for name in value)
        required = [name for name in names if all(name in value for value in values)]
        return {
            "type": "object",
            "properties": {
                name: _common([value[name] for value in values if name in value]) for name in names
            },
            **({"required": required} if required else {}),
        }
    if all(isinstance(value, list | tuple) for value in values):
        items = [item for value in values for item in value]
        return {"type": "array", "items": _common(items) if items else {}}
    kinds = sorted({_kind(value) for value in values})
    return {"type": kinds[0] if len(kinds) == 1 else kinds}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, list | tuple):
        return "array"
    return {str: "string", int: "integer", float: "number"}.get(type(value), "null")
