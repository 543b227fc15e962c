"""``manage.py tim_replay_callbacks``: hand stored events to the mirror and the receivers again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from django_tim import conf, tasks
from django_tim.exceptions import UnknownAlias
from django_tim.models import CallbackEvent
from django_tim.webhooks import inbox


class Command(BaseCommand):
    help = (
        "Handle callbacks again: of those that failed, only the receivers that did are asked; "
        "those that are done begin anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--failed", action="store_true", help="all that failed")
        which.add_argument("--ids", type=int, nargs="+", metavar="ID", help="these rows")
        which.add_argument("--command", metavar="NAME", help="all of a command")
        parser.add_argument("--app", help="of this app only")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = CallbackEvent.objects.all()
        if options["app"]:
            rows = rows.filter(sdk_app_id=self._sdk_app_id(options["app"]))
        number = inbox.replay(self._chosen(rows, options))
        tasks.enqueue_callbacks()
        self.stdout.write(f"{number} queued")

    def _chosen(
        self, rows: QuerySet[CallbackEvent], options: dict[str, Any]
    ) -> QuerySet[CallbackEvent]:
        if options["failed"]:
            return rows.filter(state=CallbackEvent.State.FAILED)
        if options["command"]:
            return rows.filter(command=options["command"])
        known = set(rows.filter(pk__in=options["ids"]).values_list("pk", flat=True))
        missing = [str(one) for one in options["ids"] if one not in known]
        if missing:
            raise CommandError(f"No such callbacks: {', '.join(missing)}")
        return rows.filter(pk__in=known)

    def _sdk_app_id(self, alias: str) -> int:
        try:
            return conf.app_config(alias).sdk_app_id
        except UnknownAlias as error:
            raise CommandError(str(error)) from None
