"""A browser on the admin: a live server, a simulator behind it, and a page that is logged in.

Where there is no Chromium or no Playwright, these tests are skipped with a word. Set
``TIM_SCREENSHOTS`` to a folder, and ``shot`` leaves pictures there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Run
from django_tim.services import runs
from django_tim.simulator import Simulator

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM = os.environ.get("TIM_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, headless; one for all tests."""
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (the extra browser)")
    if not shutil.which(CHROMIUM):
        pytest.skip(f"needs Chromium at {CHROMIUM}: set TIM_CHROMIUM")
    # Playwright keeps an event loop in this thread, in which Django would refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are done at once: there is no broker here."""

    def work(run: Run) -> None:
        if run.status == Run.Status.QUEUED:
            tasks.run_sync(run.pk)

    monkeypatch.setattr(tasks, "enqueue", work)
    monkeypatch.setattr(tasks, "enqueue_restrictions", tasks.settle_restrictions)


@pytest.fixture
def mirror(transactional_db: None, simulator: Simulator, tim: Tim, worker: None) -> Simulator:
    """A seeded app, and its mirror in step with it."""
    simulator.seed(groups=40, accounts=150)
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        tasks.run_sync(runs.start(kind).pk)
    return simulator


@pytest.fixture
def page(browser: Any, live_server: Any, transactional_db: None, tim: Tim) -> Iterator[Any]:
    """A page of an admin user, at the admin's index. Any error in the page's scripts fails."""
    get_user_model().objects.create_superuser("admin", "admin@example.com", "admin")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1200, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "admin")
    page.click("[type=submit]")
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def shot(page: Any, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Leave a picture of the page, if pictures are asked for: light, or dark, or of a phone."""
    folder = os.environ.get("TIM_SCREENSHOTS")

    def take(name: str, *, dark: bool = False, phone: bool = False) -> None:
        if not folder:
            return
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": 390 if phone else 1200, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
