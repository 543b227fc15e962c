"""How an app is: calls counted in memory, written down aside, and told with all the rest."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from django_tim import conf
from django_tim.client import meter, usersig
from django_tim.client.config import AppConfig
from django_tim.client.meter import NO_ANSWER, NOT_SENT, Meter
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, AuthenticationFailed, NotSent, OutcomeUnknown
from django_tim.models import CallCount, Run
from django_tim.services import health
from django_tim.simulator import Simulator, SimulatorServer

pytestmark = pytest.mark.django_db(transaction=True)
APP = settings.DJANGO_TIM["default"]
SDK = APP["SDK_APP_ID"]


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Meter:
    """The only meter of the process."""
    monkeypatch.setattr(meter, "_meters", {})
    return meter.meter(SDK)


def client(url: str, counted: Meter) -> Tim:
    config = AppConfig(
        sdk_app_id=SDK, secret_key=APP["SECRET_KEY"], base_url=url, deadline=3, backup_url=""
    )
    return Tim(config, meter=counted)


def test_calls_are_counted_by_what_came_of_them(
    simulator: Simulator, server: SimulatorServer, counted: Meter
) -> None:
    tim = client(server.url, counted)
    tim.groups.create(group_type="Public", name="a")
    with pytest.raises(APIError):
        tim.groups.dissolve("@TGS#none")
    simulator.faults.add("truncate", path="group_open_http_svc/create_group")
    with pytest.raises(OutcomeUnknown):
        tim.groups.create(group_type="Public", name="b")
    tim.close()
    away = client("http://127.0.0.1:1", counted)
    with pytest.raises(NotSent):
        away.call(usersig_free(), {}, deadline=0.01)
    calls, _waited, last = counted.drain()
    assert (calls[0], calls[10010], calls[NO_ANSWER], calls[NOT_SENT] >= 1) == (1, 1, 1, True)
    assert last
    assert counted.is_empty


def usersig_free() -> object:
    from django_tim.catalogue import GROUP_LIST

    return GROUP_LIST


@pytest.mark.usefixtures("still")
def test_they_are_added_up_in_the_table(counted: Meter) -> None:
    for _ in range(2):
        counted.answered(0)
        counted.answered(60007)
        counted.waited(1.5)
        health.write_down()
    assert dict(CallCount.objects.values_list("code", "calls")) == {0: 2, 60007: 2}
    found = health.of("default")
    assert (found.calls, found.errors, found.waited) == (4, {60007: 2}, 3.0)
    assert found.last_success is not None
    health.write_down()
    assert health.of("default").calls == 4


@pytest.mark.parametrize("moved", [0, 90, 86_400 * 30])
def test_the_clock_is_compared_with_the_service_s(
    simulator: Simulator, server: SimulatorServer, counted: Meter, moved: float
) -> None:
    assert health.of("default").skew is None
    tim = client(server.url, counted)
    tim.call(usersig_free(), {})
    simulator.clock.advance(moved)
    counted.reset()
    with suppress(AuthenticationFailed):  # a signature that seems to have ended
        tim.accounts.check_many(["ann"])
    tim.close()
    health.write_down()
    skew = health.of("default").skew
    assert skew is not None
    assert abs(skew + moved) < 30


def test_it_is_looked_at_once_a_minute_and_nonsense_is_none() -> None:
    now = [1_000_000.0]
    one = Meter(clock=lambda: now[0])
    for headers in ({}, {"Date": "yesterday"}, {"Date": "Mon, 99 Foo 1970 00:00:00 GMT"}):
        one.came_with(headers)
        assert one.skew is None
        now[0] += 61
    one.came_with({"Date": "Mon, 12 Jan 1970 13:50:33 GMT"})
    first = one.skew
    assert first is not None
    assert abs(first - (now[0] - 1_000_233)) <= 1
    now[0] += 59
    one.came_with({"Date": "Mon, 12 Jan 1970 13:00:00 GMT"})
    assert one.skew == first
    now[0] += 2
    one.came_with({"Date": "Mon, 12 Jan 1970 13:00:00 GMT"})
    assert one.skew != first


def test_what_is_old_is_dropped(counted: Meter) -> None:
    old = timezone.now() - timedelta(days=3)
    CallCount.objects.create(sdk_app_id=SDK, since=old, code=0, calls=9)
    counted.answered(0)
    health.write_down()
    assert list(CallCount.objects.values_list("calls", flat=True)) == [1]


def test_never_inside_a_transaction_and_not_at_once_again(
    counted: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health._Clock, "next", 0.0)
    counted.answered(0)
    with transaction.atomic():
        health.write_down_sometimes()
    assert not CallCount.objects.exists()
    health.write_down_sometimes()
    assert CallCount.objects.get().calls == 1
    counted.answered(0)
    health.write_down_sometimes()
    assert CallCount.objects.get().calls == 1


def test_counting_from_many_threads(counted: Meter) -> None:
    def count() -> None:
        for _ in range(1000):
            counted.answered(0)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counted.drain()[0] == {0: 4000}


def test_the_age_of_the_mirror() -> None:
    about = {"alias": "default", "sdk_app_id": SDK, "kind": "sync_groups"}
    ended = timezone.now() - timedelta(hours=2)
    Run.objects.create(**about, status="succeeded", finished_at=ended)
    Run.objects.create(**about, status="failed", finished_at=timezone.now())
    synced = health.of("default").synced
    assert synced == {"sync_groups": ended, "sync_members": None, "sync_accounts": None}


def test_when_a_fixed_signature_ends() -> None:
    config = AppConfig(sdk_app_id=SDK, secret_key=APP["SECRET_KEY"])
    fixed = usersig.sign(config, "administrator", 3600).reveal()
    app = {name: value for name, value in APP.items() if name != "SECRET_KEY"}
    with override_settings(DJANGO_TIM={"default": {**app, "USERSIG": fixed}}):
        conf.reload()
        found = health.of("default")
    assert found.signature_ends is not None
    assert fixed not in repr(found)
    conf.reload()
    assert health.of("default").signature_ends is None
