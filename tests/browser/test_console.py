"""The REST console in a browser: find an endpoint, mend a body, send it, read the answer."""

from __future__ import annotations

from typing import Any

from django_tim.client.tim import Tim
from django_tim.models import AuditEntry
from django_tim.simulator import Simulator

from .conftest import Look


def test_find_check_and_send(page: Any, simulator: Simulator, tim: Tim, look: Look) -> None:
    page.goto("/admin/django_tim/consolecall/")
    look(page, "console-empty")
    page.fill("#tim-endpoints", "create_group")
    page.click("text=Create a group >> visible=true")
    page.wait_for_selector("form[data-tim-console]")
    page.fill("textarea", '{"Type": "Public", "Colour": "red"}')
    page.click("text=Check only")
    page.wait_for_selector("text=Name is missing.")
    look(page, "console-findings", phone=True)
    page.fill("textarea", "{")
    page.wait_for_selector("text=Not JSON")
    page.fill("textarea", '{"Type": "Public", "Name": "Chess club"}')
    page.click("text=Send as default")
    page.wait_for_selector("#tim-console-answer >> text=@TGS#")
    look(page, "console")
    look(page, "console-dark", dark=True)
    assert page.input_value("textarea") == '{"Type": "Public", "Name": "Chess club"}'
    assert [entry.action for entry in AuditEntry.objects.all()] == ["console.write"]


def test_an_error_and_a_question(page: Any, simulator: Simulator, tim: Tim, look: Look) -> None:
    page.goto("/admin/django_tim/consolecall/?endpoint=GROUP_DISSOLVE")
    page.fill("textarea", '{"GroupId": "@TGS#none"}')
    page.click("text=Send as default")
    page.wait_for_selector("#tim-console-asks .errorlist")
    assert not simulator.requests
    page.check("#id_confirmed")
    page.click("text=Send as default")
    page.wait_for_selector("text=Error 10010")
    look(page, "console-error")
    assert not page.is_checked("#id_confirmed")
