"""The Celery tasks: thin, for a run's row holds all that a worker must know."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from django_tim import conf, sync
from django_tim.exceptions import TimError
from django_tim.models import Run
from django_tim.services import (
    archive,
    archive_files,
    archive_holes,
    bulk_matching,
    bulk_slice,
    chunks,
    link_delivery,
    links,
    live,
    restrictions,
    retention,
    runs,
    shared_runs,
)
from django_tim.services import outgoing as _outgoing  # noqa: F401  (says how rows are found)
from django_tim.services import recent_messages as _recent_messages  # noqa: F401  (the same)
from django_tim.services.actor import Actor
from django_tim.sync import refetch
from django_tim.webhooks import processing
from django_tim.webhooks.nudging import Nudge

logger = logging.getLogger("django_tim.tasks")

KINDS = {"groups": "sync_groups", "members": "sync_members", "accounts": "sync_accounts"}


@shared_task(acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run_sync(run_id: int) -> None:
    """Work on a run for one slice, and queue the next one if there is more to do."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None or not runs.claim(run):
        logger.info("run %s is done, or another worker has it", run_id)
        return
    if not sync.run_slice(run, conf.options().slice_seconds):
        enqueue(run)


@shared_task(acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run_bulk(run_id: int, helps: bool = False) -> None:
    """Work on a bulk run for one slice, beside others, and queue the next one if there is more."""
    run = Run.objects.filter(pk=run_id).first()
    if run is not None and bulk_matching.is_unwritten(run):
        _write_matching(run)
        return
    if run is None or not shared_runs.join(run):
        logger.info("run %s is done, or must wait", run_id)
        return
    workers = conf.options().bulk_workers
    if helps and chunks.others_at_work(run) >= workers:
        return
    if not helps:
        for _ in range(workers - 1):
            _publish(run, helps=True)
    if bulk_slice.run_slice(run, conf.options().slice_seconds):
        _publish(run, helps=True)


def _write_matching(run: Run) -> None:
    if runs.claim(run):
        bulk_matching.write(run)
        enqueue(run)


@shared_task(ignore_result=True)
def start_sync(what: str, app: str = "default", **params: Any) -> None:
    """Start a sync of "groups", "members" or "accounts", unless one is active."""
    try:
        enqueue(runs.start(KINDS[what], app=app, params=params, actor=Actor("task")))
    except runs.RunAlreadyActive as active:
        logger.info("%s", active)


@shared_task(ignore_result=True)
def take_up_runs() -> None:
    """Queue the runs that are due, whose message was lost, or whose worker died."""
    for run in (*runs.due(), *runs.stalled()):
        if runs.take_up(run):
            enqueue(run)


@shared_task(ignore_result=True)
def process_callbacks() -> None:
    """Handle the callbacks that wait, also those whose message or worker was lost."""
    end = time.monotonic() + conf.options().slice_seconds
    if processing.drain(conf.options().slice_seconds) and time.monotonic() >= end:
        enqueue_callbacks()


@shared_task(ignore_result=True)
def refetch_stale() -> None:
    """Read anew what callbacks have marked as stale in the mirror, of every app."""
    for app in conf.aliases():
        try:
            refetch.refetch(app)
        except TimError as error:
            logger.warning("the stale rows of %s wait: %s", app, error)


@shared_task(ignore_result=True)
def deliver_links(helps: bool = False) -> None:
    """Tell the service of the project's objects that changed, also those whose message was lost.

    Where many wait, as many workers share them as may share a bulk run.
    """
    options = conf.options()
    for app in conf.aliases():
        try:
            if links.workers(app) >= options.bulk_workers:
                continue
            many = link_delivery.AT_ONCE * options.bulk_workers
            if not helps and links.due(app)[:many].count() == many:
                for _ in range(options.bulk_workers - 1):
                    _publish_one(deliver_links, helps=True)
            if link_delivery.deliver_due(app, seconds=options.slice_seconds):
                _publish_one(deliver_links, helps=True)
        except TimError as error:
            logger.warning("the accounts of %s wait: %s", app, error)


def enqueue_links() -> None:
    """Let a worker tell the service of what is behind. Never waits for the broker.

    A broker that is down loses nothing: ``deliver_links`` also runs by beat.
    """
    if current_app.conf.task_always_eager:
        transaction.on_commit(deliver_links.delay, robust=True)
    else:
        transaction.on_commit(_nudge_links)


@shared_task(ignore_result=True)
def fill_archive() -> None:
    """Fill the holes of every app's archive of messages, as far as one slice goes; beat goes on."""
    options = conf.options()
    for app in conf.aliases():
        if not (options.archive_fill_days and archive.is_on(app)):
            continue
        for fill in (archive_holes.fill, archive_files.fill_recent):
            try:
                number = fill(app, seconds=options.slice_seconds / 2)
                logger.info("%s messages came to the archive of %s", number, app)
            except TimError as error:
                logger.warning("the archive of %s waits: %s", app, error)


@shared_task(ignore_result=True)
def prune_records() -> None:
    """Delete the records that the options do not keep any longer."""
    logger.info("deleted: %s", retention.prune_by_settings())


def enqueue_callbacks() -> None:
    """Let a worker handle what is in the inbox. Never waits for the broker.

    A broker that is down loses nothing: ``process_callbacks`` also runs by beat.
    """
    if current_app.conf.task_always_eager:
        transaction.on_commit(process_callbacks.delay, robust=True)
    else:
        transaction.on_commit(_nudge)


@shared_task(ignore_result=True)
def settle_restrictions() -> None:
    """Lift the mutes and bans that ended, and tell the service what it was not told of."""
    end = time.monotonic() + conf.options().slice_seconds
    while due := list(restrictions.due()):
        for restriction in due:
            try:
                restrictions.settle(restriction)
            except TimError as error:
                logger.warning("%s is tried again later: %s", restriction, error)
        if time.monotonic() > end:
            return  # beat goes on


@shared_task(ignore_result=True)
def sample_live_rooms(app: str = "default") -> None:
    """Note how many people are in each live room, for the chart on its page."""
    try:
        live.take_samples(app)
    except TimError as error:
        logger.warning("no online numbers of live rooms this time: %s", error)


def enqueue_restrictions() -> None:
    """Let a worker settle restrictions now; where that fails, beat's next pass does."""
    try:
        settle_restrictions.apply_async(**_route())
    except (OperationalError, OSError) as error:
        logger.warning("restrictions wait for beat, for the broker can't be reached: %s", error)


def enqueue(run: Run) -> None:
    """Hand a queued run to the workers, on commit.

    A broker that is down loses nothing: ``take_up_runs`` finds the row. So it does with a run
    whose time has not come. A migration is worked on by its command alone.
    """
    if run.kind == runs.MIGRATION:
        return
    if run.status == Run.Status.QUEUED and (run.due_at is None or run.due_at <= timezone.now()):
        transaction.on_commit(lambda: _publish(run), robust=True)


def _publish(run: Run, **kwargs: Any) -> None:
    task = run_sync if runs.is_sync(run.kind) else run_bulk
    try:
        task.apply_async((run.pk,), kwargs=kwargs, **_route(task))
    except (OperationalError, OSError) as error:
        logger.warning("%s waits to be taken up, for the broker can't be reached: %s", run, error)


def _publish_one(task: Any, **kwargs: Any) -> None:
    """Queue a task that beat starts as well: nothing is lost if the broker can't be reached."""
    try:
        task.apply_async(kwargs=kwargs, retry=False, **_route())
    except (OperationalError, OSError) as error:
        logger.warning("%s waits, for the broker can't be reached: %s", task.name, error)


_nudge = Nudge(partial(_publish_one, process_callbacks))
_nudge_links = Nudge(partial(_publish_one, deliver_links))


def _route(task: Any = None) -> dict[str, Any]:
    """The queue, where the project names one; else its own routing decides."""
    options = conf.options()
    queue = options.bulk_queue or options.queue if task is run_bulk else options.queue
    return {"queue": queue} if queue else {}
