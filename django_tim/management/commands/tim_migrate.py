"""``manage.py tim_migrate --from ALIAS|FILES``: everything of another app or system into an app."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from django_tim.client.errors import row_for
from django_tim.exceptions import TimError
from django_tim.models import Run
from django_tim.services.actor import Actor
from django_tim.services.migration import running
from django_tim.services.migration.steps import Step, estimates

WORST = 5


class Command(BaseCommand):
    help = (
        "Move accounts, profiles, friends, messages, groups and members into an app: from another "
        "app of DJANGO_TIM, or from files of JSON Lines. Killed anywhere, it goes on by --resume."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="source",
            nargs="+",
            default=[],
            metavar="ALIAS|FILE",
            help="an alias of DJANGO_TIM, or files and folders of JSON Lines",
        )
        parser.add_argument("--app", default="default", help="alias of the app to move into")
        parser.add_argument("--resume", action="store_true", help="go on with the last migration")
        parser.add_argument(
            "--estimate", action="store_true", help="say how long it will take, and do nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        app = options["app"]
        if bool(options["source"]) == options["resume"]:
            raise CommandError("give either --from, or --resume")
        try:
            if options["estimate"]:
                self._estimate(options["source"], app)
                return
            run = self._run(options, app)
            running.carry_out(run, self._show)
        except TimError as error:
            raise CommandError(f"{error} (--resume goes on)") from error
        self._report(run)

    def _run(self, options: dict[str, Any], app: str) -> Run:
        if options["resume"]:
            run = running.resume(app)
            self.stdout.write(f"{run} goes on after {run.done} of its steps")
            return run
        self._estimate(options["source"], app)
        return running.start(options["source"], app, Actor("command"))

    def _estimate(self, given: list[str], app: str) -> None:
        total = 0.0
        self.stdout.write(f"{'step':<16}{'items':>12}{'calls':>12}{'hours':>9}")
        for one in estimates(running.source_of(given), app):
            total += one.seconds
            items = "not known" if one.items is None else f"{one.items:,}"
            hours = one.seconds / 3600
            self.stdout.write(f"{one.step:<16}{items:>12}{one.calls:>12,}{hours:>9.2f}")
        self.stdout.write(f"at least {total / 3600:.2f} hours, at the rates that the pacing allows")

    def _show(self, step: Step, run: Run) -> None:
        self.stderr.write(
            f"\r{step.name}: {run.done:,} of {run.total or 0:,}, {run.failed:,} failed ", ending=""
        )
        if run.finished_at:
            self.stderr.write("")

    def _report(self, run: Run) -> None:
        self.stdout.write(
            f"\n{'step':<16}{'items':>12}{'failed':>9}{'skipped':>9}{'hours':>9}  run"
        )
        for step, child in running.steps_of(run):
            self.stdout.write(
                f"{step.name:<16}{child.total or 0:>12,}{child.failed:>9,}{child.skipped:>9,}"
                f"{_hours(child):>9.2f}  #{child.pk}"
            )
            self._failures(child)
        if run.failed:
            raise CommandError(f"{run.failed:,} items failed: see the pages of the runs above")
        self.stdout.write(self.style.SUCCESS("everything was moved"))

    def _failures(self, child: Run) -> None:
        """The commonest reasons, each with an item."""
        codes = child.failures.values_list("code").annotate(number=Count("pk")).order_by("-number")
        for code, number in codes[:WORST]:
            example = child.failures.filter(code=code).order_by("pk")[0]
            row = row_for(code)
            meaning = row.meaning if row else example.info
            self.stdout.write(f"    {number:,} × {code} {meaning} ({example.item})")


def _hours(run: Run) -> float:
    if run.started_at is None or run.finished_at is None:
        return 0.0
    return (run.finished_at - run.started_at).total_seconds() / 3600
