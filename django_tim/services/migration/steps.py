"""The steps of a migration, in the order that the vendor's rules ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django_tim import conf
from django_tim.services.operations import new_operation

from .sources import Source


@dataclass(frozen=True)
class Step:
    """One step: the bulk operation that its items go through."""

    name: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)


STEPS = (
    Step("accounts", "import_accounts"),
    Step("profiles", "set_profiles"),
    Step("friends", "import_friends"),
    Step("blacklists", "block_accounts"),
    Step("messages", "import_messages"),
    Step("reads", "mark_read"),
    Step("groups", "import_groups"),
    # Messages before members: else all of them would be told that they have read everything.
    Step("group_messages", "import_group_messages", {"spread": True}),
    Step("members", "import_members"),
    Step("unread", "set_unread"),
)


@dataclass(frozen=True)
class Estimate:
    """How long a step takes at least: its calls, at the rate that the pacing allows."""

    step: str
    items: int | None
    calls: int
    seconds: float


def estimates(source: Source, app: str) -> Iterator[Estimate]:
    """What each step will take; nothing where only reading its items would tell."""
    config = conf.app_config(app)
    for step in STEPS:
        operation = new_operation(step.kind, step.params)
        items = source.count(step.name)
        calls = math.ceil((items or 0) / operation.cap(config))
        yield Estimate(step.name, items, calls, calls / operation.rate(config))
