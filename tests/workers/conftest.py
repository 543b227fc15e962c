"""The example project, whose workers a test may start and kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from django_tim.simulator import SimulatorServer
from tests.servers import url_of
from tests.workers.project import Project


@pytest.fixture
def project(
    request: pytest.FixtureRequest, tmp_path: Path, server: SimulatorServer
) -> Iterator[Project]:
    broker = getattr(request, "param", "files")
    project = Project(tmp_path, server, "" if broker == "files" else url_of(broker))
    yield project
    project.stop()
