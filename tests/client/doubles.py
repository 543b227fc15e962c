"""A network, a clock and a pacer for tests of the client: they record, and do as they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.client.transport import RawAnswer

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
OK: dict[str, Any] = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}


def failed(code: int, info: str = "said no", **more: Any) -> dict[str, Any]:
    """An answer with an error code."""
    return {"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": info, **more}


@dataclass(frozen=True)
class Sent:
    """One call, as it reached the network."""

    url: str
    query: dict[str, str]
    body: bytes
    timeout: tuple[float, float]

    @property
    def path(self) -> str:
        return self.url.partition("/v4/")[2]

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.body)


class Wire:
    """A Transport that gives the answers named, one a call, and the last one ever after."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers) or [OK]
        self.sent: list[Sent] = []
        self.closed = False

    def post(
        self, url: str, params: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> RawAnswer:
        query = {
            name: getattr(value, "reveal", lambda v=value: v)() for name, value in params.items()
        }
        self.sent.append(Sent(url, query, body, timeout))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            answer = answer(self.sent[-1])
        if isinstance(answer, Exception):
            raise answer
        return (
            answer if isinstance(answer, RawAnswer) else RawAnswer(200, json.dumps(answer).encode())
        )

    def close(self) -> None:
        self.closed = True


@dataclass
class Time:
    """A clock that only moves when someone sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Turns:
    """A Pacer that records who asked for a turn, and lets the time of the wait pass."""

    time: Time
    wait: float = 0.0
    asked: list[tuple[str, float, float | None]] = field(default_factory=list)
    slowed: list[tuple[str, float]] = field(default_factory=list)
    refusal: Exception | None = None

    def acquire(self, key: str, rate: float, *, timeout: float | None = None) -> None:
        self.asked.append((key, rate, timeout))
        if self.refusal is not None and len(self.asked) > 1:
            raise self.refusal
        self.time.now += self.wait

    def slow_down(self, key: str, seconds: float) -> None:
        self.slowed.append((key, seconds))


def config(**changes: Any) -> AppConfig:
    """The settings of the tests' app."""
    given: dict[str, Any] = {"sdk_app_id": 1400000000, "secret_key": KEY, **changes}
    return AppConfig(**given)


def a_tim(*answers: Any, pacer: Any = None, time: Time | None = None, **changes: Any) -> Tim:
    """A client whose network gives these answers."""
    time = time or Time()
    return Tim(
        config(**changes),
        transport=Wire(*answers),
        pacer=pacer,
        clock=time.clock,
        sleep=time.sleep,
    )


def wire(tim: Tim) -> Wire:
    """The network of a client made by ``a_tim``."""
    assert isinstance(tim._transport, Wire)
    return tim._transport


def frames(error: BaseException) -> Iterator[str]:
    """All that an error report shows: texts, chains, and the variables of every frame."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield from (str(current), repr(current), repr(current.args), repr(vars(current)))
        trace = current.__traceback__
        while trace:
            if not trace.tb_frame.f_globals["__name__"].startswith("tests."):
                yield repr(trace.tb_frame.f_locals)
            trace = trace.tb_next
        todo += [current.__cause__, current.__context__]
