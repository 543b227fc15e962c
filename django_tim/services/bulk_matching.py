"""Bulk runs on "all that match": what matches is written down by a worker, not by the request.

The run keeps how its rows are found, up to the largest key that there was when a person
confirmed how many they are. That number is a ceiling: if more match by then, nothing is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone

from django_tim import conf
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.exceptions import said as _
from django_tim.models import Chunk, Run, RunFailure, SeenID

from . import chunk_writing, run_audit, runs, shared_runs
from .mirror import database_of
from .operations import new_operation, operation_of
from .passing import PASSING

if TYPE_CHECKING:
    from .actor import Actor

MATCHING = "matching"
Source = Callable[[Run, Mapping[str, Any]], Iterable[Any]]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register how the items of a run are found: from the run and the mapping it was given.

    A queryset, or items that come one by one.
    """

    def register(find: Source) -> Source:
        _sources[name] = find
        return find

    return register


def start(
    kind: str,
    found_by: Mapping[str, Any],
    *,
    ceiling: int | None = None,
    app: str = "default",
    params: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
    draft: bool = False,
) -> Run:
    """Start a bulk run on rows that a worker looks up; the caller hands it to ``tasks.enqueue``.

    ``found_by`` is JSON. Its "source" names how the rows are found: "rows" (which takes "model",
    "filters", "excludes" and "largest_pk"), or one that was registered by ``source``. ``ceiling``
    is the number that was confirmed: if more match, the run fails before anything is sent. None:
    nobody could count them, and all that match are meant.
    Raises InvalidArgument for an unknown kind or source, or wrong parameters.
    """
    if found_by.get("source") not in _sources:
        raise InvalidArgument(f"no source of rows is called {found_by.get('source')!r}")
    operation = new_operation(kind, params)
    run = runs.start(kind, app=app, params=operation.params, actor=actor, draft=True)
    run.cursor = {MATCHING: dict(found_by), "ceiling": ceiling}
    run.save(using=database_of(Run), update_fields=["cursor"])
    if not draft:
        run_audit.begin(run, operation.action, actor)
        runs.submit_draft(run)
    return run


def is_unwritten(run: Run) -> bool:
    """Whether a worker must first write down what matches."""
    return MATCHING in run.cursor


def write(run: Run) -> None:
    """Write down what matches, in a run that this worker has claimed; then it is queued.

    One whose worker died is written from the start. Fails the run if more match than were
    confirmed; a pause or an end that was asked for is carried out.
    """
    try:
        _forget(run)
        found = _sources[run.cursor[MATCHING]["source"]](run, run.cursor[MATCHING])
        chunk_writing.write(run, operation_of(run), _counted(run, _one_by_one(found)))
    except runs.Stop as request:
        runs.stop(run, request.status)
    except runs.RunLost:
        raise
    except PASSING as error:
        shared_runs.wait_or_fail(run, error)
    except BaseException as error:
        run.refresh_from_db(using=database_of(Run))
        runs.fail(run, error)
        if not isinstance(error, TimError):
            raise
    else:
        run.refresh_from_db(using=database_of(Run))
        run.cursor = {}
        runs.release(run)


def _one_by_one(found: Iterable[Any]) -> Iterator[Any]:
    if isinstance(found, QuerySet):
        return found.order_by("pk").iterator(chunk_writing.READ_AT_ONCE)
    return iter(found)


def _counted(run: Run, found: Iterator[Any]) -> Iterator[Any]:
    """The items, up to the ceiling; a sign of life now and then."""
    beat, ceiling = time.monotonic(), run.cursor.get("ceiling")
    for number, row in enumerate(found, 1):
        if ceiling is not None and number > ceiling:
            raise InvalidArgument(
                _(
                    "more match by now than the {ceiling} that were confirmed: nothing was sent",
                    ceiling=ceiling,
                )
            )
        if time.monotonic() - beat > conf.options().heartbeat_seconds:
            _beat(run)
            beat = time.monotonic()
        yield row


def _beat(run: Run) -> None:
    mine = Run.objects.using(database_of(Run)).filter(pk=run.pk, claim=run.claim, status="running")
    if not mine.update(heartbeat_at=timezone.now()):
        raise runs.RunLost(f"{run} is no longer this worker's")
    asked = mine.values_list("requested", flat=True).get()
    if asked:
        raise runs.Stop(asked)


def _forget(run: Run) -> None:
    """Remove what a worker that died had written."""
    for model in (SeenID, RunFailure, Chunk):
        rows = model._default_manager.using(database_of(model)).filter(run=run)
        rows._raw_delete(rows.db)  # none of them in memory
    none = dict.fromkeys(runs.COUNTS, 0)
    Run.objects.using(database_of(Run)).filter(pk=run.pk).update(total=None, **none)


@source("rows")
def _rows(run: Run, given: Mapping[str, Any]) -> QuerySet[Any]:
    """Rows of a mirror model, by lookups: {"filters": {…}, "excludes": {…}, "largest_pk": …}."""
    model: Any = apps.get_model(given["model"])
    found = model._default_manager.filter(sdk_app_id=run.sdk_app_id, **given.get("filters", {}))
    if given.get("excludes"):
        found = found.exclude(**given["excludes"])
    if given.get("largest_pk") is not None:
        found = found.filter(pk__lte=given["largest_pk"])
    return found
