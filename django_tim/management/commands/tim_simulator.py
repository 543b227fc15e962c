"""``manage.py tim_simulator``: the simulated service over HTTP, without the database."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from django_tim.simulator import Simulator, SimulatorServer


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
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--latency", type=float, default=0.0, help="seconds a call")
        parser.add_argument("--callback-url", default="", help="where to deliver callbacks")
        parser.add_argument("--callback-token", default="", help="what to sign them with")
        parser.add_argument("--no-rates", action="store_true", help="let any number of calls in")

    def handle(self, *args: Any, **options: Any) -> None:
        simulator = Simulator(
            options["sdk_app_id"],
            options["secret_key"],
            options["admin"],
            check_rates=not options["no_rates"],
        )
        simulator.callbacks.configure(options["callback_url"], options["callback_token"])
        simulator.seed(groups=options["groups"], accounts=options["accounts"], seed=options["seed"])
        server = SimulatorServer(
            simulator, options["host"], options["port"], latency=options["latency"]
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
