"""What became of each item of a run: every one once, whatever was retried or looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Chunk, Run
from django_tim.services import bulk, outcomes, outgoing
from django_tim.services.actor import Actor
from django_tim.services.outcomes import Mark
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

MANY = "openim/batchsendmsg"
IDS = [f"user{number}" for number in range(10)]


@pytest.fixture
def people(tim: Tim) -> list[str]:
    tim.accounts.import_many(IDS)
    return IDS


def started(user_ids: Any, **params: Any) -> Run:
    return bulk.start("send_messages", user_ids, params={"message": "hello", **params})


def worked(run: Run) -> Run:
    tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    return run


def died(run: Run) -> None:
    """A worker claimed it all, and was not heard of again."""
    long_ago = timezone.now() - timedelta(hours=1)
    run.chunks.update(
        state=Chunk.State.CLAIMED, claim="dead", claimed_at=long_ago, sent_at=long_ago
    )


def told(run: Run, outcome: str = "") -> dict[str, str]:
    found = [target for _mark, target in outcomes.iterate(run, outcome)]
    names = {target.name: str(target.outcome) for target in found}
    assert len(names) == len(found), "each once"
    return names


def test_sent_failed_and_refused(people: list[str]) -> None:
    run = started([*people[:2], "nobody", "x" * 40])
    assert told(run) == {
        "user0": "waiting",
        "user1": "waiting",
        "nobody": "waiting",
        "x" * 40: "failed",
    }
    worked(run)
    assert told(run, "done") == {"user0": "done", "user1": "done"}
    assert told(run, "failed") == {"nobody": "failed", "x" * 40: "failed"}
    assert told(run, "waiting") == told(run, "unknown") == {}
    assert len(told(run)) == 4


def test_what_was_retried_stands_there_once(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_many(IDS[:2])
    run = worked(started(IDS[:4]))
    assert told(run, "failed") == {"user2": "failed", "user3": "failed"}
    tim.accounts.import_many(IDS[2:3])
    assert bulk.retry_failed(run) == 2
    assert told(run, "waiting") == {"user2": "waiting", "user3": "waiting"}
    worked(run)
    assert told(run) == dict.fromkeys(IDS[:3], "done") | {"user3": "failed"}
    recalling = worked(outgoing.recall(run, actor=Actor("test")))
    assert (recalling.status, recalling.gone) == ("succeeded", 3)


def test_what_was_looked_for_is_not_forgotten(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    run = started(people)
    keys = run.chunks.get().payload["keys"]
    tim.messages.send_many(people[:4], "hello", **keys)
    died(run)
    assert worked(run).status == "succeeded"
    assert told(run) == dict.fromkeys(people, "done")
    Chunk.objects.filter(run=run).update(sent_at=timezone.now() - timedelta(minutes=1))
    recalling = worked(outgoing.recall(run, actor=Actor("test")))
    assert (recalling.status, recalling.gone) == ("succeeded", 10)


def test_what_nobody_knows_is_settled(people: list[str]) -> None:
    run = started(people[:3], life_time=0)
    died(run)
    worked(run)
    assert told(run, "unknown") == told(run) == dict.fromkeys(people[:3], "unknown")
    bulk.settle_unknown(run, carried_out=True)
    assert told(run, "done") == dict.fromkeys(people[:3], "done")


def test_of_a_call_with_failures_of_two_kinds_only_one_is_retried(people: list[str]) -> None:
    run = worked(started([*people[:2], "nobody"]))
    chunk = run.chunks.get()
    run.failures.create(chunk=chunk, item="user1", code=-2)
    Chunk.objects.update(state=Chunk.State.UNKNOWN)
    Run.objects.update(failed=2)
    run.refresh_from_db()
    bulk.retry_failed(run)
    worked(run)
    assert told(run) == {"user0": "done", "user1": "unknown", "nobody": "failed"}
    bulk.settle_unknown(run, carried_out=True)
    assert told(run)["user1"] == "done"


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_go_on_from_their_mark(
    people: list[str], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "AT_ONCE", 2)
    given = [*people, "x" * 40, "y" * 40]
    run = bulk.start("kick_accounts", given)
    seen: list[str] = []
    mark: Mark | None = Mark()
    while mark is not None:
        found, mark = outcomes.page(run, "", Mark.read(str(mark)), size)
        assert 0 < len(found) <= size
        seen += [target.name for target in found]
    assert seen == given


@pytest.mark.parametrize("text", ["", "1", "1.2", "a.b.c", "-1.0.0", "1.2.3.4", "1" * 30 + ".0.0"])
def test_a_mark_that_is_none_is_the_start(text: str) -> None:
    assert Mark.read(text) == Mark()
