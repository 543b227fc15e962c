"""``manage.py tim_call ENDPOINT --data '{…}'``: call any endpoint, and print its answer."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_tim import conf
from django_tim.catalogue import Effect, Endpoint
from django_tim.client.batch import BatchResult
from django_tim.client.errors import row_for
from django_tim.exceptions import APIError, TimError
from django_tim.samples import samples
from django_tim.services import console
from django_tim.services.actor import Actor


class Command(BaseCommand):
    help = "Call an endpoint of the REST API and print its answer. Calls are audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "endpoint", help="name in the catalogue (GROUP_CREATE), or path (service/command)"
        )
        parser.add_argument("--app", default="default", help="alias in DJANGO_TIM")
        parser.add_argument(
            "--data",
            default="{}",
            help="the body, as JSON; @FILE reads it from there, @- from stdin",
        )
        parser.add_argument(
            "--query",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a parameter of the URL (IP_LIST: nettype); may be given several times",
        )
        parser.add_argument(
            "--sample", action="store_true", help="print a sample body, send nothing"
        )
        parser.add_argument("--yes", action="store_true", help="don't ask before what destroys")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            name, endpoint = console.endpoint_named(options["endpoint"])
            if options["sample"]:
                self._print_sample(name)
                return
            body = console.body_of(_text(options["data"]))
            query = console.query_of(name, options["query"])
            self._ask(name, endpoint, options)
            reply = console.call(
                endpoint, body, query=query, app=options["app"], actor=Actor("command")
            )
        except TimError as error:
            raise CommandError(str(error)) from error
        if reply.text:
            self.stdout.write(reply.text)
        if reply.error is not None:
            raise CommandError(_said(reply.error)) from reply.error
        if not reply.result:
            raise CommandError(_failures(reply.result))

    def _print_sample(self, name: str) -> None:
        sample = samples().get(name)
        self.stdout.write(console.readable(sample.request if sample else {}))

    def _ask(self, name: str, endpoint: Endpoint[Any], options: dict[str, Any]) -> None:
        """Have a person confirm what destroys, by typing where it will happen."""
        if endpoint.effect is not Effect.DESTRUCTIVE or options["yes"]:
            return
        if not sys.stdin.isatty() or options["data"] == "@-":
            raise CommandError(f"{name} destroys something: say --yes if it shall")
        where = conf.app_settings(options["app"]).environment or options["app"]
        self.stderr.write(f"{name} destroys something, and nothing brings it back.")
        if input(f'Type "{where}" to go on: ') != where:
            raise CommandError("nothing was sent")


def _text(data: str) -> str:
    if not data.startswith("@"):
        return data
    try:
        return sys.stdin.read() if data == "@-" else Path(data[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{data[1:]} can't be read: {error}") from error


def _said(error: TimError) -> str:
    meaning = error.meaning_zh if isinstance(error, APIError) else ""
    return f"{error}\n{meaning}".strip()


def _failures(result: BatchResult[Any]) -> str:
    """The items that failed inside an answer that says OK, one a line."""
    rows = [(one, row_for(one.code)) for one in result.failures]
    texts = [f"{one.item}: {one.code} {row.meaning if row else one.info}" for one, row in rows]
    return "\n".join([result.summary(), *texts])
