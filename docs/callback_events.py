"""The table of the events, as the classes have them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from django_tim.webhooks.events import EVENTS, Event
from django_tim.webhooks.events.fields import Field

_HEAD = [".. list-table::", "   :header-rows: 1", ""]
_NAMES = ("command", "class", "signal", "fields", "what it says")


def write(path: Path) -> None:
    """Write the table, unless the file has it already."""
    text = "\n".join(lines()) + "\n"
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def lines() -> Iterator[str]:
    """The table in reStructuredText, one row a command."""
    yield from _HEAD
    yield from _row(_NAMES)
    for command, event in sorted(EVENTS.items()):
        said = " ".join((inspect.getdoc(event) or "").split())
        signal = f"``{event.family}_event``"
        fields = ", ".join(f"``{name}``" for name in _fields(event))
        yield from _row((f"``{command}``", f"``{event.__name__}``", signal, fields, said))


def _fields(event: type[Event]) -> list[str]:
    return [name for name in dir(event) if isinstance(getattr(event, name), Field)]


def _row(cells: tuple[str, ...]) -> Iterator[str]:
    for number, cell in enumerate(cells):
        yield f"   {'*' if number == 0 else ' '} - {cell}"
