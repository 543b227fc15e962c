"""Groups in the admin: what each form sends, what a refusal shows, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from django_tim import tasks
from django_tim.admin import fields
from django_tim.client.tim import Tim
from django_tim.models import AuditEntry, Group, LiveSample, Run
from django_tim.services import accounts, bulk, groups, outgoing
from django_tim.simulator import Simulator

from .conftest import Act, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(tim: Tim) -> None:
    accounts.import_many(["ann", "bob", "cat", "dan"])


@pytest.fixture
def group() -> Group:
    return groups.create(group_type="Public", name="Cooks", owner="ann", members=["bob"])


@pytest.fixture
def room() -> Group:
    return groups.create(group_type="AVChatRoom", name="Show", owner="ann")


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def remote(simulator: Simulator, group: Group) -> Any:
    return simulator.state.groups[group.group_id]


@pytest.mark.django_db(transaction=True)
def test_create(admin_client: Client, simulator: Simulator, settings: Any) -> None:
    app = {**settings.DJANGO_TIM["default"], "GROUP_CUSTOM_KEYS": ["colour"]}
    settings.DJANGO_TIM = {"default": app}
    assert "colour" in shown(admin_client.get(url(Group, "add")))
    given = {"group_type": "Public", "name": "Cooks", "owner": "ann", "members": "bob, cat\nbob"}
    answer = admin_client.post(url(Group, "add"), {**given, "introduction": "We cook."})
    row = Group.objects.get()
    assert answer["Location"] == url(Group, "change", row.pk)
    assert (row.name, row.owner_account, row.member_num) == ("Cooks", "ann", 3)
    assert row.raw["Introduction"] == "We cook."
    answer = admin_client.post(url(Group, "add"), {**given, "owner": "nobody"})
    assert answer.status_code == 200
    assert "tim" in shown(answer)
    assert Group.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_import(admin_client: Client, simulator: Simulator) -> None:
    given = {"group_type": "Public", "name": "Old", "create_time": "2020-02-01T08:00"}
    admin_client.post(url(Group, "import"), given)
    row = Group.objects.get()
    assert row.created_at is not None
    assert row.created_at.year == 2020


def test_edit(group: Group, admin_client: Client, act: Act, simulator: Simulator) -> None:
    page = admin_client.post(
        url(Group, "changelist"), {"action": "edit_group", "_selected_action": [group.pk]}
    )
    form = page.context["form"]
    given = {name: value for name, value in form.initial.items() if value is not None}
    act("edit_group", group, **{**given, "name": "Chefs", "introduction": "We cook."})
    sent = simulator.requests[-1].body
    assert sent == {"GroupId": group.group_id, "Name": "Chefs", "Introduction": "We cook."}
    group.refresh_from_db()
    assert group.name == "Chefs"


def test_a_tim_error_stands_on_the_form(group: Group, act: Act, simulator: Simulator) -> None:
    answer = act("change_owner", group, new_owner="dan")
    assert answer.status_code == 200
    assert AuditEntry.objects.latest("pk").outcome == "failed"
    assert str(AuditEntry.objects.latest("pk").code) in shown(answer)
    act("change_owner", group, new_owner="bob")
    assert remote(simulator, group).owner == "bob"


def test_mute_all_and_undo(group: Group, act: Act, simulator: Simulator) -> None:
    act("mute_all", group)
    group.refresh_from_db()
    assert group.mute_all_member
    act("unmute_all", group)
    assert simulator.requests[-1].body["MuteAllMember"] == "Off"


def test_members_pasted_and_from_a_file(group: Group, act: Act, simulator: Simulator) -> None:
    file = SimpleUploadedFile("members.csv", "\ufeffcat,Cathy\n\ndan\n".encode())
    answer = act("add_members", group, user_ids="bob", file=file)
    assert answer.status_code == 302
    assert set(remote(simulator, group).members) == {"ann", "bob", "cat", "dan"}
    act("remove_members", group, user_ids="dan cat")
    assert set(remote(simulator, group).members) == {"ann", "bob"}
    answer = act("add_members", group, user_ids="")
    assert "at least one" in shown(answer)
    answer = act("add_members", group, file=SimpleUploadedFile("x.bin", b"\xff\xfe\x00"))
    assert "UTF-8" in shown(answer)


def test_mute_members(
    group: Group, act: Act, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()
    monkeypatch.setattr(fields, "now", lambda: moment)
    act("mute_members", group, user_ids="bob", duration="3600")
    assert simulator.requests[-1].body["MuteTime"] == 3600
    act("mute_members", group, user_ids="bob", duration="forever")
    assert simulator.requests[-1].body["MuteTime"] == 4294967295


def test_send_and_notify(group: Group, act: Act, simulator: Simulator) -> None:
    act("send_message", group, text="Hello", priority="Normal", sender="")
    sent = simulator.requests[-1].body
    assert sent["MsgBody"][0]["MsgContent"]["Text"] == "Hello"
    act("notify", group, text="Closed at noon")
    assert simulator.requests[-1].body["Content"] == "Closed at noon"
    act("notify_owners", group, text="{group} closes", sender="")
    sent = simulator.requests[-1].body
    assert (sent["To_Account"], sent["MsgBody"][0]["MsgContent"]["Text"]) == ("ann", "Cooks closes")


def test_dissolve_names_the_groups_and_counts_the_members(
    group: Group, admin_client: Client, act: Act, simulator: Simulator
) -> None:
    page = admin_client.post(
        url(Group, "changelist"), {"action": "dissolve", "_selected_action": [group.pk]}
    )
    assert "Cooks" in shown(page)
    assert "2 in all" in shown(page)
    act("dissolve", group)
    assert group.group_id not in simulator.state.groups


@pytest.mark.django_db(transaction=True)
def test_history_recall_and_older(
    group: Group, admin_client: Client, tim: Tim, simulator: Simulator
) -> None:
    for number in range(25):
        tim.group_messages.send(group.group_id, f"message {number}", sender="bob")
    page = shown(admin_client.get(url(Group, "ask", group.pk, "history")))
    assert "message 24" in page
    assert "message 3<" not in page
    assert "newest=5" in page
    page = shown(admin_client.get(url(Group, "ask", group.pk, "history"), {"newest": 5}))
    assert "message 4" in page
    admin_client.post(url(Group, "recall", group.pk), {"message": ["24", "25"]})
    assert simulator.requests[-1].body["MsgSeqList"] == [{"MsgSeq": 24}, {"MsgSeq": 25}]
    assert "recalled" in shown(admin_client.get(url(Group, "ask", group.pk, "history")))
    client = staff("view_group")
    assert client.post(url(Group, "recall", group.pk), {"message": ["1"]}).status_code == 403


@pytest.mark.parametrize("question", ["history", "muted", "banned", "topics"])
def test_panels_that_ask(
    group: Group, admin_client: Client, simulator: Simulator, question: str
) -> None:
    assert admin_client.get(url(Group, "ask", group.pk, question)).status_code == 200


def test_topics(admin_client: Client, tim: Tim) -> None:
    community = groups.create(group_type="Community", name="C", owner="ann", support_topic=True)
    tim.topics.create(community.group_id, name="Bread")
    assert "Bread" in shown(admin_client.get(url(Group, "ask", community.pk, "topics")))


@pytest.mark.django_db(transaction=True)
def test_a_live_room(room: Group, admin_client: Client, act: Act, simulator: Simulator) -> None:
    page = shown(admin_client.get(url(Group, "change", room.pk)))
    assert "Not sampled yet" in page
    assert 'value="add_members"' not in page
    admin_client.post(url(Group, "sample", room.pk))
    sample = LiveSample.objects.get()
    samples = admin_client.get(url(Group, "samples", room.pk), {"hours": "1"}).json()
    assert samples["online"] == [sample.online]
    assert "data-tim-samples" in shown(admin_client.get(url(Group, "change", room.pk)))
    answer = act("send_message", room, _confirmed="")
    act("send_message", room, text="Soon", priority="High", sender="")
    assert simulator.requests[-1].body["MsgPriority"] == "High"
    assert answer is not None


def test_samples_are_of_live_rooms_only(group: Group, admin_client: Client) -> None:
    assert admin_client.get(url(Group, "samples", group.pk)).status_code == 404


def test_the_task_samples_all_rooms_and_forgets_old_ones(room: Group, simulator: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from django_tim import tasks

    old = timezone.now() - timedelta(days=8)
    LiveSample.objects.create(group=room, taken_at=old, online=1)
    tasks.sample_live_rooms()
    assert LiveSample.objects.get().taken_at > old
    simulator.faults.add("status", value=503, times=None)
    tasks.sample_live_rooms()
    assert LiveSample.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_broadcast(admin_client: Client, simulator: Simulator, settings: Any, room: Group) -> None:
    assert admin_client.get(url(Group, "broadcast")).status_code == 200
    admin_client.post(url(Group, "broadcast"), {"text": "Hello rooms"})
    sent = simulator.requests[-1]
    assert sent.path.endswith("send_broadcast_msg")
    assert sent.body["MsgBody"][0]["MsgContent"]["Text"] == "Hello rooms"
    app = {**settings.DJANGO_TIM["default"], "ENVIRONMENT": "production"}
    settings.DJANGO_TIM = {"default": app}
    before = len(simulator.requests)
    admin_client.post(url(Group, "broadcast"), {"text": "Hello rooms"})
    assert len(simulator.requests) == before
    assert staff("view_group").get(url(Group, "broadcast")).status_code == 403


@pytest.mark.parametrize(
    ("action", "permission"),
    [
        ("edit_group", "change_group"),
        ("change_owner", "transfer_group"),
        ("mute_all", "mute_group"),
        ("add_members", "add_groupmember"),
        ("remove_members", "delete_groupmember"),
        ("mute_members", "mute_groupmember"),
        ("ban_members", "ban_groupmember"),
        ("send_message", "send_message"),
        ("dissolve", "dissolve_group"),
    ],
)
def test_each_action_has_a_permission_of_its_own(
    group: Group, act: Act, simulator: Simulator, action: str, permission: str
) -> None:
    looking = staff("view_group")
    assert f'value="{action}"' not in shown(looking.get(url(Group, "change", group.pk)))
    before = len(simulator.requests)
    act(action, group, client=looking, user_ids="bob", text="x", new_owner="bob")
    assert len(simulator.requests) == before
    from django.contrib.auth import get_user_model

    get_user_model().objects.filter(username="staff").delete()
    allowed = staff("view_group", permission)
    assert f'value="{action}"' in shown(allowed.get(url(Group, "change", group.pk)))


def test_a_groups_page_takes_a_dozen_queries(
    room: Group, group: Group, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for one in (room, group):
        with django_assert_max_num_queries(12):
            admin_client.get(url(Group, "change", one.pk))


def test_silent_for_any_number_of_days(group: Group, admin_client: Client) -> None:
    Group.objects.update(last_msg_at="2020-01-01T00:00Z")
    for days, number in (("-45", 1), ("-9999", 0)):
        page = admin_client.get(url(Group, "changelist"), {"last_msg": days})
        assert len(page.context["cl"].result_list) == number
        assert f"silent for {days[1:]} days" in shown(page)


@pytest.mark.parametrize(
    ("action", "kind", "fields"),
    [
        ("send_message", "send_group_messages", {"text": "Hi", "priority": "Normal"}),
        ("notify", "notify_groups", {"text": "Hi"}),
        ("notify_owners", "write_to_owners", {"text": "{group}: hi"}),
        ("mute_all", "modify_groups", {}),
        ("dissolve", "dissolve_groups", {}),
    ],
)
def test_several_groups_become_a_run(
    group: Group,
    act: Act,
    simulator: Simulator,
    published: list[int],
    action: str,
    kind: str,
    fields: dict[str, str],
) -> None:
    other = groups.create(group_type="Public", name="Bakers", owner="bob")
    before = len(simulator.requests)
    answer = act(action, group, other, **fields)
    run = Run.objects.get()
    assert answer["Location"].endswith(f"/{run.pk}/change/")
    assert (run.kind, run.total, len(simulator.requests)) == (kind, 2, before)
    if kind in outgoing.KINDS:
        assert (run.status, published) == ("draft", [])
        bulk.submit(run)
    else:
        assert published == [run.pk]
    tasks.run_bulk(run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.failed) == ("succeeded", 2, 0)
    if action == "notify_owners":
        sent = {one.body["To_Account"][0]: one.body for one in list(simulator.requests)[before:]}
        assert sent["ann"]["MsgBody"][0]["MsgContent"]["Text"] == "Cooks: hi"
        assert sent["bob"]["MsgBody"][0]["MsgContent"]["Text"] == "Bakers: hi"


def test_topics_are_made_changed_and_dissolved(act: Act, tim: Tim, simulator: Simulator) -> None:
    group = groups.create(group_type="Community", name="C", owner="ann", support_topic=True)
    act("add_topic", group, name="Bread", introduction="Rye")
    [topic] = [one["TopicInfo"] for one in tim.topics.iterate(group.group_id, user_id="ann")]
    assert (topic["TopicName"], topic["Introduction"]) == ("Bread", "Rye")
    act("edit_topic", group, topic_id=topic["TopicId"], name="Cake", mute_all_member="On")
    [topic] = [one["TopicInfo"] for one in tim.topics.iterate(group.group_id, user_id="ann")]
    assert (topic["TopicName"], topic["MuteAllMember"]) == ("Cake", "On")
    act("dissolve_topics", group, topic_ids=topic["TopicId"])
    assert not list(tim.topics.iterate(group.group_id, user_id="ann"))
    answer = act("dissolve_topics", group, topic_ids=topic["TopicId"])
    assert answer.status_code == 200, "it is gone: said on the form"
    assert AuditEntry.objects.filter(action="topic.create", object_id=group.group_id).exists()


def test_topics_are_for_communities(group: Group, admin_client: Client) -> None:
    assert "add_topic" not in shown(admin_client.get(url(Group, "change", group.pk)))


def test_recall_by_number(room: Group, act: Act, simulator: Simulator) -> None:
    answer = act("recall_by_number", room, seqs="one")
    assert "Numbers only" in shown(answer)
    act("recall_by_number", room, seqs="7, 8")
    assert simulator.requests[-1].body["MsgSeqList"] == [{"MsgSeq": 7}, {"MsgSeq": 8}]


def test_mutes_and_bans_of_members_are_lifted(group: Group, act: Act, simulator: Simulator) -> None:
    act("unmute_members", group, user_ids="bob")
    assert simulator.requests[-1].body["MuteTime"] == 0
    act("ban_members", group, user_ids="bob", duration="3600", reason="Spam")
    act("unban_members", group, user_ids="bob")
    assert simulator.requests[-1].path.endswith("unban_group_member")


def test_delete_all_of_one_sender(group: Group, act: Act, tim: Tim, simulator: Simulator) -> None:
    tim.group_messages.send(group.group_id, "spam", sender="bob")
    act("delete_by_sender", group, user_id="bob")
    assert simulator.requests[-1].body["Sender_Account"] == "bob"


def test_recall_what_somebody_in_a_room_has_said_everywhere(
    room: Group, act: Act, admin_client: Client, published: list[int]
) -> None:
    assert "recall_recent" in shown(admin_client.get(url(Group, "change", room.pk)))
    assert act("recall_recent", room, user_id="", minutes="5").status_code == 200
    answer = act("recall_recent", room, user_id="bob", minutes="5")
    run = Run.objects.get()
    assert answer["Location"] == url(Run, "change", run.pk)
    assert (run.kind, run.params["user_id"], published) == ("recall_recent", "bob", [run.pk])
