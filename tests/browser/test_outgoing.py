"""Messages to many in a browser: written with a preview, looked at, sent, with its run's bar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_tim.client.tim import Tim
from django_tim.models import Run
from django_tim.simulator import Simulator

from .conftest import Look, Visit, Worker, sent


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
    page.select_option("#id_target", "everyone")
    assert page.is_visible("#id_condition_values")
    assert not page.is_visible("#id_user_ids")
    page.select_option("#id_target", "matching")
    assert page.is_visible("#id_group_silence")
    look(page)
    page.select_option("#id_target", "accounts")
    page.click("text=Go on")
    page.wait_for_selector("text=Test it on yourself")
    look(page)
    page.check("[name=sure]")
    page.click(".tim-send button")
    page.wait_for_selector("text=finished with failures")
    look(page)
    assert Run.objects.get().done == 3
    page.click("#tim-targets a:text-is('failed')")
    page.wait_for_selector("#tim-targets strong:text-is('failed')")
    assert page.inner_text("#tim-targets tbody td:first-child") == "nobody"
    page.goto("/admin/django_tim/outgoingmessage/")
    page.wait_for_selector("text=Doors open at eight")
    look(page)


def test_the_bar_follows_and_it_is_taken_back(
    page: Any, mirror: Simulator, worker: Worker, look: Look
) -> None:
    receivers = [f"user{number:06}" for number in range(5)]
    page.goto("/admin/django_tim/outgoingmessage/compose/")
    page.fill("#id_text", "今晚八点直播 🎉")
    page.fill("#id_user_ids", "\n".join(receivers))
    page.click("text=Go on")
    page.fill("#tim-test", "user000009")
    page.click("button[value=test]")
    page.wait_for_selector("text=A test was sent to user000009")
    worker.waits = True
    page.check("[name=sure]")
    page.click("button[value=send]")
    page.wait_for_selector("[data-tim-badge]:text-is('queued')")
    assert sent(mirror, "openim/batchsendmsg") == []
    page.route("**/progress/**", lambda route: route.fulfill(response=route.fetch()))
    worker.work()
    page.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
    page.wait_for_selector("text=100 %")
    page.unroute_all(behavior="wait")
    told = [one["To_Account"] for one in sent(mirror, "openim/batchsendmsg")]
    assert sorted(name for names in told for name in names) == receivers
    page.click("button[value=recall]")
    page.wait_for_selector(".messagelist .success")
    worker.work()
    assert sent(mirror, "openim/admin_msgwithdraw")


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
    look(page)
    page.check("[name=sure]")
    page.fill("[name=_environment]", "default")
    page.click(".tim-send button")
    page.wait_for_selector("text=It is on its way")
    assert Run.objects.get().status == "succeeded"


def write(page: Any, *receivers: str) -> None:
    """Fill in a message to accounts."""
    page.goto("/admin/django_tim/outgoingmessage/compose/")
    page.fill("#id_text", "Doors open at eight")
    page.fill("#id_user_ids", "\n".join(receivers))


def test_a_second_person_approves(
    visit: Visit, simulator: Simulator, tim: Tim, worker: Worker, look: Look, settings: Any
) -> None:
    settings.DJANGO_TIM_OPTIONS = {"APPROVE_ABOVE": 1}
    tim.accounts.import_many(["cyd", "dan"])
    rights = ("view_run", "send_message", "approve_message")
    ann = visit("ann", *rights)
    write(ann, "cyd", "dan")
    ann.click("text=Go on")
    ann.wait_for_selector("text=waits for the approval of a second person")
    assert ann.locator("button[value=approve], button[value=send]").count() == 0
    look(ann)
    bob = visit("bob", *rights)
    bob.goto(ann.url)
    bob.click("button[value=approve]")
    bob.wait_for_selector("text=approved by bob")
    look(bob)
    assert sent(simulator, "openim/batchsendmsg") == []
    ann.reload()
    ann.check("[name=sure]")
    ann.click("button[value=send]")
    ann.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
    assert len(sent(simulator, "openim/batchsendmsg")) == 1


def test_for_later_and_then_not(
    page: Any, simulator: Simulator, tim: Tim, worker: Worker, look: Look
) -> None:
    tomorrow = timezone.localtime() + timedelta(days=1)
    tim.accounts.import_many(["ann"])
    write(page, "ann")
    page.fill("[name=due_at]", tomorrow.strftime("%Y-%m-%dT%H:%M"))
    page.click("text=Go on")
    page.wait_for_selector("h2:has-text('not before')")
    page.check("[name=sure]")
    page.click("button[value=send]")
    page.wait_for_selector("text=It waits for its time")
    look(page)
    page.click("button[value=cancel]")
    page.wait_for_selector("[data-tim-badge]:text-is('cancelled')")
    worker.work()
    assert sent(simulator, "openim/batchsendmsg") == []
    assert Run.objects.get().status == "cancelled"


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
