"""Services change both sides: every test here has a database of its own, outside transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.dispatch import Signal

from django_tim import signals


class Heard:
    """The signals that were sent, in order: (name, what they carried)."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, dict[str, Any]]] = []

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.signals]

    def last(self, *fields: str) -> tuple[Any, ...]:
        """The last one's name and these of its fields."""
        name, carried = self.signals[-1]
        return (name, *(carried[field] for field in fields))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Listens to every signal of the app about what has been done."""
    found = Heard()
    with ExitStack() as stack:
        for name, signal in vars(signals).items():
            if isinstance(signal, Signal) and signal is not signals.changing:
                _listen(stack, found, name, signal)
        yield found


def _listen(stack: ExitStack, found: Heard, name: str, signal: Signal) -> None:
    def receive(sender: Any, **carried: Any) -> None:
        carried.pop("signal")
        found.signals.append((name, {"sender": sender, **carried}))

    signal.connect(receive)
    stack.callback(signal.disconnect, receive)
