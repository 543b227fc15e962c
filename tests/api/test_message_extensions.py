"""Key-value extensions of messages: versions, pages, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_tim.catalogue import MESSAGE_EXTENSIONS_SET
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, NotFound, PagingStalled
from django_tim.simulator import Simulator
from tests.client.doubles import OK, a_tim, wire

PAIR: Any = {"sender": "ann", "receiver": "bob"}


@pytest.fixture
def key(simulator: Simulator, tim: Tim) -> str:
    """A message from ann to bob that takes extensions."""
    simulator.clock.freeze()
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    return tim.messages.send("bob", "poll", sender="ann", supports_extensions=True)["MsgKey"]


def extensions(tim: Tim, key: str) -> dict[str, tuple[str, int]]:
    found = tim.message_extensions.iterate(key, **PAIR)
    return {row["Key"]: (row["Value"], row["Seq"]) for row in found}


def test_a_keys_version_grows_with_every_change(simulator: Simulator, tim: Tim, key: str) -> None:
    result = tim.message_extensions.change_many(key, {"yes": "1", "no": "2"}, **PAIR)
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "To_Account": "bob",
        "MsgKey": key,
        "OperateType": 1,
        "ExtensionList": [{"Key": "yes", "Value": "1"}, {"Key": "no", "Value": "2"}],
    }
    assert result.values() == [
        {"Key": "yes", "Value": "1", "Seq": 1},
        {"Key": "no", "Value": "2", "Seq": 1},
    ]
    tim.message_extensions.change_many(key, {"yes": "3"}, **PAIR)
    assert extensions(tim, key) == {"no": ("2", 1), "yes": ("3", 2)}
    page = tim.message_extensions.get_page(key, start_seq=2, **PAIR)
    assert (page["LatestSeq"], page["ClearSeq"]) == (2, 0)
    assert [row["Key"] for row in page["ExtensionList"]] == ["yes"]


def test_deleting_and_clearing(simulator: Simulator, tim: Tim, key: str) -> None:
    tim.message_extensions.change_many(key, {"a": "1", "b": "2", "c": "3"}, **PAIR)
    tim.message_extensions.change_many(key, ["a"], operation="delete", **PAIR)
    assert simulator.requests[-1].body["ExtensionList"] == [{"Key": "a", "Value": ""}]
    assert set(extensions(tim, key)) == {"b", "c"}
    assert tim.message_extensions.change_many(key, (), operation="clear", **PAIR)
    assert simulator.requests[-1].body["OperateType"] == 3
    page = tim.message_extensions.get_page(key, **PAIR)
    assert (page["ExtensionList"], page["ClearSeq"]) == ([], 3)


def test_many_are_split_and_paged(simulator: Simulator, tim: Tim, key: str) -> None:
    values = {f"key{number}": str(number) for number in range(300)}
    assert tim.message_extensions.change_many(key, values, **PAIR)
    assert simulator.counts[MESSAGE_EXTENSIONS_SET.path] == 15
    assert list(extensions(tim, key)) == list(values)
    pages = [request.body for request in simulator.requests][-2:]
    assert [page.get("StartSeq") for page in pages] == [None, 10]
    full = tim.message_extensions.change_many(key, {"one more": "1"}, **PAIR)
    assert [one.code for one in full] == [10004]


def test_a_messages_changes_are_counted(simulator: Simulator, tim: Tim, key: str) -> None:
    for _ in range(200):
        tim.message_extensions.change_many(key, {"a": "1"}, **PAIR)
    assert tim.message_extensions.change_many(key, {"a": "2"}, **PAIR).outcomes[0].code == 23003
    simulator.clock.advance(60)
    assert tim.message_extensions.change_many(key, {"a": "2"}, **PAIR)


def test_messages_that_take_no_extensions(tim: Tim, key: str) -> None:
    plain = tim.messages.send("bob", "hi", sender="ann")["MsgKey"]
    with pytest.raises(APIError) as caught:
        tim.message_extensions.get_page(plain, **PAIR)
    assert caught.value.code == 23002
    tim.messages.recall(key, **PAIR)
    with pytest.raises(NotFound) as gone:
        tim.message_extensions.get_page(key, **PAIR)
    assert gone.value.code == 23004


def test_a_conflict_is_the_keys_outcome() -> None:
    there = {"Key": "b", "Value": "theirs", "Seq": 5}
    mine = {"Key": "a", "Value": "1", "Seq": 6}
    rows = [{"ErrorCode": 0, "Extension": mine}, {"ErrorCode": 23001, "Extension": there}]
    tim = a_tim({**OK, "ExtensionList": rows})
    result = tim.message_extensions.change_many("1_2_3", {"a": "1", "b": "2"}, **PAIR)
    assert [(one.item, one.value, one.code) for one in result] == [
        ("a", mine, 0),
        ("b", there, 23001),
    ]


def page(*versions: int, complete: int) -> dict[str, Any]:
    rows = [{"Key": str(number), "Value": "", "Seq": number} for number in versions]
    return {**OK, "ExtensionList": rows, "CompleteFlag": complete, "LatestSeq": 9, "ClearSeq": 0}


def test_pages_that_repeat_and_one_that_does_not_move() -> None:
    tim = a_tim(page(1, 2, complete=0), page(2, 3, complete=0), page(3, 4, complete=1))
    found = [row["Key"] for row in tim.message_extensions.iterate("1_2_3", **PAIR)]
    assert found == ["1", "2", "3", "4"]
    assert [sent.payload.get("StartSeq") for sent in wire(tim).sent] == [None, 2, 3]
    stuck = a_tim(page(1, 2, complete=0))
    with pytest.raises(PagingStalled):
        list(stuck.message_extensions.iterate("1_2_3", **PAIR))


@pytest.mark.parametrize(
    "call",
    [
        lambda area: area.change_many("k", {}, **PAIR),
        lambda area: area.change_many("k", ["a"], **PAIR),
        lambda area: area.change_many("k", "a", operation="delete", **PAIR),
        lambda area: area.change_many("k", {"a": "1"}, operation="delete", **PAIR),
        lambda area: area.change_many("k", {"a": "1"}, operation="clear", **PAIR),
        lambda area: area.change_many("k", {"a": "1"}, operation="remove", **PAIR),
        lambda area: area.change_many("k", {"早" * 34: "1"}, **PAIR),
        lambda area: area.change_many("k", {"a": "1" * 1001}, **PAIR),
        lambda area: area.get_page("", **PAIR),
    ],
)
def test_what_is_refused_before_the_wire(
    simulator: Simulator, tim: Tim, call: Callable[[Any], Any]
) -> None:
    with pytest.raises(InvalidArgument):
        call(tim.message_extensions)
    assert not simulator.requests
