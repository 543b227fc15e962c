"""Bulk runs by real workers: shared, killed, and cut off from their broker."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from django_tim.catalogue import ACCOUNT_IMPORT_MANY, GROUP_CREATE, Endpoint
from django_tim.simulator import Simulator
from tests.workers.project import PATIENCE, Project, kill

pytestmark = pytest.mark.django_db(transaction=True)

START = """
from django_tim.services import bulk
tasks.enqueue(bulk.start({kind!r}, {items}))
"""
# What the watch finds when a worker has given no sign of life for long.
LATER = """
from datetime import timedelta as t
from django.db.models import F
Run.objects.update(heartbeat_at=F("heartbeat_at") - t(hours=1))
Chunk.objects.filter(state="claimed").update(claimed_at=F("claimed_at") - t(hours=1))
tasks.take_up_runs()
"""


class Hold:
    """Lets so many calls of an endpoint be answered, and keeps the others waiting."""

    def __init__(
        self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint[Any]
    ) -> None:
        self.after = self.calls = 0
        self.full, self.go_on = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        handle = simulator.handle

        def held(path: str, query: Any, body: Any) -> Any:
            if path.endswith(endpoint.path) and self._is_held():
                self.go_on.wait()
            return handle(path, query, body)

        monkeypatch.setattr(simulator, "handle", held)

    def _is_held(self) -> bool:
        with self._lock:
            self.calls += 1
            if self.calls > self.after:
                self.full.set()
            return self.calls > self.after


def sent(simulator: Simulator, endpoint: Endpoint[Any]) -> list[Any]:
    return [one.body for one in simulator.requests if one.path.endswith(endpoint.path)]


def test_nothing_is_lost_and_nothing_sent_twice_when_a_worker_is_killed(
    project: Project, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(simulator, monkeypatch, GROUP_CREATE)
    hold.after = 60
    fields = '{"group_type": "Public", "name": f"{n}", "group_id": f"g{n:03}"}'
    worker = project.worker()
    project.python(START.format(kind="create_groups", items=f"({fields} for n in range(150))"))
    assert hold.full.wait(PATIENCE)
    kill(worker)
    hold.go_on.set()  # the service carries out what the dead worker had sent
    project.python(LATER)
    project.worker()
    run = project.wait_for_a_run("create_groups")
    assert run == ["succeeded", "", 150, 150, 0, 0]
    assert len(simulator.state.groups) == 150
    assert len(project.rows("Group", "pk")) == 150
    times = Counter(body["GroupId"] for body in sent(simulator, GROUP_CREATE))
    assert set(times.values()) == {1}, "a call that can't be repeated was made once"


@pytest.mark.parametrize("project", ["redis", "rabbitmq"], indirect=True)
def test_two_workers_share_a_run_and_one_of_them_is_killed(
    project: Project, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(simulator, monkeypatch, ACCOUNT_IMPORT_MANY)
    first = project.worker("solo")
    project.python(
        START.format(kind="import_accounts", items="(f'user{n}' for n in range(12_000))")
    )
    assert hold.full.wait(PATIENCE)  # the first one's calls get no answer any more
    hold.after = 1_000
    project.worker("solo")
    project.python(
        f"import time\nend = time.monotonic() + {PATIENCE}\n"
        "while not Run.objects.filter(done__gt=0) and time.monotonic() < end: time.sleep(0.1)"
    )
    assert project.rows("Run", "done") > [[0]], "the second one is at work, too"
    kill(first)
    hold.go_on.set()
    project.python("import time\nwhile Chunk.objects.filter(state='waiting'): time.sleep(0.1)")
    project.python(LATER)
    run = project.wait_for_a_run("import_accounts")
    assert run == ["succeeded", "", 12_000, 0, 0, 0]
    assert len(simulator.state.accounts) >= 12_000
    assert len(project.rows("Account", "pk")) == 12_000


def test_a_broker_that_is_down_loses_nothing(project: Project, simulator: Simulator) -> None:
    project.python(
        "from example import celery_app; celery_app.conf.broker_url = 'redis://127.0.0.1:1/0'"
        + START.format(kind="import_accounts", items="['ann', 'bob']")
    )
    assert project.rows("Run", "status", "total") == [["queued", 2]]
    project.worker()
    project.python(
        "from datetime import timedelta as t; from django.db.models import F; "
        "Run.objects.update(queued_at=F('queued_at') - t(hours=1)); tasks.take_up_runs()"
    )
    assert project.wait_for_a_run("import_accounts")[:3] == ["succeeded", "", 2]
