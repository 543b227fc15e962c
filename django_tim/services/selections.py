"""All rows that a list's filters match, told to a worker: the conditions, not the rows.

The source "condition" of :mod:`.bulk_matching`, for what lookups alone can't say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from django_tim.exceptions import InvalidArgument
from django_tim.models import GroupMember, Run

from . import mirror
from .bulk_matching import source

SOURCE = "condition"
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


@source(SOURCE)
def _matching(run: Run, given: Mapping[str, Any]) -> QuerySet[Any]:
    """Rows of a mirror model that a frozen condition matches: {"model": …, "condition": …}."""
    model: Any = apps.get_model("django_tim", given["model"])
    found = mirror.rows(model, sdk_app_id=run.sdk_app_id).filter(thawed(given["condition"]))
    return (found.select_related("group") if model is GroupMember else found).defer("raw")


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
