"""A group's counters, over HTTP to the simulator."""

from __future__ import annotations

from typing import cast

import pytest

from django_tim.api.group_counters import CounterMode
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, NotPermitted
from django_tim.simulator import Simulator


@pytest.fixture
def stage(tim: Tim) -> str:
    return tim.groups.create(group_type="AVChatRoom", name="Stage", group_id="stage")["GroupId"]


def test_set_increase_and_decrease(simulator: Simulator, tim: Tim, stage: str) -> None:
    counters = tim.group_counters
    assert counters.update(stage, counters={"like": 5, "gift": 1}, mode="Set") == {
        "like": 5,
        "gift": 1,
    }
    assert simulator.requests[-1].body == {
        "GroupId": "stage",
        "GroupCounter": [{"Key": "like", "Value": 5}, {"Key": "gift", "Value": 1}],
        "Mode": "Set",
    }
    assert counters.update(stage, counters={"like": 2, "new": 7}, mode="Increase") == {
        "like": 7,
        "new": 7,
    }
    assert counters.update(stage, counters={"like": 10}, mode="Decrease") == {"like": -3}
    assert counters.get(stage) == {"like": -3, "gift": 1, "new": 7}
    assert counters.get(stage, keys=["gift", "none"]) == {"gift": 1}


def test_delete_some_and_all(simulator: Simulator, tim: Tim, stage: str) -> None:
    tim.group_counters.update(stage, counters={"a": 1, "b": 2}, mode="Set")
    tim.group_counters.delete(stage, keys=["a"])
    assert tim.group_counters.get(stage) == {"b": 2}
    tim.group_counters.delete(stage)
    assert simulator.requests[-1].body == {"GroupId": "stage"}
    assert tim.group_counters.get(stage) == {}


def test_an_empty_choice_does_not_mean_all(simulator: Simulator, tim: Tim, stage: str) -> None:
    tim.group_counters.update(stage, counters={"a": 1}, mode="Set")
    with pytest.raises(InvalidArgument):
        tim.group_counters.delete(stage, keys=[])
    assert tim.group_counters.get(stage) == {"a": 1}


def test_the_limits(tim: Tim, stage: str) -> None:
    twenty = {str(number): number for number in range(20)}
    tim.group_counters.update(stage, counters=twenty, mode="Set")
    with pytest.raises(APIError) as caught:
        tim.group_counters.update(stage, counters={"one more": 1}, mode="Set")
    assert caught.value.code == 10063
    with pytest.raises(APIError) as caught:
        tim.group_counters.update(stage, counters={"1": 2**63 - 1}, mode="Increase")
    assert caught.value.code == 10004
    assert tim.group_counters.get(stage) == twenty


def test_a_mode_that_the_vendor_does_not_know(tim: Tim, stage: str) -> None:
    with pytest.raises(InvalidArgument):
        tim.group_counters.update(stage, counters={"a": 1}, mode=cast(CounterMode, "Double"))


def test_a_community_with_topics_has_none(tim: Tim) -> None:
    tim.groups.create(
        group_type="Community", name="Town", group_id="@TGS#_town", support_topic=True
    )
    with pytest.raises(NotPermitted) as caught:
        tim.group_counters.get("@TGS#_town")
    assert caught.value.code == 10007
