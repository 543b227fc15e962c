"""Accounts in the admin: what each form sends, what a refusal shows, and who may do what."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from django_tim import tasks
from django_tim.admin import action_pages
from django_tim.client.tim import Tim
from django_tim.linking import AccountLink, link, unlink
from django_tim.models import Account, AuditEntry, CallbackEvent, Restriction, Run
from django_tim.services import accounts, groups
from django_tim.simulator import Simulator

from .conftest import Act, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(tim: Tim) -> Account:
    accounts.import_many(["bob"])
    return accounts.import_one("ann", nick="Ann")


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def production(settings: Any) -> None:
    settings.DJANGO_TIM = {
        "default": {**settings.DJANGO_TIM["default"], "ENVIRONMENT": "production"}
    }


def test_the_form_of_an_action_names_the_rows_and_what_will_happen(
    ann: Account, admin_client: Client, simulator: Simulator
) -> None:
    before = len(simulator.requests)
    answer = admin_client.post(
        url(Account, "changelist"), {"action": "delete_accounts", "_selected_action": [ann.pk]}
    )
    assert "Ann (ann)" in shown(answer)
    assert "three months" in shown(answer)
    assert len(simulator.requests) == before


@pytest.mark.django_db(transaction=True)
def test_mute_ban_and_undo(ann: Account, act: Act, simulator: Simulator) -> None:
    act("mute", ann, duration="86400", reason="Spam", _back=url(Account, "change", ann.pk))
    row = Restriction.objects.get()
    assert (row.kind, row.state, row.reason, row.actor_name) == ("mute", "active", "Spam", "admin")
    answer = act("ban", ann, duration="forever", reason="", _back="https://evil.example/")
    assert answer["Location"] == url(Account, "changelist"), "no way back to elsewhere"
    ban = Restriction.objects.get(kind="ban")
    assert ban.until is None
    assert simulator.state.accounts["ann"].kicked_at > 0
    act("lift", ban)
    ban.refresh_from_db()
    assert (ban.state, ban.lifted_by_name) == ("lifted", "admin")


def test_an_end_in_the_past_is_a_mistake_on_the_form(ann: Account, act: Act) -> None:
    answer = act("mute", ann, duration="until", until="2020-01-01T00:00")
    assert "in the future" in shown(answer)
    assert not Restriction.objects.exists()


def test_a_tim_error_stands_on_the_form(ann: Account, act: Act, simulator: Simulator) -> None:
    simulator.faults.add("code", value=70107, path="im_open_login_svc/kick")
    answer = act("kick", ann)
    assert answer.status_code == 200
    assert "70107" in shown(answer)
    assert AuditEntry.objects.latest("pk").outcome == "failed"


def test_several_are_noted_for_a_worker(
    ann: Account, act: Act, simulator: Simulator, settling: list[None]
) -> None:
    before = len(simulator.requests)
    act("mute", ann, Account.objects.get(user_id="bob"), duration="3600", reason="Spam")
    assert Restriction.objects.filter(state="applying").count() == 2
    assert (len(simulator.requests), len(settling)) == (before, 1)
    act("lift", *Restriction.objects.all())
    assert Restriction.objects.filter(state="lifting").count() == 2


@pytest.mark.django_db(transaction=True)
def test_edit_profile_sends_what_was_changed(ann: Account, act: Act, simulator: Simulator) -> None:
    fields = {"Tag_Profile_IM_Nick": "Anna", "Tag_Profile_IM_Level": "7"}
    act("edit_profile", ann, **fields)
    sent = {item["Tag"]: item["Value"] for item in simulator.requests[-1].body["ProfileItem"]}
    assert sent == {"Tag_Profile_IM_Nick": "Anna", "Tag_Profile_IM_Level": 7}
    ann.refresh_from_db()
    assert (ann.nickname, ann.level) == ("Anna", 7)
    before = len(simulator.requests)
    act("edit_profile", ann, **fields)
    assert len(simulator.requests) == before, "nothing was changed"


def test_a_profile_that_tim_refuses_keeps_what_was_typed(
    ann: Account, act: Act, simulator: Simulator
) -> None:
    simulator.faults.add("code", value=40601, path="profile/portrait_set")
    answer = act("edit_profile", ann, Tag_Profile_IM_Nick="Zoë")
    assert "40601" in shown(answer)
    assert 'value="Zoë"' in shown(answer)
    ann.refresh_from_db()
    assert ann.nickname == "Ann"


@pytest.mark.django_db(transaction=True)
def test_create(admin_client: Client, tim: Tim, simulator: Simulator) -> None:
    assert admin_client.get(url(Account, "add")).status_code == 200
    answer = admin_client.post(url(Account, "add"), {"user_id": "é" * 20})
    assert "32" in shown(answer)
    answer = admin_client.post(url(Account, "add"), {"user_id": "zoë", "nick": "Zoë"})
    row = Account.objects.get()
    assert answer["Location"] == url(Account, "change", row.pk)
    assert simulator.state.accounts["zoë"].tags["Tag_Profile_IM_Nick"] == "Zoë"


def test_delete_asks_for_the_environments_name_in_production(
    ann: Account, act: Act, simulator: Simulator, settings: Any
) -> None:
    production(settings)
    answer = act("delete_accounts", ann)
    assert "ann" in simulator.state.accounts
    assert "production" in shown(answer)
    act("delete_accounts", ann, _environment="staging")
    assert "ann" in simulator.state.accounts
    act("delete_accounts", ann, _environment="production")
    assert "ann" not in simulator.state.accounts
    ann.refresh_from_db()
    assert ann.gone_at is not None


def test_a_deletion_that_is_refused_says_why(ann: Account, act: Act, simulator: Simulator) -> None:
    simulator.faults.add("code", value=71000, path="im_open_login_svc/account_delete")
    assert "71000" in shown(act("delete_accounts", ann))


@pytest.mark.parametrize(
    ("action", "permission"),
    [
        ("edit_profile", "change_account"),
        ("mute", "mute_account"),
        ("ban", "ban_account"),
        ("kick", "kick_account"),
        ("delete_accounts", "delete_account"),
    ],
)
def test_who_lacks_the_permission_neither_sees_nor_can_post_it(
    ann: Account, act: Act, simulator: Simulator, action: str, permission: str
) -> None:
    client = staff("view_account")
    page = client.get(url(Account, "change", ann.pk))
    assert f'value="{action}"' not in shown(page)
    before = len(simulator.requests)
    act(action, ann, client=client, duration="3600", Tag_Profile_IM_Nick="x")
    assert len(simulator.requests) == before
    assert not Restriction.objects.exists()


def test_who_has_the_permission_can(ann: Account, act: Act, simulator: Simulator) -> None:
    client = staff("view_account", "kick_account")
    page = client.get(url(Account, "change", ann.pk))
    assert 'value="kick"' in shown(page)
    assert 'value="ban"' not in shown(page)
    act("kick", ann, client=client)
    assert simulator.state.accounts["ann"].kicked_at > 0
    assert AuditEntry.objects.latest("pk").actor_name == "staff"


def test_permissions_end_at_the_apps_of_others(
    ann: Account, act: Act, simulator: Simulator, settings: Any
) -> None:
    mine = {**settings.DJANGO_TIM["default"], "SDK_APP_ID": 1400000001}
    theirs = {**settings.DJANGO_TIM["default"], "OPERATORS": ["sales"]}
    settings.DJANGO_TIM = {"default": theirs, "mine": mine}
    client = staff("view_account", "kick_account", groups=("support",))
    before = len(simulator.requests)
    act("kick", ann, client=client)
    assert client.get(url(Account, "change", ann.pk)).status_code == 302
    assert client.get(url(Account, "changelist"), {"app": 1400000000}).status_code == 403
    assert client.get(url(Account, "find"), {"app": 1400000000, "q": "ann"}).status_code == 403
    assert len(simulator.requests) == before
    page = client.get(url(Account, "changelist"))
    assert "ann" not in [row.user_id for row in page.context["cl"].result_list]


def test_members_of_the_named_groups_may(
    ann: Account, act: Act, simulator: Simulator, settings: Any
) -> None:
    settings.DJANGO_TIM = {"default": {**settings.DJANGO_TIM["default"], "OPERATORS": ["sales"]}}
    act("kick", ann, client=staff("view_account", "kick_account", groups=("sales",)))
    assert simulator.state.accounts["ann"].kicked_at > 0


def test_find(ann: Account, admin_client: Client, simulator: Simulator) -> None:
    group = groups.create(group_type="Public", name="Anns", owner="ann")
    found = admin_client.get(url(Account, "find"), {"q": " ann "})
    assert found["Location"] == url(Account, "change", ann.pk)
    found = admin_client.get(url(Account, "find"), {"q": group.group_id})
    assert found["Location"] == url(type(group), "change", group.pk)
    found = admin_client.get(url(Account, "find"), {"q": "An"})
    assert "Ann (ann)" in shown(found)
    assert "Anns" in shown(found)
    Restriction.objects.all().delete()
    assert "end today" in shown(admin_client.get(url(Account, "find")))


@pytest.mark.django_db(transaction=True)
def test_find_asks_for_an_account_that_is_not_known_here(
    admin_client: Client, tim: Tim, simulator: Simulator
) -> None:
    tim.accounts.import_one("zed")
    address = url(Account, "find") + "?q=zed"
    assert "Ask TIM" in shown(admin_client.get(address))
    assert admin_client.post(address)["Location"] == address
    assert admin_client.get(address)["Location"] == url(Account, "change", Account.objects.get().pk)
    answer = admin_client.post(url(Account, "find") + "?q=nobody", follow=True)
    assert "knows no account" in shown(answer)


@pytest.mark.parametrize("question", ["online", "friends", "blacklist"])
def test_panels_that_ask(
    ann: Account, admin_client: Client, tim: Tim, simulator: Simulator, question: str
) -> None:
    tim.friends.add_many("ann", ["bob"])
    address = url(Account, "ask", ann.pk, question)
    assert admin_client.get(address).status_code == 200
    part = admin_client.get(address, headers={"X-Requested-With": "fetch"})
    assert "<html" not in shown(part)
    simulator.faults.add("status", value=503, times=None)
    failed = admin_client.get(address)
    assert failed.status_code == 200
    assert "tim-error" in shown(failed)
    assert staff().get(address).status_code == 403


def test_a_persons_page_takes_a_dozen_queries(
    ann: Account, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    from django_tim.services import restrictions

    for number in range(5):
        groups.create(group_type="Public", name=f"g{number}", owner="ann")
        restrictions.mute("ann", seconds=3600)
    with django_assert_max_num_queries(12):
        page = admin_client.get(url(Account, "change", ann.pk))
    assert "g4" in shown(page)


def test_several_are_logged_out_by_a_run(
    ann: Account, act: Act, simulator: Simulator, published: list[Any]
) -> None:
    before = len(simulator.requests)
    act("kick", ann, Account.objects.get(user_id="bob"))
    run = Run.objects.get()
    assert (run.kind, run.total, len(simulator.requests)) == ("kick_accounts", 2, before)
    tasks.run_bulk(run.pk)
    run.refresh_from_db()
    assert (run.status, run.done) == ("succeeded", 2)


def test_all_that_a_filter_matches_are_looked_up_by_a_worker(
    ann: Account,
    act: Act,
    admin_client: Client,
    simulator: Simulator,
    published: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(action_pages, "WRITTEN_AT_ONCE", 1)
    accounts.import_many(["annette", "antonia", "zoe"])
    Account.objects.filter(user_id="antonia").update(gone_at="2020-01-01T00:00Z")
    address = url(Account, "changelist") + "?state=present&q=an"
    given = {"action": "kick", "_selected_action": [ann.pk], "select_across": "1"}
    page = admin_client.post(address, given)
    assert page.context["chosen"].count == 2
    before = len(simulator.requests)
    admin_client.post(address, {**given, "_confirmed": "1", "_count": "2"})
    [run_id] = published
    assert len(simulator.requests) == before
    accounts.import_one("anton")  # newer than what was confirmed: left alone
    while Run.objects.get(pk=run_id).status in Run.ACTIVE:
        tasks.run_bulk(run_id)
    kicked = {user for user, one in simulator.state.accounts.items() if one.kicked_at}
    assert kicked == {"ann", "annette"}
    assert Run.objects.get().started_by_name == "admin"


def test_more_than_was_confirmed_stops_it(ann: Account, act: Act, simulator: Simulator) -> None:
    before = len(simulator.requests)
    answer = act("kick", ann, select_across="1", _count="1")
    assert "2 rows match now" in shown(answer)
    assert len(simulator.requests) == before


def test_export(ann: Account, act: Act) -> None:
    Account.objects.filter(user_id="bob").update(nickname="=1+1")
    answer = act("export_csv", *Account.objects.all())
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["user_id"], row["nickname"]) for row in rows] == [("bob", "'=1+1"), ("ann", "Ann")]
    told = json.loads(act("export_person", ann).content)
    assert told["profile"]["Tag_Profile_IM_Nick"] == "Ann"
    assert [one["action"] for one in told["audit"]] == ["account.import", "account.export"]
    assert AuditEntry.objects.filter(action="account.export", details__rows=2).exists()
    client = staff("view_account")
    assert "csv" not in act("export_csv", ann, client=client)["Content-Type"]


def test_messages_with_one_other_and_their_recall(
    ann: Account, admin_client: Client, tim: Tim, simulator: Simulator
) -> None:
    sent = tim.messages.send("bob", "hello bob", sender="ann")
    tim.messages.send("ann", "hello ann", sender="bob")
    page = shown(admin_client.get(url(Account, "ask", ann.pk, "conversations")))
    assert "peer=bob" in page
    page = shown(admin_client.get(url(Account, "ask", ann.pk, "messages"), {"peer": "bob"}))
    assert "hello bob" in page
    assert "hello ann" in page
    address = url(Account, "recall", ann.pk) + "?peer=bob"
    admin_client.post(address, {"message": [f"ann {sent['MsgKey']}"]})
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "To_Account": "bob",
        "MsgKey": sent["MsgKey"],
    }
    page = shown(admin_client.get(url(Account, "ask", ann.pk, "messages"), {"peer": "bob"}))
    assert "recalled" in page


def test_recall_all_that_one_has_said_lately(
    ann: Account, act: Act, tim: Tim, simulator: Simulator, published: list[int]
) -> None:
    before = len(simulator.requests)
    answer = act("recall_recent", ann, minutes="60")
    run = Run.objects.get()
    assert answer["Location"] == url(Run, "change", run.pk)
    assert (run.kind, run.status, published) == ("recall_recent", "queued", [run.pk])
    assert run.params["user_id"] == "ann"
    assert len(simulator.requests) == before, "the request itself asks nothing"
    audited = AuditEntry.objects.get(action="account.recall_recent")
    assert (audited.object_id, audited.details) == ("ann", {"minutes": 60})


def test_recalling_asks_for_minutes_and_the_permission(
    ann: Account, act: Act, published: list[int]
) -> None:
    assert act("recall_recent", ann, minutes="0").status_code == 200
    act("recall_recent", ann, minutes="60", client=staff("view_account"))
    assert not Run.objects.exists()


def test_send_a_message(ann: Account, act: Act, simulator: Simulator) -> None:
    act("send_message", ann, text="Welcome", sender="bob")
    sent = simulator.requests[-1].body
    assert (sent["To_Account"], sent["From_Account"]) == ("ann", "bob")


@pytest.fixture
def linked() -> Iterator[Any]:
    """The project's users are linked."""
    model = get_user_model()
    link(model)(AccountLink)
    yield model
    unlink(model)


