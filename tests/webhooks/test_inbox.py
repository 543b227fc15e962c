"""After events: stored once, told once, tried again, replayed, pruned."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.dispatch import receiver
from django.utils import timezone

from django_tim import signals, tasks
from django_tim.models import AuditEntry, CallbackEvent, Run
from django_tim.services import retention, runs
from django_tim.webhooks import events, inbox, processing

from .conftest import Listen, Service

pytestmark = pytest.mark.django_db
JOIN = "Group.CallbackAfterNewMemberJoin"
JOINED = {
    "GroupId": "@TGS#1",
    "NewMemberList": [{"Member_Account": "bob"}],
    "EventTime": 1670574414123,
}
FRIENDS = {"PairList": [{"From_Account": "ann", "To_Account": "bob"}]}


def test_a_repeated_event_is_answered_and_told_once(service: Service, listen: Listen) -> None:
    got = listen()
    service.tell(JOIN, JOINED)
    row = service.tell(JOIN, JOINED)
    assert (row.repeats, len(got)) == (1, 1)
    service.tell(JOIN, JOINED | {"EventTime": 1670574414124})
    assert len(got) == 2


def test_an_event_without_a_time_is_the_same_for_a_minute(
    service: Service, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = listen(command="Sns.CallbackFriendAdd")
    now = 1_700_000_039.0  # the last second of a minute
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr("django_tim.webhooks.views.verify", lambda *args, **kwargs: None)
    service.tell("Sns.CallbackFriendAdd", FRIENDS)
    now += 30
    service.tell("Sns.CallbackFriendAdd", FRIENDS)
    assert len(got) == 1
    now += 3600
    service.tell("Sns.CallbackFriendAdd", FRIENDS)
    assert len(got) == 2


def test_a_message_is_known_by_its_key(service: Service, listen: Listen) -> None:
    got = listen(signals.message_event)
    sent = {"From_Account": "a", "To_Account": "b", "MsgKey": "1_2_3", "SendMsgResult": 0}
    service.tell("C2C.CallbackAfterSendMsg", sent | {"UnreadMsgNum": 1, "EventTime": 1})
    service.tell("C2C.CallbackAfterSendMsg", sent | {"UnreadMsgNum": 7, "EventTime": 2})
    service.tell("C2C.CallbackAfterSendMsg", sent | {"SendMsgResult": 80001})
    assert len(got) == 2


def test_filters(service: Service, listen: Listen) -> None:
    everything, family = listen(), listen(signals.group_event)
    by_command, by_class = listen(command=JOIN), listen(sender=events.MembersJoined)
    others = listen(signals.account_event), listen(command="Group.CallbackAfterMemberExit")
    before = listen(before=True)
    service.tell(JOIN, JOINED)
    service.tell("New.CommandOfNextYear", {"What": 1})
    assert [event.command for event in everything] == [JOIN, "New.CommandOfNextYear"]
    assert len(family) == len(by_command) == len(by_class) == 1
    assert (*others, before) == ([], [], [])
    event = by_command[0]
    assert isinstance(event, events.MembersJoined)
    assert (event.group_id, event.user_ids, event.app) == ("@TGS#1", ("bob",), "default")


def test_a_filter_outlives_the_text_that_it_was_given(service: Service) -> None:
    numbers = range(20)
    heard: list[list[Any]] = [[] for _ in numbers]

    def connect(got: list[Any], command: str) -> Callable[..., None]:
        def on_event(event: events.Event, **kwargs: Any) -> None:
            got.append(event.command)

        signals.callback.connect(on_event, command=command)
        return on_event

    kept = [connect(heard[number], f"Own.Command{number}") for number in numbers]
    for number in numbers:
        service.tell(f"Own.Command{number}")
    gone = [
        signals.callback.disconnect(on_event, command=f"Own.Command{number}")
        for number, on_event in enumerate(kept)
    ]
    assert heard == [[f"Own.Command{number}"] for number in numbers]
    assert all(gone)


def test_djangos_receiver_and_what_it_is_handed(service: Service) -> None:
    got: dict[str, Any] = {}

    @receiver(signals.callback, command=JOIN)
    def on_join(sender: Any, event: events.Event, **kwargs: Any) -> None:
        got.update(kwargs, sender=sender, event=event)

    service.tell(JOIN, JOINED)
    assert got["sender"] is events.MembersJoined
    assert (got["app"], got["sdk_app_id"], got["signal"]) == (
        "default",
        1400000000,
        signals.callback,
    )
    assert signals.callback.disconnect(on_join, command=JOIN)


def test_async_receivers_are_told(service: Service) -> None:
    got = []

    async def on_event(event: events.Event, **kwargs: Any) -> None:
        got.append(event.command)

    signals.callback.connect(on_event)
    service.tell(JOIN, JOINED)
    signals.callback.disconnect(on_event)
    assert got == [JOIN]


def test_a_command_that_can_t_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Group\.CallbackAfterNewMemberJoin"):
        signals.callback.connect(print, command="CallbackAfterNewMemberJoin")


def test_a_receiver_that_fails_is_tried_again_and_the_others_are_not(
    service: Service, listen: Listen
) -> None:
    good, trouble = listen(), [True]

    def answer(event: events.Event) -> None:
        if trouble[0]:
            raise RuntimeError("no")

    bad = listen(answer=answer)
    row = service.tell(JOIN, JOINED)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert "RuntimeError: no" in row.error
    assert row.due_at is not None
    assert processing.drain(1) == 0  # not yet
    for _ in range(2):
        CallbackEvent.objects.update(due_at=timezone.now())
        processing.drain(1)
    row.refresh_from_db()
    assert (row.state, row.attempts, len(good), len(bad)) == ("failed", 3, 1, 3)
    trouble[0] = False
    assert inbox.replay(CallbackEvent.objects.all()) == 1
    processing.drain(1)
    row.refresh_from_db()
    assert (row.state, row.error, len(good), len(bad)) == ("done", "", 1, 4)


def test_a_replay_of_what_is_done_tells_everybody_anew(service: Service, listen: Listen) -> None:
    got = listen()
    service.tell(JOIN, JOINED)
    inbox.replay(CallbackEvent.objects.all())
    processing.drain(1)
    assert len(got) == 2


def test_what_a_dead_worker_had_is_taken_again(service: Service, listen: Listen) -> None:
    service.ask(JOIN, JOINED)
    (row,) = inbox.claim()
    assert inbox.claim() == []
    long_ago = timezone.now() - timedelta(seconds=121)
    CallbackEvent.objects.update(claimed_at=long_ago)
    assert inbox.take_back() == 1
    (again,) = inbox.claim()
    inbox.finish(row, [])  # it was not dead, but late: the other one has it
    assert CallbackEvent.objects.get().state == "claimed"
    processing.process(again)
    assert CallbackEvent.objects.get().state == "done"


def test_the_task_handles_all_there_is(service: Service) -> None:
    for number in range(120):
        service.ask(JOIN, JOINED | {"EventTime": 1670574414123 + number})
    tasks.process_callbacks()
    assert set(CallbackEvent.objects.values_list("state", flat=True)) == {"done"}


def test_prune_keeps_what_is_new_or_waits(service: Service) -> None:
    service.tell(JOIN, JOINED)
    service.ask(JOIN, JOINED | {"EventTime": 5})
    now = timezone.now()
    assert retention.callbacks(now - timedelta(days=1)) == 0
    assert retention.callbacks(now + timedelta(seconds=1)) == 1
    assert CallbackEvent.objects.get().state == "waiting"


def test_prune_by_command_and_by_settings(service: Service, settings: Any) -> None:
    service.tell(JOIN, JOINED)
    old = timezone.now() - timedelta(days=31)
    for run in (runs.start("sync_groups"), runs.start("sync_members")):
        runs.request_cancel(run)
    Run.objects.filter(kind="sync_groups").update(finished_at=old)
    AuditEntry.objects.create(alias="default", sdk_app_id=1, action="a")
    AuditEntry.objects.update(started_at=old)
    out = StringIO()
    call_command("tim_prune", "--callbacks", "30d", "--runs=30", stdout=out)
    assert out.getvalue().split("\n")[:2] == ["callbacks: 0 deleted", "runs: 1 deleted"]
    CallbackEvent.objects.update(received_at=old)
    tasks.prune_records()
    assert (CallbackEvent.objects.count(), AuditEntry.objects.count()) == (0, 1)
    settings.DJANGO_TIM_OPTIONS = {"KEEP_AUDIT_DAYS": 30}
    tasks.prune_records()
    assert (AuditEntry.objects.count(), Run.objects.count()) == (0, 1)


@pytest.mark.parametrize("arguments", [[], ["--audit", "soon"], ["--audit", "0"], ["--runs=-5"]])
def test_prune_says_what_it_needs(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("tim_prune", *arguments)


def test_the_command_replays(service: Service, listen: Listen) -> None:
    got = listen()
    first = service.tell(JOIN, JOINED)
    service.tell("New.Command", {})
    CallbackEvent.objects.filter(pk=first.pk).update(state="failed", outcome={})
    for arguments, number in [
        (["--failed"], 1),
        (["--command", "New.Command"], 1),
        (["--ids", str(first.pk)], 1),
        (["--failed", "--app", "default"], 0),
    ]:
        out = StringIO()
        call_command("tim_replay_callbacks", *arguments, stdout=out)
        assert out.getvalue() == f"{number} queued\n"
        processing.drain(1)
    assert [event.command for event in got] == [JOIN, "New.Command", JOIN, "New.Command", JOIN]
    for wrong in (["--ids", "0"], [], ["--failed", "--app", "other"]):
        with pytest.raises(CommandError):
            call_command("tim_replay_callbacks", *wrong)
