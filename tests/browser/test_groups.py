"""Groups in a browser: made, filled, spoken in, watched, dissolved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_tim.models import Group, LiveSample
from django_tim.services import group_messages, groups
from django_tim.simulator import Simulator
from django_tim.simulator.topics import Topics

from .conftest import Look, Tool, sent


@pytest.fixture
def group(mirror: Simulator) -> Group:
    members = ["user000002", "user000003"]
    return groups.create(group_type="Public", name="Cooks", owner="user000001", members=members)


@pytest.fixture
def its(page: Any, group: Group) -> Any:
    """The page of that group."""
    page.goto(f"/admin/django_tim/group/{group.pk}/change/")
    return page


def test_create_and_edit(page: Any, mirror: Simulator, tool: Tool, look: Look) -> None:
    page.goto("/admin/django_tim/group/")
    look(page)
    page.click("text=Add group")
    page.fill("[name=name]", "Cooks")
    page.fill("[name=owner]", "user000001")
    look(page)
    page.click("input[value=Create]")
    page.wait_for_selector("text=was created")
    group = Group.objects.get(name="Cooks")
    assert mirror.state.groups[group.group_id].owner == "user000001"
    tool(page, "Edit")
    page.fill("[name=introduction]", "我们做饭")
    page.click("input[value=Save]")
    page.wait_for_selector("text=was changed")
    assert mirror.state.groups[group.group_id].introduction == "我们做饭"


def test_change_owner_and_a_tim_error(
    its: Any, group: Group, mirror: Simulator, tool: Tool, look: Look
) -> None:
    tool(its, "Change owner")
    its.fill("[name=new_owner]", "nobody-at-all")
    its.click("input.default")
    its.wait_for_selector(".errorlist")
    look(its)
    its.fill("[name=new_owner]", "user000002")
    its.click("input.default")
    its.wait_for_selector("text=belongs to user000002 now")
    assert mirror.state.groups[group.group_id].owner == "user000002"


def test_members_come_are_muted_and_go(
    its: Any, group: Group, mirror: Simulator, tool: Tool, look: Look
) -> None:
    members = mirror.state.groups[group.group_id].members
    tool(its, "Add members")
    its.fill("[name=user_ids]", "user000004, user000005\nuser000002")
    its.click("input.default")
    its.wait_for_selector("text=2 added, 1 in it before")
    assert {"user000004", "user000005"} <= set(members)
    tool(its, "Mute members")
    its.fill("[name=user_ids]", "user000004")
    its.select_option("[name=duration]", "3600")
    look(its)
    its.click("input.default")
    its.wait_for_selector("text=Done, for 1 accounts.")
    its.click("section:has(h2:text-is('Muted members')) >> text=Ask TIM")
    its.wait_for_selector("section:has(h2:text-is('Muted members')) >> text=user000004")
    tool(its, "Remove members")
    its.fill("[name=user_ids]", "user000005")
    its.click("input.default")
    its.wait_for_selector("text=1 members were removed")
    assert "user000005" not in mirror.state.groups[group.group_id].members
    tool(its, "Mute everyone")
    its.click("input.default")
    its.wait_for_selector("text=was changed")
    assert mirror.state.groups[group.group_id].mute_all == "On"


def test_write_read_and_recall(
    its: Any, group: Group, mirror: Simulator, tool: Tool, look: Look
) -> None:
    for sender, text in (("user000002", "What is for lunch?"), ("user000003", "汤面 🍜")):
        group_messages.send(group.group_id, text, sender=sender)
    tool(its, "Send a message")
    its.fill("[name=text]", "Hello cooks")
    its.click("input[value=Send]")
    its.wait_for_selector("text=its number there is 3")
    its.click("section:has(h2:text-is('Messages')) >> text=Ask TIM")
    its.wait_for_selector("text=Hello cooks")
    look(its, "group")
    its.check("tr:has-text('for lunch') >> [name=message]")
    its.click("text=Recall the chosen messages")
    its.wait_for_selector(".messagelist .success")
    recalled = sent(mirror, "group_open_http_svc/group_msg_recall")
    assert [[one["MsgSeq"] for one in body["MsgSeqList"]] for body in recalled] == [[1]]


def test_recall_by_number(
    its: Any, group: Group, mirror: Simulator, tool: Tool, look: Look
) -> None:
    for text in ("one", "two", "three"):
        group_messages.send(group.group_id, text, sender="user000002")
    tool(its, "Recall by number")
    its.fill("[name=seqs]", "two")
    its.click("input.default")
    its.wait_for_selector(".errorlist >> text=Numbers only")
    look(its)
    its.fill("[name=seqs]", "1, 3")
    its.click("input.default")
    its.wait_for_selector("text=2 messages were recalled")
    [recalled] = sent(mirror, "group_open_http_svc/group_msg_recall")
    assert [one["MsgSeq"] for one in recalled["MsgSeqList"]] == [1, 3]


def test_topics_of_a_community(page: Any, mirror: Simulator, tool: Tool, look: Look) -> None:
    town = groups.create(
        group_type="Community", name="Town", owner="user000001", support_topic=True
    )
    topics = mirror.state.part(Topics)
    page.goto(f"/admin/django_tim/group/{town.pk}/change/")
    tool(page, "Add a topic")
    page.fill("[name=name]", "News")
    page.click("input.default")
    page.wait_for_selector(".messagelist .success")
    [topic_id] = topics.of(town.group_id)
    tool(page, "Edit a topic")
    page.fill("[name=topic_id]", topic_id)
    page.fill("[name=name]", "新闻")
    page.click("input.default")
    page.wait_for_selector(".messagelist .success")
    section = "section:has(h2:text-is('Topics'))"
    page.click(f"{section} >> text=Ask TIM")
    page.wait_for_selector(f"{section} >> text=新闻")
    look(page)
    tool(page, "Dissolve topics")
    page.fill("[name=topic_ids]", topic_id)
    page.wait_for_selector("text=Their messages go too")
    page.click("input.default")
    page.wait_for_selector("text=1 topics were dissolved")
    assert not topics.of(town.group_id)


def test_dissolve_names_the_group_and_counts_its_members(
    its: Any, group: Group, mirror: Simulator, tool: Tool, look: Look
) -> None:
    tool(its, "Dissolve")
    its.wait_for_selector("text=All members leave, 3 in all")
    its.wait_for_selector(f"text={group.group_id}")
    look(its, "dissolve")
    its.click("input[value=Dissolve]")
    its.wait_for_selector("text=was dissolved")
    assert group.group_id not in mirror.state.groups
    group.refresh_from_db()
    assert group.gone_at is not None


def test_all_that_match_become_a_run(page: Any, mirror: Simulator, look: Look) -> None:
    page.goto("/admin/django_tim/group/?type=Public")
    public = page.locator("#result_list tbody tr").count()
    assert 0 < public < Group.objects.count()
    page.check("#action-toggle")
    page.select_option("select[name=action]", label="Dissolve")
    page.click("button[name=index]")
    page.wait_for_selector(f"text={public} groups")
    look(page)
    page.click("input[value=Dissolve]")
    page.wait_for_selector("[data-tim-badge]:text-is('succeeded')")
    assert len(sent(mirror, "group_open_http_svc/destroy_group")) == public
    assert Group.objects.filter(gone_at=None, type="Public").count() == 0


def test_a_live_rooms_page(page: Any, mirror: Simulator, look: Look) -> None:
    room = groups.create(group_type="AVChatRoom", name="The show", owner="user000001")
    now = timezone.now().replace(microsecond=0)
    LiveSample.objects.bulk_create(
        LiveSample(
            group=room,
            taken_at=now - timedelta(minutes=minute),
            online=900 - (minute - 90) ** 2 // 20,
        )
        for minute in range(180)
    )
    page.goto(f"/admin/django_tim/group/{room.pk}/change/")
    page.wait_for_selector("canvas[style]")  # that is what the chart gives it
    drawn = page.evaluate("Chart.getChart(document.querySelector('canvas')).data.datasets[0].data")
    assert len(drawn) == 180
    look(page, "live-room")
    page.goto("/admin/django_tim/group/")
    page.click("text=Send to all live rooms")
    page.fill("[name=text]", "Back in five minutes")
    page.click("input[value=Send]")
    page.wait_for_selector("text=Sent to all live rooms")
    assert len(sent(mirror, "group_open_http_svc/send_broadcast_msg")) == 1
