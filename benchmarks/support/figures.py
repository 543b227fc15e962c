"""Which figures are asked for, and how they are printed: a table, and a line of JSON for each."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .stub import Answers, group_id_of

IDS = [group_id_of(number) for number in range(50)]
FULL = os.environ.get("FULL", "") not in ("", "0")
ROUNDS = 5 if FULL else 1
ONLY = [name for name in os.environ.get("ONLY", "").split(",") if name]


@dataclass(frozen=True)
class Figure:
    """One measured ratio; ``bar`` says what it should be."""

    name: str
    ratio: float
    bar: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def asked_for(name: str) -> bool:
    """Whether ``ONLY`` names this figure, or names none."""
    return not ONLY or name in ONLY


def yardstick() -> float:
    """Microseconds of CPU to read an answer of 50 groups, the least of some: the machine's speed.

    It is 199 on the machine that the bars were set on.
    """
    groups = Answers(50, 10).to("get_group_info", json.dumps({"GroupIdList": IDS}).encode())
    return min(_cpu_of(groups) for _ in range(20)) * 1e6


def _cpu_of(answer: bytes) -> float:
    begun = time.process_time()
    for _ in range(20):
        json.loads(answer)
    return (time.process_time() - begun) / 20


def show(figures: Iterable[Figure]) -> None:
    """Print the table and the lines."""
    found = list(figures)
    print(f"json.loads of 60 KB: {yardstick():.0f} us")
    for figure in found:
        detail = ", ".join(f"{name} {value}" for name, value in figure.detail.items())
        print(f"{figure.name:<30}{figure.ratio:>9.4f}  {figure.bar:<8} {detail}")
    for figure in found:
        line = {"name": figure.name, "ratio": round(figure.ratio, 4), "detail": figure.detail}
        print(json.dumps(line), flush=True)
