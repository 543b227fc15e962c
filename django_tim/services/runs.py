"""The life of a Run: started, claimed, alive, paused, resumed, finished.

Every change of state is one UPDATE that names the state it expects, so that two workers, or a
worker and a person, can't both win. ``claim`` is the token of the worker that has the run;
whoever lost it learns so at its next heartbeat.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import IntegrityError, models, router, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_tim import conf
from django_tim.exceptions import APIError, ConfigurationError, OutcomeUnknown, TimError
from django_tim.exceptions import said as _
from django_tim.models import Run, RunFailure
from django_tim.signals import bulk_finished, sync_finished

from . import run_audit
from .storing import storable

if TYPE_CHECKING:
    from .actor import Actor

logger = logging.getLogger("django_tim.runs")

MIGRATION = "migrate"
"""The kind of a run whose steps are bulk runs; a command works on it, and no task does."""
COUNTS = ("done", "created", "updated", "unchanged", "gone", "skipped", "failed")
Counts = Mapping[str, int]
"""What to add to the counts of a run, by their names."""
Status = Run.Status


class RunAlreadyActive(TimError):
    """A run of this kind is active for this app; ``run`` is that one."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.run = run

    def __str__(self) -> str:
        return f"{self.run} is {self.run.status} already, and only one at a time is allowed"


class RunLost(TimError):
    """Another worker has taken the run over, or it was ended meanwhile."""


class Stop(Exception):
    """Raised in the worker when a run is asked to become ``status``: paused or cancelled."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def start(
    kind: str,
    *,
    app: str = "default",
    params: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
    draft: bool = False,
    due_at: datetime | None = None,
) -> Run:
    """Make a run, queued unless it is a ``draft``; the caller enqueues it.

    One sync of a kind and app is active at a time; of bulk runs, any number. Raises
    RunAlreadyActive, UnknownAlias.
    """
    sdk_app_id = conf.app_config(app).sdk_app_id
    run = Run(
        kind=kind,
        alias=app,
        sdk_app_id=sdk_app_id,
        params=dict(params or {}),
        status=Status.DRAFT if draft else Status.QUEUED,
        lock_key=None if draft else _lock_key(kind, sdk_app_id),
        due_at=due_at,
        source=actor.source if actor else "code",
        started_by=actor.user if actor else None,
        started_by_name=actor.name if actor else "",
    )
    _save_with_lock(run)
    return run


def claim(run: Run) -> bool:
    """Take a queued run, or one whose worker has died; False if another has it or it ended.

    The counts go back to those of its last checkpoint, for what came after is done again.
    Raises ConfigurationError if the alias now stands for another SDKAppID.
    """
    check_app(run)
    token, now = uuid4().hex, timezone.now()
    free = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, heartbeat_at__lt=_silent_since(now))
    claimed = (
        _runs()
        .filter(free, pk=run.pk)
        .update(
            status=Status.RUNNING,
            claim=token,
            heartbeat_at=now,
            started_at=Coalesce("started_at", models.Value(now)),
            due_at=None,
        )
    )
    run.refresh_from_db(using=_db())
    if not claimed or run.claim != token:
        return False
    for name, value in run.cursor.get("counts", dict.fromkeys(COUNTS, 0)).items():
        setattr(run, name, value)
    return True


def count(run: Run, counts: Counts) -> None:
    """Add to the counts of a claimed run; they are saved with its next sign of life."""
    for name, number in counts.items():
        setattr(run, name, getattr(run, name) + number)


def heartbeat(run: Run) -> None:
    """Say that the run is alive, and save its counts.

    Raises RunLost if the claim is gone, and Stop if it was asked to pause or to end.
    """
    _save_progress(run)
    if run.requested:
        raise Stop(run.requested)


def checkpoint(run: Run, cursor: Mapping[str, Any]) -> None:
    """Save where a resumed run goes on, together with the counts up to there.

    Raises what ``heartbeat`` raises.
    """
    run.cursor = {**cursor, "counts": {name: getattr(run, name) for name in COUNTS}}
    heartbeat(run)


def release(run: Run) -> None:
    """Give a running run back to the queue: the end of a slice."""
    _leave(run, Status.QUEUED)


def retry_later(run: Run, exc: BaseException, *, seconds: float) -> None:
    """Give a run back to the queue, due in so many seconds: a passing trouble."""
    code, text = describe(exc)
    due = timezone.now() + timedelta(seconds=seconds)
    _leave(run, Status.QUEUED, error_code=code, error=text, due_at=due)


def stop(run: Run, status: str) -> None:
    """Carry out a request: the worker leaves the run paused or cancelled."""
    if status == Status.PAUSED:
        _leave(run, Status.PAUSED, requested="")
    else:
        finish(run, status)


def finish(run: Run, status: str, **fields: Any) -> None:
    """End a claimed run and free its kind for the next one. Raises RunLost."""
    ended = {"lock_key": None, "finished_at": timezone.now(), "requested": "", **fields}
    if status in (Status.SUCCEEDED, Status.PARTIAL):
        ended = {"error_code": None, "error": "", **ended}
    with transaction.atomic(using=_db()):
        _leave(run, status, **ended)
        announce(run)


def fail(run: Run, exc: BaseException) -> None:
    """End a claimed run as failed and keep why: the vendor's code, and what was said."""
    code, text = describe(exc)
    logger.error("%s of %s failed: %s", run, run.alias, text)
    finish(run, Status.FAILED, error_code=code, error=text)


