"""What many tests share: a simulator, and a client that speaks HTTP to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation

from django_tim.client import retry
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.services import health
from django_tim.simulator import Simulator, SimulatorServer

APP = settings.DJANGO_TIM["default"]
# What a test hands over to the workers stays here: a broker of the machine would keep it.
Celery("tests", broker="memory://").set_default()
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "take the documentation's pictures anew, or those of all pages into a folder"
    parser.addoption("--screenshots", nargs="?", const=IMAGES, type=Path, help=told)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> None:
    """Empty PostgreSQL's tables row by row: truncating our many small ones is far slower."""
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = _deletions  # type: ignore[method-assign]


def _deletions(style: object, tables: list[str], **_: object) -> list[str]:
    quoted = map(connection.ops.quote_name, tables)
    return [f"DELETE FROM {table}" for table in quoted]  # noqa: S608  (Django's own names)


@pytest.fixture(autouse=True)
def nothing_is_written_down_without_a_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What earlier tests counted is due after some request: not in a test that has no database."""
    if request.node.get_closest_marker("django_db") is None:
        monkeypatch.setattr(health._Clock, "next", math.inf)


@pytest.fixture
def simulator() -> Simulator:
    """An empty app, without call rates."""
    return Simulator(APP["SDK_APP_ID"], APP["SECRET_KEY"], APP["ADMIN"], check_rates=False)


@pytest.fixture
def server(simulator: Simulator) -> Iterator[SimulatorServer]:
    with SimulatorServer(simulator) as server:
        yield server


@pytest.fixture
def tim(server: SimulatorServer) -> Iterator[Tim]:
    """The client of the simulated app; ``tims["default"]`` is the same one."""
    config = AppConfig(
        sdk_app_id=APP["SDK_APP_ID"],
        secret_key=APP["SECRET_KEY"],
        base_url=server.url,
        deadline=3,
    )
    tim = Tim(config)
    with tims.override("default", tim):
        yield tim
    tim.close()


@pytest.fixture
def unrepeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that fails is not made again, however slow the machine: ``tim`` has no such pause."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", retry.LONGEST_PAUSE)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's clock stands: what is left of a minute is a minute, on a slow machine too."""
    now = timezone.now().replace(microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture(autouse=True)
def _the_usual_language() -> Iterator[None]:
    """A page in Chinese leaves its language behind in the thread: no other test shall see it."""
    yield
    translation.deactivate()
