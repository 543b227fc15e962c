"""Runs in a browser: the bar, what can be asked of a run, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Run
from django_tim.services import bulk
from django_tim.simulator import Simulator

from .conftest import Look, Worker, sent

ACCOUNTS = 240
BAR = "document.querySelector('[data-tim-bar]')"


@pytest.fixture
def run(simulator: Simulator, tim: Tim, transactional_db: None, worker: Worker) -> Run:
    """A run that waits for its worker."""
    simulator.seed(groups=0, accounts=ACCOUNTS)
    worker.waits = True
    run = bulk.start("kick_accounts", [f"user{number:06}" for number in range(ACCOUNTS)])
    tasks.enqueue(run)
    return run


@pytest.fixture
def its(page: Any, run: Run) -> Iterator[Any]:
    """The page of that run. The worker here and the server's answers take turns."""
    page.route("**/progress/**", lambda route: route.fulfill(response=route.fetch()))
    page.goto(f"/admin/django_tim/run/{run.pk}/change/")
    yield page
    page.unroute_all(behavior="wait")


def bar(page: Any) -> tuple[float, float]:
    value, most = page.evaluate(f"[{BAR}.value, {BAR}.max]")
    return value, most


def test_the_bar_moves_to_the_end(
    its: Any, run: Run, simulator: Simulator, worker: Worker, look: Look, settings: Any
) -> None:
    assert bar(its) == (0, ACCOUNTS)
    look(its)
    settings.DJANGO_TIM_OPTIONS = {"SLICE_SECONDS": 0.001, "BULK_WORKERS": 1}
    worker.turn()
    its.wait_for_selector("[data-tim-bar]:not([value='0'])")
    assert 0 < bar(its)[0] < ACCOUNTS
    assert 0 < len(sent(simulator, "im_open_login_svc/kick")) < ACCOUNTS
    look(its, "run")
    settings.DJANGO_TIM_OPTIONS = {}
    worker.work()
    its.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
    assert bar(its) == (ACCOUNTS, ACCOUNTS)
    its.wait_for_selector("text=100 %")
    assert len(sent(simulator, "im_open_login_svc/kick")) == ACCOUNTS


def test_pause_resume_and_cancel(
    its: Any, run: Run, simulator: Simulator, worker: Worker, look: Look
) -> None:
    its.click("button[value=pause]")
    its.wait_for_selector("[data-tim-badge]:text-is('paused')")
    worker.work()
    assert sent(simulator, "im_open_login_svc/kick") == []
    its.click("button[value=resume]")
    its.wait_for_selector("[data-tim-badge]:text-is('queued')")
    its.click("button[value=cancel]")
    its.wait_for_selector("[data-tim-badge]:text-is('cancelled')")
    worker.work()
    assert sent(simulator, "im_open_login_svc/kick") == []
    assert its.locator("button[name=do]:visible").count() == 0


def test_what_failed_is_said_with_its_meaning(
    its: Any, run: Run, simulator: Simulator, worker: Worker, look: Look
) -> None:
    simulator.faults.add("code", value=70107, path="im_open_login_svc/kick", times=3)
    worker.work()
    its.wait_for_selector("[data-tim-badge]:text-is('finished with failures')")
    its.wait_for_selector("#tim-failures >> text=70107")
    assert its.locator("#tim-failures tbody tr").count() == 3
    look(its)
    with its.expect_download() as download:
        its.click("text=Download all as CSV")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + 3
    assert all("70107" in line for line in lines[1:])
    its.click("button[value=retry]")
    its.wait_for_selector("[data-tim-badge]:text-is('queued')")
    worker.work()
    its.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