def request_pause(run: Run) -> bool:
    """Pause a run: at once if it waits, at its next heartbeat if it runs. False: too late."""
    return bool(
        _move(run, (Status.QUEUED,), status=Status.PAUSED, due_at=None)
        or _move(run, (Status.RUNNING,), requested=Status.PAUSED)
    )


def request_resume(run: Run) -> bool:
    """Queue a paused run again, or take back a pause; the caller enqueues it if it is queued."""
    return bool(
        _move(run, (Status.PAUSED,), status=Status.QUEUED, requested="", due_at=None)
        or _move(run, (Status.RUNNING,), requested="")
    )


def request_cancel(run: Run) -> bool:
    """Cancel a run: at its next heartbeat if a worker has it, at once otherwise."""
    waiting = (Status.DRAFT, Status.QUEUED, Status.PAUSED)
    ended = {"status": Status.CANCELLED, "lock_key": None, "finished_at": timezone.now()}
    dead = Q(heartbeat_at__lt=_silent_since(timezone.now()))
    with transaction.atomic(using=_db()):
        if _move(run, waiting, **ended) or _move(run, (Status.RUNNING,), dead, **ended, claim=""):
            announce(run)
            return True
    return bool(_move(run, (Status.RUNNING,), requested=Status.CANCELLED))


def submit_draft(run: Run) -> None:
    """Queue a draft, due when it was to be; the caller enqueues it. Raises RunAlreadyActive."""
    _reopen(run, (Status.DRAFT,), due_at=run.due_at)


def reopen(run: Run) -> None:
    """Queue a run that failed, was cancelled or paused, to go on from where it was.

    So does a bulk run that finished with failures, for it may have got new chunks.

    One whose worker died is left as it is, for ``claim`` takes it. Raises RunAlreadyActive if
    another of its kind is active, or if this one is at work.
    """
    if run.status == Status.RUNNING and not _is_silent(run):
        raise RunAlreadyActive(run)
    ended = (Status.FAILED, Status.CANCELLED, Status.PAUSED)
    _reopen(run, ended if is_sync(run.kind) else (*ended, Status.PARTIAL))


def unfinished(kind: str, *, app: str = "default") -> Run | None:
    """The newest run of the kind, if it did not come to its end."""
    sdk_app_id = conf.app_config(app).sdk_app_id
    newest = _runs().filter(kind=kind, sdk_app_id=sdk_app_id).exclude(status=Status.DRAFT)
    run = newest.order_by("-pk").first()
    done = (Status.SUCCEEDED, Status.PARTIAL)
    return None if run is None or run.status in done else run


def due() -> QuerySet[Run]:
    """Queued runs whose time has come, and queued ones that no worker has taken up for long.

    The latter's message was lost: the row is the outbox.
    """
    now = timezone.now()
    heard = Coalesce("heartbeat_at", "queued_at")
    forgotten = Q(due_at=None, heard__lt=_silent_since(now))
    queued = _runs().filter(status=Status.QUEUED).exclude(kind=MIGRATION).annotate(heard=heard)
    return queued.filter(Q(due_at__lte=now) | forgotten)


def stalled() -> QuerySet[Run]:
    """Running runs that have given no sign of life for long: their worker died."""
    silent = _runs().filter(status=Status.RUNNING, heartbeat_at__lt=_silent_since(timezone.now()))
    return silent.exclude(kind=MIGRATION)


def take_up(run: Run) -> bool:
    """Whether this caller is the one to enqueue a due or stalled run: of two, only one is.

    A stalled run goes back to the queue. Either counts as heard of now, so that it is not taken
    up again until it has been silent as long once more.
    """
    same = Q(status=run.status, heartbeat_at=run.heartbeat_at, due_at=run.due_at)
    fields = {"status": Status.QUEUED, "heartbeat_at": timezone.now(), "due_at": None, "claim": ""}
    taken = bool(_runs().filter(same, pk=run.pk).update(**fields))
    run.refresh_from_db(using=_db())
    return taken


