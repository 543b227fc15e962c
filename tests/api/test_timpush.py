"""The push service, over HTTP to the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.api import elements
from django_tim.catalogue import TIMPUSH_ATTRIBUTE_NAMES_SET, TIMPUSH_SEND
from django_tim.client.batch import NOT_CALLED
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    Conflict,
    InvalidArgument,
    NotFound,
    NotPermitted,
    RateLimited,
    RequestRejected,
)
from django_tim.simulator import Simulator
from django_tim.simulator.push_audience import Audience
from django_tim.simulator.push_tasks import PushTasks, Task
from tests.client.doubles import OK, a_tim, wire

PEOPLE = ["ann", "bob", "cyd"]
DEVICE = "379C2F0D-290D-47AE-94D1-919058C39C77"
SALE = elements.offline_push(title="Sale", description="Half price")


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> list[str]:
    """Three accounts, of whom ann is online, with a clock that stands."""
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(PEOPLE).raise_for_failures()
    simulator.state.account("ann").log_in()
    tags = {"ann": ["gold", "new"], "bob": ["gold"], "cyd": ["silver"]}
    tim.timpush.add_tags_many(tags).raise_for_failures()
    return PEOPLE


def task(simulator: Simulator, task_id: str) -> Task:
    return simulator.state.part(PushTasks).tasks[task_id]


def test_what_is_sent(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    answer = tim.timpush.send(
        SALE, tags_or=["gold"], tags_not=["new"], msg_random=5, sender="ann", data_id="sale-1"
    )
    assert simulator.requests[-1].path == "timpush/push"
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "MsgRandom": 5,
        "Condition": {"TagsOr": ["gold"], "TagsNot": ["new"]},
        "OfflinePushInfo": {"PushFlag": 0, "Title": "Sale", "Desc": "Half price"},
        "DataId": "sale-1",
    }
    assert task(simulator, answer["TaskId"]).receivers == ["bob"]


def test_a_message_for_those_online(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    answer = tim.timpush.send(None, message="hello", online_only=True)
    assert simulator.requests[-1].body["OnlineOnlyFlag"] == 1
    pushed = task(simulator, answer["TaskId"])
    assert pushed.receivers == ["ann"]
    assert pushed.message == [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}]


def test_to_everybody_but_some(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    simulator.state.part(Audience).devices.add(DEVICE)
    answer = tim.timpush.send(SALE, tags_not=["gold"])
    assert task(simulator, answer["TaskId"]).receivers == ["administrator", "cyd", DEVICE]


@pytest.mark.parametrize(
    "arguments",
    [
        {"offline_push": None},
        {"offline_push": SALE, "tags_not": []},
        {"offline_push": SALE, "tags_not": ["a"], "attributes_or": {"city": "Oslo"}},
        {"offline_push": SALE, "data_id": "x" * 65},
        {"offline_push": None, "message": []},
    ],
)
def test_what_is_refused_before_the_wire(arguments: dict[str, Any]) -> None:
    tim = a_tim()
    with pytest.raises(InvalidArgument):
        tim.timpush.send(**arguments)
    assert not wire(tim).sent


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MsgRandom": None}, 90005),
        ({"OfflinePushInfo": None}, 90001),
        ({"OfflinePushInfo": {"PushFlag": 2}}, 90043),
        ({"DataId": "x" * 65}, 90057),
        ({"Condition": {"TagsNot": ["a"], "AttrsOr": {}}}, 90033),
    ],
)
def test_what_the_service_refuses(
    simulator: Simulator, tim: Tim, people: list[str], change: dict[str, Any], code: int
) -> None:
    with pytest.raises(RequestRejected) as caught:
        tim.timpush.send(SALE, extra=change)
    assert caught.value.code == code


@pytest.mark.usefixtures("unrepeated")
def test_one_push_a_second(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    tim.timpush.send(SALE)
    with pytest.raises(RateLimited) as caught:
        tim.call(TIMPUSH_SEND, {"MsgRandom": 1, "OfflinePushInfo": SALE})
    assert caught.value.code == 90024


def test_a_push_to_many(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    users = [f"user{number:03}" for number in range(600)]
    tim.accounts.import_many(users).raise_for_failures()
    simulator.requests.clear()
    result = tim.timpush.send_many(
        [*users, "nobody", DEVICE], SALE, sender="ann", msg_random=2**32 - 1, data_id="sale-1"
    )
    first, second = simulator.requests
    assert first.body == {
        "From_Account": "ann",
        "OfflinePushInfo": SALE,
        "DataId": "sale-1",
        "To_Account": users[:500],
        "MsgRandom": 2**32 - 1,
    }
    assert second.body["MsgRandom"] == 0  # the same number would be the same push
    tasks = simulator.state.part(PushTasks).tasks
    assert [task.receivers for task in tasks.values()] == [users[:500], users[500:]]
    assert {outcome.item: outcome.code for outcome in result.failures} == {
        "nobody": 70107,
        DEVICE: 90035,
    }
    assert {outcome.value for outcome in result.succeeded} == set(tasks)


def test_the_same_random_within_a_second_is_the_same_push(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    for advance in (0, 1):
        tim.timpush.send_many(["ann"], SALE, sender="bob", msg_random=5)
        tim.timpush.send_many(["ann"], SALE, sender="bob", msg_random=5)
        assert len(simulator.state.part(PushTasks).tasks) == 1 + advance
        simulator.clock.advance(1)


def test_an_empty_task_is_a_failure_of_all() -> None:
    tim = a_tim({**OK, "TaskId": "", "ErrorList": [{"To_Account": "bob", "ErrorCode": 70107}]})
    result = tim.timpush.send_many(["ann", "bob"], SALE, sender="ann")
    assert not result.succeeded
    assert [outcome.code for outcome in result] == [90001, 70107]


def test_a_push_is_taken_back_once(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    task_id = tim.timpush.send(SALE)["TaskId"]
    instead = elements.offline_push(title="Sale", description="It is over")
    tim.timpush.revoke(task_id, offline_push=instead)
    assert simulator.requests[-1].body == {"TaskId": task_id, "OfflinePushInfo": instead}
    assert task(simulator, task_id).revoked
    assert task(simulator, task_id).offline_push == instead
    with pytest.raises(Conflict) as caught:
        tim.timpush.revoke(task_id)
    assert caught.value.code == 90050


def test_what_can_not_be_taken_back(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    with pytest.raises(NotFound):
        tim.timpush.revoke("no such task")
    with pytest.raises(NotFound):  # the older service's can't be recalled
        tim.timpush.revoke(tim.push.send("hello")["TaskId"])
    (sent,) = tim.timpush.send_many(["ann"], SALE, sender="bob")
    assert sent.value is not None
    simulator.clock.advance(86_401)
    with pytest.raises(NotPermitted) as caught:
        tim.timpush.revoke(sent.value)
    assert caught.value.code == 90052


def test_both_services_see_the_same_tags(tim: Tim, people: list[str]) -> None:
    tim.push.add_tags_many({"ann": ["old"]}).raise_for_failures()
    assert tim.timpush.get_tags_many(["ann"]).values() == [["gold", "new", "old"]]


def test_unknown_accounts_are_named(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    tim.timpush.set_attribute_names({"0": "city"})
    calls: list[Any] = [
        tim.timpush.add_tags_many({"nobody": ["a"], "ann": ["a"]}),
        tim.timpush.get_tags_many(["nobody", "ann"]),
        tim.timpush.remove_tags_many({"nobody": ["a"], "ann": ["a"]}),
        tim.timpush.clear_tags_many(["nobody", "ann"]),
        tim.timpush.set_attributes_many({"nobody": {"city": "Oslo"}, "ann": {"city": "Oslo"}}),
        tim.timpush.get_attributes_many(["nobody", "ann"]),
        tim.timpush.remove_attributes_many({"nobody": ["city"], "ann": ["city"]}),
    ]
    for result in calls:
        assert [outcome.code for outcome in result] == [70107, 0]
    assert simulator.state.part(Audience).attributes == {"ann": {}}


def test_a_device_without_an_account(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    result = tim.timpush.add_tags_many({DEVICE: ["gold"]})
    assert [outcome.code for outcome in result] == [90035]
    simulator.state.part(Audience).devices.add(DEVICE)
    tim.timpush.add_tags_many({DEVICE: ["gold"]}).raise_for_failures()
    answer = tim.timpush.send(SALE, tags_or=["gold"])
    assert task(simulator, answer["TaskId"]).receivers == ["ann", "bob", DEVICE]


def test_tags_are_replaced(simulator: Simulator, tim: Tim, people: list[str]) -> None:
    tags = [str(number) for number in range(100)]
    with pytest.raises(InvalidArgument):
        tim.timpush.add_tags_many({"ann": tags})
    tim.timpush.add_tags_many({"ann": tags}, replace=True).raise_for_failures()
    assert simulator.requests[-1].body["Replace"] == 1
    assert tim.timpush.get_tags_many(["ann"]).values() == [tags]


def test_an_app_has_a_thousand_tags_at_most(tim: Tim) -> None:
    users = [f"user{number}" for number in range(11)]
    tim.accounts.import_many(users).raise_for_failures()
    for user in users[:10]:
        tags = [f"{user} {number}" for number in range(100)]
        tim.timpush.add_tags_many({user: tags}, replace=True).raise_for_failures()
    result = tim.timpush.add_tags_many({users[10]: ["one more"]})
    assert [outcome.code for outcome in result] == [90032]


def test_attribute_types(simulator: Simulator, tim: Tim) -> None:
    tim.timpush.set_attribute_names({"0": "city", "1": "model"}, types={"1": 1})
    assert simulator.requests[-1].body == {
        "AttrNames": {"0": "city", "1": "model"},
        "AttrTypes": {"1": 1},
    }
    answer = tim.timpush.get_attribute_names()
    assert answer["AttrNames"] == {"0": "city", "1": "model"}
    assert answer["AttrTypes"] == {"0": 0, "1": 1}
    with pytest.raises(APIError) as caught:
        tim.timpush.set_attribute_names({"1": "brand"}, types={"1": 0})
    assert caught.value.code == 90033
    with pytest.raises(InvalidArgument):
        tim.timpush.set_attribute_names({"0": "city"}, types={"0": 2})


def test_bad_types_are_refused_by_the_service_too(tim: Tim) -> None:
    for types in ({"0": "1"}, {"5": 0}):
        with pytest.raises(RequestRejected):
            tim.call(TIMPUSH_ATTRIBUTE_NAMES_SET, {"AttrNames": {"0": "a"}, "AttrTypes": types})


def test_an_account_that_no_answer_names_is_not_taken_for_done() -> None:
    tim = a_tim({**OK, "UserTags": [{"To_Account": "ann", "Tags": []}]})
    result = tim.timpush.get_tags_many(["ann", "bob"])
    assert [outcome.ok for outcome in result] == [True, False]
    assert result.outcomes[1].code != NOT_CALLED
    assert wire(tim).sent[0].payload == {"To_Account": ["ann", "bob"]}
