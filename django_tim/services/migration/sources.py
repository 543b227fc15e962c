"""Where a migration's items come from: one method a step, each a generator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Source(Protocol):
    """What is to be moved. Its methods are named by the steps, and may be called again."""

    def count(self, step: str) -> int | None:
        """How many items a step has; None where only reading them would tell."""

    def items(self, step: str) -> Iterator[Any]:
        """The items of a step, as the step's bulk operation takes them."""
