"""Turns as threads get them, by a clock that the test moves."""

from __future__ import annotations

import pytest

from django_tim.exceptions import PacingTimeout
from django_tim.pacing.base import interactive
from django_tim.pacing.memory import MemoryBackend
from django_tim.pacing.reserving import Reservation, ReservingPacer


class Time:
    """A clock; whoever sleeps moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def pacer(clock: Time) -> ReservingPacer:
    return ReservingPacer(MemoryBackend(clock), clock=clock, sleep=clock.sleep)


def test_the_rate_holds_to_the_last_call(pacer: ReservingPacer, clock: Time) -> None:
    turns = []
    for _ in range(400):
        pacer.acquire("key", 200)
        turns.append(clock.now)
    for start, end in zip(turns, turns[200:], strict=False):
        assert end - start > 0.999  # never 201 calls in one second
    assert turns[-1] - turns[0] == pytest.approx(399 / 200, abs=0.02)


class Counting(MemoryBackend):
    """Counts how often it is asked."""

    asked = 0

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        self.asked += 1
        return super().reserve(key, interval, turns, ahead)


def test_who_comes_steadily_finds_turns_that_are_reserved(clock: Time) -> None:
    backend = Counting(clock)
    pacer = ReservingPacer(backend, clock=clock, sleep=clock.sleep)
    turns = []
    for _ in range(400):
        pacer.acquire("key", 200)
        turns.append(clock.now)
    assert backend.asked <= 50  # ten turns at a time, after a few
    assert turns == pytest.approx([turns[0] + number / 200 for number in range(400)])


def test_who_comes_seldom_reserves_for_itself_alone(clock: Time) -> None:
    backend = Counting(clock)
    pacer = ReservingPacer(backend, clock=clock, sleep=clock.sleep)
    for _ in range(20):
        pacer.acquire("key", 200)
        clock.now += 0.2
    assert backend.asked == 20
    assert backend.reserve("key", 1 / 200, 1, 0).wait == 0  # none is taken from others


def test_a_pause_is_not_made_up_for(pacer: ReservingPacer, clock: Time) -> None:
    pacer.acquire("key", 10)
    clock.now += 60
    started = clock.now
    for _ in range(11):
        pacer.acquire("key", 10)
    assert clock.now - started >= 0.999


def test_a_turn_beyond_the_deadline_is_refused_at_once(pacer: ReservingPacer, clock: Time) -> None:
    pacer.acquire("key", 1)
    before = clock.now
    with pytest.raises(PacingTimeout):
        pacer.acquire("key", 1, timeout=0.5)
    assert clock.now == before
    pacer.acquire("key", 1, timeout=5)
    assert clock.now == pytest.approx(before + 1)


def test_slowed_down(pacer: ReservingPacer, clock: Time) -> None:
    pacer.acquire("key", 200)
    before = clock.now
    pacer.slow_down("key", 3)
    pacer.acquire("key", 200)
    assert clock.now - before >= 3


def test_a_person_does_not_wait_behind_a_million_imports(clock: Time) -> None:
    backend = MemoryBackend(clock)
    worker = ReservingPacer(backend, clock=clock, sleep=clock.sleep)
    web = ReservingPacer(backend, clock=clock, sleep=clock.sleep)
    for _ in range(50):
        worker.acquire("key", 200)
    before = clock.now
    with interactive():
        web.acquire("key", 200, timeout=1)
    assert clock.now - before < 0.3
