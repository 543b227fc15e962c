"""An app's backend for tests of what the simulator tells it and asks it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django_tim.simulator import Simulator

OK = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}


class Backend:
    """An app's backend that answers as it is told and remembers what came."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}

    def post(self, url: str, content: bytes) -> tuple[int, bytes]:
        command = parse_qs(urlsplit(url).query)["CallbackCommand"][0]
        body = json.loads(content)
        self.got.append((command, body))
        answer = self.answers.get(command, OK)
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, tuple):
            return answer
        return 200, json.dumps({**OK, **answer}).encode()

    def last(self, *fields: str) -> tuple[Any, ...]:
        command, body = self.got[-1]
        return (command, *(body.get(field) for field in fields))


def told(simulator: Simulator, backend: Backend) -> list[str]:
    """The commands that came, in their order."""
    assert simulator.callbacks.flush()
    return [command for command, _ in backend.got]
