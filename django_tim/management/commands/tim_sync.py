"""``manage.py tim_sync groups|members|accounts``: a sync in this process, with its progress."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_tim import conf, sync
from django_tim.exceptions import TimError
from django_tim.models import Run
from django_tim.services import runs
from django_tim.services.actor import Actor

BAR = 30


class Command(BaseCommand):
    help = "Mirror the groups, members or accounts of an app into the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["groups", "members", "accounts"])
        parser.add_argument("--app", default="default", help="alias in DJANGO_TIM")
        parser.add_argument("--group", action="append", metavar="ID", help="only this group")
        parser.add_argument("--account", action="append", metavar="ID", help="only this account")
        parser.add_argument("--type", help="only groups of this type")
        parser.add_argument(
            "--changed", action="store_true", help="members: only of groups that changed"
        )
        parser.add_argument(
            "--resume", action="store_true", help="go on with the last run if it did not end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind = f"sync_{options['what']}"
        try:
            run = self._run(kind, options)
            if not runs.claim(run):
                raise CommandError(f"{run} is at work in another process")
            self._work(run, conf.options().slice_seconds)
        except TimError as error:
            raise CommandError(str(error)) from error
        self._report(run)

    def _run(self, kind: str, options: dict[str, Any]) -> Run:
        app = options["app"]
        unfinished = runs.unfinished(kind, app=app)
        if options["resume"] and unfinished is not None:
            runs.reopen(unfinished)
            return unfinished
        return runs.start(kind, app=app, params=_params(kind, options), actor=Actor("command"))

    def _work(self, run: Run, seconds: float) -> None:
        while not sync.run_slice(run, seconds, self._show):
            if not runs.claim(run):
                raise CommandError(f"{run} was taken over by another process")
        run.refresh_from_db()
        self._show(run)
        self.stderr.write("")

    def _show(self, run: Run) -> None:
        share = run.done / run.total if run.total else 0
        bar = "#" * round(BAR * min(share, 1))
        self.stderr.write(f"\r[{bar:<{BAR}}] {run.done} / {run.total or '?'}", ending="")

    def _report(self, run: Run) -> None:
        names = ("created", "updated", "unchanged", "gone", "skipped", "failed")
        counts = ", ".join(f"{name} {getattr(run, name)}" for name in names)
        self.stdout.write(f"{run} {run.get_status_display()}: {counts}")
        if run.error:
            raise CommandError(run.error)


def _params(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    ids = options["account"] if kind == "sync_accounts" else options["group"]
    if kind == "sync_accounts" and (options["group"] or options["type"]):
        raise CommandError("--group and --type are for groups and members")
    if kind != "sync_accounts" and options["account"]:
        raise CommandError("--account is for accounts")
    if options["changed"] and kind != "sync_members":
        raise CommandError("--changed is for members")
    params = {"ids": ids, "type": options["type"], "changed": options["changed"]}
    return {name: value for name, value in params.items() if value}
