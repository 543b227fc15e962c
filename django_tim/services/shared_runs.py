"""Runs that several workers share: joined, kept alive, put off, ended.

None of them owns the run, so each change is an UPDATE that names the state it expects, and
counts are added to, never set. What a worker holds are chunks.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_tim.models import Chunk, Run

from . import runs
from .mirror import database_of
from .passing import PATIENCE, wait_after

logger = logging.getLogger("django_tim.runs")

Status = Run.Status


def join(run: Run) -> bool:
    """Work on a queued or running run, beside others; False if there is nothing to do.

    Raises ConfigurationError if the alias now stands for another SDKAppID.
    """
    runs.check_app(run)
    now = timezone.now()
    is_due = Q(due_at=None) | Q(due_at__lte=now)
    moved = _this(run, Q(status=Status.QUEUED) & is_due | Q(status=Status.RUNNING)).update(
        status=Status.RUNNING,
        started_at=Coalesce("started_at", now),
        heartbeat_at=now,
        due_at=None,
        claim="",
    )
    run.refresh_from_db(using=database_of(Run))
    return bool(moved)


def goes_on(run: Run) -> bool:
    """Whether the run is still at work, and nobody asked it to stop."""
    status, run.requested = _this(run).values_list("status", "requested").get()
    return status == Status.RUNNING and not run.requested


def sign_of_life(run: Run) -> None:
    """Say that a worker is at work."""
    _running(run).update(heartbeat_at=timezone.now())


def others_wait(run: Run) -> bool:
    """Whether other runs are waiting for a worker."""
    waiting = Run.objects.using(database_of(Run)).filter(status=Status.QUEUED)
    is_due = Q(due_at=None) | Q(due_at__lte=timezone.now())
    return waiting.filter(is_due).exclude(pk=run.pk).exists()


def stop_if_asked(run: Run) -> bool:
    """Pause or cancel the run if somebody asked for that; whether it is no longer running."""
    with transaction.atomic(using=database_of(Run)):
        paused = _running(run, requested=Status.PAUSED)
        if paused.update(status=Status.PAUSED, requested=""):
            return True
        return _end(run, Status.CANCELLED, Q(requested=Status.CANCELLED))


def finish(run: Run) -> bool:
    """End the run if nothing of it is left; False if a chunk waits or is in flight."""
    left = Chunk.objects.filter(
        run=OuterRef("pk"), state__in=(Chunk.State.WAITING, Chunk.State.CLAIMED)
    )
    failed = _this(run).values_list("failed", flat=True).get()
    status = Status.PARTIAL if failed else Status.SUCCEEDED
    return _end(run, status, ~Exists(left), error="", error_code=None)


def fail(run: Run, error: BaseException) -> None:
    """End the run as failed and keep why; what was not done waits, should it be reopened."""
    code, text = runs.describe(error)
    logger.error("%s of %s failed: %s", run, run.alias, text)
    _end(run, Status.FAILED, error=text, error_code=code)


def wait_or_fail(run: Run, error: BaseException) -> None:
    """Put the run off after a trouble that passes; after too many in a row it fails."""
    cursor = _this(run).values_list("cursor", flat=True).get()
    troubles = cursor.get("troubles", 0) + 1
    if troubles > PATIENCE:
        fail(run, error)
        return
    code, text = runs.describe(error)
    put_off(
        run,
        wait_after(troubles),
        cursor={**cursor, "troubles": troubles},
        error_code=code,
        error=text,
    )


def put_off(run: Run, seconds: float, **fields: Any) -> None:
    """Queue the run again, due in so many seconds."""
    due = timezone.now() + timedelta(seconds=seconds)
    if _running(run, requested="").update(status=Status.QUEUED, due_at=due, **fields):
        logger.warning("%s waits for %.0f s", run, seconds)


def forget_troubles(run: Run) -> None:
    """There was progress: the next trouble is a first one again."""
    if run.cursor.pop("troubles", 0):
        _this(run).update(cursor=run.cursor, error="", error_code=None)


def _this(run: Run, *conditions: Q) -> QuerySet[Run]:
    return Run.objects.using(database_of(Run)).filter(*conditions, pk=run.pk)


def _running(run: Run, *conditions: Any, **fields: Any) -> QuerySet[Run]:
    return _this(run).filter(*conditions, status=Status.RUNNING, **fields)


def _end(run: Run, status: str, *conditions: Any, **fields: Any) -> bool:
    """End a running run, once; of several workers one does, and announces it."""
    with transaction.atomic(using=database_of(Run)):
        ended = _running(run, *conditions).update(
            status=status, finished_at=timezone.now(), requested="", **fields
        )
        if ended:
            run.refresh_from_db(using=database_of(Run))
            runs.announce(run)
    return bool(ended)
