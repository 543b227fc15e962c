"""What the client asks of a pacing backend, and how a caller says that a person waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_interactive: ContextVar[bool] = ContextVar("django_tim_interactive", default=False)


class Pacer(Protocol):
    """Gives out the turns of the calls of one key (an app's endpoint)."""

    def acquire(self, key: str, rate: float, *, timeout: float | None = None) -> None:
        """Wait for the next turn of ``key`` at ``rate`` calls a second.

        Raises PacingTimeout at once, and gives the turn back, if it lies more than ``timeout``
        seconds ahead.
        """

    def slow_down(self, key: str, seconds: float) -> None:
        """Give out no turn of ``key`` for this long, in no process: the vendor said "too fast"."""


@contextmanager
def interactive() -> Iterator[None]:
    """Calls made in this block are a person's: they use the part of the rate kept for them."""
    token = _interactive.set(True)
    try:
        yield
    finally:
        _interactive.reset(token)


def is_interactive() -> bool:
    """Whether a person waits for the call that is being made."""
    return _interactive.get()
