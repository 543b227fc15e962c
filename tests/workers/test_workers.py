"""Real Celery workers: on every broker, and killed in the middle of their work."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from django_tim.catalogue import GROUP_INFO, GROUP_LIST
from django_tim.simulator import Simulator
from tests.workers.project import PATIENCE, Project, kill

pytestmark = pytest.mark.django_db(transaction=True)
GROUPS = 15_000
FIELDS = ("group_id", "name", "owner_account", "member_num")


def remote_groups(simulator: Simulator) -> list[list[Any]]:
    return sorted(
        [group.group_id, group.name, group.owner, group.member_count]
        for group in simulator.state.all_groups()
    )


@pytest.mark.parametrize("project", ["files", "redis", "rabbitmq"], indirect=True)
def test_a_worker_syncs_what_a_task_starts(project: Project, simulator: Simulator) -> None:
    simulator.seed(groups=120, accounts=50)
    project.worker("prefork")
    project.python("tasks.start_sync.delay('groups')")
    assert project.wait_for_a_run("sync_groups") == ["succeeded", "", 120, 120, 0, 0]
    assert sorted(project.rows("Group", *FIELDS)) == remote_groups(simulator)


def test_a_killed_worker_s_run_is_taken_up_and_ends_in_the_same_state(
    project: Project, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.seed(groups=GROUPS, accounts=50)
    # The second page is half read when the calls stand still: 32 are fetched ahead of the
    # writer at most, so the checkpoint after the first page's 200 calls has been made.
    stands_still, go_on = threading.Event(), threading.Event()
    handle = simulator.handle

    def held(path: str, query: Any, body: Any) -> Any:
        if path.endswith(GROUP_INFO.path) and simulator.counts.get(GROUP_INFO.path, 0) >= 260:
            stands_still.set()
            go_on.wait()
        return handle(path, query, body)

    monkeypatch.setattr(simulator, "handle", held)
    worker = project.worker()
    project.python("tasks.start_sync.delay('groups')")
    assert stands_still.wait(PATIENCE)
    kill(worker)
    go_on.set()
    assert 10_000 <= len(project.rows("Group", "pk")) < GROUPS
    project.python(
        "from datetime import timedelta as t; from django.db.models import F; "
        "Run.objects.update(heartbeat_at=F('heartbeat_at') - t(hours=1)); tasks.take_up_runs()"
    )
    project.worker()
    run = project.wait_for_a_run("sync_groups")
    assert run == ["succeeded", "", GROUPS, run[3], 0, 0]
    assert sorted(project.rows("Group", *FIELDS)) == remote_groups(simulator)
    asked = [one.body.get("Next") for one in simulator.requests if one.path == GROUP_LIST.path]
    assert asked.count(0) == 1, "it went on from the second page"
    assert len(asked) == 3
