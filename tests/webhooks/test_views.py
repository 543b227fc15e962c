"""The URL over Django's own request cycle: whatever comes, never a 500."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError
from django.test import Client, override_settings

from django_tim.models import CallbackEvent
from django_tim.webhooks import inbox
from django_tim.webhooks.verification import sign
from tests.conftest import APP

from .conftest import Service

pytestmark = pytest.mark.django_db
JOIN = "Group.CallbackAfterNewMemberJoin"
JOINED = {
    "GroupId": "@TGS#1",
    "Type": "Public",
    "NewMemberList": [{"Member_Account": "bob"}],
    "EventTime": 1670574414123,
}


def with_app(**changes: Any) -> Any:
    return override_settings(DJANGO_TIM={"default": {**APP, **changes}})


@pytest.mark.parametrize("path", ["/tim/callback/default/", "/tim/callback/default"])
def test_an_event_is_stored_and_answered(service: Service, path: str) -> None:
    response = service.post(JOIN, JOINED, path=path)
    assert response.json() == {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
    row = CallbackEvent.objects.get()
    assert (row.command, row.object_id, row.event_ms) == (JOIN, "@TGS#1", 1670574414123)
    assert (row.alias, row.sdk_app_id, row.client_ip, row.platform, row.state) == (
        "default",
        APP["SDK_APP_ID"],
        "198.51.100.7",
        "iOS",
        "waiting",
    )
    assert row.payload["NewMemberList"] == [{"Member_Account": "bob"}]


def test_the_vendors_example_verifies_at_its_time_and_not_a_minute_later(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = "1669872112"
    query = {"Sign": sign("xxxxyyyy", stamp), "RequestTime": stamp}
    with with_app(CALLBACK_TOKENS="xxxxyyyy"):
        monkeypatch.setattr(time, "time", lambda: 1669872112.0)
        assert service.post(JOIN, JOINED, **query).status_code == 200
        monkeypatch.setattr(time, "time", lambda: 1669872173.0)
        assert service.post(JOIN, JOINED, **query).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"SdkAppid": 1400000001},
        {"SdkAppid": None},
        {"Sign": None},
        {"Sign": "0" * 64},
        {"RequestTime": None},
        {"RequestTime": "1"},
    ],
)
def test_unverified_is_refused_and_not_stored(service: Service, changes: dict[str, Any]) -> None:
    response = service.post(JOIN, JOINED, **changes)
    assert (response.status_code, response.json()["ActionStatus"]) == (403, "FAIL")
    assert not CallbackEvent.objects.exists()


def test_without_a_token_everything_is_refused_and_a_check_says_so(service: Service) -> None:
    with with_app(CALLBACK_TOKENS=[]):
        assert service.post(JOIN, JOINED).status_code == 403
        found = [one for one in run_checks() if one.id == "tim.W004"]
    assert "CALLBACK_TOKENS" in found[0].msg
    assert "tim.W004" not in {one.id for one in run_checks()}


@pytest.mark.parametrize("value", ["", [""], [1], 5, {"a": "b"}])
def test_a_wrong_token_setting_is_named_and_not_shown(value: Any) -> None:
    with with_app(CALLBACK_TOKENS=value):
        found = [one for one in run_checks() if one.id == "tim.E003"]
    assert "CALLBACK_TOKENS" in found[0].msg
    assert "not " not in found[0].msg


def test_a_second_token_verifies(service: Service) -> None:
    stamp = str(int(time.time()))
    signed = sign(APP["CALLBACK_TOKENS"][1], stamp)
    assert service.post(JOIN, JOINED, Sign=signed, RequestTime=stamp).status_code == 200


def test_an_unknown_app(service: Service) -> None:
    assert service.post(JOIN, JOINED, path="/tim/callback/other/").status_code == 404


def test_get_is_not_allowed(client: Client) -> None:
    assert client.get("/tim/callback/default/").status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe\xfd",
        b"\0",
        b'{"a": \x00}',
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"a": "' + b"x" * 10_000_000 + b'"}',
    ],
    ids=lambda body: f"{body[:8]!r}x{len(body)}",
)
def test_malformed_bodies_are_a_400(service: Service, body: bytes) -> None:
    response = service.post(JOIN, body)
    assert (response.status_code, response.json()["ActionStatus"]) == (400, "FAIL")
    assert not CallbackEvent.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        {"a": "nul \0 and \ud800 surrogate"},
        {"a": float("nan"), "b": float("inf")},
        {"a\0": {"b": 10**400}},
        {"GroupId": "\0" * 200, "EventTime": "yesterday"},
        {"GroupId": ["no", "text"], "NewMemberList": "no list", "EventTime": {}},
        {"NewMemberList": [1, None, {"Member_Account": 5}], "Info": []},
        {"a": json.loads("[" * 100 + "]" * 100)},
    ],
)
@pytest.mark.parametrize("command", [JOIN, "State.StateChange", "New.CommandOfNextYear"])
def test_strange_values_are_stored_and_handled(
    service: Service, command: str, value: dict[str, Any]
) -> None:
    assert service.tell(command, value).state == "done"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gb2312",
    ],
)
def test_any_content_type_will_do(service: Service, content_type: str) -> None:
    response = service.post(JOIN, JOINED, content_type=content_type)
    assert response.status_code == 200
    assert CallbackEvent.objects.get().object_id == "@TGS#1"


def test_a_smaller_limit_of_djangos_is_a_400(service: Service, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert service.post(JOIN, JOINED).status_code == 400


@pytest.mark.parametrize("command", ["", "x" * 129, "a b", "a\0b", "命令", "<script>"])
def test_what_is_no_command_is_a_400(service: Service, command: str) -> None:
    assert service.post(command, b"{}").status_code == 400


def test_the_command_may_stand_in_the_body_or_in_the_url_only(service: Service) -> None:
    body = json.dumps({"CallbackCommand": JOIN, **JOINED}).encode()
    assert service.post("", body, CallbackCommand=None).status_code == 200
    moderated = b'{"Scene": "C2C", "MsgID": "1_2_3", "CtxcbResult": 1}'
    assert service.post("ContentCallback.ResultNotify", moderated).status_code == 200
    commands = CallbackEvent.objects.order_by("pk").values_list("command", flat=True)
    assert list(commands) == [JOIN, "ContentCallback.ResultNotify"]


def test_what_can_t_be_stored_is_a_503(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(event: Any) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(inbox, "store", fail)
    assert service.post(JOIN, JOINED).status_code == 503


def test_csrf_login_and_atomic_requests_do_not_stand_in_the_way() -> None:
    from django_tim.webhooks.views import callback

    assert callback.csrf_exempt  # type: ignore[attr-defined]
    assert callback.login_required is False  # type: ignore[attr-defined]
    assert callback._non_atomic_requests == {"default"}  # type: ignore[attr-defined]


def test_csrf_checks_are_not_made(service: Service) -> None:
    service.client = Client(enforce_csrf_checks=True)
    assert service.post(JOIN, JOINED).status_code == 200
