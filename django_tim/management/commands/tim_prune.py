"""``manage.py tim_prune``: delete old records."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_tim.services import retention


def days(text: str) -> int:
    """A number of days, as "30d" or "30"."""
    found = re.fullmatch(r"([1-9]\d{0,4})d?", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no number of days: expected one like 30d")
    return int(found[1])


class Command(BaseCommand):
    help = "Delete callbacks, audit entries, runs and messages older than so many days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for kind, prune in retention.KINDS.items():
            doc = (prune.__doc__ or "").partition("\n")[0]
            option = kind.replace("_", "-")
            parser.add_argument(f"--{option}", type=days, metavar="DAYS", help=doc)

    def handle(self, *args: Any, **options: Any) -> None:
        given = {kind: options[kind] for kind in retention.KINDS if options[kind]}
        if not given:
            names = ", ".join(f"--{kind.replace('_', '-')}" for kind in retention.KINDS)
            raise CommandError(f"Nothing to do: give at least one of {names}, as --callbacks 30d")
        for kind, number in retention.prune(**given).items():
            self.stdout.write(f"{kind}: {number} deleted")
