"""An import of accounts as a Run, by real Celery workers on Redis and PostgreSQL.

    python -m benchmarks.bulk                                  a short look
    FULL=1 python -m benchmarks.bulk                           200,000 accounts, five rounds
    FULL=1 ONLY=pause_seconds python -m benchmarks.bulk

The servers are those of ``TIM_REDIS_URL`` and ``TIM_POSTGRESQL_URL``; a scratch database is made
anew for each round. ``import_one_worker`` and ``import_two_workers``: the time that the vendor's
rate of 100 calls a second would need ÷ the time from the run's start to its end.
``pause_seconds``: the seconds from asking for a pause to the last call that the stub got, ÷ 2.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.support.figures import FULL, ROUNDS, Figure, asked_for, show
from benchmarks.support.project import POSTGRESQL, REDIS, fresh, set_up
from benchmarks.support.stub import Stub

ACCOUNTS = 200_000 if FULL else 4_000
TO_PAUSE = 60_000
A_CALL = 100
RATE = 100
LATENCY = 0.05
PATIENCE = 600.0
LOOK = 0.02


def main() -> None:
    names = {"import_one_worker": 1, "import_two_workers": 2}
    figures: list[Figure] = []
    missing = missing_server()
    if missing:
        print(f"bulk: skipped, {missing}", file=sys.stderr)
        return
    with Stub(latency=LATENCY) as stub:
        set_up("postgresql", stub.url, PACING="redis", PACING_URL=REDIS)
        for name, workers in names.items():
            if asked_for(name):
                figures.append(importing(stub, name, workers))
        if asked_for("pause_seconds"):
            figures.append(pausing(stub))
    show(figures)


def missing_server() -> str:
    """Why a server that is needed can't be used; "" if both can."""
    import psycopg
    import redis

    try:
        psycopg.connect(POSTGRESQL, connect_timeout=5).close()
        redis.Redis.from_url(REDIS, socket_connect_timeout=5).ping()
    except (psycopg.Error, redis.RedisError) as error:
        return str(error)
    return ""


def importing(stub: Stub, name: str, workers: int) -> Figure:
    rounds = [one_import(stub, workers) for _ in range(ROUNDS)]
    bound = ACCOUNTS / A_CALL / RATE
    seconds = statistics.median(seconds for seconds, _ in rounds)
    detail = {
        "accounts": ACCOUNTS,
        "seconds": round(seconds, 2),
        "quota_bound_seconds": bound,
        "cpu_of_a_core": round(statistics.median(cpu for _, cpu in rounds), 2),
        "rounds": ROUNDS,
    }
    return Figure(name, bound / seconds, "≥ 0.95", detail)


def one_import(stub: Stub, workers: int) -> tuple[float, float]:
    """The seconds that it took, and the CPU of the workers in cores."""
    from django_tim.models import Account

    with at_work(stub, workers) as processes:
        run = started(ACCOUNTS)
        before = sum(map(cpu_of, processes))
        wait_until(run, lambda: run.finished_at is not None)
        spent = sum(map(cpu_of, processes)) - before
    assert (run.status, run.done, run.failed) == ("succeeded", ACCOUNTS, 0), run.status
    assert Account.objects.count() == ACCOUNTS
    seconds = (run.finished_at - run.started_at).total_seconds()
    return seconds, spent / seconds


def pausing(stub: Stub) -> Figure:
    seconds = [one_pause(stub) for _ in range(ROUNDS)]
    detail = {"seconds": [round(one, 2) for one in seconds], "rounds": ROUNDS}
    return Figure("pause_seconds", statistics.median(seconds) / 2, "≤ 1", detail)


def one_pause(stub: Stub) -> float:
    """Seconds from the request to the last call."""
    from django_tim.services import runs

    with at_work(stub, 2):
        run = started(TO_PAUSE)
        wait_until(run, lambda: run.done > 5_000)
        stub.calls()
        asked = last = time.monotonic()
        assert runs.request_pause(run)
        while time.monotonic() - last < 3:
            time.sleep(LOOK)
            if stub.calls():
                last = time.monotonic()
        run.refresh_from_db()
        assert run.status == "paused", run.status
        assert run.done < TO_PAUSE
    return last - asked


@contextmanager
def at_work(stub: Stub, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many workers on a fresh database, ready to take tasks."""
    fresh("postgresql")
    environment = os.environ | {"BENCHMARK_HOST": stub.url}
    workers = [
        subprocess.Popen(command(place), env=environment, stdout=subprocess.DEVNULL)  # noqa: S603  (our own module)
        for place in range(number)
    ]
    try:
        wait_for_workers(number)
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
        _app().control.purge()


def command(place: int) -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "-l", "ERROR"]
    name = f"-nbenchmark{place}-{os.getpid()}@%h"
    app = ["-m", "celery", "-A", "benchmarks.support.worker"]
    return [sys.executable, *app, "worker", "-P", "solo", name, *quiet]


def wait_for_workers(number: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(_app().control.ping(timeout=1)) < number:
        assert time.monotonic() < end, "the workers do not answer"


def started(accounts: int) -> Any:
    from django_tim import tasks
    from django_tim.services import bulk

    given = ({"UserID": f"user{n:07d}", "Nick": f"Name {n}"} for n in range(accounts))
    run = bulk.start("import_accounts", given)
    _app()  # it is the current app from now on: the task goes to its queue
    tasks.enqueue(run)
    return run


def wait_until(run: Any, condition: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{run} is {run.status} at {run.done}"
        time.sleep(0.1)
        run.refresh_from_db()


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _app() -> Any:
    from celery import Celery, current_app

    if current_app.main != "benchmark":
        app = Celery("benchmark", broker=REDIS)
        app.conf.task_default_queue = "django-tim-benchmark"
        app.set_default()
    return current_app


if __name__ == "__main__":
    main()
