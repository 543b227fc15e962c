"""How an app is: its calls of the last hour, its signature, its mirror, callbacks and runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from django_tim import conf
from django_tim.client import meter, usersig
from django_tim.client.usersig import InvalidUserSig
from django_tim.models import CallbackEvent, CallCount, Run

from .mirror import database_of, rows

logger = logging.getLogger("django_tim.health")

SPAN = timedelta(minutes=5)
KEPT = timedelta(days=2)
EVERY = 30.0
"""Seconds between two times that a process writes its counters down."""
COUNTED = 10_000
"""Callbacks that are counted; of more it is only said that they are more."""
SYNCS = ("sync_groups", "sync_members", "sync_accounts")


@dataclass(frozen=True)
class Health:
    """One app, as far as it can be told without a call."""

    calls: int = 0
    waited: float = 0.0
    """Seconds that the calls of the last hour have waited for their turns, all together."""
    errors: Mapping[int, int] = field(default_factory=dict)
    """How often each code was the answer within the last hour."""
    last_success: datetime | None = None
    skew: float | None = None
    """Seconds by which our clock is ahead of the service's, when it was last looked at."""
    signature_ends: datetime | None = None
    """When a fixed USERSIG ends; None for one that is renewed by itself."""
    signature_problem: str = ""
    synced: Mapping[str, datetime | None] = field(default_factory=dict)
    """When the last complete sync of each kind ended."""
    callbacks_waiting: int = 0
    callbacks_failed: int = 0
    runs_active: int = 0


def of(alias: str) -> Health:
    """The health of a configured app. Raises ConfigurationError, UnknownAlias."""
    config = conf.app_config(alias)
    app = config.sdk_app_id
    lately = rows(CallCount, sdk_app_id=app, since__gte=timezone.now() - timedelta(hours=1))
    by_code = dict(lately.values_list("code").annotate(all=Sum("calls")).order_by("-all"))
    ends, problem = _signature(config.usersig)
    last = rows(CallCount, sdk_app_id=app, code=0).aggregate(last=Max("last_at"))["last"]
    return Health(
        calls=sum(by_code.values()),
        waited=(lately.aggregate(all=Sum("waited_ms"))["all"] or 0) / 1000,
        errors={code: number for code, number in by_code.items() if code},
        last_success=last,
        skew=_skew(app),
        signature_ends=ends,
        signature_problem=problem,
        synced={kind: _synced(app, kind) for kind in SYNCS},
        callbacks_waiting=_callbacks(app, CallbackEvent.State.WAITING),
        callbacks_failed=_callbacks(app, CallbackEvent.State.FAILED),
        runs_active=rows(Run, sdk_app_id=app, status__in=Run.ACTIVE).count(),
    )


def write_down() -> None:
    """Add what this process has counted to the table, and drop what is old."""
    for sdk_app_id, counted in meter.meters().items():
        calls, waited, last = counted.drain()
        for code, number in calls.items():
            success = (waited, last) if code == 0 else (0.0, 0.0)
            _add(sdk_app_id, code, number, *success, counted.skew)
        if waited and 0 not in calls:
            _add(sdk_app_id, 0, 0, waited)
    rows(CallCount, since__lt=timezone.now() - KEPT).delete()


class _Clock:
    lock = threading.Lock()
    next = 0.0


def write_down_sometimes(**_: Any) -> None:
    """Write them down if it is long ago, outside of any transaction: after a request or task.

    A database in trouble costs the counts, and nothing else.
    """
    if time.monotonic() < _Clock.next or all(one.is_empty for one in meter.meters().values()):
        return
    if connections[database_of(CallCount)].in_atomic_block or not _Clock.lock.acquire(
        blocking=False
    ):
        return
    try:
        _Clock.next = time.monotonic() + EVERY
        write_down()
    except DatabaseError as error:
        logger.warning("the numbers of calls were not written down: %s", error)
    finally:
        _Clock.lock.release()


def _add(
    sdk_app_id: int,
    code: int,
    number: int,
    waited: float,
    last: float = 0.0,
    skew: float | None = None,
) -> None:
    now = timezone.now()
    since = now - timedelta(seconds=now.timestamp() % SPAN.total_seconds())
    key = {"sdk_app_id": sdk_app_id, "since": since.replace(microsecond=0), "code": code}
    gained: dict[str, Any] = {"calls": number, "waited_ms": round(waited * 1000)}
    moment: dict[str, Any] = {"last_at": _moment(last)} if last else {}
    moment |= {"skew": skew} if skew is not None else {}
    added = {name: F(name) + value for name, value in gained.items()}
    if rows(CallCount, **key).update(**added, **moment):
        return
    try:
        with transaction.atomic(using=database_of(CallCount)):
            CallCount(**key, **gained, **moment).save(using=database_of(CallCount))
    except IntegrityError:  # another process was quicker
        rows(CallCount, **key).update(**added, **moment)


def _skew(sdk_app_id: int) -> float | None:
    """A wrong clock may be why no call succeeds: any answer tells."""
    noted = rows(CallCount, sdk_app_id=sdk_app_id).exclude(skew=None)
    newest: float | None = noted.order_by("-since").values_list("skew", flat=True).first()
    return newest


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC if timezone.now().tzinfo else None)


def _signature(fixed: str) -> tuple[datetime | None, str]:
    """When a fixed signature ends, and what is wrong with it."""
    if not fixed:
        return None, ""
    try:
        return _moment(usersig.inspect(fixed).expires), ""
    except InvalidUserSig as error:
        return None, str(error)


def _synced(sdk_app_id: int, kind: str) -> datetime | None:
    ended = rows(Run, sdk_app_id=sdk_app_id, kind=kind, status__in=("succeeded", "partial"))
    newest = ended.order_by("-pk").values_list("finished_at", flat=True).first()
    return newest if newest is None or isinstance(newest, datetime) else None


def _callbacks(sdk_app_id: int, state: str) -> int:
    found = rows(CallbackEvent, sdk_app_id=sdk_app_id, state=state)
    return int(found.order_by()[: COUNTED + 1].count())
