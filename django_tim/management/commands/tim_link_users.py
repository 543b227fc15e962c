"""``manage.py tim_link_users``: the project's existing users become accounts, or adopt theirs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_tim import conf
from django_tim.connection import tims
from django_tim.exceptions import TimError
from django_tim.linking import AccountLink, link_of
from django_tim.linking import links as registered
from django_tim.models import Run, RunFailure
from django_tim.services import (
    adoption,
    bulk,
    bulk_slice,
    link_delivery,
    links,
    runs,
    shared_runs,
)
from django_tim.services.actor import Actor

KIND = "link_accounts"
SHOWN = 50
"""Refused objects that are printed; all are in the run."""
ENDED = (*Run.FINISHED, Run.Status.PAUSED)


class Command(BaseCommand):
    help = "Tie existing objects to their accounts, and tell the service of what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app", default="default", help="alias in DJANGO_TIM")
        parser.add_argument(
            "--model", action="append", metavar="LABEL", help="only this linked model, as auth.User"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument(
            "--resume", action="store_true", help="go on with the last run if it did not end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        app, dry_run = options["app"], options["dry_run"]
        try:
            for link in _links(options["model"]):
                self._compare(link, app, dry_run=dry_run, resume=options["resume"])
            if not dry_run:
                self._deliver(app)
        except TimError as error:
            raise CommandError(str(error)) from error

    def _compare(self, link: AccountLink[Any], app: str, *, dry_run: bool, resume: bool) -> None:
        params = {"model": link.label, "dry_run": dry_run}
        run = _unfinished(app, params) if resume else None
        if run is None:
            objects = adoption.objects_of(link, app)
            run = bulk.start(KIND, objects, app=app, params=params, actor=Actor("command"))
        self._work(run)
        self._report(run, link, dry_run=dry_run)

    def _work(self, run: Run) -> None:
        """Work on the run here, beside any worker that does."""
        while run.status not in ENDED:
            if shared_runs.join(run):
                bulk_slice.run_slice(run, conf.options().slice_seconds)
                run.refresh_from_db()
            if run.status not in ENDED:
                self.stderr.write(f"{run}: {run.done} of {run.total}. {run.error}".strip())
                time.sleep(1)  # it waits for the service, or for another worker's last calls
                run.refresh_from_db()

    def _report(self, run: Run, link: AccountLink[Any], *, dry_run: bool) -> None:
        would = "would be " if dry_run else ""
        self.stdout.write(f"{link.label}, app {run.alias}: {run.total} objects ({run})")
        self.stdout.write(f"  {run.created} accounts {would}made")
        self.stdout.write(f"  {run.updated} {would}adopted, or differ")
        self.stdout.write(f"  {run.unchanged} in step")
        self.stdout.write(f"  {run.gone} {would}ended: their object is deactivated or gone")
        self.stdout.write(f"  {run.skipped} need no account")
        self.stdout.write(f"  {run.failed} refused")
        self._report_fields(run.params.get(adoption.FOUND, {}))
        self._report_refused(run)
        if run.status not in (Run.Status.SUCCEEDED, Run.Status.PARTIAL):
            raise CommandError(f"{run} {run.get_status_display()}: {run.error}; see --resume")

    def _report_fields(self, found: dict[str, Any]) -> None:
        headings = {
            "host": "differ, and are the project's: the service is told",
            "service": "differ, and are the service's: they stay",
        }
        for owner, heading in headings.items():
            for tag, number in sorted(found.get(owner, {}).items()):
                self.stdout.write(f"  {tag}: {number} {heading}")
        for user_id, tag, owner, ours, theirs in found.get("examples", ()):
            self.stdout.write(f"    {user_id} {tag} ({owner}'s): {ours!r} here, {theirs!r} there")

    def _report_refused(self, run: Run) -> None:
        failures = RunFailure.objects.filter(run=run).order_by("pk")
        for failure in failures[:SHOWN]:
            self.stdout.write(f"  refused: {failure}")
        if run.failed > SHOWN:
            self.stdout.write(f"  … and {run.failed - SHOWN} more, in {run}")

    def _deliver(self, app: str) -> None:
        """Tell the service of all that is behind, as the workers do."""
        if tims[app].config.read_only:
            self.stdout.write(f"{app!r} is READ_ONLY: {links.behind(app).count()} stay behind")
            return
        actor = Actor("command")
        while link_delivery.deliver_due(app, seconds=1, actor=actor):
            self.stderr.write(f"{links.behind(app).count()} accounts are behind")
        left = links.behind(app)
        errors = Counter(left.exclude(link_error="").values_list("link_code", flat=True))
        self.stdout.write(f"{left.count()} accounts are still behind; workers go on with them")
        for code, number in errors.most_common():
            self.stdout.write(f"  {number} met error {code or '(ours)'}")
        for row in left.exclude(link_error="").order_by("pk")[:SHOWN]:
            self.stdout.write(f"  {row.user_id}: {row.link_error}")


def _links(labels: list[str] | None) -> list[AccountLink[Any]]:
    if not registered():
        raise CommandError("no model is linked: see the documentation of django_tim.linking")
    found = []
    for label in labels or [link.label for link in registered()]:
        link = link_of(label)
        if link is None:
            known = ", ".join(one.label for one in registered())
            raise CommandError(f"{label} is not linked; linked are {known}")
        found.append(link)
    return found


def _unfinished(app: str, params: dict[str, Any]) -> Run | None:
    """The newest such run, queued again, if it did not come to its end."""
    sdk_app_id = conf.app_config(app).sdk_app_id
    for run in Run.objects.filter(kind=KIND, sdk_app_id=sdk_app_id).order_by("-pk")[:50]:
        if {name: run.params.get(name) for name in params} != params:
            continue
        if run.status in (Run.Status.SUCCEEDED, Run.Status.PARTIAL, Run.Status.DRAFT):
            return None
        if run.status not in (Run.Status.QUEUED, Run.Status.RUNNING):
            runs.reopen(run)
        return run
    return None
