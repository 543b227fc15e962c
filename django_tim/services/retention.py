"""How long records are kept: those that are older are deleted, a few thousand at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from django_tim import conf
from django_tim.models import AuditEntry, CallbackEvent, Chunk, Message, Run, RunFailure

from .mirror import rows

BATCH = 2000


def callbacks(before: datetime) -> int:
    """Delete callbacks that were received before then and have been handled, or have failed."""
    State = CallbackEvent.State
    ended = rows(CallbackEvent, received_at__lt=before, state__in=(State.DONE, State.FAILED))
    return _deleted(ended)


def audit(before: datetime) -> int:
    """Delete audit entries of what was done before then."""
    return _deleted(rows(AuditEntry, started_at__lt=before))


def runs(before: datetime) -> int:
    """Delete runs that ended before then, with their chunks and failures."""
    ended = rows(Run, status__in=Run.FINISHED, finished_at__lt=before)
    for part in (RunFailure, Chunk):  # of which a run may have very many
        _deleted(rows(part, run__in=ended))
    return _deleted(ended)


def group_messages(before: datetime) -> int:
    """Delete archived messages that were sent to groups before then."""
    return _deleted(rows(Message, sent_at__lt=before).exclude(group_id=""))


def c2c_messages(before: datetime) -> int:
    """Delete archived one-to-one messages that were sent before then."""
    return _deleted(rows(Message, sent_at__lt=before, group_id=""))


KINDS: Mapping[str, Callable[[datetime], int]] = {
    "callbacks": callbacks,
    "audit": audit,
    "runs": runs,
    "group_messages": group_messages,
    "c2c_messages": c2c_messages,
}


def prune(**days: int) -> dict[str, int]:
    """Delete what is older than so many days, by kind; returns how many of each were.

    Kinds are the keys of ``KINDS``; 0 days keep it for ever. Raises KeyError for another kind.
    """
    now = timezone.now()
    return {
        kind: KINDS[kind](now - timedelta(days=number)) for kind, number in days.items() if number
    }


def prune_by_settings() -> dict[str, int]:
    """Delete what is older than ``DJANGO_TIM_OPTIONS`` says."""
    options = conf.options()
    return prune(**{kind: getattr(options, f"keep_{kind}_days") for kind in KINDS})


def _deleted(found: QuerySet[Any]) -> int:
    """Delete rows in small transactions; returns how many."""
    number = 0
    model: type[Model] = found.model
    while ids := list(found.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows(model, pk__in=ids).delete()
        number += len(ids)
    return number
