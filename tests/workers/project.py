"""The example project in processes of its own: real workers, which a test may kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from django_tim.simulator import SimulatorServer
from tests.conftest import APP

EXAMPLE = Path(__file__).resolve().parents[2] / "example_project"
PATIENCE = 240.0
"""Seconds after which a worker will not do what is waited for: a busy machine needs one minute."""
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING")
_BEFORE = """
import json, time, django
django.setup()
from django_tim import tasks
from django_tim.models import *
"""
_WAIT = """
runs, end = Run.objects.filter(kind={kind!r}).order_by("pk"), time.monotonic() + {patience}
while not runs.filter(finished_at__isnull=False).exists() and time.monotonic() < end:
    time.sleep(0.1)
print(json.dumps(runs.values_list("status", "error", "done", "created", "gone", "failed").last()))
"""


class Project:
    """The example project on the tests' database server, or on a SQLite file of its own.

    Its apps call ``server``; its Celery app reads a queue of its own at ``broker``, which is a
    folder of files unless told otherwise.
    """

    def __init__(self, folder: Path, server: SimulatorServer, broker: str = "") -> None:
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "example.settings",
            "EXAMPLE_VAR": str(folder),
            "TIM_HOST": server.url,
            "TIM_SDK_APP_ID": str(APP["SDK_APP_ID"]),
            "TIM_SECRET_KEY": APP["SECRET_KEY"],
            "CELERY_QUEUE": f"django-tim-test-{os.getpid()}",
        }
        if broker:
            self._environment["CELERY_BROKER_URL"] = broker
        if connection.vendor == "sqlite":
            self._environment.pop("DATABASE_URL", None)
            self.python(
                "from django.core.management import call_command as c; c('migrate', verbosity=0)"
            )
        else:
            self._environment["DATABASE_URL"] = _url_of_the_tests_database()

    def python(self, code: str) -> Any:
        """Run Python code in the project, which prints nothing or JSON; returns that."""
        done = subprocess.run(
            [sys.executable, "-c", _BEFORE + code],
            cwd=EXAMPLE,
            env=self._environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(done.stdout) if done.stdout else None

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a management command, which a test may kill; it writes to a .log file."""
        with (self._folder / f"command{len(self._workers)}.log").open("wb") as log:
            command = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=EXAMPLE,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._workers.append(command)
        return command

    def rows(self, model: str, *fields: str) -> list[list[Any]]:
        """The rows of a model that are not gone."""
        names = ", ".join(map(repr, fields))
        rows = f"{model}.objects.order_by('pk').values_list({names})"
        return list(self.python(f"print(json.dumps(list({rows}), default=str))"))

    def worker(self, pool: str = "threads") -> subprocess.Popen[bytes]:
        """Start a worker, in a process group of its own."""
        with (self._folder / f"worker{len(self._workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "-A",
                    "example",
                    "worker",
                    "-P",
                    pool,
                    "-c2",
                    f"-nworker{len(self._workers)}-{os.getpid()}@%h",
                    *QUIET,
                ],
                cwd=EXAMPLE,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._workers.append(worker)
        return worker

    def wait_for_a_run(self, kind: str) -> list[Any]:
        """Wait until the run of a kind has ended: its status, error and numbers."""
        run: list[Any] = self.python(_WAIT.format(kind=kind, patience=PATIENCE))
        return run

    def stop(self) -> None:
        """Kill the workers that are left, and take their queue away."""
        for worker in self._workers:
            kill(worker)
        if "CELERY_BROKER_URL" in self._environment:
            channel = "example.celery_app.connection_for_write().default_channel"
            queue = self._environment["CELERY_QUEUE"]
            self.python(f"import example; {channel}.queue_delete({queue!r})")


def kill(worker: subprocess.Popen[bytes]) -> None:
    """``kill -9`` a worker and its children."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _url_of_the_tests_database() -> str:
    settings = connection.settings_dict
    scheme = {"postgresql": "postgres", "mysql": "mysql"}[connection.vendor]
    login = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}".removesuffix(":")
    place = settings["HOST"] + (f":{settings['PORT']}" if settings["PORT"] else "")
    return f"{scheme}://{login}@{place}/{settings['NAME']}"
