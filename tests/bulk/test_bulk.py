"""Bulk runs over HTTP: every item once, whatever fails, stops or dies on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone

from django_tim import tasks
from django_tim.client.batch import NOT_KNOWN
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Account, AuditEntry, Chunk, Run, RunFailure
from django_tim.services import bulk, chunks, runs, shared_runs
from django_tim.services.actor import Actor
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

IMPORT = "im_open_login_svc/multiaccount_import"


def worked(run: Run) -> Run:
    """The run after one slice of one worker."""
    tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    return run


def users(number: int) -> Iterator[str]:
    return (f"user{place}" for place in range(number))


def imported(simulator: Simulator) -> list[str]:
    """The UserIDs of all import calls, sorted."""
    calls = [one.body for one in simulator.requests if one.path.endswith(IMPORT)]
    return sorted(row["UserID"] for body in calls for row in body["AccountList"])


def test_import_from_a_generator(simulator: Simulator, tim: Tim) -> None:
    run = bulk.start("import_accounts", users(250), actor=Actor("admin", name="root"))
    assert (run.status, run.total) == ("queued", 250)
    assert list(run.chunks.order_by("number").values_list("size", flat=True)) == [100, 100, 50]
    worked(run)
    assert (run.status, run.done, run.failed) == ("succeeded", 250, 0)
    assert imported(simulator) == sorted(users(250))
    assert Account.objects.filter(gone_at=None).count() == 250
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.outcome) == (
        "account.import",
        str(run.pk),
        "succeeded",
    )
    assert (entry.source, entry.actor_name, entry.details["done"]) == ("admin", "root", 250)


def test_what_is_no_item_fails_and_the_others_go_on(simulator: Simulator, tim: Tim) -> None:
    given: list[Any] = ["ann", "x" * 33, {"UserID": "bob", "Nick": "Bob"}, {"Name": "?"}, 7, ""]
    run = worked(bulk.start("import_accounts", given))
    assert (run.status, run.total, run.done, run.failed) == ("partial", 6, 6, 4)
    assert dict(Account.objects.values_list("user_id", "nickname")) == {"ann": "", "bob": "Bob"}
    assert set(run.failures.values_list("code", flat=True)) == {0}


def test_items_that_raise_leave_nothing(tim: Tim) -> None:
    def broken() -> Iterator[str]:
        yield from users(1200)
        raise OSError("the file is cut off")

    with pytest.raises(OSError, match="cut off"):
        bulk.start("import_accounts", broken())
    assert not Run.objects.exists()
    assert not Chunk.objects.exists()


def test_unknown_kinds_and_parameters_are_refused(tim: Tim) -> None:
    with pytest.raises(InvalidArgument, match="no bulk operation 'import'"):
        bulk.start("import", [])
    with pytest.raises(InvalidArgument, match="'speed'"):
        bulk.start("import_accounts", [], params={"speed": 1})
    assert not Run.objects.exists()


def test_failures_are_kept_and_only_they_are_retried(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("code", value=70398, path=IMPORT, times=1)
    run = worked(bulk.start("import_accounts", users(250)))
    first = run.failures.count()
    assert (run.status, run.failed) == ("partial", first)
    assert first in (50, 100)
    failed = set(run.failures.values_list("item", flat=True))
    simulator.requests.clear()
    assert bulk.retry_failed(run) == first
    assert (run.status, run.failed, run.done) == ("queued", 0, 250 - first)
    worked(run)
    assert (run.status, run.done, run.failed) == ("succeeded", 250, 0)
    assert set(imported(simulator)) == failed
    assert not RunFailure.objects.exists()
    assert AuditEntry.objects.count() == 2


def test_pause_resume_cancel(simulator: Simulator, tim: Tim) -> None:
    run = bulk.start("import_accounts", users(300))
    assert runs.request_pause(run)
    worked(run)
    assert run.status == "paused"
    assert not imported(simulator)
    assert runs.request_resume(run)
    assert shared_runs.join(run)
    assert runs.request_pause(run)
    assert worked(run).status == "paused"
    assert runs.request_resume(run)
    worked(run)
    assert run.status == "succeeded"
    other = bulk.start("import_accounts", users(100))
    assert runs.request_cancel(other)
    assert worked(other).status == "cancelled"
    assert AuditEntry.objects.filter(outcome="failed", info="cancelled").exists()


def test_several_runs_of_a_kind_may_be_active(tim: Tim) -> None:
    first = bulk.start("import_accounts", ["ann"])
    second = bulk.start("import_accounts", ["bob"])
    assert (worked(first).status, worked(second).status) == ("succeeded", "succeeded")


def test_drafts_wait_and_due_runs_wait_for_their_time(tim: Tim) -> None:
    draft = bulk.start("import_accounts", ["ann"], draft=True)
    assert worked(draft).status == "draft"
    bulk.submit(draft)
    assert worked(draft).status == "succeeded"
    due = timezone.now() + timedelta(hours=1)
    later = bulk.start("import_accounts", ["bob"], due_at=due)
    assert worked(later).status == "queued"
    assert later.due_at == due
    assert later not in runs.due()


def test_a_half_written_draft_is_not_submitted(tim: Tim) -> None:
    run = bulk.start("import_accounts", ["ann"], draft=True)
    run.cursor = {bulk.WRITING: True}
    with pytest.raises(InvalidArgument, match="not all written"):
        bulk.submit(run)


def test_chunks_of_a_dead_worker_are_taken_over(simulator: Simulator, tim: Tim) -> None:
    run = bulk.start("import_accounts", users(300))
    assert shared_runs.join(run)
    assert len(chunks.claim(run, "dead", 2)) == 2
    assert worked(run).status == "running"
    assert run.done == 100
    run.chunks.filter(claim="dead").update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).status == "succeeded"
    assert imported(simulator) == sorted(users(300))


def test_a_worker_that_was_taken_for_dead_counts_nothing(simulator: Simulator, tim: Tim) -> None:
    run = bulk.start("import_accounts", users(100))
    assert shared_runs.join(run)
    (chunk,) = chunks.claim(run, "slow", 1)
    run.chunks.update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).done == 100
    chunks.settle(run, "slow", [chunks.Settled(chunk, Chunk.State.DONE, counts={"done": 100})])
    run.refresh_from_db()
    assert (run.done, run.status) == (100, "succeeded")


def test_a_trouble_that_passes_puts_the_run_off(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("code", value=60007, path=IMPORT, times=100)
    run = worked(bulk.start("import_accounts", users(300)))
    assert (run.status, run.done, run.failed) == ("queued", 0, 0)
    assert run.due_at is not None
    assert run.error_code == 60007
    assert run.chunks.filter(state="waiting", sent_at=None).count() == 3
    simulator.faults.clear()
    assert runs.take_up(run)
    assert worked(run).status == "succeeded"
    assert (run.error, run.error_code, run.done) == ("", None, 300)


@pytest.mark.parametrize("tried", [True, False])
def test_a_sign_of_life_does_not_make_a_refused_call_a_sent_one(tim: Tim, tried: bool) -> None:
    run = bulk.start("kick_accounts", ["ann"])
    for _ in range(2):
        claimed = chunks.claim(run, "one", 1)
        chunks.renew(run, "one", claimed)
        if tried:
            chunks.repeat(run, "one", claimed, sent=False)
        else:
            chunks.release(run, "one", claimed)
        assert run.chunks.get().sent_at is None
    claimed = chunks.claim(run, "one", 1)
    chunks.repeat(run, "one", claimed, sent=True)
    sent_at = run.chunks.get().sent_at
    chunks.repeat(run, "one", chunks.claim(run, "one", 1), sent=False)
    assert run.chunks.get().sent_at == sent_at is not None


def test_a_wrong_secret_fails_the_run_and_it_can_be_reopened(
    simulator: Simulator, tim: Tim
) -> None:
    simulator.faults.add("code", value=70003, path=IMPORT, times=100)
    run = worked(bulk.start("import_accounts", users(300)))
    assert (run.status, run.error_code, run.failed) == ("failed", 70003, 0)
    simulator.faults.clear()
    runs.reopen(run)
    assert worked(run).status == "succeeded"
    assert run.done == 300


def test_the_beat_takes_up_a_run_whose_message_was_lost(
    tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.run_bulk, "apply_async", lambda *args, **kw: sent.append(args))
    run = bulk.start("import_accounts", users(3))
    Run.objects.update(queued_at=timezone.now() - timedelta(minutes=3))
    tasks.take_up_runs()
    assert sent == [((run.pk,),)]
    Run.objects.update(status="running", heartbeat_at=timezone.now() - timedelta(minutes=3))
    tasks.take_up_runs()
    assert len(sent) == 2


def test_progress_rate_and_time_left() -> None:
    start = timezone.now()
    run = Run(status="running", total=400, done=100, started_at=start)
    assert (run.progress, run.rate, run.eta) == (0.25, None, None)
    run.heartbeat_at = start + timedelta(seconds=50)
    assert (run.rate, run.eta) == (2.0, timedelta(seconds=150))
    assert (Run().progress, Run(total=0).eta) == (None, None)


def test_a_lost_answer_is_looked_up_and_a_call_not_made_is_made(
    simulator: Simulator, tim: Tim
) -> None:
    given = [{"group_type": "Public", "name": one, "group_id": one} for one in ("a", "b", "c")]
    run = bulk.start("create_groups", given)
    assert shared_runs.join(run)
    assert len(chunks.claim(run, "dead", 2)) == 2
    tim.groups.create(group_type="Public", name="a", group_id="a")  # what the dead one had sent
    simulator.requests.clear()
    run.chunks.filter(claim="dead").update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).status == "succeeded"
    made = [one.body["GroupId"] for one in simulator.requests if one.path.endswith("create_group")]
    assert sorted(made) == ["b", "c"]
    assert (run.done, run.created, run.failed) == (3, 3, 0)


def test_what_nobody_can_tell_is_left_to_a_person(simulator: Simulator, tim: Tim) -> None:
    run = bulk.start("create_groups", [{"group_type": "Public", "name": one} for one in "ab"])
    assert shared_runs.join(run)
    assert len(chunks.claim(run, "dead", 1)) == 1
    run.chunks.filter(claim="dead").update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).status == "partial"
    assert run.chunks.filter(state="unknown").count() == 1
    assert list(run.failures.values_list("item", "code")) == [("a", NOT_KNOWN)]
    assert bulk.retry_failed(run) == 0
    assert run.status == "partial"
    assert bulk.settle_unknown(run, carried_out=False) == 1
    assert worked(run).status == "succeeded"
    assert [group.name for group in simulator.state.all_groups()] == ["b", "a"]


def test_a_person_may_say_that_it_was_done(tim: Tim) -> None:
    run = bulk.start("create_groups", [{"group_type": "Public", "name": "a"}])
    assert shared_runs.join(run)
    assert chunks.claim(run, "dead", 1)
    run.chunks.update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).status == "partial"
    assert bulk.settle_unknown(run, carried_out=True) == 1
    assert (run.status, run.failed, run.done) == ("succeeded", 0, 1)


def test_an_answer_that_is_lost_does_not_stop_the_others(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("garbage", path="group_open_http_svc/create_group", times=1)
    given = [{"group_type": "Public", "name": f"g{n}", "group_id": f"g{n}"} for n in range(20)]
    run = worked(bulk.start("create_groups", given))
    assert (run.status, run.done) == ("queued", 19)
    run.chunks.filter(state="claimed").update(claimed_at=timezone.now() - timedelta(seconds=11))
    assert runs.take_up(run)
    assert worked(run).status == "succeeded"
    assert (run.done, run.created, len(simulator.state.groups)) == (20, 20, 20)


@pytest.mark.parametrize(
    "error", [OperationalError("deadlock"), SoftTimeLimitExceeded(), KeyboardInterrupt()]
)
def test_databases_in_trouble_and_time_limits_do_not_fail_a_run(
    error: BaseException, simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bulk.start("import_accounts", users(300))

    def raises(*args: Any) -> None:
        raise error

    with monkeypatch.context() as patched, contextlib.suppress(type(error)):
        patched.setattr(chunks, "settle", raises)
        tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    assert (run.status, run.done) == ("queued", 0)
    assert run.due_at is not None
    run.chunks.update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert runs.take_up(run)
    assert worked(run).status == "succeeded"
    assert (run.done, Account.objects.count()) == (300, 300)


def test_no_more_workers_help_than_the_project_wants(tim: Tim) -> None:
    run = bulk.start("import_accounts", users(500))
    assert shared_runs.join(run)
    for token in ("one", "two"):
        assert chunks.claim(run, token, 1)
    assert worked(run).done == 0
    run.chunks.filter(claim="one").update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert worked(run).done == 400


def test_workers_may_be_taken_for_dead_after_seconds(
    simulator: Simulator, tim: Tim, settings: Any
) -> None:
    settings.DJANGO_TIM_OPTIONS = {"STALLED_AFTER": 2, "HEARTBEAT_SECONDS": 10}
    simulator.faults.add("delay", value=1.3, path=IMPORT, times=2)
    run = worked(bulk.start("import_accounts", users(300)))
    assert (run.status, run.done) == ("succeeded", 300)
    assert imported(simulator) == sorted(users(300))
