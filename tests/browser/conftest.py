"""A browser on the admin: a live server, a simulator behind it, and pages that are logged in.

Where there is no Chromium or no Playwright, these tests are skipped with a word, and fail in CI.
A page must not break the strict policy, log an error, or be wider than a phone. With
``--screenshots`` the pictures in ``docs/images`` are taken anew.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.services import runs
from django_tim.simulator import Simulator
from tests.conftest import IMAGES
from tests.servers import lacking

CHROMIUM = os.environ.get("TIM_CHROMIUM", "/usr/bin/chromium")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 800}
TALLEST = 1100
"""Pixels of a page that a picture shows at most."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, headless; one for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        lacking("Playwright: the extra browser")
    if not shutil.which(CHROMIUM):
        lacking(f"Chromium at {CHROMIUM}: set TIM_CHROMIUM")
    # Playwright keeps an event loop in this thread, in which Django would refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Worker:
    """The worker that a broker would feed: does what it is given at once, or in turns."""

    def __init__(self) -> None:
        self.waits = False
        self._queue: list[Callable[[], Any]] = []
        self._is_at_work = False

    def take(self, task: Task, args: Any = (), kwargs: Any = None, **options: Any) -> None:
        self._queue.append(partial(task, *args, **(kwargs or {})))
        if not self.waits and not self._is_at_work:
            self.work()

    def work(self) -> None:
        """Do all that is queued, and what that queues."""
        while self._queue:
            self.turn()

    def turn(self) -> None:
        """Do what was queued first."""
        self._is_at_work = True
        try:
            self._queue.pop(0)()
        finally:
            self._is_at_work = False


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Tasks are done in the process of the tests: there is no broker here."""
    worker = Worker()

    def take(task: Task, *args: Any, **kwargs: Any) -> None:
        worker.take(task, *args, **kwargs)

    monkeypatch.setattr(Task, "apply_async", take)
    return worker


@pytest.fixture
def mirror(transactional_db: None, simulator: Simulator, tim: Tim, worker: Worker) -> Simulator:
    """A seeded app, and its mirror in step with it."""
    simulator.seed(groups=20, accounts=60)
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        tasks.run_sync(runs.start(kind).pk)
    return simulator


Visit = Callable[..., Any]


@pytest.fixture
def visit(
    browser: Any, live_server: Any, transactional_db: None, tim: Tim
) -> Iterator[Callable[..., Any]]:
    """A page for a user: ``visit("ann", "view_account")`` has that permission only.

    Without permissions the user is a superuser. The page's ``problems`` are what its scripts
    and its console have complained of: a test takes out what it expects.
    """
    contexts, pages = [], []

    def open_page(name: str = "admin", *permissions: str, **options: Any) -> Any:
        user = get_user_model().objects.create_user(
            name, password=name, is_staff=True, is_superuser=not permissions
        )
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            base_url=live_server.url, **{"viewport": DESK, "locale": "en-US", **options}
        )
        context.set_default_timeout(20_000)
        context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        session = settings.SESSION_COOKIE_NAME
        cookie = {"name": session, "value": client.cookies[session].value}
        context.add_cookies([{**cookie, "url": live_server.url}])
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console", lambda said: page.problems.append(said.text) if said.type == "error" else 0
        )
        contexts.append(context)
        pages.append(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [problem for page in pages for problem in page.problems] == []


@pytest.fixture
def page(visit: Visit) -> Any:
    """The page of a superuser, who reads English."""
    return visit()


Look = Callable[..., None]


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """See that a page fits a desk and a phone; with ``--screenshots`` take its picture.

    The documentation has the pictures that are named; another folder is given all of them.
    """
    folder: Path | None = request.config.getoption("--screenshots")
    seen = itertools.count(1)

    def at(page: Any, name: str = "", *, dark: bool = False, phone: bool = False) -> None:
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert too_wide <= 0, f"{page.url} is {too_wide} pixels wider than {size['width']}"
        if folder and folder != IMAGES:
            name = name or f"{request.node.name}-{next(seen)}"
        if folder and name:
            page.set_viewport_size(PHONE if phone else DESK)
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.evaluate("scrollTo(0, 0)")
            height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}
            page.screenshot(path=folder / f"{name}.png", full_page=True, clip=clip)
            page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)

    return at


Tool = Callable[[Any, str], None]


@pytest.fixture
def tool() -> Tool:
    """Click one of the buttons that a page has in its corner, or behind "More" there."""

    def click(page: Any, text: str) -> None:
        button = page.locator(f".object-tools button:text-is('{text}')")
        if not button.is_visible():
            page.click(".object-tools summary")
        button.click()
        page.wait_for_selector("form.tim-form")

    return click


def sent(simulator: Simulator, path: str) -> list[Any]:
    """The bodies that the service was sent for one endpoint."""
    return [one.body for one in simulator.requests if one.path.endswith(path)]
