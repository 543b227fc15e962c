"""Who asks for something, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Actor:
    """For runs and the audit trail; ``user`` is a user of the project, or None."""

    source: str
    """By way of what: "admin", "task", "command", "code" or "callback"."""
    user: Any = None
    name: str = ""
    remote_addr: str = ""


CODE: Final = Actor("code")
"""The project's own code, where it names nobody."""
