"""The overview: each app's figures, the charts' numbers, and what is said of what is down."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from django_tim import conf
from django_tim.client.tim import Tim
from django_tim.models import CallbackEvent, CallCount, Overview, Run
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
APP = settings.DJANGO_TIM["default"]


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def figures(client: Client, **headers: str) -> dict[str, Any]:
    page = client.get(url(Overview, "changelist"), headers=headers)
    assert page.status_code == 200
    return {str(name): value for name, value, _tone in page.context["cards"][0]["figures"]}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_app_that_has_done_nothing_yet(admin_client: Client, language: str) -> None:
    headers = {"accept-language": language}
    assert admin_client.get(url(Overview, "changelist"), headers=headers).status_code == 200


def test_figures(admin_client: Client) -> None:
    about = {"alias": "default", "sdk_app_id": APP["SDK_APP_ID"]}
    counted = {"sdk_app_id": APP["SDK_APP_ID"], "since": timezone.now()}
    CallCount.objects.create(**counted, code=0, calls=1234, last_at=timezone.now())
    CallCount.objects.create(**counted, code=60007, calls=3)
    CallbackEvent.objects.create(
        **about, command="x", key="1", state="failed", received_at=timezone.now()
    )
    Run.objects.create(**about, kind="sync_groups", status="running")
    found = figures(admin_client)
    assert found["Calls within the hour"] == "1,237"
    assert (found["Callbacks failed"], found["Runs at work"]) == ("1", "1")
    page = admin_client.get(url(Overview, "changelist")).content.decode()
    assert "60007" in page


@pytest.mark.parametrize(
    ("skew", "text", "tone"),
    [
        (None, "not known yet", ""),
        (-1.2, "right", ""),
        (8, "0:00:08 ahead of the service's", "warn"),
        (-90, "0:01:30 behind the service's: set it", "bad"),
    ],
)
def test_a_clock_that_is_wrong_is_warned_of(
    admin_client: Client, skew: float | None, text: str, tone: str
) -> None:
    about = {"sdk_app_id": APP["SDK_APP_ID"], "code": 0, "last_at": timezone.now()}
    CallCount.objects.create(**about, since=timezone.now(), calls=1, skew=skew)
    page = admin_client.get(url(Overview, "changelist"))
    shown = {str(name): rest for name, *rest in page.context["cards"][0]["figures"]}["Our clock"]
    assert (str(shown[0])[: len(text)], shown[1]) == (text, tone)


def test_charts_are_asked_for_once(admin_client: Client, simulator: Simulator, tim: Tim) -> None:
    Run.objects.create(
        alias="default", sdk_app_id=APP["SDK_APP_ID"], kind="x", status="partial", done=5, failed=2
    )
    for _ in range(2):
        found = admin_client.get(url(Overview, "charts")).json()
        assert set(found["charts"]) == {"users", "messages", "groups", "runs"}
        assert len(found["charts"]["users"]["labels"]) == 30
        done, failed = found["charts"]["runs"]["series"]
        assert (sum(done["data"]), sum(failed["data"])) == (3, 2)
    assert len(simulator.requests) == 1


def test_a_service_that_is_away_is_told_and_our_runs_are_shown(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    simulator.faults.add("code", value=70009, times=None)
    found = admin_client.get(url(Overview, "charts")).json()
    assert set(found["charts"]) == {"runs"}
    assert "70009" in found["problem"]


def test_wrong_settings_are_told(admin_client: Client) -> None:
    with override_settings(DJANGO_TIM={"default": APP, "other": {"SDK_APP_ID": "x"}}):
        conf.reload()
        page = admin_client.get(url(Overview, "changelist"))
    conf.reload()
    assert any("other" in text for text in page.context["problems"])


def test_permissions(tim: Tim) -> None:
    client = staff("view_run")
    for page in ("changelist", "charts", "workers"):
        assert client.get(url(Overview, page)).status_code == 403
    looker = Client()
    assert looker.get(url(Overview, "charts")).status_code == 302


def test_without_a_broker_it_is_not_known(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery import current_app

    def away(**_: Any) -> Any:
        raise OSError("no broker")

    monkeypatch.setattr(current_app.control, "inspect", away)
    assert "can't be asked" in admin_client.get(url(Overview, "workers")).json()["text"]
