"""How much of a rate of 200 calls a second two processes of 16 threads each get, and at what cost.

    python benchmarks/pacing.py                 a short look
    FULL=1 python benchmarks/pacing.py          five rounds of eight seconds
    ONLY=redis,file python benchmarks/pacing.py

Each backend is tried where its server answers (TIM_REDIS_URL, TIM_POSTGRESQL_URL,
TIM_MARIADB_URL). Printed are a table, and one line of JSON for each figure: ``ratio`` is the
share of the rate that was used, and ``detail`` holds the most calls in any one second and the
CPU of all processes in per cent of a core, the threads' own work included.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

RATE = 200.0
PROCESSES, THREADS = 2, 16
FULL = bool(os.environ.get("FULL"))
ROUNDS, SECONDS = (5, 8.0) if FULL else (1, 2.0)
REDIS = os.environ.get("TIM_REDIS_URL", "redis://127.0.0.1:6379/15")
POSTGRESQL = os.environ.get("TIM_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/test")
MARIADB = os.environ.get("TIM_MARIADB_URL", "mysql://root@127.0.0.1:3306/test")


def file_backend() -> Any:
    from django_tim.pacing.file import FileBackend

    return FileBackend(str(Path(tempfile.gettempdir(), "django-tim-benchmark.json")))


def redis_backend() -> Any:
    from django_tim.pacing.redis import RedisBackend

    return RedisBackend(REDIS)


def database_backend(url: str) -> Any:
    import dj_database_url
    import django
    from django.conf import settings
    from django.db import connection

    if url.startswith("mysql"):
        import pymysql

        pymysql.install_as_MySQLdb()
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_tim"],
        DATABASES={"default": dj_database_url.parse(url)},
    )
    django.setup()
    from django_tim.models import PacingClock
    from django_tim.pacing.database import DatabaseBackend

    if PacingClock._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(PacingClock)
    connection.close()
    return DatabaseBackend("default")


BACKENDS: dict[str, Callable[[], Any]] = {
    "file": file_backend,
    "redis": redis_backend,
    "database": lambda: database_backend(POSTGRESQL),
    "database_mariadb": lambda: database_backend(MARIADB),
}


def work(name: str, key: str, seconds: float, barrier: Any, results: Any) -> None:
    """One process: its threads do nothing but wait for their turns and write them down."""
    from django_tim.pacing.reserving import ReservingPacer

    try:
        pacer = ReservingPacer(BACKENDS[name]())
        pacer.acquire(key + "/warm", RATE)
        barrier.wait()
    except Exception as exc:  # noqa: BLE001 - the parent says that this backend is skipped
        barrier.abort()
        results.put(repr(exc))
        return
    turns: list[float] = []
    start, cpu = time.monotonic(), time.process_time()
    end = start + seconds

    def call_on() -> None:
        while time.monotonic() < end:
            pacer.acquire(key, RATE)
            turns.append(time.monotonic())

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(THREADS):
            pool.submit(call_on)
    results.put((turns, (time.process_time() - cpu) / (time.monotonic() - start)))


def prepare(name: str) -> None:
    """Have the table made by one process: two would both find it missing."""
    maker = multiprocessing.get_context("spawn").Process(target=make, args=(name,))
    maker.start()
    maker.join()


def make(name: str) -> None:
    """What a process of its own does for ``prepare``; a server that is missing shows later."""
    with contextlib.suppress(Exception):
        BACKENDS[name]()


def one_round(name: str, number: int) -> tuple[float, int, float]:
    """The share of the rate used, the most calls in any one second, and the CPU."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    key = f"benchmark:{os.getpid()}:{number}"
    args = (name, key, SECONDS, barrier, results)
    workers = [context.Process(target=work, args=args) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    failures = [answer for answer in found if isinstance(answer, str)]
    if failures:
        raise RuntimeError(" / ".join(failures))
    turns = sorted(turn for own, _ in found for turn in own)
    share = (len(turns) - 1) / (turns[-1] - turns[0]) / RATE
    return share, most_in_a_second(turns), sum(cpu for _, cpu in found)


def most_in_a_second(turns: list[float]) -> int:
    """The most turns in any window of one second."""
    most = first = 0
    for last, turn in enumerate(turns):
        while turns[first] <= turn - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def main() -> None:
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    names = [name for name in BACKENDS if not only or name in only or f"pacing_{name}" in only]
    rounds: dict[str, list[tuple[float, int, float]]] = {}
    for name in names:
        prepare(name)
    for number in range(ROUNDS):
        for name in names:
            try:
                rounds.setdefault(name, []).append(one_round(name, number))
            except RuntimeError as exc:
                print(f"{name}: skipped, {exc}", file=sys.stderr)
    print(f"{'backend':<18}{'share of the rate':>18}{'most in 1 s':>13}{'CPU %':>8}")
    for name, found in rounds.items():
        share = statistics.median(share for share, _, _ in found)
        most = max(most for _, most, _ in found)
        cpu = statistics.median(cpu for _, _, cpu in found) * 100
        print(f"{name:<18}{share:>18.4f}{most:>13}{cpu:>8.1f}")
        detail = {"most_in_a_second": most, "cpu_percent": round(cpu, 1), "rounds": len(found)}
        print(json.dumps({"name": f"pacing_{name}", "ratio": round(share, 4), "detail": detail}))


if __name__ == "__main__":
    main()
