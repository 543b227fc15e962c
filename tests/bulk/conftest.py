"""What tests of bulk runs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Run
from django_tim.services import bulk


@pytest.fixture
def done(tim: Tim) -> Callable[..., Run]:
    """Start a bulk run and work on it for one slice; ``done("kick_accounts", ["ann"])``."""

    def start_and_work(kind: str, items: Any, **params: Any) -> Run:
        run = bulk.start(kind, items, params=params)
        tasks.run_bulk(run.pk, helps=True)
        run.refresh_from_db()
        return run

    return start_and_work
