"""Messages to many in a browser: written with a preview, looked at, sent, with its run's bar."""

from __future__ import annotations

from typing import Any

from django_tim.client.tim import Tim
from django_tim.models import Run
from django_tim.simulator import Simulator

from .conftest import Look, Worker


def test_write_look_and_send(
    page: Any, simulator: Simulator, tim: Tim, worker: Worker, look: Look
) -> None:
    tim.accounts.import_many(["ann", "bob"])
    page.goto("/admin/django_tim/outgoingmessage/")
    page.click("text=Write a message")
    page.fill("#id_text", "Doors open at eight")
    assert page.inner_text("[data-tim-bubble]") == "Doors open at eight"
    assert not page.is_visible("#id_image_url")
    page.fill("#id_user_ids", "ann\nbob\nnobody")
    look(page, "compose")
    look(page, "compose-phone", phone=True)
    page.select_option("#id_target", "everyone")
    assert page.is_visible("#id_condition_values")
    assert not page.is_visible("#id_user_ids")
    page.select_option("#id_target", "accounts")
    page.click("text=Go on")
    page.wait_for_selector("text=Test it on yourself")
    look(page, "message-draft", dark=True)
    page.check("[name=sure]")
    page.click(".tim-send button")
    page.wait_for_selector("text=finished with failures")
    look(page, "message-sent")
    assert Run.objects.get().done == 3
    page.goto("/admin/django_tim/outgoingmessage/")
    page.wait_for_selector("text=Doors open at eight")
    look(page, "messages")


def test_a_push_asks_twice(
    page: Any, simulator: Simulator, tim: Tim, worker: Worker, look: Look
) -> None:
    page.goto("/admin/django_tim/outgoingmessage/compose/")
    page.select_option("#id_content", "custom")
    page.fill("#id_custom", "{")
    page.wait_for_selector("text=Not JSON")
    page.fill("#id_custom", '{"kind": "news"}')
    page.select_option("#id_target", "everyone")
    page.click("text=Go on")
    page.wait_for_selector("text=nothing takes it back")
    look(page, "push-draft")
    page.check("[name=sure]")
    page.fill("[name=_environment]", "default")
    page.click(".tim-send button")
    page.wait_for_selector("text=It is on its way")
    assert Run.objects.get().status == "succeeded"


def test_make_and_look_into_a_usersig(page: Any, tim: Tim, look: Look) -> None:
    page.goto("/admin/django_tim/usersig/")
    page.fill("#id_sign-user_id", "ann")
    page.click("[value=sign]")
    page.wait_for_selector("#tim-usersig")
    made = page.inner_text("#tim-usersig")
    page.fill("#id_verify-usersig", made)
    page.fill("#id_verify-user_id", "bob")
    page.click("[value=verify]")
    page.wait_for_selector("text=70013")
    assert made not in page.content()
    look(page, "usersig")
    look(page, "usersig-phone", phone=True, dark=True)
