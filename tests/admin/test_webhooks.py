"""Callbacks in the admin: what came, what came of it, and handling it again."""

from __future__ import annotations

import pytest
from django.test import Client

from django_tim.models import CallbackEvent
from django_tim.webhooks import processing
from tests.webhooks.conftest import Listen, Service, listen, service  # noqa: F401 - fixtures

from .test_admin import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
JOIN = "Group.CallbackAfterNewMemberJoin"


@pytest.fixture
def failed(service: Service, listen: Listen) -> CallbackEvent:  # noqa: F811
    def fail(event: object) -> None:
        raise RuntimeError("<b>no</b>")

    listen(answer=fail)
    row = service.tell(JOIN, {"GroupId": "@TGS#1", "Name": "<i>x</i>", "EventTime": 1670574414123})
    CallbackEvent.objects.update(state="failed")
    row.refresh_from_db()
    return row


def test_the_list_and_the_page(admin_client: Client, failed: CallbackEvent) -> None:
    shown = admin_client.get(url(CallbackEvent, "changelist"), {"state": "failed", "command": JOIN})
    assert "@TGS#1" in shown.content.decode()
    page = admin_client.get(url(CallbackEvent, "change", failed.pk)).content.decode()
    assert "RuntimeError: &lt;b&gt;no&lt;/b&gt;" in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page
    assert "2022" in page
    empty = admin_client.get(url(CallbackEvent, "changelist"), {"object": "another"})
    assert "@TGS#1" not in empty.content.decode()


def test_handling_again_needs_its_permission(failed: CallbackEvent) -> None:
    data = {"action": "replay_selected", "_selected_action": [failed.pk]}
    client = staff("view_callbackevent")
    client.post(url(CallbackEvent, "changelist"), data)
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_handling_again(failed: CallbackEvent) -> None:
    data = {"action": "replay_selected", "_selected_action": [failed.pk]}
    client = staff("view_callbackevent", "replay_callbackevent")
    response = client.post(url(CallbackEvent, "changelist"), data, follow=True)
    assert "1 callback was queued." in response.content.decode()
    assert processing.drain(1) == 1
