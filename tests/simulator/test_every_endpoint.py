"""What holds for each endpoint of the simulator: who is let in, how often, and with what body."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from TLSSigAPIv2 import TLSSigAPIv2

from django_tim.catalogue import BY_PATH, Effect, Endpoint
from django_tim.exceptions import ReadOnlyApp
from django_tim.samples import Sample, samples
from django_tim.simulator import Simulator
from tests.client.doubles import a_tim, wire
from tests.conftest import APP
from tests.samples.world import SECRET, World

SAMPLES = list(samples().values())
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=[one.name for one in SAMPLES])
EVERY_PATH = pytest.mark.parametrize("path", BY_PATH)
# What no field takes, and what some take and others do not.
WRONG = [None, "", 0, -1, 1 << 40, 1.5, True, [], {}, [None], [1], ["x"], [{}], {"a": 1}, "\ud800"]


def query(admin: str = "administrator", **changes: str) -> dict[str, str]:
    signature = TLSSigAPIv2(APP["SDK_APP_ID"], APP["SECRET_KEY"]).gen_sig(admin)
    given = {"sdkappid": str(APP["SDK_APP_ID"]), "identifier": admin, "usersig": signature}
    return {**given, "random": "1", "contenttype": "json", **changes}


@EVERY_PATH
def test_who_is_let_in(simulator: Simulator, path: str) -> None:
    def code(asked: Mapping[str, str]) -> Any:
        return simulator.handle(f"/v4/{path}", asked, {})["ErrorCode"]

    assert code(query("somebody")) == 60010
    assert code(query(usersig="")) in range(70000, 70100)
    assert code(query(usersig=query("somebody")["usersig"])) == 70013
    assert code(query(sdkappid="1400000001")) == 60006
    assert code(query()) not in {60006, 60009, 60010, 70013}


def test_a_path_that_is_not_there(simulator: Simulator) -> None:
    for path in ("/v4/openim/sendMsg", "/v4/openim/", "/v3/openim/sendmsg", "/v4/sns/sendmsg", "/"):
        assert simulator.handle(path, query(), {})["ErrorCode"] == 60009


@EVERY_PATH
def test_how_often(path: str) -> None:
    simulator = Simulator(APP["SDK_APP_ID"], APP["SECRET_KEY"])
    simulator.clock.freeze()
    simulator.rates.scale = 0.05
    asked = query()

    def refused() -> bool:
        return bool(simulator.handle(f"/v4/{path}", asked, {})["ErrorCode"] == 60007)

    allowed = simulator.rates.limit(BY_PATH[path])
    assert [refused() for _ in range(allowed + 1)] == [False] * allowed + [True]
    simulator.clock.advance(1)
    assert not refused()


@EVERY_PATH
def test_an_app_that_is_only_read(path: str) -> None:
    endpoint: Endpoint[Any] = BY_PATH[path]
    tim = a_tim(read_only=True)
    if endpoint.effect is Effect.READ:
        tim.call(endpoint, {})
    else:
        with pytest.raises(ReadOnlyApp):
            tim.call(endpoint, {})
    assert len(wire(tim).sent) == (endpoint.effect is Effect.READ)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


@EVERY_SAMPLE
def test_a_body_with_something_wrong_in_it(world: World, sample: Sample) -> None:
    """Each field in turn holds what it should not: there is an answer, which is JSON."""
    world.begin()
    world.prepare(sample)
    world.simulator.clock.reset()
    signed = TLSSigAPIv2(world.tim.config.sdk_app_id, SECRET).gen_sig("administrator")
    asked = query(usersig=signed, sdkappid=str(world.tim.config.sdk_app_id))
    for path in _spots(sample.request):
        for wrong in WRONG:
            body = _with(sample.request, path, wrong)
            answer = world.simulator.handle(f"/v4/{sample.endpoint.path}", asked, body)
            assert answer["ErrorCode"] not in {60006, 70009, 70013}
            assert json.dumps(answer)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to each field, through the first item of a list."""
    keys = list(value) if isinstance(value, dict) else range(len(value[:1]))
    for key in keys:
        yield (*path, key)
        if isinstance(value[key], dict | list):
            yield from _spots(value[key], (*path, key))


def _with(body: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    changed = inner = copy.deepcopy(body)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = wrong
    return changed
