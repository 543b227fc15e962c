"""Write the samples' requests and answers from what the simulator says now.

    python -m tests.samples.record [noun …]

A new sample is an entry with its ``call``, ``args``, ``kwargs`` and, if others are to be
carried out first, ``before``; the rest is written here. Read the difference before you
commit it: it is what changed on the wire.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import django_tim.samples
from django_tim.samples import Sample, by_area

from .world import World

FOLDER = Path(django_tim.samples.__file__).parent
WIDTH = 100
_PARTS = ("call", "args", "kwargs", "before", "request", "answer")


def main(nouns: list[str]) -> None:
    with World() as world:
        for noun, found in by_area().items():
            if not nouns or noun in nouns:
                entries = {name: _recorded(world, sample) for name, sample in found.items()}
                (FOLDER / f"{noun}.json").write_text(shown(entries) + "\n", "utf-8")


def _recorded(world: World, sample: Sample) -> dict[str, Any]:
    exchanges = world.carry_out(sample)
    if [exchange.path for exchange in exchanges] != [sample.endpoint.path]:
        raise SystemExit(f"{sample.name}: {sample.call} made the calls {exchanges}")
    fields = {part: getattr(sample, part) for part in _PARTS}
    fields |= {"request": exchanges[0].request, "answer": exchanges[0].answer}
    return {part: value for part, value in fields.items() if value or part in ("request", "answer")}


def shown(value: Any, indent: int = 0, key: str = "") -> str:
    """JSON with each object and list on one line where it fits, and else one item a line."""
    head = f"{json.dumps(key)}: " if key else ""
    flat = head + json.dumps(value, ensure_ascii=False)
    top = indent < 4  # an entry is never flat
    if not (value and isinstance(value, dict | list)) or (not top and indent + len(flat) < WIDTH):
        return flat
    inner = indent + 2
    if isinstance(value, dict):
        start, end = "{}"
        lines = [shown(item, inner, name) for name, item in value.items()]
    else:
        start, end = "[]"
        lines = [shown(item, inner) for item in value]
    pad = "\n" + " " * inner
    return f"{head}{start}{pad}{f',{pad}'.join(lines)}\n{' ' * indent}{end}"


if __name__ == "__main__":
    main(sys.argv[1:])
