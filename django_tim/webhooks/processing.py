"""*After* events, taken from the inbox: the mirror follows, and then whoever listens is told."""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from django_tim import signals
from django_tim.models import CallbackEvent

from . import archiving, inbox, moderating
from .dispatch import call, name_of
from .receivers import follow

MIRROR, ARCHIVE, MODERATION = "mirror", "archive", "moderation"
"""What our own steps are called beside the receivers' names."""

logger = logging.getLogger("django_tim.webhooks")


def drain(seconds: float) -> int:
    """Handle what waits in the inbox, for about so long; returns how many were."""
    end, number = time.monotonic() + seconds, 0
    inbox.take_back()
    while rows := inbox.claim():
        for row in rows:
            process(row)
            number += 1
        if time.monotonic() >= end:
            break
    return number


def process(row: CallbackEvent) -> None:
    """Handle one claimed event. Each step is tried, whatever became of the others."""
    errors = []
    for name, step in _steps(row):
        if row.outcome.get(name) == inbox.DONE:
            continue
        try:
            step()
            row.outcome[name] = inbox.DONE
        except Exception:
            logger.exception("%s #%s: %s failed", row.command, row.pk, name)
            row.outcome[name] = inbox.FAILED
            errors.append(f"{name}\n{traceback.format_exc()}")
    inbox.finish(row, errors)


def _steps(row: CallbackEvent) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is to be done, each step under a name of its own, the same at every attempt."""
    event = inbox.event_of(row)
    yield MIRROR, partial(follow, row)
    if archiving.is_about_messages(event):
        yield ARCHIVE, partial(archiving.follow, event)
    moderator = moderating.moderator_of(event)
    if moderator is not None:
        yield MODERATION, partial(moderating.moderate, event, moderator)
    met: Counter[str] = Counter()
    for receiver in signals.receivers_of(event):
        name = name_of(receiver)
        met[name] += 1
        unique = name if met[name] == 1 else f"{name} #{met[name]}"
        yield unique, partial(call, receiver, signals.callback, event)
