"""``manage.py tim_export_api``: the REST API v4 as a document for other tools."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_tim.exports import openapi, postman

FORMATS = {"openapi": openapi, "postman": postman}


class Command(BaseCommand):
    help = "Write the REST API v4 as an OpenAPI 3.1 document or a Postman collection v2.1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        text = json.dumps(FORMATS[options["format"]](), ensure_ascii=False, indent=2)
        if options["output"] is None:
            self.stdout.write(text)
            return
        try:
            options["output"].write_text(text + "\n", "utf-8")
        except OSError as error:
            raise CommandError(f"{options['output']} can't be written: {error}") from None
