"""A group's attributes, over HTTP to the simulator."""

from __future__ import annotations

import pytest

from django_tim.catalogue import GROUP_ATTRIBUTE_MODIFY
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, NotFound, RateLimited
from django_tim.simulator import Simulator


@pytest.fixture
def club(tim: Tim) -> str:
    return tim.groups.create(group_type="Public", name="Club", group_id="club")["GroupId"]


def test_modify_keeps_the_rest_and_replace_does_not(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    assert tim.group_attributes.get(club) == {}
    tim.group_attributes.modify(club, attributes={"colour": "red", "size": "5"})
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "GroupAttr": [{"key": "colour", "value": "red"}, {"key": "size", "value": "5"}],
    }
    tim.group_attributes.modify(club, attributes={"colour": "blue"})
    assert tim.group_attributes.get(club) == {"colour": "blue", "size": "5"}
    assert simulator.requests[-1].path == "group_open_attr_http_svc/get_group_attr"
    tim.group_attributes.replace(club, attributes={"mood": "🎉"})
    assert tim.group_attributes.get(club) == {"mood": "🎉"}


def test_delete_some_and_clear_all(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_attributes.modify(club, attributes={"a": "1", "b": "2", "c": "3"})
    tim.group_attributes.delete(club, keys=["a"])
    assert simulator.requests[-1].body == {"GroupId": "club", "GroupAttr": [{"key": "a"}]}
    with pytest.raises(NotFound) as caught:
        tim.group_attributes.delete(club, keys=["b", "a"])
    assert caught.value.code == 10050
    assert tim.group_attributes.get(club) == {"b": "2", "c": "3"}
    tim.group_attributes.clear(club)
    assert tim.group_attributes.get(club) == {}


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"k" * 33: "v"}, 10045),
        ({"k": "语" * 1334}, 10046),
        ({str(number): "v" for number in range(17)}, 10047),
        ({str(number): "v" * 3500 for number in range(5)}, 10048),
    ],
)
def test_the_limits(tim: Tim, club: str, attributes: dict[str, str], code: int) -> None:
    with pytest.raises(APIError) as caught:
        tim.group_attributes.modify(club, attributes=attributes)
    assert caught.value.code == code
    assert tim.group_attributes.get(club) == {}


@pytest.mark.usefixtures("unrepeated")
def test_a_sixth_change_in_a_second_is_refused(simulator: Simulator, tim: Tim, club: str) -> None:
    simulator.rates.enabled = True
    simulator.clock.freeze()
    for number in range(5):
        tim.group_attributes.modify(club, attributes={"n": str(number)})
    sixth = {"GroupId": club, "GroupAttr": [{"key": "n", "value": "5"}]}
    with pytest.raises(RateLimited) as caught:
        tim.call(GROUP_ATTRIBUTE_MODIFY, sixth)
    assert caught.value.code == 10049
    simulator.clock.advance(1)
    tim.call(GROUP_ATTRIBUTE_MODIFY, sixth)
    assert tim.group_attributes.get(club) == {"n": "5"}


def test_nothing_named_is_refused_before_the_wire(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    before = len(simulator.requests)
    with pytest.raises(InvalidArgument):
        tim.group_attributes.replace(club, attributes={})
    with pytest.raises(InvalidArgument):
        tim.group_attributes.delete(club, keys=[])
    with pytest.raises(InvalidArgument):
        tim.group_attributes.delete(club, keys="colour")
    assert len(simulator.requests) == before


def test_they_go_with_the_group(tim: Tim, club: str) -> None:
    tim.group_attributes.modify(club, attributes={"a": "1"})
    tim.groups.dissolve(club)
    with pytest.raises(NotFound):
        tim.group_attributes.get(club)
    tim.groups.create(group_type="Public", name="Club", group_id=club)
    assert tim.group_attributes.get(club) == {}
