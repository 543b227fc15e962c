"""A migration under way: its run, its steps' runs, and taking over from a process that died."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_tim import conf
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.models import Chunk, Run
from django_tim.services import bulk, bulk_slice, chunks, runs, shared_runs
from django_tim.services.actor import Actor
from django_tim.services.mirror import database_of

from .apps import App
from .files import Files
from .sources import Source
from .steps import STEPS, Step

KIND = runs.MIGRATION
LOOK = 1.0
Show = Callable[[Step, Run], None]


class Stopped(TimError):
    """A step's run was paused, cancelled or failed; ``--resume`` goes on."""


def source_of(given: Iterable[str]) -> Source:
    """An alias of ``DJANGO_TIM``, or else files. Raises InvalidArgument."""
    places = list(given)
    if len(places) == 1 and places[0] in conf.aliases():
        return App(places[0])
    return Files(places)


def start(given: list[str], app: str, actor: Actor) -> Run:
    """Begin a migration into an app. Raises RunAlreadyActive while another is not finished."""
    source = source_of(given)
    if isinstance(source, App) and source.sdk_app_id == conf.app_config(app).sdk_app_id:
        raise InvalidArgument(f"{source.alias!r} and {app!r} are the same app")
    run = runs.start(KIND, app=app, params={"from": given}, actor=actor)
    return _claimed(run)


def resume(app: str) -> Run:
    """Go on with the last migration into an app, wherever it stopped.

    Raises InvalidArgument if there is none, RunAlreadyActive if it is at work elsewhere.
    """
    run = runs.unfinished(KIND, app=app)
    if run is None:
        raise InvalidArgument(f"no migration into {app!r} is unfinished")
    if run.status == Run.Status.RUNNING and _has_died(run):
        _silence(run)
    runs.reopen(run)
    return _claimed(run)


def carry_out(run: Run, show: Show) -> None:
    """Go through the steps that are left. Raises Stopped if one of them does not end well."""
    try:
        _carry_out(run, show)
    except runs.Stop as request:
        runs.stop(run, request.status)
        raise Stopped(f"{run} was {run.get_status_display()}") from None
    except runs.RunLost:
        raise
    except TimError as error:
        runs.fail(run, error)
        raise


def _carry_out(run: Run, show: Show) -> None:
    source = source_of(run.params["from"])
    run.total = len(STEPS)
    for step in STEPS[run.done :]:
        child = _child(run, step, source)
        _work(run, step, child, show)
        run.failed += child.failed
        run.done += 1
        _note(run, {**run.cursor, "at": None, "runs": {**_runs_of(run), step.name: child.pk}})
    runs.finish(run, Run.Status.PARTIAL if run.failed else Run.Status.SUCCEEDED)


def steps_of(run: Run) -> list[tuple[Step, Run]]:
    """The steps that are done, each with its run."""
    found = Run.objects.using(database_of(Run)).in_bulk(_runs_of(run).values())
    return [(step, found[_runs_of(run)[step.name]]) for step in STEPS if step.name in _runs_of(run)]


def _runs_of(run: Run) -> dict[str, int]:
    kept: dict[str, int] = run.cursor.get("runs", {})
    return kept


def _claimed(run: Run) -> Run:
    if not runs.claim(run):
        raise runs.RunAlreadyActive(run)
    _note(run, {**run.cursor, "host": socket.gethostname(), "pid": os.getpid()})
    return run


def _note(run: Run, cursor: dict[str, Any]) -> None:
    runs.checkpoint(run, cursor)


def _child(run: Run, step: Step, source: Source) -> Run:
    """The step's run, with all its items written down; made anew if that was cut short."""
    child = Run.objects.using(database_of(Run)).filter(pk=run.cursor.get("at") or 0).first()
    if child is not None and not bulk.is_being_written(child):
        return child
    if child is not None:
        bulk.discard(child)
    actor = Actor(run.source, run.started_by, run.started_by_name)
    child = bulk.begin(step.kind, app=run.alias, params=step.params, actor=actor)
    _note(run, {**run.cursor, "at": child.pk})
    bulk.fill(child, _alive(run, source.items(step.name)))
    return child


def _alive(run: Run, items: Iterable[Any]) -> Iterator[Any]:
    """The same items, with a sign of life of the migration now and then."""
    beat = time.monotonic()
    for item in items:
        if time.monotonic() - beat > conf.options().heartbeat_seconds:
            runs.heartbeat(run)
            beat = time.monotonic()
        yield item


def _work(run: Run, step: Step, child: Run, show: Show) -> None:
    """Work on a step's run until it has ended, beside whoever else does."""
    _begin(child)
    while child.status not in (Run.Status.SUCCEEDED, Run.Status.PARTIAL):
        if child.status in (Run.Status.PAUSED, Run.Status.CANCELLED, Run.Status.FAILED):
            raise Stopped(f"{child} of the step {step.name} is {child.status}: {child.error}")
        if shared_runs.join(child):
            bulk_slice.run_slice(child, conf.options().heartbeat_seconds)
        else:
            time.sleep(LOOK)
        runs.heartbeat(run)
        child.refresh_from_db(using=database_of(Run))
        show(step, child)


def _begin(child: Run) -> None:
    if child.status == Run.Status.DRAFT:
        bulk.submit(child)
    elif child.status in (Run.Status.PAUSED, Run.Status.CANCELLED, Run.Status.FAILED):
        runs.reopen(child)
    child.refresh_from_db(using=database_of(Run))


def _has_died(run: Run) -> bool:
    """Whether the process that had the migration was on this host, and is no more."""
    if run.cursor.get("host") != socket.gethostname():
        return False
    try:
        os.kill(run.cursor["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(run.cursor["pid"] == os.getpid())


def _silence(run: Run) -> None:
    """The dead process's claims count as expired: its run's, and those of chunks in flight."""
    long_ago = timezone.now() - timedelta(seconds=2 * conf.options().stalled_after)
    Run.objects.using(database_of(Run)).filter(pk=run.pk).update(heartbeat_at=long_ago)
    run.heartbeat_at = long_ago
    in_flight = Chunk.objects.using(database_of(Chunk)).filter(run=run.cursor.get("at") or 0)
    in_flight.filter(state=chunks.State.CLAIMED).update(claimed_at=long_ago)
