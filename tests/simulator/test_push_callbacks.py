"""Callbacks of offline pushes: of ordinary messages, and of pushes to many."""

from __future__ import annotations

import pytest

from django_tim.api import elements
from django_tim.client.tim import Tim
from django_tim.simulator import Simulator
from django_tim.webhooks import events

from .backend import Backend, told

NOW = 1_700_000_000
SHOWN = elements.offline_push(title="Sale", description="Half price")
SILENT = {**SHOWN, "PushFlag": 1}


@pytest.fixture
def people(simulator: Simulator, tim: Tim, backend: Backend) -> Tim:
    """ann is online, bob's telephone waits for pushes, and nobody has heard of cyd's."""
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    simulator.state.accounts["ann"].log_in("Web")
    simulator.state.accounts["bob"].log_in("Android", "PushOnline")
    backend.got.clear()
    return tim


def pushes(simulator: Simulator, backend: Backend) -> list[events.Event]:
    told(simulator, backend)
    found = [(name, body) for name, body in backend.got if name.startswith("Push.")]
    return [events.EVENTS[name](command=name, payload=body, sdk_app_id=1) for name, body in found]


def test_a_waiting_message_is_pushed(simulator: Simulator, people: Tim, backend: Backend) -> None:
    for receiver in ("ann", "bob", "cyd"):
        people.messages.send(receiver, "hi", sender="ann", offline_push=SHOWN)
    people.messages.send("bob", "hi", sender="ann", offline_push=SILENT)
    people.messages.send("bob", "hi", sender="ann")
    (pushed,) = pushes(simulator, backend)
    assert isinstance(pushed, events.OfflinePush)
    assert (pushed.event_type, pushed.from_account, pushed.to_account) == (1, "ann", "bob")
    assert (pushed.platform_id, pushed.stage, pushed.error_code) == (4, 1, 0)
    assert pushed.payload["EventTime"] == NOW
    assert pushed.msg_key


def test_a_repeat_is_not_pushed_again(simulator: Simulator, people: Tim, backend: Backend) -> None:
    for _ in range(2):
        people.messages.send("bob", "hi", msg_seq=1, msg_random=2, offline_push=SHOWN)
    assert len(pushes(simulator, backend)) == 1


def test_a_groups_message_is_pushed_to_who_wants_it(
    simulator: Simulator, people: Tim, backend: Backend
) -> None:
    group_id = people.groups.create(group_type="Public", name="Chess", owner="ann")["GroupId"]
    people.group_members.add_many(group_id, ["bob", "cyd"]).raise_for_failures()
    simulator.state.accounts["cyd"].log_in("iPhone", "PushOnline")
    people.group_members.modify(group_id, "cyd", msg_flag="AcceptNotNotify")
    seq = people.group_messages.send(group_id, "hi", sender="ann", offline_push=SHOWN)["MsgSeq"]
    (pushed,) = pushes(simulator, backend)
    assert isinstance(pushed, events.OfflinePush)
    assert (pushed.event_type, pushed.group_id, pushed.msg_seq) == (2, group_id, seq)
    assert pushed.to_account == "bob"


def test_pushes_to_many_name_a_task(simulator: Simulator, people: Tim, backend: Backend) -> None:
    task = people.push.send("hello", life_time=60, offline_push=SHOWN)["TaskId"]
    people.timpush.send_many(["ann", "bob"], SHOWN, sender="ann", data_id="spring")
    first, second = pushes(simulator, backend)
    assert isinstance(first, events.AllMemberPush)
    assert isinstance(second, events.AllMemberPush)
    assert (first.task_id, first.to_account, first.data_id) == (task, "bob", "")
    assert (second.to_account, second.data_id) == ("bob", "spring")
