"""Which figures are asked for, and how they are printed: a table, and a line of JSON for each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


def show(figures: Iterable[Figure]) -> None:
    """Print the table and the lines."""
    found = list(figures)
    for figure in found:
        detail = ", ".join(f"{name} {value}" for name, value in figure.detail.items())
        print(f"{figure.name:<30}{figure.ratio:>9.4f}  {figure.bar:<8} {detail}")
    for figure in found:
        line = {"name": figure.name, "ratio": round(figure.ratio, 4), "detail": figure.detail}
        print(json.dumps(line), flush=True)
