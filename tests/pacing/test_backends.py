"""The clocks of every backend: the same bodies, whatever keeps them."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from django_tim.exceptions import ConfigurationError, NotSent
from django_tim.pacing.database import DatabaseBackend
from django_tim.pacing.file import FileBackend
from django_tim.pacing.memory import MemoryBackend
from django_tim.pacing.redis import RedisBackend
from django_tim.pacing.reserving import Backend
from django_tim.pacing.selection import SERVERS
from tests.servers import url_of
from tests.workers.pacing import reserve

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = float("inf")
# Turns lie many seconds apart: what a slow machine takes between two of them does not matter.


@pytest.fixture(params=["memory", "file", "database", "redis"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    made = _make(request.param, tmp_path)
    yield made
    made.close()


def _make(kind: str, tmp_path: Path) -> Backend:
    if kind == "memory":
        return MemoryBackend()
    if kind == "file":
        return FileBackend(str(tmp_path / "pacing.json"))
    if kind == "redis":
        return RedisBackend(url_of("redis"))
    if connection.vendor not in SERVERS:
        pytest.skip("needs a database server: set DATABASE_URL")
    return DatabaseBackend("default")


@pytest.fixture
def key() -> str:
    return f"test:{uuid.uuid4().hex}"


def test_the_first_turn_is_now_and_the_next_behind_it(backend: Backend, key: str) -> None:
    assert backend.reserve(key, 1000.0, 1, AT_ONCE) == (True, pytest.approx(0, abs=0.5))
    granted, wait = backend.reserve(key, 1000.0, 3, AT_ONCE)
    assert granted
    assert 900 < wait <= 1000
    granted, wait = backend.reserve(key, 1000.0, 1, AT_ONCE)
    assert granted
    assert 3900 < wait <= 4000


def test_what_lies_too_far_ahead_takes_nothing(backend: Backend, key: str) -> None:
    backend.reserve(key, 1000.0, 1, 0.1)
    granted, wait = backend.reserve(key, 1000.0, 1, 0.1)
    assert not granted
    assert 900 < wait <= 1000
    granted, wait = backend.reserve(key, 1000.0, 1, AT_ONCE)
    assert granted
    assert 900 < wait <= 1000


def test_keys_have_clocks_of_their_own(backend: Backend, key: str) -> None:
    backend.reserve(key, 60.0, 1, AT_ONCE)
    granted, wait = backend.reserve(f"{key}:other", 60.0, 1, 0.1)
    assert granted
    assert wait < 0.5


def test_postponed(backend: Backend, key: str) -> None:
    backend.postpone(key, 1000)
    assert not backend.reserve(key, 1.0, 1, 0.1).granted
    backend.postpone(key, 5)  # sooner than what holds already
    granted, wait = backend.reserve(key, 1.0, 1, AT_ONCE)
    assert granted
    assert 900 < wait <= 1000


def test_it_goes_on_after_a_close(backend: Backend, key: str) -> None:
    backend.reserve(key, 60.0, 1, AT_ONCE)
    backend.close()
    assert not backend.reserve(key, 60.0, 1, 0.1).granted


def test_threads_never_get_the_same_turn(backend: Backend, key: str) -> None:
    turns: list[float] = []
    lock = threading.Lock()
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        for _ in range(5):
            granted, wait = backend.reserve(key, 100.0, 1, AT_ONCE)
            at = time.monotonic() + wait
            assert granted
            with lock:
                turns.append(at)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns.sort()
    gaps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert len(turns) == 40
    assert min(gaps) > 50


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_processes_share_the_clocks(kind: str, key: str, tmp_path: Path) -> None:
    _make(kind, tmp_path).close()  # skips where there is no server
    context = multiprocessing.get_context("spawn")
    place = str(tmp_path / "pacing.json") if kind == "file" else url_of("redis")
    with context.Pool(3) as pool:
        waits = pool.starmap(reserve, [(kind, place, key)] * 6)
    assert sorted(round(wait / 100) for wait in waits) == [0, 1, 2, 3, 4, 5]


def test_a_redis_that_is_not_there_sends_no_call(key: str) -> None:
    backend = RedisBackend("redis://:s3cret@127.0.0.1:1/0")
    with pytest.raises(NotSent) as caught:
        backend.reserve(key, 1.0, 1, AT_ONCE)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigurationError):
        RedisBackend("no url")


def test_a_file_that_is_damaged_is_no_trouble(tmp_path: Path, key: str) -> None:
    path = tmp_path / "pacing.json"
    backend = FileBackend(str(path))
    backend.reserve(key, 60.0, 1, AT_ONCE)
    path.write_bytes(b'{"half a')
    assert backend.reserve(key, 60.0, 1, 0.1).granted
    backend.close()
