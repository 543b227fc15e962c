"""Global mutes: set, counted down, lifted."""

from __future__ import annotations

import pytest

from django_tim.api.group_members import FOREVER
from django_tim.catalogue import ACCOUNT_MUTE_GET, ACCOUNT_MUTE_SET
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument
from django_tim.simulator import Simulator


def left(tim: Tim, user_id: str) -> tuple[int, int]:
    found = tim.mutes.get(user_id)
    return found["C2CmsgNospeakingTime"], found["GroupmsgNospeakingTime"]


def test_a_mute_runs_out(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze()
    tim.accounts.import_one("ann")
    assert left(tim, "ann") == (0, 0)
    tim.mutes.set("ann", message_seconds=60)
    assert simulator.requests[-1].body == {"Set_Account": "ann", "C2CmsgNospeakingTime": 60}
    assert left(tim, "ann") == (60, 0)
    tim.mutes.set("ann", group_seconds=FOREVER)
    assert simulator.requests[-1].body == {
        "Set_Account": "ann",
        "GroupmsgNospeakingTime": 4_294_967_295,
    }
    simulator.clock.advance(59)
    assert left(tim, "ann") == (1, FOREVER)
    simulator.clock.advance(1)
    assert left(tim, "ann") == (0, FOREVER)
    tim.mutes.set("ann", group_seconds=0)
    assert left(tim, "ann") == (0, 0)


def test_what_is_refused_before_the_wire(simulator: Simulator, tim: Tim) -> None:
    with pytest.raises(InvalidArgument):
        tim.mutes.set("ann")
    with pytest.raises(InvalidArgument):
        tim.mutes.set("ann", message_seconds=-1)
    with pytest.raises(InvalidArgument):
        tim.mutes.get("")
    assert not simulator.requests


def test_what_the_simulator_refuses(tim: Tim) -> None:
    tim.accounts.import_one("ann")
    for endpoint, body, code in (
        (ACCOUNT_MUTE_GET, {}, 130002),
        (ACCOUNT_MUTE_GET, {"Get_Account": "nobody"}, 130003),
        (ACCOUNT_MUTE_SET, {"C2CmsgNospeakingTime": 1}, 130004),
        (ACCOUNT_MUTE_SET, {"Set_Account": "nobody", "C2CmsgNospeakingTime": 1}, 130005),
        (ACCOUNT_MUTE_SET, {"Set_Account": "ann"}, 130008),
        (ACCOUNT_MUTE_SET, {"Set_Account": "ann", "C2CmsgNospeakingTime": "1"}, 130001),
    ):
        with pytest.raises(APIError) as caught:
            tim.call(endpoint, body)
        assert caught.value.code == code