def record_failures(run: Run, failures: Iterable[tuple[str, int, str]]) -> int:
    """Keep (item, code, what was said) of items that failed, once each; returns how many."""
    rows = {
        storable(item[:255]): RunFailure(
            run=run, item=storable(item[:255]), code=code, info=storable(info)
        )
        for item, code, info in failures
    }
    if rows:
        with transaction.atomic(using=_db()):
            RunFailure.objects.using(_db()).filter(run=run, item__in=rows).delete()
            RunFailure.objects.using(_db()).bulk_create(rows.values(), batch_size=500)
    return len(rows)


def describe(exc: BaseException) -> tuple[int | None, str]:
    """The vendor's code, if there is one, and what is said about an exception."""
    code = exc.code if isinstance(exc, APIError | OutcomeUnknown) else None
    text = str(exc) if isinstance(exc, TimError) else f"{type(exc).__name__}: {exc}"
    return code or None, storable(text)


def _db() -> str:
    return router.db_for_write(Run)


def _runs() -> QuerySet[Run]:
    return Run.objects.using(_db())


def _lock_key(kind: str, sdk_app_id: int) -> str | None:
    return f"{kind}:{sdk_app_id}" if is_sync(kind) or kind == MIGRATION else None


def _silent_since(now: datetime) -> datetime:
    return now - timedelta(seconds=conf.options().stalled_after)


def _is_silent(run: Run) -> bool:
    heard = run.heartbeat_at or run.queued_at
    return heard < _silent_since(timezone.now())


def is_sync(kind: str) -> bool:
    """Whether runs of the kind bring the mirror in step; the others are bulk work."""
    return kind.startswith("sync_")


def check_app(run: Run) -> None:
    """Raise ConfigurationError if the run's alias now stands for another SDKAppID."""
    configured = conf.app_config(run.alias).sdk_app_id
    if configured != run.sdk_app_id:
        raise ConfigurationError(
            _(
                "{run} belongs to SDKAppID {owner}, but {app!r} is now {now}",
                run=str(run),
                owner=run.sdk_app_id,
                app=run.alias,
                now=configured,
            )
        )


def _save_with_lock(run: Run, **kwargs: Any) -> None:
    try:
        with transaction.atomic(using=_db()):
            run.save(using=_db(), **kwargs)
    except IntegrityError:
        active = _runs().filter(lock_key=run.lock_key).exclude(pk=run.pk).first()
        if active is None:
            raise
        raise RunAlreadyActive(active) from None


def _reopen(run: Run, before: tuple[str, ...], due_at: datetime | None = None) -> None:
    lock_key = _lock_key(run.kind, run.sdk_app_id)
    fields = {
        "status": Status.QUEUED,
        "lock_key": lock_key,
        "requested": "",
        "finished_at": None,
        "due_at": due_at,
    }
    try:
        with transaction.atomic(using=_db()):
            _move(run, before, **fields)
    except IntegrityError:
        raise RunAlreadyActive(_runs().get(lock_key=lock_key)) from None


def _move(run: Run, before: tuple[str, ...], *conditions: Q, **fields: Any) -> int:
    """Change a run that no worker of ours has, if it still is in one of the states."""
    moved = _runs().filter(*conditions, pk=run.pk, status__in=before).update(**fields)
    run.refresh_from_db(using=_db())
    return moved


def _save_progress(run: Run) -> None:
    run.heartbeat_at = timezone.now()
    names = ("heartbeat_at", "cursor", "total", *COUNTS)
    _update_claimed(run, **{name: getattr(run, name) for name in names})
    run.requested = _runs().values_list("requested", flat=True).get(pk=run.pk)


def _leave(run: Run, status: str, **fields: Any) -> None:
    names = ("cursor", "total", *COUNTS)
    kept = {name: getattr(run, name) for name in names}
    now = timezone.now()
    _update_claimed(run, status=status, claim="", heartbeat_at=now, **kept, **fields)
    for name, value in {"status": status, "claim": "", "heartbeat_at": now, **fields}.items():
        setattr(run, name, value)


def _update_claimed(run: Run, **fields: Any) -> None:
    mine = _runs().filter(pk=run.pk, claim=run.claim, status=Status.RUNNING)
    if not run.claim or not mine.update(**fields):
        raise RunLost(f"{run} is no longer this worker's")


def announce(run: Run) -> None:
    """Say that a run has ended: to the receivers of its signal, and in the audit trail."""
    signal = sync_finished if is_sync(run.kind) else bulk_finished
    if not is_sync(run.kind):
        run_audit.end(run)
    transaction.on_commit(
        partial(signal.send_robust, sender=Run, run=run), using=_db(), robust=True
    )
