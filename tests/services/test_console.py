"""Any endpoint, called by a person: audited, its errors shown, nothing hidden or sent twice."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from django_tim import catalogue
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, OutcomeUnknown, ReadOnlyApp, UnsafeTransaction
from django_tim.models import AuditEntry
from django_tim.services import console
from django_tim.services.actor import Actor
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
ME = Actor("admin", name="root", remote_addr="192.0.2.1")
NEW = {"Type": "Public", "Name": "Chess"}


def called(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command("tim_call", *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_call_is_answered_and_audited(tim: Tim) -> None:
    reply = console.call(catalogue.GROUP_CREATE, NEW, actor=ME)
    assert reply.error is None
    assert json.loads(reply.text)["GroupId"].startswith("@TGS#")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_type, entry.object_id) == (
        "console.write",
        "endpoint",
        "group_open_http_svc/create_group",
    )
    assert (entry.outcome, entry.actor_name, entry.details["body"]) == ("succeeded", "root", NEW)


def test_an_error_of_the_service_is_a_reply(tim: Tim) -> None:
    reply = console.call(catalogue.GROUP_DISSOLVE, {"GroupId": "@TGS#none"}, actor=ME)
    assert json.loads(reply.text)["ErrorCode"] == 10010
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.code) == ("console.destructive", "failed", 10010)


def test_items_that_failed_inside_an_ok_are_audited(tim: Tim) -> None:
    tim.accounts.import_one("ann")
    body = {"GroupId": tim.groups.create(group_type="Public", name="Chess")["GroupId"]}
    body |= {"MemberList": [{"Member_Account": name} for name in ("ann", "nobody")]}
    reply = console.call(catalogue.GROUP_MEMBER_ADD, body, actor=ME)
    assert reply.error is None
    assert [(one.item, one.code) for one in reply.result.failures] == [("nobody", 10004)]
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.code) == ("partial", 10004)
    assert (entry.details["items"], entry.details["failed"]) == (2, 1)
    assert entry.details["failures"][0][:2] == ["nobody", 10004]


def test_an_ok_in_which_every_item_failed_is_a_failure(tim: Tim) -> None:
    body = {"DeleteItem": [{"UserID": "nobody"}]}
    reply = console.call(catalogue.ACCOUNT_DELETE, body, actor=ME)
    assert (reply.error, len(reply.result.failures)) == (None, 1)
    assert AuditEntry.objects.get().outcome == "failed"


def test_a_lost_answer_is_a_reply_too(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("truncate", times=None)
    reply = console.call(catalogue.GROUP_CREATE, NEW, actor=ME)
    assert isinstance(reply.error, OutcomeUnknown)
    assert reply.text == ""
    assert AuditEntry.objects.get().outcome == "unknown"
    assert len(simulator.requests) == 1


def test_a_read_only_app_is_only_read(tim: Tim) -> None:
    object.__setattr__(tim.config, "read_only", True)
    reply = console.call(catalogue.GROUP_CREATE, NEW, actor=ME)
    assert isinstance(reply.error, ReadOnlyApp)
    assert console.call(catalogue.GROUP_LIST, {}, actor=ME).error is None


def test_nothing_is_called_inside_a_transaction(simulator: Simulator, tim: Tim) -> None:
    with pytest.raises(UnsafeTransaction), transaction.atomic():
        console.call(catalogue.GROUP_LIST, {}, actor=ME)
    assert not simulator.requests


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"a": NaN}', '{"a": "\\ud83d"}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}"],
)
def test_what_is_no_body_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        console.body_of(text)


def test_bodies_keep_their_numbers_and_order() -> None:
    assert console.body_of("") == {}
    text = '{"b": 18446744073709551615, "a": 0.1}'
    assert json.dumps(console.body_of(text)) == text
    assert "\\ud83d" in console.readable({"a": "\ud83d"})


def test_endpoints_by_name_and_by_path() -> None:
    named = console.endpoint_named("group_create")
    assert named == ("GROUP_CREATE", catalogue.GROUP_CREATE)
    assert console.endpoint_named("group_open_http_svc/create_group") == named
    assert console.endpoint_named("v4/group_open_http_svc/create_group") == named
    with pytest.raises(InvalidArgument, match="'nonsense'"):
        console.endpoint_named("nonsense")


def test_the_command_prints_the_answer(tim: Tim, tmp_path: Any) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(NEW))
    answer = json.loads(called("GROUP_CREATE", data=f"@{path}"))
    assert answer["ErrorCode"] == 0
    entry = AuditEntry.objects.get()
    assert (entry.source, entry.action) == ("command", "console.write")
    assert json.loads(called("GROUP_CREATE", "--sample"))["Name"]


def test_the_command_sets_what_stands_in_the_url(simulator: Simulator, tim: Tim) -> None:
    answer = json.loads(called("IP_LIST", "--query", "nettype=5"))
    assert answer["IPList"] == tim.operations.get_ips(net_type="callbacks_china")
    assert simulator.requests[0].query["nettype"] == "5"
    assert AuditEntry.objects.get().details["query"] == {"nettype": "5"}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("IP_LIST", "nettype=7", "6 .callbacks_overseas., not '7'"),
        ("IP_LIST", "colour=red", "no parameter 'colour'"),
        ("GROUP_LIST", "nettype=1", "no parameter 'nettype'"),
    ],
)
def test_the_command_refuses_what_the_url_does_not_take(
    name: str, given: str, said: str, simulator: Simulator, tim: Tim
) -> None:
    with pytest.raises(CommandError, match=said):
        called(name, "--query", given)
    assert not simulator.requests


def test_the_command_asks_before_it_destroys(simulator: Simulator, tim: Tim) -> None:
    body = json.dumps({"GroupId": "@TGS#none"})
    with pytest.raises(CommandError, match="--yes"):
        called("GROUP_DISSOLVE", data=body)
    assert not simulator.requests
    with pytest.raises(CommandError, match="10010"):
        called("GROUP_DISSOLVE", "--yes", data=body)
    assert len(simulator.requests) == 1


def test_the_command_names_the_items_that_failed(tim: Tim) -> None:
    body = json.dumps({"DeleteItem": [{"UserID": "nobody"}]})
    with pytest.raises(CommandError, match="nobody: 70107"):
        called("ACCOUNT_DELETE", "--yes", data=body)


@pytest.mark.parametrize("data", ["{", "@/no/such/file"])
def test_the_command_refuses_what_is_no_body(data: str, simulator: Simulator, tim: Tim) -> None:
    with pytest.raises(CommandError):
        called("GROUP_LIST", data=data)
    assert not simulator.requests
