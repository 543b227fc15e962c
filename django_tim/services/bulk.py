"""Bulk runs: many items of one kind, in chunks that outlive brokers, workers and deploys.

``bulk.start("import_accounts", accounts)`` writes the items down and returns the Run, which
``tasks.enqueue`` hands to the workers. From then on it is paused, resumed and cancelled like
every run (see :mod:`.runs`); its failures can be retried, and where it is not known whether an
item was sent, a person says so with ``settle_unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, QuerySet

from django_tim.client.batch import NOT_KNOWN
from django_tim.exceptions import InvalidArgument
from django_tim.models import Chunk, Run, RunFailure, SeenID

from . import chunk_writing, chunks, run_audit, runs
from .mirror import database_of
from .operations import OPERATIONS, new_operation, operation_of

if TYPE_CHECKING:
    from .actor import Actor

__all__ = [
    "OPERATIONS",
    "begin",
    "discard",
    "fill",
    "is_being_written",
    "retry_failed",
    "settle_unknown",
    "start",
    "submit",
]

WRITING = "writing"
State = Chunk.State


def start(
    kind: str,
    items: Iterable[Any],
    *,
    app: str = "default",
    params: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
    draft: bool = False,
    due_at: datetime | None = None,
) -> Run:
    """Write the items of a bulk run down; the caller hands it to ``tasks.enqueue``.

    ``kind`` is one of ``OPERATIONS``, whose class says what an item and which ``params`` are.
    ``items`` may be any iterable, a generator or queryset included: memory does not grow with
    their number. What is no valid item becomes one of the run's failures. A ``draft`` waits
    for ``submit``; a run with ``due_at`` for its time. Several runs of one kind may be active.

    Raises InvalidArgument for an unknown kind or wrong parameters, and UnknownAlias. If
    ``items`` raises, nothing of the run is kept.
    """
    run = begin(kind, app=app, params=params, actor=actor, due_at=due_at)
    try:
        fill(run, items)
    except BaseException:
        discard(run)
        raise
    if not draft:
        submit(run, actor=actor)
    return run


def begin(
    kind: str,
    *,
    app: str = "default",
    params: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
    due_at: datetime | None = None,
) -> Run:
    """A draft whose items are still to be written by ``fill``. Raises what ``start`` does."""
    operation = new_operation(kind, params)
    run = runs.start(kind, app=app, params=operation.params, actor=actor, draft=True, due_at=due_at)
    run.cursor = {WRITING: True}
    _this(run).update(cursor=run.cursor)
    return run


def fill(run: Run, items: Iterable[Any]) -> None:
    """Write all items of a draft down. If that is cut short, the draft can only be discarded."""
    chunk_writing.write(run, operation_of(run), items)
    SeenID.objects.using(database_of(SeenID)).filter(run=run).delete()
    _this(run).update(cursor={})
    run.refresh_from_db(using=database_of(Run))


def is_being_written(run: Run) -> bool:
    """Whether the items of a draft are not all written down, or never will be."""
    return WRITING in run.cursor


def submit(run: Run, *, actor: Actor | None = None) -> None:
    """Queue a draft whose items are all written; the caller enqueues it.

    Raises InvalidArgument if they are not: the process that wrote them has died.
    """
    if is_being_written(run):
        raise InvalidArgument(f"{run}: its items were not all written down; start it anew")
    run_audit.begin(run, operation_of(run).action, actor)
    runs.submit_draft(run)


def retry_failed(run: Run, *, actor: Actor | None = None) -> int:
    """Send the items that failed once more, as part of the same run; how many they are.

    Those whose outcome is not known are left alone (see ``settle_unknown``), and those that
    were refused when the run was written: they were never stored. If there are any, the run
    is queued again, and the caller enqueues it. Raises RunAlreadyActive while it is at work.
    """
    if run.status in Run.ACTIVE:
        raise runs.RunAlreadyActive(run)
    return _again(run, _failures(run).exclude(code=NOT_KNOWN), actor)


def settle_unknown(run: Run, *, carried_out: bool, actor: Actor | None = None) -> int:
    """Decide about the items of which nobody knows whether they were sent; how many they are.

    ``carried_out``: a person saw that they were, so they are done. Otherwise they are sent
    again: the run is queued, and the caller enqueues it. Raises RunAlreadyActive while it is
    at work.
    """
    if run.status in Run.ACTIVE:
        raise runs.RunAlreadyActive(run)
    unknown = _failures(run).filter(code=NOT_KNOWN)
    if not carried_out:
        return _again(run, unknown, actor)
    with transaction.atomic(using=database_of(Run)):
        _this(run).update(heartbeat_at=F("heartbeat_at"))
        number, _ = unknown.delete()
        _this(run).update(failed=F("failed") - number)
        _chunks(run).filter(state=State.UNKNOWN).update(state=State.DONE)
        _this(run).filter(failed=0, status=Run.Status.PARTIAL).update(status=Run.Status.SUCCEEDED)
    run.refresh_from_db(using=database_of(Run))
    return number


def _again(run: Run, failures: QuerySet[RunFailure], actor: Actor | None) -> int:
    """Put the items of these failures into new chunks, and take them out of the counts."""
    number = 0
    while True:
        keys = list(failures.order_by("chunk").values_list("chunk", flat=True).distinct()[:100])
        if not keys:
            break
        for chunk in _chunks(run).filter(pk__in=keys).order_by("turn", "number"):
            number += _chunk_again(run, chunk, failures.filter(chunk=chunk))
    if number or chunks.is_left(run):
        run.refresh_from_db(using=database_of(Run))
        run_audit.begin(run, operation_of(run).action, actor)
        runs.reopen(run)
    return number


def _chunk_again(run: Run, chunk: Chunk, failures: QuerySet[RunFailure]) -> int:
    operation = operation_of(run)
    with transaction.atomic(using=database_of(Run)):
        _this(run).update(heartbeat_at=F("heartbeat_at"))  # one after another
        failed = set(failures.values_list("item", flat=True))
        items = [one for one in chunk.payload["items"] if operation.key(one)[:255] in failed]
        failures.delete()
        chunk_writing.append(run, operation, chunk.lane, items)
        _keep_others(run, chunk, items)
        _this(run).update(done=F("done") - len(items), failed=F("failed") - len(items))
    return len(items)


def _keep_others(run: Run, chunk: Chunk, moved: list[Any]) -> None:
    """Leave in a chunk what is not sent again, so that each item is in one chunk."""
    others = [item for item in chunk.payload["items"] if item not in moved]
    if not others:
        _chunks(run).filter(pk=chunk.pk).delete()
        return
    codes = list(_failures(run).filter(chunk=chunk).values_list("code", flat=True))
    state = State.FAILED if len(codes) == len(others) else State.DONE
    chunks.keep(run, chunk, others, state=State.UNKNOWN if NOT_KNOWN in codes else state)


def discard(run: Run) -> None:
    """Remove a draft whose items could not all be written."""
    for model in (SeenID, RunFailure, Chunk):
        rows = model._default_manager.using(database_of(model)).filter(run=run)
        rows._raw_delete(rows.db)  # none of them in memory
    _this(run).delete()


def _failures(run: Run) -> QuerySet[RunFailure]:
    failures = RunFailure.objects.using(database_of(RunFailure))
    return failures.filter(run=run).exclude(chunk=None)


def _chunks(run: Run) -> QuerySet[Chunk]:
    return Chunk.objects.using(database_of(Chunk)).filter(run=run)


def _this(run: Run) -> QuerySet[Run]:
    return Run.objects.using(database_of(Run)).filter(pk=run.pk)
