"""Every batch: its order, its calls, and one outcome for every item, whatever the answers say.

The arguments are those of the endpoint's sample; the items are made from the sample's first.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from django_tim.client.area import Area
from django_tim.client.batch import NOT_CALLED
from django_tim.client.tim import Tim
from django_tim.exceptions import AuthenticationFailed, InvalidArgument
from django_tim.samples import Sample, by_area
from tests.client.doubles import OK, a_tim, failed, wire

AREAS: dict[str, type[Area]] = inspect.get_annotations(Tim, eval_str=True)
BATCHES = {
    sample.call: sample
    for found in by_area().values()
    for sample in found.values()
    if sample.call.endswith("_many")
}
# Arguments that are ids, with the most bytes that each may have.
IDS = {"user_ids", "others", "friend_ids", "receivers", "group_ids", "topic_ids", "account_ids"}
ROWS_OF_IDS = {"accounts", "members", "friends"}
# Where it is not the first argument that takes several.
NAMED = {"friend_groups.add_many": "friend_ids"}
# Named by their places: two that are alike are two.
BY_PLACE = {"group_messages.import_many", "moderation.check_many"}


@dataclass
class Batch:
    """A sample's call with other items in the place of its own."""

    sample: Sample

    @property
    def name(self) -> str:
        """The argument that holds the items."""
        if self.sample.call in NAMED:
            return NAMED[self.sample.call]
        method = getattr(AREAS[self.sample.area], self.sample.call.partition(".")[2])
        for name, one in list(inspect.signature(method).parameters.items())[1:]:
            if one.annotation.startswith(("Iterable", "Mapping")) and one.default is one.empty:
                return name
        raise AssertionError(f"{self.sample.call} takes no items")

    @property
    def own(self) -> Any:
        """The sample's own items."""
        method = getattr(AREAS[self.sample.area], self.sample.call.partition(".")[2])
        bound = inspect.signature(method).bind(None, *self.sample.args, **self.sample.kwargs)
        return bound.arguments[self.name]

    def items(self, count: int) -> Any:
        """So many items like the sample's first."""
        if isinstance(self.own, Mapping):
            first, value = next(iter(self.own.items()))
            return {f"{first}{number}": value for number in range(count)}
        return [_varied(self.own[0], number) for number in range(count)]

    def call(self, tim: Tim, items: Any) -> Any:
        method = getattr(getattr(tim, self.sample.area), self.sample.call.partition(".")[2])
        bound = inspect.signature(method).bind(*self.sample.args, **self.sample.kwargs)
        bound.arguments[self.name] = items
        return method(*bound.args, **bound.kwargs)

    def tim(self, *answers: Any, cap: int = 2) -> Tim:
        return a_tim(*answers, batch_caps={self.sample.endpoint.path: cap})


def _varied(item: Any, number: int) -> Any:
    if isinstance(item, int):
        return item + number
    if isinstance(item, str):
        return f"{item}{number}"
    named = next(key for key in item if isinstance(item[key], str))
    if "SendTime" in item:  # a message: it is known by its place
        return {**item, "SendTime": item["SendTime"] + number}
    return {**item, named: f"{item[named]}{number}"}


@pytest.fixture(params=sorted(BATCHES))
def batch(request: pytest.FixtureRequest) -> Batch:
    return Batch(BATCHES[request.param])


def names(result: Any) -> list[str]:
    return [outcome.item for outcome in result]


def test_nothing_to_do_is_an_error(batch: Batch) -> None:
    if batch.sample.call in NAMED:
        return  # groups are made without friends too
    tim = batch.tim()
    with pytest.raises(InvalidArgument):
        batch.call(tim, {} if isinstance(batch.own, Mapping) else [])
    assert not wire(tim).sent


def test_one_text_is_not_several_items(batch: Batch) -> None:
    tim = batch.tim()
    with pytest.raises((InvalidArgument, TypeError, AttributeError)):
        batch.call(tim, "ann")
    assert not wire(tim).sent


