"""Trouble on demand: what the next calls meet instead of a proper answer."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["code", "status", "delay", "drop", "garbage", "truncate"]


@dataclass
class Fault:
    """One kind of trouble for calls of ``path`` ("" for all).

    ``value`` is the error code, the HTTP status or the delay in seconds. ``times`` is how
    often it strikes (None: without end) once it has let ``after`` calls by, and ``share`` the part
    of the calls that it strikes.
    """

    kind: Kind
    value: float = 0
    path: str = ""
    times: int | None = 1
    after: int = 0
    share: float = 1.0
    seed: int = 1
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  (repeatable on purpose)

    def strikes(self, path: str) -> bool:
        """Whether this call is one of its victims; counts it if so."""
        if self.path not in ("", path) or self.times == 0:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.share < 1 and self._random.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults in force. Error codes strike in the brain, the rest at the doors."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, kind: Kind, **options: object) -> Fault:
        """Put a fault into force; see Fault for the options."""
        fault = Fault(kind, **options)  # type: ignore[arg-type]
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more trouble."""
        with self._lock:
            self._faults.clear()

    def code_for(self, path: str) -> int:
        """The error code that this call is answered with, or 0."""
        fault = self._strike(path, at_door=False)
        return int(fault.value) if fault else 0

    def at_door(self, path: str) -> Fault | None:
        """The trouble that this call meets on its way."""
        return self._strike(path, at_door=True)

    def _strike(self, path: str, *, at_door: bool) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if (fault.kind != "code") is at_door and fault.strikes(path):
                    return fault
        return None
