"""Every iterator goes through the pages of a service that is not as tidy as ours.

Which endpoint an iterator reads is what its first call says; the arguments and the rows are
those of the endpoint's sample.
"""

from __future__ import annotations

import copy
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_tim.catalogue import BY_PATH, Cursor, Marks, Offset, Paging, Sequence
from django_tim.client.area import Area
from django_tim.client.tim import Tim
from django_tim.exceptions import PagingStalled, TimError
from django_tim.samples import by_area
from tests.client.doubles import OK, Sent, a_tim, failed, wire

AREAS: dict[str, type[Area]] = inspect.get_annotations(Tim, eval_str=True)
ITERATORS = [
    f"{area}.{name}"
    for area, kind in AREAS.items()
    for name, _ in inspect.getmembers(kind, inspect.isfunction)
    if name.startswith("iterate")
]
Answer = Callable[[Sent], dict[str, Any]]


class Service:
    """Answers with ``pages`` of rows, in the way of ``paging``; ``stuck`` never moves on."""

    def __init__(self, paging: Paging, pages: list[list[Any] | None]) -> None:
        self.paging = paging
        self.pages = pages
        self.stuck = False
        self.total = sum(len(page or ()) for page in pages)

    def __call__(self, sent: Sent) -> dict[str, Any]:
        place = 0 if self.stuck else self._place(sent.payload)
        rows = self.pages[place] if place < len(self.pages) else []
        last = not self.stuck and place >= len(self.pages) - 1
        answer = OK if rows is None else {**OK, self.paging.items: rows}
        return copy.deepcopy({**answer, **self._marks(place + 1, last)})

    def _place(self, asked: dict[str, Any]) -> int:
        match self.paging:
            case Cursor(request=field):
                return int(asked.get(field) or 0)
            case Offset(request=field):
                before = itertools.accumulate(len(page or ()) for page in self.pages)
                return [0, *before].index(asked[field])
            case Marks(fields=fields):
                return int(asked.get(fields[-1][0]) or 0)
            case sequence:
                return self._of_number(asked.get(sequence.request))

    def _of_number(self, number: int | None) -> int:
        assert not isinstance(self.paging, Cursor | Offset | Marks)
        if number is None:
            return 0
        for place, page in enumerate(self.pages):
            numbers = [row[self.paging.number] for row in page or ()]
            if numbers and (
                max(numbers) > number if self.paging.upwards else max(numbers) <= number
            ):
                return place
        return len(self.pages)

    def _marks(self, following: int, last: bool) -> dict[str, Any]:
        match self.paging:
            case Cursor(answer=field, start=start, finish=finish):
                mark = type(start)(following) if not last else start
                return {field: mark} | ({finish: int(last)} if finish else {})
            case Offset(total=field):
                return {field: 10**9 if self.stuck else self.total}
            case Marks(fields=fields, finish=finish):
                return {answer: following for _, answer in fields} | {finish: int(last)}
            case sequence:
                return {sequence.finish: int(last)} if sequence.finish else {}


def endpoint_and_sample(iterator: str) -> tuple[Any, Any, Callable[[Tim], Iterator[Any]]]:
    """What the iterator reads, the endpoint's sample, and a call of the iterator."""
    area, _, name = iterator.partition(".")
    for sample in by_area()[area].values():
        if not sample.endpoint.paging and name not in _IN_ONE_CALL.get(area, ()):
            continue
        known = inspect.signature(getattr(AREAS[area], name)).parameters
        taken = {
            key: sample.kwargs[key] for key in sample.kwargs if key in known and key not in _WHERE
        }

        def call(tim: Tim, args: Any = sample.args, taken: Any = taken) -> Iterator[Any]:
            found: Iterator[Any] = getattr(getattr(tim, area), name)(*args, **taken)
            return found

        tim = a_tim(failed(1))
        try:
            next(call(tim), None)
        except TypeError:
            continue
        except TimError:
            pass
        if wire(tim).sent and wire(tim).sent[0].path == sample.endpoint.path:
            return BY_PATH[sample.endpoint.path], sample, call
    raise AssertionError(f"no sample's endpoint is read by {iterator}")


_WHERE = ("newest", "start", "unread")  # what would begin elsewhere, or read another list
_IN_ONE_CALL = {"topics": ("iterate",), "permission_groups": ("iterate_topic_permissions",)}
PAGED = [
    one
    for one in ITERATORS
    if one.partition(".")[2] not in _IN_ONE_CALL.get(one.partition(".")[0], ())
]


_IDS = ("Account", "Id", "ID", "Key", "word", "Content")


def varied(row: Any, number: int) -> Any:
    """The row as another thing's: its ids are others."""
    if isinstance(row, str):
        return f"{row}{number}"
    changes = {
        key: varied(value, number)
        for key, value in row.items()
        if isinstance(value, dict) or (isinstance(value, str) and key.endswith(_IDS))
    }
    return {**row, **changes}


@pytest.fixture(params=PAGED)
def reading(request: pytest.FixtureRequest) -> Any:
    """An iterator's call, its paging, and five rows in the order of the service."""
    endpoint, sample, call = endpoint_and_sample(request.param)
    paging = endpoint.paging
    row = sample.answer.get(paging.items, [{"Read_Account": "ann"}])[0]
    rows = [varied(row, number) for number in range(5)]
    assert rows[0] != rows[1]
    if not isinstance(paging, Cursor | Offset | Marks):
        numbers = range(1, 6) if paging.upwards else range(5, 0, -1)
        rows = [{**one, paging.number: number} for one, number in zip(rows, numbers, strict=True)]
    return call, paging, rows


def read(call: Callable[[Tim], Iterator[Any]], service: Service, most: int = 40) -> list[str]:
    """What is yielded, at most so much; a page is its rows."""
    tim = a_tim(service)
    found: list[str] = []
    for one in itertools.islice(call(tim), most):
        is_page = isinstance(one, dict) and "ErrorCode" in one
        found += map(repr, one[service.paging.items]) if is_page else [repr(one)]
    assert len(wire(tim).sent) < most
    return found


def test_every_item_once(reading: Any) -> None:
    call, paging, rows = reading
    found = read(call, Service(paging, [rows[:2], rows[2:4], rows[4:]]))
    assert len(found) == len(set(found)) == 5
    assert found == read(call, Service(paging, [rows]))


def test_pages_that_come_up_short(reading: Any) -> None:
    call, paging, rows = reading
    assert len(set(read(call, Service(paging, [[row] for row in rows])))) == 5


@pytest.mark.parametrize("empty", [[], None], ids=["empty", "missing"])
def test_a_page_of_nothing_between_the_others(reading: Any, empty: list[Any] | None) -> None:
    """Where a mark leads on; who pages by counting or by numbers has nothing to go on by."""
    call, paging, rows = reading
    if isinstance(paging, Cursor | Marks):
        assert len(read(call, Service(paging, [rows[:2], empty, rows[2:]]))) == 5
    assert read(call, Service(paging, [empty])) == []


def test_rows_that_the_next_page_repeats(reading: Any) -> None:
    call, paging, rows = reading
    if isinstance(paging, Cursor | Marks):
        assert len(set(read(call, Service(paging, [rows[:3], rows[:3], rows[2:]])))) == 5
    if not isinstance(paging, Sequence):
        found = read(call, Service(paging, [rows[:3], rows[2:]]))
        assert len(found) == len(set(found)) == 5


def test_a_mark_that_does_not_move(reading: Any) -> None:
    call, paging, rows = reading
    service = Service(paging, [rows[:2]])
    service.stuck = True
    with pytest.raises(PagingStalled):
        read(call, service)
