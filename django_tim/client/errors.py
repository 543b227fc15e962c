"""From an answer's ErrorCode to an exception, by the rows of the error table."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django_tim import catalogue
from django_tim.catalogue import Endpoint
from django_tim.exceptions import APIError

from .error_table import FINAL, ROWS, Outcome, Row

_BY_CODE: dict[int, list[Row]] = defaultdict(list)
for _row in ROWS:
    _BY_CODE[_row.code].append(_row)
_RANGES = [row for row in ROWS if row.to]

# Some codes mean different things in different services: which area's row to prefer.
_AREAS = {
    catalogue.OFFICIAL: ("official_account",),
    catalogue.CONFIG: ("mute", "operation"),
    catalogue.MSG: ("operation",),
    catalogue.AUDIT: ("moderation",),
    catalogue.AUDIT_MGR: ("moderation",),
    catalogue.COS: ("resource",),
    catalogue.TIMPUSH: ("timpush",),
}


def row_for(code: int, service: str = "") -> Row | None:
    """The table's row for a code as it is meant in a service; None for an unknown code."""
    rows = _BY_CODE.get(code)
    if rows:
        preferred = _AREAS.get(service, ())
        return next((row for row in rows if row.area in preferred), rows[0])
    return next((row for row in _RANGES if row.code <= code <= (row.to or 0)), None)


def outcome_of(code: int, service: str = "") -> Outcome:
    """Whether a call that was answered with this code may be repeated."""
    row = row_for(code, service)
    return row.outcome if row else FINAL


def error_for(endpoint: Endpoint[Any], answer: dict[str, Any]) -> APIError:
    """The exception for an answer whose ErrorCode is not 0."""
    code = answer["ErrorCode"]
    row = row_for(code, endpoint.service)
    return (row.raises if row else APIError)(
        code,
        str(answer.get("ErrorInfo") or ""),
        endpoint.path,
        str(answer.get("RequestId") or ""),
        row.meaning if row else "",
        row.meaning_zh if row else "",
    )
