"""``manage.py tim_simulator``: the simulated service over HTTP, without the database."""

from __future__ import annotations

import ssl
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from django_tim.conf_values import REGIONS
from django_tim.simulator import Simulator, SimulatorServer

TLS_FOLDER = Path("~/.cache/django-tim/tls").expanduser()


class Command(BaseCommand):
    help = "Serve a simulated app of Tencent Cloud IM on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8009)
        parser.add_argument("--sdk-app-id", type=int, default=1400000000)
        parser.add_argument("--secret-key", required=True)
        parser.add_argument("--admin", default="administrator")
        parser.add_argument("--groups", type=int, default=1000)
        parser.add_argument("--accounts", type=int, default=5000)
        parser.add_argument(
            "--messages", type=int, default=40, help="groups, and pairs of accounts, with some"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--latency", type=float, default=0.0, help="seconds a call")
        parser.add_argument("--callback-url", default="", help="where to deliver callbacks")
        parser.add_argument("--callback-token", default="", help="what to sign them with")
        parser.add_argument("--tls", action="store_true", help="https, by a certificate of its own")
        parser.add_argument(
            "--tls-folder", type=Path, default=TLS_FOLDER, help="where that is kept"
        )
        parser.add_argument("--no-rates", action="store_true", help="let any number of calls in")

    def handle(self, *args: Any, **options: Any) -> None:
        simulator = Simulator(
            options["sdk_app_id"],
            options["secret_key"],
            options["admin"],
            check_rates=not options["no_rates"],
        )
        simulator.callbacks.configure(options["callback_url"], options["callback_token"])
        sizes = {name: options[name] for name in ("groups", "accounts", "messages", "seed")}
        simulator.seed(**sizes)
        tls = self._tls(options) if options["tls"] else None
        server = SimulatorServer(
            simulator, options["host"], options["port"], latency=options["latency"], tls=tls
        )
        with server:
            self.stdout.write(
                f"SDKAppID {options['sdk_app_id']} at {server.url}: "
                f"{options['groups']} groups, {options['accounts']} accounts"
            )
            self.stdout.flush()
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                self.stdout.write("stopped")

    def _tls(self, options: dict[str, Any]) -> ssl.SSLContext:
        """TLS in the vendor's names too, for clients that know no other host."""
        try:
            from django_tim.simulator.tls import LOCAL, server_context
        except ImportError:
            raise CommandError("--tls needs cryptography: the extra django-tim[tls]") from None
        vendors = [urlsplit(url).hostname or "" for both in REGIONS.values() for url in both]
        names = list(dict.fromkeys([options["host"], *LOCAL, *vendors]))
        try:
            context, trusted = server_context(options["tls_folder"], names)
        except OSError as error:
            raise CommandError(
                f"{options['tls_folder']} can't keep a certificate: {error}"
            ) from None
        self.stdout.write(f"Clients have to trust {trusted}")
        return context
