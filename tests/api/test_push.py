"""Push to all members, over HTTP to the simulator."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from django_tim.api import elements
from django_tim.catalogue import ALL_PUSH, PUSH_SEND
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    InvalidArgument,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
)
from django_tim.simulator import Simulator, SimulatorServer
from django_tim.simulator.push_audience import Audience
from django_tim.simulator.push_tasks import PushTasks, Task
from tests.client.doubles import a_tim, wire

PEOPLE = ["ann", "bob", "cyd", "dan"]


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> list[str]:
    """Four accounts, of whom ann is online, with a clock that stands."""
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(PEOPLE).raise_for_failures()
    simulator.state.account("ann").log_in()
    return PEOPLE


@pytest.fixture
def tagged(tim: Tim, people: list[str]) -> list[str]:
    tags = {"ann": ["gold", "new"], "bob": ["gold"], "cyd": ["silver", "new"]}
    tim.push.add_tags_many(tags).raise_for_failures()
    tim.push.set_attribute_names({"0": "city", "1": "plan"})
    attributes = {"ann": {"city": "Oslo", "plan": "pro"}, "bob": {"city": "Oslo"}}
    tim.push.set_attributes_many(attributes | {"cyd": {"plan": "pro"}}).raise_for_failures()
    return people


def task(simulator: Simulator, task_id: str) -> Task:
    return simulator.state.part(PushTasks).tasks[task_id]


def test_what_is_sent(simulator: Simulator, tim: Tim, tagged: list[str]) -> None:
    shown = elements.offline_push(title="Sale", description="Half price")
    answer = tim.push.send(
        [elements.text("Half price"), elements.face(1)],
        tags_or=["gold", "silver"],
        tags_and=["new"],
        sender="administrator",
        life_time=3600,
        msg_random=56512,
        offline_push=shown,
    )
    assert simulator.requests[-1].path == "all_member_push/im_push"
    assert simulator.requests[-1].body == {
        "From_Account": "administrator",
        "MsgRandom": 56512,
        "Condition": {"TagsOr": ["gold", "silver"], "TagsAnd": ["new"]},
        "MsgLifeTime": 3600,
        "MsgBody": [
            {"MsgType": "TIMTextElem", "MsgContent": {"Text": "Half price"}},
            {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1, "Data": ""}},
        ],
        "OfflinePushInfo": {"PushFlag": 0, "Title": "Sale", "Desc": "Half price"},
    }
    pushed = task(simulator, answer["TaskId"])
    assert pushed.receivers == ["ann", "cyd"]
    assert pushed.offline_push == shown


@pytest.mark.parametrize(
    ("condition", "receivers"),
    [
        ({}, ["administrator", *PEOPLE]),
        ({"tags_or": ["gold", "silver"]}, ["ann", "bob", "cyd"]),
        ({"tags_and": ["gold", "new"]}, ["ann"]),
        ({"tags_or": ["silver", "unknown"], "tags_and": ["new"]}, ["cyd"]),
        ({"attributes_or": {"city": "Oslo", "plan": "pro"}}, ["ann", "bob", "cyd"]),
        ({"attributes_and": {"city": "Oslo", "plan": "pro"}}, ["ann"]),
        ({"attributes_or": {"plan": "pro"}, "attributes_and": {"city": "Oslo"}}, ["ann"]),
        ({"attributes_and": {"city": "Rome"}}, []),
    ],
)
def test_whom_a_condition_finds(
    simulator: Simulator,
    tim: Tim,
    tagged: list[str],
    condition: dict[str, Any],
    receivers: list[str],
) -> None:
    answer = tim.push.send("hello", life_time=60, **condition)
    assert task(simulator, answer["TaskId"]).receivers == receivers


def test_without_a_life_only_those_online_get_it(
    simulator: Simulator, tim: Tim, tagged: list[str]
) -> None:
    answer = tim.push.send("hello", tags_or=["gold"])
    assert "MsgLifeTime" not in simulator.requests[-1].body
    assert task(simulator, answer["TaskId"]).receivers == ["ann"]


@pytest.mark.parametrize(
    "condition",
    [
        {"tags_or": []},
        {"tags_or": "gold"},
        {"attributes_and": {}},
        {"tags_or": ["gold"], "attributes_or": {"city": "Oslo"}},
        {"tags_or": ["gold"], "tags_and": ["gold"]},
        {"tags_or": [str(number) for number in range(11)]},
        {"tags_and": [""]},
        {"tags_and": ["金" * 17]},
        {"attributes_or": {"city": "x" * 51}},
        {"life_time": 604_801},
        {"life_time": -1},
        {"msg_random": 2**32},
        {"sender": "x" * 33},
    ],
)
def test_what_is_refused_before_the_wire(condition: dict[str, Any]) -> None:
    tim = a_tim()
    with pytest.raises(InvalidArgument):
        tim.push.send("hello", **condition)
    assert not wire(tim).sent


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MsgRandom": None}, 90005),
        ({"MsgRandom": "5"}, 90005),
        ({"MsgBody": "hello"}, 90007),
        ({"MsgBody": [{"MsgType": "TIMNoElem", "MsgContent": {}}]}, 90010),
        ({"Condition": {"TagsOr": ["a"], "AttrsOr": {"city": "Oslo"}}}, 90039),
        ({"Condition": {"TagsOr": ["a"], "TagsAnd": ["a"]}}, 90022),
        ({"Condition": {"TagsOr": [str(number) for number in range(11)]}}, 90032),
        ({"Condition": {"TagsOr": ["x" * 51]}}, 90020),
        ({"Condition": {"TagsOr": [""]}}, 90040),
        ({"Condition": {"TagsOr": []}}, 90040),
        ({"Condition": {"AttrsOr": {"unknown": "a"}}}, 90033),
        ({"MsgLifeTime": 604_801}, 90026),
        ({"OfflinePushInfo": {"Title": 5}}, 90043),
    ],
)
def test_what_the_service_refuses(
    simulator: Simulator, tim: Tim, tagged: list[str], change: dict[str, Any], code: int
) -> None:
    with pytest.raises(RequestRejected) as caught:
        tim.push.send("hello", extra=change)
    assert caught.value.code == code
    assert not simulator.state.part(PushTasks).tasks


def test_the_same_random_is_the_same_push(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    first = tim.push.send("hello", msg_random=7)["TaskId"]
    assert tim.push.send("hello", msg_random=7)["TaskId"] == first
    simulator.clock.advance(7 * 86_400)
    assert tim.push.send("hello", msg_random=7)["TaskId"] != first
    assert len(simulator.state.part(PushTasks).tasks) == 2


def test_fresh_numbers_are_pushes_of_their_own(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    for _ in range(2):
        tim.push.send("hello")
        simulator.clock.advance(1)
    first, second = list(simulator.requests)[-2:]
    assert first.body["MsgRandom"] != second.body["MsgRandom"]


@pytest.mark.usefixtures("unrepeated")
def test_one_push_a_second(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    tim.push.send("hello")
    with pytest.raises(RateLimited) as caught:
        tim.call(PUSH_SEND, {"MsgRandom": 1, "MsgBody": [elements.text("again")]})
    assert caught.value.code == 90024


def test_a_hundred_pushes_on_a_day_of_beijing(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    midnight = 1_700_064_000  # 2023-11-16 00:00 in Beijing
    simulator.clock.freeze(midnight - 200)
    tasks = simulator.state.part(PushTasks)
    for number in range(100):
        simulator.clock.advance(1)
        tasks.add(ALL_PUSH, number, f"task {number}", [])
    simulator.clock.advance(1)
    with pytest.raises(RateLimited) as caught:
        tim.push.send("one more")
    assert caught.value.code == 90047
    simulator.clock.freeze(midnight)
    tim.push.send("a new day")


def test_a_doubtful_push_is_repeated_as_the_same_push(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    simulator.faults.add("drop", value=1, path="all_member_push/im_push", times=1)
    tim.push.send("hello")
    first, second = list(simulator.requests)[-2:]
    assert first.body == second.body
    assert len(simulator.state.part(PushTasks).tasks) == 1


def test_an_unknown_outcome_names_the_number(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("drop", path="all_member_push/im_push", times=None)
    with pytest.raises(OutcomeUnknown) as caught:
        tim.push.send("hello", msg_random=7)
    assert caught.value.sent == {"MsgRandom": 7}


def test_the_control_tells_who_got_a_push(
    server: SimulatorServer, tim: Tim, tagged: list[str]
) -> None:
    answer = tim.push.send("hello", tags_or=["silver"], life_time=60)
    with urlopen(f"{server.url}/control/pushes") as found:
        (pushed,) = json.load(found)["pushes"]
    assert pushed["task_id"] == answer["TaskId"]
    assert pushed["receivers"] == ["cyd"]
    assert pushed["message"][0]["MsgContent"] == {"Text": "hello"}


def test_tags_come_and_go(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    tim.push.add_tags_many({"ann": ["a", "b"], "bob": ["b"]}).raise_for_failures()
    tim.push.add_tags_many({"ann": ["b", "c"]}).raise_for_failures()
    assert simulator.requests[-1].body == {"UserTags": [{"To_Account": "ann", "Tags": ["b", "c"]}]}
    assert tim.push.get_tags_many(["ann", "bob", "cyd"]).values() == [["a", "b", "c"], ["b"], []]
    tim.push.remove_tags_many({"ann": ["a", "unknown"]}).raise_for_failures()
    tim.push.clear_tags_many(["bob"]).raise_for_failures()
    assert tim.push.get_tags_many(["ann", "bob"]).values() == [["b", "c"], []]


def test_attributes_need_names_first(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    result = tim.push.set_attributes_many({"ann": {"city": "Oslo"}})
    assert [outcome.code for outcome in result] == [90033]
    tim.push.set_attribute_names({"0": "city"})
    tim.push.set_attribute_names({"1": "plan"})
    assert tim.push.get_attribute_names()["AttrNames"] == {"0": "city", "1": "plan"}
    tim.push.set_attributes_many({"ann": {"city": "Oslo", "plan": "pro"}}).raise_for_failures()
    tim.push.set_attributes_many({"ann": {"city": "Rome"}}).raise_for_failures()
    tim.push.remove_attributes_many({"ann": ["plan"]}).raise_for_failures()
    assert simulator.requests[-1].body == {"UserAttrs": [{"To_Account": "ann", "Attrs": ["plan"]}]}
    assert tim.push.get_attributes_many(["ann", "bob"]).values() == [{"city": "Rome"}, {}]


def test_batches_keep_the_order(simulator: Simulator, tim: Tim) -> None:
    users = [f"user{number:03}" for number in range(150)]
    tim.accounts.import_many(users).raise_for_failures()
    simulator.requests.clear()
    result = tim.push.add_tags_many({user: ["new"] for user in users})
    assert [outcome.item for outcome in result] == users
    assert [len(request.body["UserTags"]) for request in simulator.requests] == [100, 50]
    assert simulator.state.part(Audience).tags == {user: ["new"] for user in users}


def test_an_unknown_account_refuses_its_call(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    result = tim.push.add_tags_many({"ann": ["a"], "nobody": ["a"]})
    assert [outcome.code for outcome in result] == [90048, 90048]
    assert not simulator.state.part(Audience).tags


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"UserTags": [{"To_Account": "ann", "Tags": ["x" * 51]}]}, 90020),
        ({"UserTags": [{"To_Account": "ann", "Tags": [f"{n}" for n in range(11)]}]}, 90032),
        ({"UserTags": [{"To_Account": "ann", "Tags": ["x"]}] * 101}, 90018),
        ({"UserTags": []}, 90001),
        ({"UserTags": None}, 90001),
    ],
)
def test_the_limits_of_tags(tim: Tim, people: list[str], body: dict[str, Any], code: int) -> None:
    result = tim.push.add_tags_many({"ann": ["a"]}, extra=body)
    assert [outcome.code for outcome in result] == [code]


def test_an_account_has_a_hundred_tags_at_most(tim: Tim, people: list[str]) -> None:
    for start in range(0, 100, 10):
        tags = [str(number) for number in range(start, start + 10)]
        tim.push.add_tags_many({"ann": tags}).raise_for_failures()
    result = tim.push.add_tags_many({"ann": ["one more"]})
    assert [outcome.code for outcome in result] == [90032]


@pytest.mark.parametrize(
    "names",
    [{"10": "city"}, {"0": ""}, {"0": "x" * 51}, {}],
)
def test_bad_attribute_names(names: dict[str, str]) -> None:
    tim = a_tim()
    with pytest.raises(InvalidArgument):
        tim.push.set_attribute_names(names)
    assert not wire(tim).sent


def test_a_name_stands_under_one_number(tim: Tim) -> None:
    tim.push.set_attribute_names({"0": "city"})
    with pytest.raises(APIError) as caught:
        tim.push.set_attribute_names({"1": "city"})
    assert caught.value.code == 90033


def test_a_deleted_account_is_forgotten(simulator: Simulator, tim: Tim, tagged: list[str]) -> None:
    tim.accounts.delete_many(["bob"]).raise_for_failures()
    assert "bob" not in simulator.state.part(Audience).tags
    answer = tim.push.send("hello", tags_or=["gold"], life_time=60)
    assert task(simulator, answer["TaskId"]).receivers == ["ann"]


def test_nulls_are_missing_fields(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    nulls = {"Condition": None, "MsgLifeTime": None, "OfflinePushInfo": None, "From_Account": None}
    answer = tim.push.send("hello", extra=nulls)
    assert task(simulator, answer["TaskId"]).receivers == ["ann"]
