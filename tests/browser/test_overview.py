"""The overview in a browser: figures, and charts that are drawn under a strict policy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache

from django_tim.simulator import Simulator

from .conftest import Look

DRAWN = "canvas[data-tim-drawn] >> nth=3"


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no broker here."""
    answers = SimpleNamespace(active_queues=lambda: {"one": [{"name": "example"}]})
    monkeypatch.setattr(current_app.control, "inspect", lambda **_: answers)


def test_charts_are_drawn(page: Any, mirror: Simulator, look: Look) -> None:
    cache.clear()
    page.goto("/admin/django_tim/overview/")
    page.wait_for_selector(DRAWN)
    assert not page.is_visible("[data-tim-problem]")
    look(page, "overview")
    page.wait_for_selector("text=it reads: example")
    page.reload()
    page.wait_for_selector("text=it reads: example")
    page.wait_for_selector(DRAWN)
    look(page)


def test_a_service_that_is_away_is_told(page: Any, mirror: Simulator, look: Look) -> None:
    cache.clear()
    mirror.faults.add("code", value=70009, times=None)
    page.goto("/admin/django_tim/overview/")
    page.wait_for_selector("[data-tim-problem] >> text=70009")
    page.wait_for_selector("text=it reads: example")
    assert page.locator("canvas:visible").count() == 1
    look(page)
