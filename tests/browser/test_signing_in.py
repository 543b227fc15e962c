"""The way in: the log-in form, what is seen behind it, and what is not shown to whom."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from django_tim.models import Account, Group
from django_tim.simulator import Simulator

from .conftest import Look, Visit


def test_log_in_and_see_what_was_synced(
    browser: Any, live_server: Any, mirror: Simulator, look: Look
) -> None:
    get_user_model().objects.create_superuser("admin", password="secret")
    context = browser.new_context(base_url=live_server.url, locale="en-US")
    page = context.new_page()
    page.goto("/admin/django_tim/group/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "wrong")
    page.click("[type=submit]")
    page.wait_for_selector(".errornote")
    page.fill("[name=password]", "secret")
    page.click("[type=submit]")
    page.wait_for_selector("#result_list")
    group = Group.objects.order_by("pk")[0]
    assert page.locator("#result_list tbody tr").count() == Group.objects.count() == 20
    page.goto("/admin/django_tim/")
    page.wait_for_selector("#tim-find")
    look(page)
    page.fill("#tim-find", group.group_id)
    page.press("#tim-find", "Enter")
    page.wait_for_selector(f"h2:has-text('{group.group_id}')")
    page.goto("/admin/django_tim/group/")
    page.click(f"#result_list >> text={group.group_id}")
    page.wait_for_selector(f"h2:has-text('{group.group_id}')")
    look(page)
    context.close()


def test_who_may_look_sees_no_buttons(visit: Visit, mirror: Simulator, look: Look) -> None:
    account = Account.objects.order_by("pk")[0]
    page = visit("viewer", "view_account", "mute_account")
    page.goto(f"/admin/django_tim/account/{account.pk}/change/")
    tools = page.locator(".object-tools button").all_inner_texts()
    assert [tool.lower() for tool in tools] == ["mute everywhere"]
    look(page)


def test_what_is_not_permitted_can_not_be_posted(visit: Visit, mirror: Simulator) -> None:
    account = Account.objects.order_by("pk")[0]
    page = visit("viewer", "view_account", "mute_account")
    page.goto(f"/admin/django_tim/account/{account.pk}/change/")
    before = len(mirror.requests)
    # The button that is shown, made to ask for what is not.
    page.evaluate(
        """() => {
            const form = document.querySelector(".object-tools form");
            form.querySelector("[name=action]").value = "ban";
            const sure = document.createElement("input");
            form.append(Object.assign(sure, {name: "_confirmed", value: "1"}));
        }"""
    )
    page.click(".object-tools button")
    page.wait_for_selector(".messagelist .warning")
    assert not Account.objects.get(pk=account.pk).raw.get("banned")
    assert len(mirror.requests) == before
    answer = page.goto("/admin/django_tim/account/import/")
    assert answer.status == 403
    answer = page.goto("/admin/django_tim/group/")
    assert answer.status == 403
    page.problems[:] = [one for one in page.problems if "403" not in one]