def test_find_by_the_projects_own_user(
    ann: Account, linked: Any, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    user = linked.objects.create_user("annabel.long")
    Account.objects.filter(pk=ann.pk).update(host_model="auth.user", host_pk=str(user.pk))
    found = shown(admin_client.get(url(Account, "find"), {"q": "nabel"}))
    assert url(Account, "change", ann.pk) in found
    assert f"/admin/auth/user/{user.pk}/change/" in found
    with django_assert_max_num_queries(12):
        assert "annabel.long" in shown(admin_client.get(url(Account, "changelist")))
    assert "annabel.long" in shown(admin_client.get(url(Account, "change", ann.pk)))
    client = staff("view_account")
    assert "annabel" not in shown(client.get(url(Account, "find"), {"q": "nabel"}))


def test_find_by_msg_key(ann: Account, admin_client: Client) -> None:
    now = timezone.now()
    key = f"1_2_{int(now.timestamp())}"
    told = {"From_Account": "ann", "To_Account": "bob", "MsgKey": key}
    CallbackEvent.objects.create(
        alias="default",
        sdk_app_id=1400000000,
        command="C2C.CallbackAfterSendMsg",
        key="x",
        payload=told,
        received_at=now,
    )
    answer = admin_client.get(url(Account, "find"), {"q": key})
    assert answer["Location"] == url(Account, "ask", ann.pk, "messages") + "?peer=bob"
    assert admin_client.get(url(Account, "find"), {"q": f"1_3_{key[4:]}"}).status_code == 200


def test_chosen_accounts_are_added_to_a_group(
    ann: Account, act: Act, simulator: Simulator, published: list[int]
) -> None:
    group = groups.create(group_type="Public", name="Cooks")
    act("add_to_group", ann, group_id=group.group_id)
    assert set(simulator.state.groups[group.group_id].members) == {"ann"}
    assert "10010" in shown(act("add_to_group", ann, group_id="@TGS#nowhere"))
    act("add_to_group", *Account.objects.all(), group_id=group.group_id)
    tasks.run_bulk(published[0])
    assert set(simulator.state.groups[group.group_id].members) == {"ann", "bob"}


def test_who_is_online(ann: Account, act: Act, simulator: Simulator, admin_client: Client) -> None:
    simulator.state.accounts["ann"].log_in()
    act("ask_online", *Account.objects.all())
    assert "1 of 2 are online" in shown(admin_client.get(url(Account, "changelist")))
    states = dict(Account.objects.values_list("user_id", "online_status"))
    assert states == {"ann": "Online", "bob": "Offline"}
    simulator.faults.add("status", value=503, times=None)
    act("ask_online", ann)
    assert "503" in shown(admin_client.get(url(Account, "changelist")))


def test_accounts_that_are_behind_are_filtered(
    ann: Account, act: Act, admin_client: Client, published: list[int]
) -> None:
    now = timezone.now()
    about = {"sdk_app_id": ann.sdk_app_id, "link_due_at": now, "behind_since": now}
    Account.objects.create(user_id="late", **about)
    Account.objects.create(user_id="failing", **about, link_attempts=3, link_code=70107)
    for asked, names in (("yes", {"failing", "late"}), ("failing", {"failing"})):
        page = admin_client.get(url(Account, "changelist"), {"behind": asked})
        assert {row.user_id for row in page.context["cl"].result_list} == names
    assert "ann" in shown(admin_client.get(url(Account, "changelist")))
    assert admin_client.get(url(Account, "changelist"), {"behind": "x"}).status_code == 302
