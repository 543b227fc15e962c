"""The REST console: who may call what, what is sent, and what is shown of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils.html import escape

from django_tim import conf
from django_tim.catalogue import Effect, endpoints
from django_tim.client.tim import Tim
from django_tim.models import AuditEntry, ConsoleCall
from django_tim.samples import samples
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
APP = settings.DJANGO_TIM["default"]


def page(client: Client, endpoint: str, **given: Any) -> Any:
    address = f"{url(ConsoleCall, 'changelist')}?endpoint={endpoint}"
    return client.post(address, given) if given else client.get(address)


def send(client: Client, endpoint: str, body: Any, **given: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return page(client, endpoint, **{"do": "send", "body": text, **given})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_endpoint_has_its_page(admin_client: Client, tim: Tim, language: str) -> None:
    for name, endpoint in endpoints():
        address = f"{url(ConsoleCall, 'changelist')}?endpoint={name}"
        shown = admin_client.get(address, headers={"accept-language": language})
        text = shown.content.decode()
        assert shown.status_code == 200
        assert endpoint.path in text
        assert json.loads(shown.context["form"].initial["body"]) == samples()[name].request
        if endpoint.doc_url:
            assert endpoint.doc_url in text


def test_a_call_is_sent_shown_and_audited(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    shown = send(admin_client, "GROUP_CREATE", {"Type": "Public", "Name": "<b>Chess</b>"})
    assert '"GroupId": "@TGS#' in shown.context["reply"].text
    assert simulator.requests[0].body == {"Type": "Public", "Name": "<b>Chess</b>"}
    assert "<b>Chess" not in shown.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.source) == ("console.write", "admin", "admin")
    assert shown["Cache-Control"].count("no-store") == 1


def test_no_page_shows_a_signature_or_the_secret(admin_client: Client, tim: Tim) -> None:
    shown = send(admin_client, "GROUP_LIST", {}).content.decode()
    assert "usersig=$USERSIG" in shown
    assert APP["SECRET_KEY"] not in shown
    assert "eJ" not in "".join(
        part[2] for part in page(admin_client, "GROUP_LIST").context["snippets"]
    )


def test_numbers_arrive_as_they_were_typed(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    body = '{"GroupIdList": ["@TGS#a"], "Wide": 9007199254740993}'
    send(admin_client, "GROUP_INFO", body, anyway="on")
    assert simulator.requests[0].body["Wide"] == 9007199254740993


def test_what_is_no_json_or_does_not_fit_is_not_sent(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    shown = send(admin_client, "GROUP_CREATE", '{"Type": }')
    assert "line 1, column 10" in shown.content.decode()
    shown = send(admin_client, "GROUP_CREATE", {"Type": "Public", "Colour": "red"})
    assert shown.context["findings"] == ["Name is missing.", "Colour is not known to us."]
    assert not simulator.requests
    send(admin_client, "GROUP_CREATE", {"Type": "Public", "Colour": "red"}, anyway="on")
    assert len(simulator.requests) == 1


def test_a_check_sends_nothing(admin_client: Client, simulator: Simulator, tim: Tim) -> None:
    shown = send(admin_client, "GROUP_DISSOLVE", {"GroupId": "@TGS#a"}, do="check")
    assert shown.context["checked"]
    assert not simulator.requests
    assert not AuditEntry.objects.exists()


def test_an_error_is_told_in_two_languages(admin_client: Client, tim: Tim) -> None:
    shown = send(admin_client, "GROUP_DISSOLVE", {"GroupId": "@TGS#none"}, confirmed="on")
    reply = shown.context["reply"]
    assert (shown.status_code, reply.title) == (200, "Error 10010")
    assert json.loads(reply.text)["ErrorCode"] == 10010
    assert reply.meaning
    assert reply.meaning_zh
    assert escape(reply.meaning_zh) in shown.content.decode()


def test_what_stands_in_the_url_is_chosen(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    assert 'name="query_nettype"' in page(admin_client, "IP_LIST").content.decode()
    assert not page(admin_client, "GROUP_LIST").context["form"].in_url
    shown = send(admin_client, "IP_LIST", {}, query_nettype="5")
    assert simulator.requests[0].query["nettype"] == "5"
    assert all("nettype" in text for id, _, text in shown.context["snippets"] if id != "method")
    assert shown.context["sent_to"].endswith("&nettype=5")
    assert shown.context["form"].initial["query_nettype"] == "5"  # to be sent once more
    shown = send(admin_client, "IP_LIST", {}, query_nettype="7")
    assert "query_nettype" in shown.context["form"].errors
    send(admin_client, "IP_LIST", {})
    assert len(simulator.requests) == 2
    assert "nettype" not in simulator.requests[1].query


def test_the_console_is_chinese_for_whoever_reads_chinese(admin_client: Client, tim: Tim) -> None:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    shown = page(admin_client, "GROUP_CREATE").content.decode()
    for text in ("创建群组", "群组 <span", "每秒 200 次调用", "不可重复调用"):
        assert text in shown
    shown = send(admin_client, "GROUP_CREATE", "[]")
    assert shown.context["form"].errors["body"] == ["请求体应为 JSON 对象"]


def test_an_error_that_is_ours_is_chinese_too(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    simulator.faults.add("truncate", times=None)
    reply = send(admin_client, "GROUP_CREATE", {"Type": "Public", "Name": "a"}).context["reply"]
    assert reply.title == "group_open_http_svc/create_group: 应答不是 JSON 对象，或不完整"


@pytest.mark.parametrize(
    ("language", "title", "meaning"),
    [("en", "1 of 2 items failed", "never imported"), ("zh-hans", "2 项中有 1 项失败", "不存在")],
)
def test_items_that_failed_inside_an_ok_are_named(
    admin_client: Client, tim: Tim, language: str, title: str, meaning: str
) -> None:
    tim.accounts.import_one("ann")
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    body = {**samples()["MESSAGE_SEND_MANY"].request, "To_Account": ["ann", "<nobody>"]}
    body.pop("From_Account", None)
    shown = send(admin_client, "MESSAGE_SEND_MANY", body, anyway="on")
    reply = shown.context["reply"]
    assert (reply.tone, reply.title) == ("warn", title)
    ((item, code, said, _),) = reply.failures
    assert (item, code) == ("<nobody>", 70107)
    assert meaning in said
    assert escape(item) in shown.content.decode()
    assert AuditEntry.objects.get().outcome == "partial"


def test_a_lost_answer_is_explained(admin_client: Client, simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("truncate", times=None)
    shown = send(admin_client, "GROUP_CREATE", {"Type": "Public", "Name": "Chess"})
    assert shown.status_code == 200
    assert "may have been carried out" in shown.context["reply"].advice
    assert len(simulator.requests) == 1


def test_what_destroys_asks_first(admin_client: Client, simulator: Simulator, tim: Tim) -> None:
    body = {"GroupId": "@TGS#none"}
    assert send(admin_client, "GROUP_DISSOLVE", body).context["reply"] is None
    assert not simulator.requests
    shown = send(admin_client, "GROUP_DISSOLVE", body, confirmed="on")
    assert len(simulator.requests) == 1
    assert "checked" not in str(shown.context["form"]["confirmed"])  # it asks anew


@override_settings(DJANGO_TIM={"default": {**APP, "ENVIRONMENT": "production"}})
def test_in_production_the_environment_is_typed(
    admin_client: Client, simulator: Simulator, tim: Tim
) -> None:
    conf.reload()
    body = {"GroupId": "@TGS#none"}
    send(admin_client, "GROUP_DISSOLVE", body, confirmed="on")
    assert not simulator.requests
    send(admin_client, "GROUP_DISSOLVE", body, confirmed="production")
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("effect", list(Effect))
def test_the_permission_is_that_of_the_effect(
    effect: Effect, simulator: Simulator, tim: Tim
) -> None:
    client = staff(f"use_console_{effect.value}")
    assert client.get(url(ConsoleCall, "changelist")).status_code == 200
    for known in Effect:
        name = next(name for name, one in endpoints() if one.effect is known)
        allowed = known is effect
        assert page(client, name).status_code == (200 if allowed else 404)
        body = samples()[name].request
        answer = send(client, name, body, confirmed="on", anyway="on")
        assert answer.status_code == (200 if allowed else 404)
    assert len(AuditEntry.objects.all()) == 1


def test_without_a_permission_there_is_no_console(tim: Tim) -> None:
    client = staff("view_auditentry")
    assert client.get(url(ConsoleCall, "changelist")).status_code == 403
    assert "REST console" not in client.get("/admin/").content.decode()
    assert page(client, "nonsense").status_code == 403


def test_an_unknown_endpoint_is_not_found(admin_client: Client) -> None:
    assert page(admin_client, "nonsense").status_code == 404
