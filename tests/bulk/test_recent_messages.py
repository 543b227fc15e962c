"""What somebody has said lately, everywhere: taken back by a run, place by place, and once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Group, Message, Run, RunFailure
from django_tim.services import archive, bulk, groups, recent_messages
from django_tim.simulator import Simulator
from tests.settings import DJANGO_TIM

pytestmark = pytest.mark.django_db(transaction=True)

SINGLE, IN_GROUP = "openim/admin_msgwithdraw", "group_open_http_svc/group_msg_recall"


def recalls(simulator: Simulator) -> list[Any]:
    return [one.body for one in simulator.requests if one.path.endswith((SINGLE, IN_GROUP))]


def worked(run: Run) -> Run:
    """The run after its workers have come by, also if it was to wait."""
    Run.objects.filter(pk=run.pk).update(due_at=None)
    for _ in range(2):  # the places are found, and then looked through
        tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    return run


@pytest.fixture
def spam(tim: Tim) -> Group:
    """What ann has said to bob, to cat and in a group, between what others say."""
    tim.accounts.import_many(["ann", "bob", "cat"])
    group = groups.create(group_type="Public", name="Cooks", owner="ann", members=["bob"])
    for text in ("spam", "more spam"):
        tim.messages.send("bob", text, sender="ann")
        tim.group_messages.send(group.group_id, text, sender="ann")
    tim.messages.send("cat", "spam", sender="ann")
    tim.messages.send("ann", "an answer", sender="bob")
    tim.group_messages.send(group.group_id, "an answer", sender="bob")
    return group


@pytest.fixture
def recalled(simulator: Simulator) -> Callable[[], Run]:
    def start_and_work() -> Run:
        return worked(recent_messages.recall_recent("ann", minutes=60))

    return start_and_work


def test_all_of_it_is_taken_back_and_nothing_else(
    simulator: Simulator, tim: Tim, spam: Group, recalled: Callable[[], Run]
) -> None:
    run = recalled()
    assert (run.status, run.total, run.done, run.gone) == ("succeeded", 3, 3, 5)
    assert len(recalls(simulator)) == 4, "three one to one, two of a group in one call"
    left = list(tim.group_messages.iterate_history(spam.group_id))
    assert [one["From_Account"] for one in left if not one.get("IsPlaceMsg")] == ["bob"]
    again = recalled()
    assert (again.status, again.gone, len(recalls(simulator))) == ("succeeded", 0, 4)


def test_one_place_that_fails_stops_no_other_and_is_retried(
    simulator: Simulator, spam: Group, recalled: Callable[[], Run]
) -> None:
    simulator.faults.add("code", value=20022, path=SINGLE, times=None)
    run = recalled()
    assert (run.status, run.done, run.failed, run.gone) == ("partial", 3, 2, 2)
    failures = dict(RunFailure.objects.values_list("item", "info"))
    assert sorted(failures) == ["bob", "cat"]
    assert failures["bob"].startswith("2 of 2 messages")
    simulator.faults.clear()
    simulator.requests.clear()
    bulk.retry_failed(run)
    worked(run)
    assert (run.status, run.failed, run.gone) == ("succeeded", 0, 5)
    assert len(recalls(simulator)) == 3, "nothing of the group once more"


def test_a_lost_answer_recalls_only_what_is_left(
    simulator: Simulator, spam: Group, recalled: Callable[[], Run]
) -> None:
    simulator.faults.add("truncate", path=SINGLE, times=None)
    run = recalled()
    assert (run.status, run.due_at is not None, run.failed) == ("queued", True, 0)
    simulator.faults.clear()
    simulator.requests.clear()
    assert worked(run).status == "succeeded"
    [body] = recalls(simulator)
    assert body["To_Account"] == "bob", "the others were recalled, though no answer said so"


def test_trouble_while_the_places_are_looked_for_passes(
    simulator: Simulator, spam: Group, recalled: Callable[[], Run]
) -> None:
    simulator.faults.add("code", value=60007, path="recentcontact/get_list", times=None)
    run = recalled()
    assert (run.status, run.due_at is not None, run.total) == ("queued", True, None)
    simulator.faults.clear()
    worked(run)
    assert (run.status, run.gone) == ("succeeded", 5)


@override_settings(
    DJANGO_TIM={**DJANGO_TIM, "default": {**DJANGO_TIM["default"], "MESSAGE_ARCHIVE": "metadata"}}
)
def test_of_live_rooms_what_the_archive_knows(
    simulator: Simulator, tim: Tim, recalled: Callable[[], Run]
) -> None:
    tim.accounts.import_many(["ann", "bob"])
    room = groups.create(group_type="AVChatRoom", name="Live", owner="bob")
    seqs = []
    for sender in ("ann", "bob", "ann"):
        seqs.append(tim.group_messages.send(room.group_id, "Hi", sender=sender)["MsgSeq"])
        said: Any = {"from_account": sender, "group_id": room.group_id, "msg_seq": seqs[-1]}
        archive.note("default", archive.Said(**said, time=int(time.time())), source="callback")
    run = recalled()
    assert (run.status, run.gone) == ("succeeded", 2)
    [body] = recalls(simulator)
    assert sorted(one["MsgSeq"] for one in body["MsgSeqList"]) == [seqs[0], seqs[2]]
    assert Message.objects.exclude(recalled_at=None).count() == 2
    assert recalled().gone == 0
    assert len(recalls(simulator)) == 1


@pytest.mark.parametrize("minutes", [0, -1, recent_messages.LONGEST + 1])
def test_too_far_back_is_refused(tim: Tim, minutes: int) -> None:
    with pytest.raises(InvalidArgument, match="minutes"):
        recent_messages.recall_recent("ann", minutes=minutes)
    assert not Run.objects.exists()
