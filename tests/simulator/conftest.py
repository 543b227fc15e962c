"""What tests of the simulator share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_tim.simulator import Simulator

from .backend import Backend


@pytest.fixture
def backend(simulator: Simulator) -> Iterator[Backend]:
    backend = Backend()
    simulator.callbacks.configure("http://backend/", "token", post=backend.post, pause=0)
    yield backend
    simulator.callbacks.close()
