"""Writes ``docs/endpoints``: every line of the catalogue, and its sample, area by area."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django_tim.catalogue import Endpoint, Keyed, endpoints
from django_tim.samples import Sample, samples
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
WITHOUT_METHOD = "others"


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
    by_area: dict[str, list[tuple[str, Endpoint[Any]]]] = {}
    for name, endpoint in endpoints():
        by_area.setdefault(_area(name), []).append((name, endpoint))
    found = {area: _page(area, lines) for area, lines in by_area.items()}
    listed = "\n".join(f"   {area}" for area in found)
    count = sum(len(lines) for lines in by_area.values())
    return found | {"index": INDEX.format(count=count, pages=listed).lstrip()}


def row(name: str, endpoint: Endpoint[Any]) -> tuple[str, ...]:
    """What the table says of an endpoint, a text for each of ``COLUMNS``."""
    sample = samples().get(name)
    number = endpoint.doc or endpoint.doc_china
    return (
        f"``{endpoint.path}``",
        f"``{sample.call}``" if sample else f"``call({name}, …)``",
        f"`{number} <{endpoint.doc_url}>`__" if number else "",
        str(endpoint.qps),
        f"{endpoint.batch.cap} {endpoint.batch.field}" if endpoint.batch else "",
        endpoint.effect.value,
        _repeat(endpoint),
        "yes" if endpoint.path in HANDLERS else "no",
    )


def _area(name: str) -> str:
    sample = samples().get(name)
    return sample.area if sample else WITHOUT_METHOD


def _repeat(endpoint: Endpoint[Any]) -> str:
    if not isinstance(endpoint.repeatable, Keyed):
        return endpoint.repeatable.value
    fields, window = ", ".join(endpoint.repeatable.fields), endpoint.repeatable.window
    return f"same {fields}" + (f" within {window} s" if window else "")


def _page(area: str, lines: list[tuple[str, Endpoint[Any]]]) -> str:
    title = area.replace("_", " ").capitalize()
    found = samples()
    details = [_details(found[name]) for name, _ in lines if name in found]
    table = "\n".join(_table(row(*line) for line in lines))
    return "\n\n".join([f"{title}\n{'=' * len(title)}", table, *details]) + "\n"


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield ".. list-table::\n   :header-rows: 1\n"
    for cells in (COLUMNS, *rows):
        for number, cell in enumerate(cells):
            yield f"   {' ' if number else '*'} - {cell}".rstrip()


def _details(sample: Sample) -> str:
    path, method = sample.endpoint.path, sample.call.partition(".")[2]
    area = _class_of(sample.area)
    return "\n\n".join(
        [
            f"{path}\n{'-' * len(path)}",
            f".. automethod:: {area}.{method}",
            ".. code-block:: python\n\n" + _indented(_call(sample)),
            "The request and the answer:",
            ".. code-block:: json\n\n" + _indented(_json(sample.request)),
            ".. code-block:: json\n\n" + _indented(_json(sample.answer)),
        ]
    )


def _class_of(area: str) -> str:
    from django_tim.client.tim import Tim

    return f"django_tim.api.{area}.{Tim.__annotations__[area]}"


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
