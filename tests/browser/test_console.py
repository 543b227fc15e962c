"""The REST console in a browser: find an endpoint, mend a body, send it, read the answer."""

from __future__ import annotations

import json
import re
from typing import Any

from django_tim.client.tim import Tim
from django_tim.models import AuditEntry
from django_tim.simulator import Simulator

from .conftest import Look, Visit, sent


def test_find_check_and_send(page: Any, simulator: Simulator, tim: Tim, look: Look) -> None:
    page.goto("/admin/django_tim/consolecall/")
    look(page)
    page.fill("#tim-endpoints", "create_group")
    page.click("text=Create a group >> visible=true")
    page.wait_for_selector("form[data-tim-console]")
    page.fill("textarea", '{"Type": "Public", "Colour": "red"}')
    page.click("text=Check only")
    page.wait_for_selector("text=Name is missing.")
    look(page)
    page.fill("textarea", "{")
    page.wait_for_selector("text=Not JSON")
    page.fill("textarea", '{"Type": "Public", "Name": "Chess club"}')
    page.click("text=Send as default")
    page.wait_for_selector("#tim-console-answer >> text=@TGS#")
    look(page, "console")
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
    look(page)
    assert not page.is_checked("#id_confirmed")


def test_no_signature_is_shown_or_copied(
    page: Any, simulator: Simulator, tim: Tim, look: Look
) -> None:
    page.goto("/admin/django_tim/consolecall/?endpoint=ACCOUNT_CHECK")
    body = {"CheckItem": [{"UserID": "ann"}]}
    page.fill("textarea", json.dumps(body))
    page.click("button[value=send]")
    page.wait_for_selector("#tim-console-answer >> text=NotImported")
    assert sent(simulator, "account_check") == [body]
    shown = page.text_content("#content")
    assert set(re.findall(r"usersig=([^&\s\"]+)", shown)) == {"$USERSIG"}
    assert "eJ" not in shown, "every UserSig begins so"


def test_who_may_read_is_not_shown_what_writes(
    visit: Visit, simulator: Simulator, tim: Tim
) -> None:
    page = visit("reader", "use_console_read")
    page.goto("/admin/django_tim/consolecall/")
    assert page.locator(".tim-console-nav .tim-quiet").count() > 10
    assert page.locator(".tim-console-nav :is(.tim-busy, .tim-bad)").count() == 0
    assert page.goto("/admin/django_tim/consolecall/?endpoint=GROUP_DISSOLVE").status == 404
    page.problems[:] = [one for one in page.problems if "404" not in one]
