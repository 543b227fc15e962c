"""From one page to the next, in each of the vendor's ways."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from django_tim.catalogue import Cursor, Marks, Offset, Paging, Sequence

Marked = dict[str, int | str]


def first_marks(paging: Paging, start: int | str | None = None) -> Marked:
    """The request's fields that ask for the first page, or for the one at ``start``."""
    if isinstance(paging, Marks):
        return dict(paging.start)
    if isinstance(paging, Sequence):
        return {} if start is None else {paging.request: start}
    if start is None:
        start = paging.start if isinstance(paging, Cursor) else 0
    return {paging.request: start}


def next_marks(paging: Paging, answer: Mapping[str, Any], marks: Marked) -> Marked | None:
    """The fields that ask for the page after ``answer``, or None if it was the last."""
    match paging:
        case Cursor():
            return _after_cursor(paging, answer)
        case Offset():
            return _after_offset(paging, answer, marks)
        case Marks():
            if answer[paging.finish]:
                return None
            return {request: answer[given] for request, given in paging.fields}
        case Sequence():
            return _after_sequence(paging, answer)


def _after_cursor(paging: Cursor, answer: Mapping[str, Any]) -> Marked | None:
    if paging.finish and answer.get(paging.finish):
        return None
    mark = type(paging.start)(answer.get(paging.answer) or paging.start)
    return None if mark == paging.start else {paging.request: mark}


def _after_offset(paging: Offset, answer: Mapping[str, Any], marks: Marked) -> Marked | None:
    count = len(answer.get(paging.items) or ())
    following, total = int(marks[paging.request]) + count, answer.get(paging.total)
    return {paging.request: following} if count and (total is None or following < total) else None


def _after_sequence(paging: Sequence, answer: Mapping[str, Any]) -> Marked | None:
    numbers = [int(item[paging.number]) for item in answer.get(paging.items) or ()]
    if not numbers or (paging.finish and answer.get(paging.finish)):
        return None
    if paging.upwards:
        return {paging.request: max(numbers)}
    return {paging.request: min(numbers) - 1} if min(numbers) > 1 else None


def repeated(rows: list[Any], before: list[Any]) -> int:
    """How many rows, from the first on, stood already in the page before.

    Offsets shift when something is put in front during the paging.
    """
    if not rows or rows[0] not in before:
        return 0
    pairs = zip(rows, before[before.index(rows[0]) :], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
