"""Groups and live rooms in a browser: create, write, a live room's chart, dissolve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_tim.models import Group, LiveSample
from django_tim.services import groups
from django_tim.simulator import Simulator


def test_a_group_from_its_making_to_its_end(
    page: Any, mirror: Simulator, shot: Callable[..., None]
) -> None:
    page.goto("/admin/django_tim/group/")
    shot("groups")
    page.click("text=Add group")
    page.fill("[name=name]", "Cooks")
    page.fill("[name=owner]", "user000001")
    shot("group-new")
    page.click("input[value=Create]")
    page.wait_for_selector("text=was created")
    shot("group", dark=True)
    page.click("button:has-text('Send a message')")
    page.fill("[name=text]", "Hello cooks")
    page.click("input[value=Send]")
    page.wait_for_selector("text=its number there is 1")
    page.click("section:has(h2:text-is('Messages')) >> text=Ask TIM")
    page.wait_for_selector("text=Hello cooks")
    shot("group-history")
    page.click("button:has-text('Change owner')")
    page.fill("[name=new_owner]", "nobody-at-all")
    page.click("input[value='Change owner']")
    page.wait_for_selector(".errornote, .errorlist")
    shot("group-error")
    page.click("text=Cancel")
    page.click("button:has-text('Dissolve')")
    shot("group-dissolve", phone=True)
    page.click("input[value=Dissolve]")
    page.wait_for_selector("text=was dissolved")
    assert Group.objects.get(name="Cooks").gone_at is not None


def test_a_live_rooms_chart(page: Any, mirror: Simulator, shot: Callable[..., None]) -> None:
    room = groups.create(group_type="AVChatRoom", name="The show", owner="user000001")
    now = timezone.now().replace(microsecond=0)
    for minute in range(180):
        LiveSample.objects.create(
            group=room,
            taken_at=now - timedelta(minutes=minute),
            online=900 - (minute - 90) ** 2 // 20,
        )
    page.goto(f"/admin/django_tim/group/{room.pk}/change/")
    page.wait_for_function("Chart.getChart(document.querySelector('canvas')) !== undefined")
    shot("live")
    shot("live-dark", dark=True)
    drawn = page.evaluate("Chart.getChart(document.querySelector('canvas')).data.datasets[0].data")
    assert len(drawn) == 180
