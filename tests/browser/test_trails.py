"""What is kept: the audit trail, and what the service has told us."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from django_tim.models import AuditEntry, CallbackEvent, Group, Message
from django_tim.services import groups
from django_tim.simulator import Simulator
from tests.conftest import APP

from .conftest import Look, Tool


def test_who_did_what_to_a_group(page: Any, mirror: Simulator, tool: Tool, look: Look) -> None:
    group = groups.create(group_type="Public", name="Cooks", owner="user000001")
    page.goto(f"/admin/django_tim/group/{group.pk}/change/")
    tool(page, "Mute everyone")
    page.click("input.default")
    page.wait_for_selector("text=was changed")
    page.click(".object-tools >> text=Audit entries")
    page.wait_for_selector("#result_list")
    rows = page.locator("#result_list tbody tr")
    assert rows.count() == AuditEntry.objects.filter(object_id=group.group_id).count() >= 2
    assert "admin" in rows.first.inner_text()
    look(page)
    page.click("#result_list tbody a >> nth=0")
    page.wait_for_selector("text=127.0.0.1")
    assert page.locator("input[name=_save]").count() == 0
    look(page)


def test_callbacks(page: Any, mirror: Simulator, look: Look) -> None:
    group = Group.objects.order_by("pk")[0]
    told = {"CallbackCommand": "Group.CallbackAfterGroupDestroyed", "GroupId": group.group_id}
    for state in CallbackEvent.State.values:
        CallbackEvent.objects.create(
            sdk_app_id=group.sdk_app_id,
            key=state,
            command=told["CallbackCommand"],
            object_id=group.group_id,
            payload=told,
            received_at=timezone.now(),
            alias="default",
            state=state,
        )
    page.goto("/admin/django_tim/callbackevent/")
    assert page.locator("#result_list tbody tr").count() == len(CallbackEvent.State.values)
    look(page)
    page.click("#result_list tbody a >> nth=0")
    page.wait_for_selector("text=CallbackAfterGroupDestroyed")
    look(page)


def test_the_archive_is_searched(page: Any, transactional_db: None, look: Look) -> None:
    said = {"ann": "What is for lunch?", "bob": "汤面 🍜", "cyd": "Lunch sounds good"}
    for name, text in said.items():
        Message.objects.create(
            sdk_app_id=APP["SDK_APP_ID"],
            key=name,
            group_id="cooks",
            from_account=name,
            text=text,
            sent_at=timezone.now(),
        )
    rows = page.locator("#result_list tbody tr")
    for term, found in (("lunch", 2), ("bob", 1), ("汤", 1), ("cooks", 3)):
        page.goto("/admin/django_tim/message/")
        page.fill("#searchbar", term)
        page.press("#searchbar", "Enter")
        page.wait_for_url("**q=**")
        assert rows.count() == found, term
        assert AuditEntry.objects.latest("pk").details["search"] == term
    look(page)
    page.click("#result_list tbody a >> nth=0")
    page.wait_for_selector(f"text={said['cyd']}")
    assert AuditEntry.objects.latest("pk").action == "message.read"
    look(page)
    page.goto("/admin/django_tim/message/?q=dinner")
    assert rows.count() == 0
    look(page)
