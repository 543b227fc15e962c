"""Alert.RequestOverLimit: we make room only where others call the endpoint too."""

from __future__ import annotations

import pytest

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import tims
from tests.conftest import APP

from .conftest import Service

pytestmark = pytest.mark.django_db
PATH = "group_open_http_svc/get_group_info"


class Pauses:
    """A pacer that lets everything through and notes what it is asked to slow down."""

    def __init__(self) -> None:
        self.slowed: list[str] = []

    def acquire(self, key: str, rate: float, *, timeout: float | None = None) -> None:
        pass

    def slow_down(self, key: str, seconds: float) -> None:
        self.slowed.append(key)


@pytest.mark.parametrize(
    ("command", "requests", "slowed"),
    [
        ("get_group_info", 150, []),  # 0.75 of 200: no more than we make ourselves
        ("get_group_info", 161, [f"{APP['SDK_APP_ID']}:{PATH}"]),
        ("a_command_of_next_year", 500, []),
    ],
)
def test_the_endpoint_is_slowed_down(
    service: Service,
    caplog: pytest.LogCaptureFixture,
    command: str,
    requests: int,
    slowed: list[str],
) -> None:
    pacer = Pauses()
    config = AppConfig(sdk_app_id=APP["SDK_APP_ID"], secret_key=APP["SECRET_KEY"])
    body = {"ServiceName": "group_open_http_svc", "Command": command, "Request": requests}
    with tims.override("default", Tim(config, pacer=pacer)):
        row = service.tell("Alert.RequestOverLimit", {**body, "Limit": 200})
    assert (row.state, pacer.slowed) == ("done", slowed)
    assert f"{requests} calls/s of 200" in caplog.text
