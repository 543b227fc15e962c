"""Robots, over HTTP to the simulator."""

from __future__ import annotations

import pytest

from django_tim.catalogue import ROBOT_CREATE
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, RequestRejected
from django_tim.simulator import Simulator
from django_tim.simulator.robots import MOST_ROBOTS, is_robot


def test_a_robots_life(simulator: Simulator, tim: Tim) -> None:
    assert tim.robots.get_all() == []
    tim.robots.create("@RBT#001", nick="Jarvis", self_signature="hello")
    assert simulator.requests[-1].body == {
        "UserID": "@RBT#001",
        "Nick": "Jarvis",
        "SelfSignature": "hello",
    }
    tim.robots.create("@RBT#001", nick="J.")
    assert tim.robots.get_all() == ["@RBT#001"]
    assert tim.profiles.get_many(["@RBT#001"]).values() == [
        {"Tag_Profile_IM_Nick": "J.", "Tag_Profile_IM_SelfSignature": "hello"}
    ]
    tim.robots.delete("@RBT#001")
    assert tim.robots.get_all() == []
    assert not is_robot(simulator.state, "@RBT#001")
    assert tim.accounts.check_many(["@RBT#001"]).values() == ["Imported"]
    with pytest.raises(APIError):
        tim.robots.delete("@RBT#001")
    tim.robots.create("@RBT#001")
    assert tim.robots.get_all() == ["@RBT#001"]


def test_20_robots_and_no_more(tim: Tim) -> None:
    for number in range(MOST_ROBOTS):
        tim.robots.create(f"@RBT#{number}")
    with pytest.raises(APIError) as caught:
        tim.robots.create("@RBT#more")
    assert caught.value.code == 10008
    tim.robots.create("@RBT#1", nick="still there")
    tim.accounts.delete_many(["@RBT#1"]).raise_for_failures()
    tim.robots.create("@RBT#more")


def test_other_accounts_are_no_robots(simulator: Simulator, tim: Tim) -> None:
    for call in (tim.robots.create, tim.robots.delete):
        with pytest.raises(InvalidArgument):
            call("jarvis")
    assert not simulator.requests
    with pytest.raises(RequestRejected) as caught:
        tim.call(ROBOT_CREATE, {"UserID": "jarvis"})
    assert caught.value.code == 10004