def test_the_calls_keep_the_cap_and_the_order(batch: Batch) -> None:
    tim = batch.tim()
    items = batch.items(5)
    given = items if isinstance(items, Mapping) else (item for item in items)
    result = batch.call(tim, given)
    once = [sent.payload for sent in wire(tim).sent]
    tim = batch.tim()
    parts = [items[at : at + 2] if isinstance(items, list) else None for at in (0, 2, 4)]
    if None in parts:
        pairs = list(items.items())
        parts = [dict(pairs[at : at + 2]) for at in (0, 2, 4)]
    for part in parts:
        batch.call(tim, part)
    one_by_one = [sent.payload for sent in wire(tim).sent]
    if batch.sample.call not in BY_PLACE:
        assert [*map(_without_numbers, once)] == [*map(_without_numbers, one_by_one)]
    assert len(result) == len(set(names(result))) == 5


def test_the_cap_of_the_catalogue(batch: Batch) -> None:
    tim = a_tim()
    cap = tim.accounts._cap(batch.sample.endpoint)
    batch.call(tim, batch.items(cap))
    assert len(wire(tim).sent) == 1
    tim = a_tim()
    batch.call(tim, batch.items(cap + 1))
    assert len(wire(tim).sent) == 2


def test_an_item_given_twice_is_sent_once(batch: Batch) -> None:
    items = batch.items(2)
    if batch.sample.call in BY_PLACE or isinstance(items, Mapping):
        return
    tim = batch.tim()
    assert len(batch.call(tim, [*items, *items])) == 2
    assert len(wire(tim).sent) == 1


@pytest.mark.parametrize("kind", ["bare", "nulls", "others", "no rows"])
def test_answers_that_do_not_name_the_items(batch: Batch, kind: str) -> None:
    """Every item has its outcome, once and in order; no other has one."""
    named: dict[str, Any] = dict(batch.sample.answer)
    rows = {key: value for key, value in named.items() if isinstance(value, list)}
    answer = {
        "bare": OK,
        "nulls": named | dict.fromkeys(rows),
        "others": named,
        "no rows": named | {key: [] for key in rows},
    }[kind]
    items = batch.items(3)
    result = batch.call(batch.tim(answer), items)
    expected = batch.call(batch.tim(OK), items)
    assert names(result) == names(expected)
    assert len(result) == 3
    assert all(outcome.code or outcome.ok for outcome in result)


def test_an_error_in_the_middle_is_its_calls_own(batch: Batch) -> None:
    tim = batch.tim(OK, failed(10999), OK)
    result = batch.call(tim, batch.items(5))
    assert len(wire(tim).sent) == 3
    assert [outcome.code == 10999 for outcome in result] == [False, False, True, True, False]
    assert not result


def test_what_would_meet_every_call_ends_the_batch(batch: Batch) -> None:
    tim = batch.tim(OK, failed(70013))
    with pytest.raises(AuthenticationFailed) as caught:
        batch.call(tim, batch.items(5))
    codes = [outcome.code for outcome in caught.value.partial]
    assert codes[2:] == [NOT_CALLED] * 3
    assert NOT_CALLED not in codes[:2]
    assert len(codes) == 5


def test_an_id_that_is_too_long(batch: Batch) -> None:
    if batch.sample.area == "timpush":
        return  # there a device's RegistrationID may stand for an account
    tim = batch.tim()
    long = "x" * 200
    if batch.name in IDS:
        bad: Any = [*batch.items(1), long]
    elif batch.name in ROWS_OF_IDS and isinstance(batch.own, list):
        first = batch.own[0]
        key = next((k for k in first if k.endswith("Account") or k == "UserID"), "")
        bad = [{**first, key: long}] if isinstance(first, dict) else [long]
    elif isinstance(batch.own, Mapping) and batch.name in {"tags", "attributes", "marks"}:
        bad = {long: next(iter(batch.own.values()))}
    else:
        return
    with pytest.raises(InvalidArgument):
        batch.call(tim, bad)
    assert not wire(tim).sent


def _without_numbers(body: dict[str, Any]) -> dict[str, Any]:
    """The body without what is drawn anew for each message."""
    return {key: body[key] for key in body if key not in ("MsgSeq", "MsgRandom")}
