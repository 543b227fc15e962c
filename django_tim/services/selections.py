"""All rows that a list's filters match, told to a worker: the conditions, not the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from django_tim.exceptions import InvalidArgument
from django_tim.models import Run

from . import bulk, mirror
from .actor import Actor
from .changes import change

_MOMENT = "moment"


def frozen(condition: Q) -> dict[str, Any]:
    """A condition as JSON: lookups of numbers, texts, moments and lists of these."""
    given: list[Any] = condition.children
    children = [
        frozen(child) if isinstance(child, Q) else [child[0], _frozen_value(child[1])]
        for child in given
    ]
    return {"connector": condition.connector, "negated": condition.negated, "children": children}


def thawed(told: Mapping[str, Any]) -> Q:
    """The condition that was frozen."""
    children = [
        thawed(child) if isinstance(child, Mapping) else (child[0], _thawed_value(child[1]))
        for child in told["children"]
    ]
    return Q(*children, _connector=told["connector"], _negated=told["negated"])


def start(
    kind: str,
    model: str,
    condition: Mapping[str, Any],
    *,
    at_most: int,
    app: str,
    actor: Actor,
    params: Mapping[str, Any] | None = None,
) -> Run:
    """Start a bulk run of all rows of a model (its name) that a frozen condition matches.

    ``at_most`` is the number that a person has confirmed: if more match now, nothing is done,
    and InvalidArgument is raised, which stands in the audit trail.
    """
    found = mirror.rows(apps.get_model("django_tim", model)).filter(thawed(condition))
    details = {"kind": kind, "at_most": at_most, "condition": condition}
    with change("selection.start", app=app, actor=actor, object_type="run", details=details):
        return bulk.start(kind, _counted(found, at_most), app=app, params=params, actor=actor)


def _counted(found: QuerySet[Any], at_most: int) -> Iterator[Any]:
    for number, row in enumerate(found.order_by("pk").defer("raw").iterator(2000), 1):
        if number > at_most:
            raise InvalidArgument(f"more than the {at_most} rows that were confirmed match now")
        yield row


def _frozen_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, list | tuple):
        return [_frozen_value(one) for one in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise InvalidArgument(f"{value!r} can't be told to a worker")


def _thawed_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return datetime.fromisoformat(value[_MOMENT])
    return [_thawed_value(one) for one in value] if isinstance(value, list) else value
