"""Callbacks as the service sends them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from django_tim import conf, signals
from django_tim.models import CallbackEvent
from django_tim.webhooks import processing
from django_tim.webhooks.dispatch import CallbackSignal
from django_tim.webhooks.events import Event
from django_tim.webhooks.verification import sign
from tests.conftest import APP

TOKEN = APP["CALLBACK_TOKENS"][0]


class Service:
    """Delivers callbacks over the project's URLs, signed."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=True)

    def query(self, command: str, **changes: Any) -> dict[str, Any]:
        stamp = str(int(time.time()))
        query = {
            "SdkAppid": APP["SDK_APP_ID"],
            "CallbackCommand": command,
            "contenttype": "json",
            "ClientIP": "198.51.100.7",
            "OptPlatform": "iOS",
            "Sign": sign(TOKEN, stamp),
            "RequestTime": stamp,
        }
        query.update(changes)
        return {name: value for name, value in query.items() if value is not None}

    def post(
        self,
        command: str,
        body: Any = None,
        *,
        path: str = "/tim/callback/default/",
        content_type: str = "application/json",
        **changes: Any,
    ) -> Any:
        """The response to one delivery."""
        if not isinstance(body, bytes):
            body = json.dumps({"CallbackCommand": command, **(body or {})}).encode()
        url = f"{path}?{urlencode(self.query(command, **changes))}"
        return self.client.post(url, body, content_type=content_type)

    def ask(self, command: str, body: Any = None) -> dict[str, Any]:
        """The answer to one delivery, which is well received."""
        response = self.post(command, body)
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def tell(self, command: str, body: Any = None) -> CallbackEvent:
        """Deliver an event and let it be handled; its row afterwards."""
        assert self.ask(command, body)["ActionStatus"] == "OK"
        processing.drain(60)
        return CallbackEvent.objects.latest("pk")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service; what waits in the inbox is handled when the test says so."""
    monkeypatch.setattr("django_tim.tasks.enqueue_callbacks", lambda: None)
    monkeypatch.setattr(conf, "options", patient_options(conf.options))
    return Service()


def patient_options(read: Callable[[], conf.Options]) -> Callable[[], conf.Options]:
    """The options, with a budget that no busy machine uses up, unless the test sets its own."""

    def options() -> conf.Options:
        found = read()
        usual = found.callback_budget == conf.Options().callback_budget
        return replace(found, callback_budget=60.0) if usual else found

    return options


Listen = Callable[..., list[Event]]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Connects a receiver, and returns the events that it got."""
    with ExitStack() as stack:

        def connect(
            signal: CallbackSignal = signals.callback,
            answer: Callable[[Event], Any] = lambda event: None,
            **filters: Any,
        ) -> list[Event]:
            got: list[Event] = []

            def receiver(event: Event, **kwargs: Any) -> Any:
                got.append(event)
                return answer(event)

            signal.connect(receiver, weak=False, **filters)
            stack.callback(signal.disconnect, receiver, **filters)
            return got

        yield connect
