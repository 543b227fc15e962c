"""Events on their way: stored once, claimed by a worker, done or failed, and replayed.

The row is the queue. What a broker is told is only that there is something to do.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from django_tim import conf
from django_tim.models import CallbackEvent
from django_tim.services.mirror import database_of, savepoint
from django_tim.services.storing import digest, storable

from .events import Event, parse

BATCH = 50
REPEAT_WINDOW = 60
"""Seconds within which two equal events without a time are one that came twice."""
RETRY_SECONDS = (10, 60, 600)
LONGEST_ERROR = 20_000
State = CallbackEvent.State
DONE, FAILED = "done", "failed"


def store(event: Event) -> CallbackEvent | None:
    """Store an event; None if it is there already, which is noted."""
    key, *earlier = _keys(event)
    same = _rows().filter(sdk_app_id=event.sdk_app_id)
    if earlier and same.filter(key__in=earlier).update(repeats=F("repeats") + 1):
        return None
    row = _row(event, key)
    try:
        with savepoint(CallbackEvent):
            row.save(using=database_of(CallbackEvent), force_insert=True)
    except IntegrityError:
        if not same.filter(key=key).update(repeats=F("repeats") + 1):
            raise
        return None
    return row


def event_of(row: CallbackEvent) -> Event:
    """The event that a row holds."""
    return parse(
        row.command,
        row.payload,
        app=row.alias,
        sdk_app_id=row.sdk_app_id,
        client_ip=row.client_ip,
        platform=row.platform,
    )


def claim(number: int = BATCH) -> list[CallbackEvent]:
    """Take the next events that are due; see ``take_back`` for those whose worker died."""
    using, token = database_of(CallbackEvent), uuid4().hex
    with transaction.atomic(using=using):
        waiting = _due().order_by("pk")
        if connections[using].features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        found = list(waiting[:number])
        now = timezone.now()
        taken = {"state": State.CLAIMED, "claim": token, "claimed_at": now, "due_at": None}
        ids = [row.pk for row in found]
        claimed = _due().filter(pk__in=ids).update(**taken) if ids else 0
    if claimed < len(found):  # some went to another worker
        return list(_rows().filter(claim=token, state=State.CLAIMED).order_by("pk"))
    for row in found:
        for name, value in taken.items():
            setattr(row, name, value)
    return found


def take_back() -> int:
    """Let the events be claimed again whose worker gave no sign of life; returns how many."""
    silent = timezone.now() - timedelta(seconds=conf.options().stalled_after)
    lost = _rows().filter(state=State.CLAIMED, claimed_at__lt=silent)
    return lost.update(state=State.WAITING, claim="", due_at=None)


def finish(row: CallbackEvent, errors: list[str]) -> None:
    """Write down what came of a claimed event, unless another worker has it by now.

    One that failed is tried again, ``CALLBACK_ATTEMPTS`` times in all, and then kept.
    """
    row.attempts += 1
    again = bool(errors) and row.attempts < conf.options().callback_attempts
    fields: dict[str, Any] = {
        "outcome": row.outcome,
        "attempts": row.attempts,
        "claim": "",
        "error": storable("\n\n".join(errors)[:LONGEST_ERROR]),
        "state": State.WAITING if again else State.FAILED if errors else State.DONE,
        "due_at": timezone.now() + timedelta(seconds=_pause(row.attempts)) if again else None,
        "handled_at": timezone.now(),
    }
    _rows().filter(pk=row.pk, claim=row.claim, state=State.CLAIMED).update(**fields)


def replay(rows: QuerySet[CallbackEvent]) -> int:
    """Put events back into the queue; returns how many.

    Of one that failed, only the receivers that did are asked again; one that is done begins
    anew. What is waiting or being handled is left alone.
    """
    ended = rows.using(database_of(CallbackEvent)).order_by()
    again = {"state": State.WAITING, "attempts": 0, "due_at": None}
    done = ended.filter(state=State.DONE).update(**again, outcome={})
    return done + ended.filter(state=State.FAILED).update(**again)


def later_about(row: CallbackEvent, commands: Iterable[str], limit: int = 200) -> list[Event]:
    """Later events about the same object, the newest ``limit``, handled or not."""
    if row.event_ms is None or not row.object_id:
        return []
    same = _rows().filter(sdk_app_id=row.sdk_app_id, object_id=row.object_id)
    later = same.filter(event_ms__gt=row.event_ms, command__in=list(commands))
    return [event_of(one) for one in later.order_by("-event_ms")[:limit]]


def _rows() -> QuerySet[CallbackEvent]:
    return CallbackEvent.objects.using(database_of(CallbackEvent))


def _due() -> QuerySet[CallbackEvent]:
    """What waits, in an order that its index has: done ones, however many, are not looked at."""
    ready = Q(due_at=None) | Q(due_at__lte=timezone.now())
    return _rows().filter(ready, state=State.WAITING)


def _pause(attempts: int) -> int:
    return RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]


def _row(event: Event, key: str) -> CallbackEvent:
    return CallbackEvent(
        alias=event.app,
        sdk_app_id=event.sdk_app_id,
        command=event.command,
        key=key,
        payload=storable(dict(event.payload)),
        object_id=storable(object_of(event))[:128],
        event_ms=event.event_ms,
        client_ip=storable(event.client_ip)[:45],
        platform=storable(event.platform)[:32],
        received_at=timezone.now(),
    )


def object_of(event: Event) -> str:
    """The group or account that an event is about; "" for one about none or several."""
    for name in ("group_id", "user_id", "official_account", "from_account", "reader"):
        found = getattr(event, name, "")
        if found:
            return str(found)
    ids: tuple[str, ...] = getattr(event, "user_ids", ())
    return ids[0] if len(set(ids)) == 1 else ""


def _keys(event: Event) -> list[str]:
    """What tells an event from all others; of one without a time, first the present minute's.

    The vendor gives some events no time: two that are equal may be one that came twice, or a
    friend who was added again. Only those of the same minute or two count as one.
    """
    if event.identity and event.payload.get(event.identity[-1]) is not None:
        return [_key(event.command, {name: event.payload.get(name) for name in event.identity})]
    if event.event_ms is not None:
        return [_key(event.command, event.payload)]
    minute = int(time.time()) // REPEAT_WINDOW
    return [_key(event.command, event.payload, minute - back) for back in (0, 1)]


def _key(command: str, payload: Any, minute: int = 0) -> str:
    text = f"{command} {digest(payload)} {minute}"
    return blake2b(text.encode(), digest_size=20).hexdigest()
