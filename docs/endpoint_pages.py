"""Writes ``docs/endpoints``: every line of the catalogue, and its sample, area by area."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django_tim.exports.lines import Line, areas, lines, repeatable
from django_tim.samples import Sample
from django_tim.simulator.core import Simulator  # registers the handlers  # noqa: F401
from django_tim.simulator.registry import HANDLERS

COLUMNS = ("Endpoint", "Method", "Page", "Calls/s", "Batch", "Effect", "Repeat", "Simulated")
INDEX = """
Endpoints
=========

All {count} endpoints of the REST API v4. *Calls/s* is the vendor's rate for one app, *Batch* what
one call may carry; *Repeat* says whether the same call sent twice leaves what one leaves.
Whatever has no method of its own yet is called as ``tim.call(catalogue.NAME, {{…}})``.

.. toctree::
   :maxdepth: 1

{pages}
"""


def write(folder: Path) -> None:
    """Write the pages that differ from what is there."""
    folder.mkdir(exist_ok=True)
    found = pages()
    for old in set(folder.glob("*.rst")) - {folder / f"{name}.rst" for name in found}:
        old.unlink()
    for name, text in found.items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """The pages by name: an index, and one for each area."""
    by_area: dict[str, list[Line]] = {}
    for line in lines():
        by_area.setdefault(line.area, []).append(line)
    found = {area: _page(area, lines) for area, lines in by_area.items()}
    listed = "\n".join(f"   {area}" for area in found)
    count = sum(len(lines) for lines in by_area.values())
    return found | {"index": INDEX.format(count=count, pages=listed).lstrip()}


def row(line: Line) -> tuple[str, ...]:
    """What the table says of an endpoint, a text for each of ``COLUMNS``."""
    endpoint, sample = line.endpoint, line.sample
    number = endpoint.doc or endpoint.doc_china
    return (
        f"``{endpoint.path}``",
        f"``{sample.call}``" if sample else f"``call({line.name}, …)``",
        f"`{number} <{endpoint.doc_url}>`__" if number else "",
        str(endpoint.qps),
        f"{endpoint.batch.cap} {endpoint.batch.field}" if endpoint.batch else "",
        endpoint.effect.value,
        repeatable(endpoint),
        "yes" if endpoint.path in HANDLERS else "no",
    )


def _page(area: str, lines: list[Line]) -> str:
    title = area.replace("_", " ").capitalize()
    details = [_details(line.sample) for line in lines if line.sample]
    table = "\n".join(_table(row(line) for line in lines))
    return "\n\n".join([f"{title}\n{'=' * len(title)}", table, *details]) + "\n"


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield ".. list-table::\n   :header-rows: 1\n"
    for cells in (COLUMNS, *rows):
        for number, cell in enumerate(cells):
            yield f"   {' ' if number else '*'} - {cell}".rstrip()


def _details(sample: Sample) -> str:
    path, method = sample.endpoint.path, sample.call.partition(".")[2]
    kind = areas()[sample.area]
    return "\n\n".join(
        [
            f"{path}\n{'-' * len(path)}",
            f".. automethod:: {kind.__module__}.{kind.__name__}.{method}",
            ".. code-block:: python\n\n" + _indented(_call(sample)),
            "The request and the answer:",
            ".. code-block:: json\n\n" + _indented(_json(sample.request)),
            ".. code-block:: json\n\n" + _indented(_json(sample.answer)),
        ]
    )


def _call(sample: Sample) -> str:
    given = [repr(value) for value in sample.args]
    given += [f"{name}={value!r}" for name, value in sample.kwargs.items()]
    flat = f"tim.{sample.call}({', '.join(given)})"
    if len(flat) <= 88:
        return flat
    return f"tim.{sample.call}(\n" + "".join(f"    {one},\n" for one in given) + ")"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _indented(text: str) -> str:
    return textwrap.indent(text, "   ")
