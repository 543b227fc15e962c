"""A person's call is not stuck behind a bulk run, and bulk runs may have a queue of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from django_tim import tasks
from django_tim.catalogue import ACCOUNT_KICK
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.pacing.base import interactive
from django_tim.pacing.memory import MemoryBackend
from django_tim.pacing.reserving import ReservingPacer
from django_tim.services import accounts, bulk, runs
from django_tim.simulator import Simulator, SimulatorServer
from tests.conftest import APP

pytestmark = pytest.mark.django_db(transaction=True)

RATE = 40
CLICKED_AT = 20


@pytest.fixture
def paced(server: SimulatorServer) -> Iterator[Tim]:
    """The app's client, with turns at a low rate."""
    config = AppConfig(
        sdk_app_id=APP["SDK_APP_ID"],
        secret_key=APP["SECRET_KEY"],
        base_url=server.url,
        rate_share=1,
        rates={ACCOUNT_KICK.path: RATE},
    )
    tim = Tim(config, pacer=ReservingPacer(MemoryBackend()))
    with tims.override("default", tim):
        yield tim
    tim.close()


def test_a_click_goes_before_what_a_run_still_has_to_do(
    simulator: Simulator, paced: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"user{number:03}" for number in range(200)]
    paced.accounts.import_many([*people, "clicked"])
    run = bulk.start("kick_accounts", people)
    clicks = threading.Event()

    def click() -> None:
        assert clicks.wait(60)
        with interactive():
            paced.accounts.kick("clicked")

    handle = simulator.handle

    def counting(path: str, query: Any, body: Any) -> Any:
        if simulator.counts.get(ACCOUNT_KICK.path, 0) >= CLICKED_AT:
            clicks.set()
        return handle(path, query, body)

    monkeypatch.setattr(simulator, "handle", counting)
    person = threading.Thread(target=click)
    person.start()
    tasks.run_bulk(run.pk, helps=True)
    person.join()
    kicked = [one.body["UserID"] for one in simulator.requests if one.path == ACCOUNT_KICK.path]
    assert len(kicked) == 201
    assert kicked.index("clicked") < 100, "160 were waiting"


def test_runs_go_to_the_queues_that_the_project_names(
    tim: Tim, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    for task in (tasks.run_bulk, tasks.run_sync):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kw: sent.append(kw.get("queue")))
    tasks.enqueue(bulk.start("kick_accounts", ["ann"]))
    settings.DJANGO_TIM_OPTIONS = {"QUEUE": "tim", "BULK_QUEUE": "tim-bulk"}
    tasks.enqueue(bulk.start("kick_accounts", ["ann"]))
    tasks.enqueue(runs.start("sync_groups"))
    assert sent == [None, "tim-bulk", "tim"]


def test_a_run_makes_way_for_others_after_a_hundred_calls(
    simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[int] = []
    monkeypatch.setattr(tasks.run_bulk, "apply_async", lambda args, **kw: published.append(args[0]))
    people = [f"user{number:03}" for number in range(300)]
    accounts.import_many(people)
    long, short = bulk.start("kick_accounts", people), bulk.start("kick_accounts", ["user000"])
    tasks.run_bulk(long.pk, helps=True)
    long.refresh_from_db()
    assert (long.status, published) == ("running", [long.pk])
    assert 100 <= long.done < 300
    tasks.run_bulk(short.pk, helps=True)
    tasks.run_bulk(long.pk, helps=True)
    long.refresh_from_db()
    assert (long.status, long.done) == ("succeeded", 300)
