"""Mutes and bans: what the service is told, what stands in the row, and what a failure leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    InvalidArgument,
    OutcomeUnknown,
    ReadOnlyApp,
    RequestRejected,
    ServiceUnavailable,
    UnsafeTransaction,
)
from django_tim.models import AuditEntry, Restriction
from django_tim.services import accounts, restrictions
from django_tim.services.actor import Actor
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)
FOREVER = 4294967295
SET, KICK = "openconfigsvr/setnospeaking", "im_open_login_svc/kick"


@pytest.fixture(autouse=True)
def people(tim: Tim) -> None:
    accounts.import_many(["ann", "bob"])


def told(simulator: Simulator) -> list[int]:
    """The seconds of every mute that the service was told, in order."""
    calls = [request for request in simulator.requests if request.path == SET]
    assert all(
        call.body["C2CmsgNospeakingTime"] == call.body["GroupmsgNospeakingTime"] for call in calls
    )
    return [call.body["C2CmsgNospeakingTime"] for call in calls]


def pass_time(**ago: Any) -> None:
    """Move what is due into the past."""
    for row in Restriction.objects.all():
        past = timezone.now() - timedelta(seconds=1)
        for name in ago:
            setattr(row, name, past)
        row.save()


@pytest.mark.usefixtures("still")
def test_a_mute(simulator: Simulator, heard: Heard) -> None:
    user = get_user_model().objects.create_user("sally")
    row = restrictions.mute("ann", seconds=3600, reason="spam", actor=Actor("admin", user, "sally"))
    assert simulator.requests[-1].body["Set_Account"] == "ann"
    assert told(simulator) == [3600]
    assert (row.state, row.reason, row.actor_name, row.code) == ("active", "spam", "sally", 0)
    assert row.next_try_at is None
    assert heard.last("restriction") == ("account_muted", row)
    assert not restrictions.is_banned("ann")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_id, entry.outcome) == ("account.mute", "ann", "succeeded")
    assert entry.details["reason"] == "spam"


def test_a_mute_without_an_end(simulator: Simulator) -> None:
    assert restrictions.mute("ann").until is None
    assert restrictions.mute("ann", seconds=FOREVER).until is None
    assert told(simulator) == [FOREVER, FOREVER]


def test_a_ban_refuses_signatures_mutes_and_logs_out(simulator: Simulator, heard: Heard) -> None:
    row = restrictions.ban("ann", reason="fraud")
    assert restrictions.is_banned("ann")
    assert not restrictions.is_banned("bob")
    assert told(simulator) == [FOREVER]
    assert simulator.requests[-1].path == KICK
    assert heard.last("restriction") == ("account_banned", row)


def test_lifting_undoes_it_once(simulator: Simulator, heard: Heard) -> None:
    row = restrictions.ban("ann")
    restrictions.lift(row, actor=Actor("admin", name="sally"))
    assert not restrictions.is_banned("ann")
    assert told(simulator) == [FOREVER, 0]
    assert (row.state, row.lock_key, row.lifted_by_name) == ("lifted", None, "sally")
    assert heard.last("restriction") == ("restriction_lifted", row)
    restrictions.lift(row)
    assert told(simulator) == [FOREVER, 0]


@pytest.mark.usefixtures("still")
def test_a_second_mute_replaces_the_first(simulator: Simulator) -> None:
    first = restrictions.mute("ann", seconds=3600)
    second = restrictions.mute("ann", seconds=60)
    first.refresh_from_db()
    assert (first.state, second.state) == ("lifted", "active")
    assert told(simulator)[-1] == 60
    assert list(restrictions.in_force("ann")) == [second]


def test_the_end_of_a_mute_does_not_unmute_who_is_banned(simulator: Simulator) -> None:
    mute = restrictions.mute("ann", seconds=3600)
    ban = restrictions.ban("ann")
    restrictions.lift(mute)
    assert told(simulator)[-1] == FOREVER
    restrictions.lift(ban)
    assert told(simulator)[-1] == 0


def test_what_ended_is_lifted_by_the_task(simulator: Simulator, heard: Heard) -> None:
    row = restrictions.ban("ann", seconds=3600)
    pass_time(until=...)
    assert not restrictions.is_banned("ann"), "an end needs no task"
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert (row.state, row.lifted_by_name) == ("lifted", "")
    assert told(simulator)[-1] == 0
    assert heard.last("restriction") == ("restriction_lifted", row)
    assert AuditEntry.objects.latest("pk").source == "task"
    before = len(simulator.requests)
    tasks.settle_restrictions()
    assert len(simulator.requests) == before


@pytest.mark.parametrize("path", [SET, KICK])
def test_a_ban_that_fails_half_way_is_in_force_and_tried_again(
    simulator: Simulator, path: str
) -> None:
    simulator.faults.add("drop", times=None, path=path)
    with pytest.raises(OutcomeUnknown):
        restrictions.ban("ann")
    row = Restriction.objects.get()
    assert (row.state, row.attempts) == ("applying", 1)
    assert path in row.error
    assert restrictions.is_banned("ann")
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert row.attempts == 1, "not before its time"
    simulator.faults.clear()
    pass_time(next_try_at=...)
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error, row.next_try_at) == ("active", 0, "", None)
    assert simulator.requests[-1].path == KICK


def test_a_lift_that_fails_is_tried_again(simulator: Simulator) -> None:
    row = restrictions.ban("ann")
    simulator.faults.add("code", value=130014, times=None, path=SET)
    with pytest.raises((ServiceUnavailable, OutcomeUnknown)):
        restrictions.lift(row)
    assert (row.state, row.attempts) == ("lifting", 1)
    assert not restrictions.is_banned("ann")
    simulator.faults.clear()
    pass_time(next_try_at=...)
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert row.state == "lifted"
    assert told(simulator)[-1] == 0


def test_a_mute_that_the_service_refuses_is_over(simulator: Simulator) -> None:
    simulator.faults.add("code", value=130005, path=SET)
    with pytest.raises(RequestRejected):
        restrictions.mute("ann")
    row = Restriction.objects.get()
    assert (row.state, row.code, row.lock_key) == ("failed", 130005, None)
    assert not restrictions.due().exists()
    assert restrictions.mute("ann").state == "active"


def test_a_worker_that_died_leaves_it_to_the_task(simulator: Simulator) -> None:
    row = Restriction.objects.create(
        alias="default",
        sdk_app_id=1400000000,
        user_id="ann",
        kind="ban",
        lock_key="1400000000:ban:ann",
        next_try_at=timezone.now() - timedelta(seconds=1),
    )
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert row.state == "active"
    assert told(simulator) == [FOREVER]


def test_two_workers_do_not_settle_the_same(simulator: Simulator) -> None:
    restrictions.ban("ann", seconds=3600)
    pass_time(until=...)
    [one], [other] = list(restrictions.due()), list(restrictions.due())
    assert restrictions.settle(one)
    assert not restrictions.settle(other)
    assert len(told(simulator)) == 2


def test_a_restriction_that_came_meanwhile_is_told_as_well(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = restrictions.mute("ann", seconds=60)
    call, banned = tim.call, []

    def ban_in_between(*args: Any, **kwargs: Any) -> Any:
        if not banned:
            banned.append(True)
            restrictions.ban("ann")
        return call(*args, **kwargs)

    monkeypatch.setattr(tim, "call", ban_in_between)
    restrictions.lift(mute)
    assert told(simulator)[-1] == FOREVER


def test_a_ban_of_one_who_has_no_account_yet(simulator: Simulator) -> None:
    row = restrictions.ban("nobody")
    assert (row.state, restrictions.is_banned("nobody")) == ("active", True)


def test_what_is_refused_before_anything_happens(tim: Tim, simulator: Simulator) -> None:
    from django.db import transaction

    before = len(simulator.requests)
    with pytest.raises(InvalidArgument, match="REST calls"):
        restrictions.ban("administrator")
    for wrong in ({"seconds": -1}, {"until": timezone.now()}, {"seconds": 1, "until": 1}):
        with pytest.raises(InvalidArgument):
            restrictions.mute("ann", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UnsafeTransaction), transaction.atomic():
        restrictions.ban("ann")
    object.__setattr__(tim.config, "read_only", True)
    with pytest.raises(ReadOnlyApp):
        restrictions.ban("ann")
    assert not Restriction.objects.exists()
    assert len(simulator.requests) == before


def test_many_are_noted_at_once_and_told_by_the_task(simulator: Simulator) -> None:
    first = restrictions.mute("ann", seconds=60)
    before = len(simulator.requests)
    actor = Actor("admin", name="sally")
    many = restrictions.impose_many("ban", ["ann", "bob", "administrator"], actor=actor)
    assert (many, len(simulator.requests)) == (2, before)
    assert restrictions.is_banned("bob")
    tasks.settle_restrictions()
    assert set(Restriction.objects.values_list("kind", "user_id", "state")) == {
        ("mute", "ann", "active"),
        ("ban", "ann", "active"),
        ("ban", "bob", "active"),
    }
    assert told(simulator)[-2:] == [FOREVER, FOREVER]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.source, entry.actor_name) == ("account.ban", "admin", "sally")
    restrictions.impose_many("mute", ["ann"], until=timezone.now() + timedelta(days=1))
    first.refresh_from_db()
    assert first.state == "lifted"


def test_the_task_leaves_an_app_that_is_gone_alone(simulator: Simulator) -> None:
    row = restrictions.ban("ann", seconds=60)
    pass_time(until=...)
    Restriction.objects.update(alias="gone")
    tasks.settle_restrictions()
    row.refresh_from_db()
    assert row.state == "active"
    assert row.next_try_at is not None
