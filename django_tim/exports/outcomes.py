"""What became of each item of a call, as the endpoint's method reads it from the answer.

How an answer names its failures is written down in the method alone. So the method is called,
without a network, as the sample calls it, and does with this answer what it does with its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, cast

from django_tim.catalogue import Endpoint
from django_tim.client.area import Area
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, TimError
from django_tim.samples import Sample, samples

from .lines import areas, method_of

_ODD = (TimError, LookupError, TypeError, ValueError, AttributeError)
"""What comes of an answer, or of a body, that is not shaped as the method's own."""


class _Batch(BaseException):
    """Leaves the method with the sample's items, what sends them, and what reads the answer."""

    def __init__(
        self,
        endpoint: Endpoint[Any],
        items: Mapping[str, Any],
        payload: Callable[[list[Any]], Mapping[str, Any]],
        read: Callable[[Any, list[str]], Iterable[Outcome[Any]]],
    ) -> None:
        self.field = endpoint.batch.field if endpoint.batch else ""
        self.items = items
        self.sends = payload(list(items.values()))
        self.read = read


class _Answering:
    """Stands in for ``Tim``: the answer is there."""

    config = AppConfig(sdk_app_id=1)

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._answer = answer

    def call(self, endpoint: Endpoint[Any], payload: Mapping[str, Any], **_: Any) -> Any:
        return deepcopy(self._answer)


def outcomes(name: str, body: Mapping[str, Any], answer: Mapping[str, Any]) -> BatchResult[Any]:
    """The outcomes of a call, for an endpoint by its name in the catalogue.

    Empty where the answer does not speak of items, or not so that our method could read it.
    """
    sample = samples().get(name)
    if sample is None:
        return BatchResult()
    try:
        found = {outcome.item: outcome for outcome in _outcomes(sample, body, answer)}
    except _ODD:
        return BatchResult()
    return BatchResult(list(found.values()))


def _outcomes(
    sample: Sample, body: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[Outcome[Any]]:
    area = _reading(areas()[sample.area])(cast(Tim, _Answering(answer)))
    try:
        result = method_of(sample)(area, *sample.args, **sample.kwargs)
    except _Batch as batch:
        yield from batch.read(deepcopy(answer), _keys(batch, body))
    except APIError as error:  # an OK that is none: the message was dropped
        yield Outcome(str(body.get("GroupId", "")), code=error.code, info=error.info)
    else:
        yield from result if isinstance(result, BatchResult) else ()


def _reading(area: type[Area]) -> type[Area]:
    """The area, whose batches are not sent but tell how they are read."""

    def leave(
        self: Area, endpoint: Any, items: Any, payload: Any, read: Any, extra: Any = None
    ) -> None:
        raise _Batch(endpoint, items, payload, read)

    return type(area.__name__, (area,), {"_batch": leave})


def _keys(batch: _Batch, body: Mapping[str, Any]) -> list[str]:
    """The keys of the items in a body, each where the sample's rows have theirs."""
    lists = [name for name, value in batch.sends.items() if isinstance(value, list)]
    field = batch.field or next(iter(lists), "")
    rows, given = batch.sends.get(field), body.get(field)
    if not rows or not isinstance(given, list):
        return []
    if not isinstance(rows[0], Mapping):
        return [str(one) for one in given]
    key = next(iter(batch.items))
    named = next((name for name, value in rows[0].items() if str(value) == key), "")
    return [str(row.get(named, place)) for place, row in enumerate(given)]
