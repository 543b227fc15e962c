"""Which function simulates which endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from django_tim.answers import Envelope
from django_tim.catalogue import Endpoint

from .body import Body
from .state import State

A = TypeVar("A", bound=Envelope)
HANDLERS: Final[dict[str, Callable[[State, Body], Mapping[str, Any]]]] = {}
OK: Final[Envelope] = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}


def simulates(
    endpoint: Endpoint[A],
) -> Callable[[Callable[[State, Body], A]], Callable[[State, Body], A]]:
    """Register the function that carries out calls of ``endpoint``.

    It gets the state, locked, and the request's body; it returns the answer or raises
    Refusal before it has changed anything.
    """

    def register(handler: Callable[[State, Body], A]) -> Callable[[State, Body], A]:
        HANDLERS[endpoint.path] = handler
        return handler

    return register
