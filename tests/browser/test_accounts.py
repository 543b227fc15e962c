"""Accounts in a browser: find one, hold it back and undo that, write to it, import from a file."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.models import Account, AuditEntry, Restriction, Run
from django_tim.simulator import Simulator

from .conftest import Look, Tool, sent


@pytest.fixture
def account(mirror: Simulator) -> Account:
    return Account.objects.exclude(nickname="").order_by("pk")[3]


@pytest.fixture
def person(page: Any, account: Account) -> Any:
    """The page of that account."""
    page.goto(f"/admin/django_tim/account/{account.pk}/change/")
    return page


def test_create_one(page: Any, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/account/")
    page.click("text=Add account")
    mirror.faults.add("code", value=70402, path="im_open_login_svc/account_import")
    page.fill("[name=user_id]", "new_ann")
    page.fill("[name=nick]", "安娜")
    page.click("input.default")
    page.wait_for_selector(".errorlist >> text=70402")
    assert page.input_value("[name=nick]") == "安娜"
    assert not Account.objects.filter(user_id="new_ann").exists()
    look(page)
    page.click("input.default")
    page.wait_for_selector(".messagelist .success")
    assert mirror.state.accounts["new_ann"].tags["Tag_Profile_IM_Nick"] == "安娜"
    assert Account.objects.get(user_id="new_ann").nickname == "安娜"


def test_find_mute_and_undo(page: Any, account: Account, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/account/")
    look(page, "accounts")
    page.fill("#tim-find", account.user_id)
    page.press("#tim-find", "Enter")
    page.wait_for_selector("#tim-restrictions")
    page.click("section:has(h2:text-is('Online state')) >> text=Ask TIM")
    page.wait_for_selector("th:text-is('Platform')")
    page.fill("#tim-reason", "Spam")
    page.click("text=Mute 1 d")
    page.wait_for_selector("#tim-restrictions >> text=in force")
    row = Restriction.objects.get()
    assert (row.kind, row.state, row.reason) == ("mute", "active", "Spam")
    assert mirror.state.accounts[account.user_id].mute_group_until > mirror.state.clock.seconds()
    look(page, "person")
    look(page, "person-dark", dark=True)
    look(page, "person-phone", phone=True)
    page.click("text=Undo")
    page.wait_for_selector("text=was lifted")
    row.refresh_from_db()
    assert row.state == "lifted"
    assert mirror.state.accounts[account.user_id].mute_group_until <= mirror.state.clock.seconds()


def test_what_ends_today_and_what_is_not_found(
    page: Any, account: Account, mirror: Simulator, look: Look
) -> None:
    page.goto("/admin/django_tim/account/find/")
    page.wait_for_selector("text=Mutes and bans that end today")
    look(page)
    page.fill("#tim-find", "nobody-of-this-name")
    page.press("#tim-find", "Enter")
    page.wait_for_selector("text=Nothing was found")
    page.click("text=Ask TIM for the account")
    page.wait_for_selector("text=The service knows no account")
    look(page)


def test_edit_the_profile(
    person: Any, account: Account, mirror: Simulator, tool: Tool, look: Look
) -> None:
    tool(person, "Edit profile")
    look(person)
    person.fill("[name=Tag_Profile_IM_Nick]", "小李 🎉")
    person.click("input[value=Save]")
    person.wait_for_selector(".messagelist .success")
    tags = mirror.state.accounts[account.user_id].tags
    assert tags["Tag_Profile_IM_Nick"] == "小李 🎉"
    account.refresh_from_db()
    assert account.nickname == "小李 🎉"


def test_kick_and_ban(person: Any, account: Account, mirror: Simulator, tool: Tool) -> None:
    tool(person, "Log out everywhere")
    person.click("input.default")
    person.wait_for_selector("text=was logged out everywhere")
    assert sent(mirror, "im_open_login_svc/kick") == [{"UserID": account.user_id}]
    tool(person, "Ban")
    person.select_option("[name=duration]", "604800")
    person.fill("[name=reason]", "Fraud")
    person.click("input.default")
    person.wait_for_selector("#tim-restrictions >> text=Fraud")
    ban = Restriction.objects.get(kind="ban")
    assert ban.state == "active"
    assert len(sent(mirror, "im_open_login_svc/kick")) == 2


def test_write_and_recall(
    person: Any, account: Account, mirror: Simulator, tool: Tool, look: Look
) -> None:
    tool(person, "Send a message")
    person.fill("[name=text]", "Welcome!")
    person.fill("[name=sender]", "user000001")
    person.click("input.default")
    person.wait_for_selector(".messagelist .success")
    section = "section:has(h2:text-is('Conversations'))"
    person.click(f"{section} >> text=Ask TIM")
    person.click("a.tim-ask:text-is('messages')")
    person.wait_for_selector("text=Welcome!")
    look(person)
    person.check("[name=message]")
    person.click("text=Recall the chosen messages")
    person.wait_for_selector(".messagelist .success")
    assert len(sent(mirror, "openim/admin_msgwithdraw")) == 1


def test_a_tim_error_stands_on_the_form(
    person: Any, account: Account, mirror: Simulator, tool: Tool, look: Look
) -> None:
    mirror.faults.add("code", value=70107, path="im_open_login_svc/kick")
    tool(person, "Log out everywhere")
    person.click("input.default")
    person.wait_for_selector(".errorlist >> text=70107")
    assert AuditEntry.objects.latest("pk").outcome == "failed"
    look(person)


def test_import_from_a_file(page: Any, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/account/")
    page.click("text=Import from a file")
    look(page)
    rows = "UserID,Nick\nnew_ann,安娜\n" + "x" * 40 + ",too long\nnew_bob,Bob\n"
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.set_input_files("[name=file]", file)
    page.click("input.default")
    page.wait_for_selector("#tim-failures >> text=row 3")
    look(page, "import-draft")
    assert "new_ann" not in mirror.state.accounts
    page.click("button[value=submit]")
    page.wait_for_selector("[data-tim-badge]:text-is('finished with failures')")
    assert page.evaluate("document.querySelector('[data-tim-bar]').position") == 1
    assert "100 %" in page.inner_text("[data-tim=done]")
    assert Run.objects.get(kind="import_accounts").failed == 1
    tags = mirror.state.accounts["new_ann"].tags
    assert tags["Tag_Profile_IM_Nick"] == "安娜"
    page.goto("/admin/django_tim/account/?q=new_")
    assert page.locator("#result_list tbody tr").count() == 2


def test_delete_says_what_goes(
    person: Any, account: Account, mirror: Simulator, tool: Tool, look: Look
) -> None:
    tool(person, "Delete accounts")
    person.wait_for_selector("text=about three months")
    look(person)
    person.click("input.default")
    person.wait_for_selector(".messagelist .success")
    assert account.user_id not in mirror.state.accounts
    person.wait_for_selector(".tim-badge:text-is('gone')", state="attached")


def test_several_become_a_run(page: Any, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/account/")
    for row in (0, 1, 2):
        page.locator("#result_list .action-select").nth(row).check()
    page.select_option("select[name=action]", label="Log out everywhere")
    page.click("button[name=index]")
    page.wait_for_selector("text=3 accounts")
    look(page)
    page.click("input.default")
    page.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
    assert len(sent(mirror, "im_open_login_svc/kick")) == 3


def test_an_avatar_is_loaded_on_a_click_and_tells_nobody(page: Any, mirror: Simulator) -> None:
    asked: list[dict[str, str]] = []

    def answer(route: Any) -> None:
        asked.append(route.request.headers)
        route.fulfill(
            content_type="image/svg+xml", body="<svg xmlns='http://www.w3.org/2000/svg'/>"
        )

    page.route("https://avatars.example.com/**", answer)
    page.goto("/admin/django_tim/account/")
    assert asked == []
    page.click("[data-tim-avatar] >> nth=0")
    page.wait_for_selector("img.tim-avatar", state="attached")
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1
    assert "referer" not in asked[0]


def test_production_asks_for_its_name(
    page: Any, mirror: Simulator, settings: Any, look: Look
) -> None:
    app = {**settings.DJANGO_TIM["default"], "ENVIRONMENT": "production"}
    settings.DJANGO_TIM = {"default": app}
    page.goto("/admin/django_tim/account/?q=user000003")
    page.check("#action-toggle")
    page.select_option("[name=action]", "delete_accounts")
    page.click("button[name=index]")
    page.click("input.default")
    page.wait_for_selector(".errorlist")
    assert "user000003" in mirror.state.accounts
    look(page)
    page.fill("[name=_environment]", "production")
    page.click("input.default")
    page.wait_for_selector("text=was deleted")
    assert "user000003" not in mirror.state.accounts


def test_several_are_banned_and_listed(page: Any, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/account/")
    for place in (1, 2, 3):
        page.check(f"tbody tr:nth-child({place}) .action-select")
    page.select_option("[name=action]", "ban")
    page.click("button[name=index]")
    page.select_option("[name=duration]", "until")
    page.click("input.default")
    page.wait_for_selector("text=Give a moment in the future")
    look(page)
    page.select_option("[name=duration]", "3600")
    page.fill("[name=reason]", "Fraud")
    page.click("input.default")
    page.wait_for_selector("text=3 were noted")
    assert Restriction.objects.filter(kind="ban", state="active").count() == 3
    page.goto("/admin/django_tim/restriction/?state=in_force")
    assert page.locator("#result_list tbody tr:has-text('Fraud')").count() == 3
    look(page)
    page.fill("#tim-find", "user00")
    page.press("#tim-find", "Enter")
    page.wait_for_selector("text=Show all")
    look(page)
