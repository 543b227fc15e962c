"""Messages to many: written, tested, approved by another, sent or scheduled, taken back."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone

from django_tim import segments, tasks
from django_tim.admin import action_pages
from django_tim.client.tim import Tim
from django_tim.models import Account, AuditEntry, Group, OutgoingMessage, Run
from django_tim.services import groups, outgoing
from django_tim.simulator import Simulator

from .conftest import Act, staff, url

pytestmark = pytest.mark.django_db(transaction=True)
APP = settings.DJANGO_TIM["default"]
MANY, GROUP, PUSH, ONE, NOTICE = (
    "openim/batchsendmsg",
    "group_open_http_svc/send_group_msg",
    "all_member_push/im_push",
    "openim/sendmsg",
    "group_open_http_svc/send_group_system_notification",
)


def bodies(simulator: Simulator, path: str) -> list[Any]:
    return [one.body for one in simulator.requests if one.path.endswith(path)]


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is handed to the workers is done at once, if its time has come."""

    def work(run: Run) -> None:
        for _ in range(3):
            run.refresh_from_db()
            if run.status == "queued" and run.due_at is None:
                tasks.run_bulk(run.pk, helps=True)

    monkeypatch.setattr(tasks, "enqueue", work)


@pytest.fixture
def people(tim: Tim) -> list[str]:
    ids = ["ann", "bob", "cyd"]
    tim.accounts.import_many(ids)
    for user_id in ids:
        Account.objects.create(sdk_app_id=APP["SDK_APP_ID"], user_id=user_id)
    return ids


def compose(client: Client, target: str, **given: Any) -> Any:
    fields = {"content": "text", "text": "Hi", "target": target, **given}
    return client.post(url(OutgoingMessage, "compose"), fields)


def do(client: Client, asked: str, **given: Any) -> int:
    run = Run.objects.order_by("pk").first()
    assert run is not None
    fields = {"do": asked, **given}
    return client.post(url(OutgoingMessage, "do", run.pk), fields).status_code


def other(*permissions: str) -> Client:
    user = get_user_model().objects.create_user("other", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_write_look_and_send(
    admin_client: Client, simulator: Simulator, people: list[str], language: str
) -> None:
    page = admin_client.get(url(OutgoingMessage, "compose"), headers={"accept-language": language})
    assert page.status_code == 200
    simulator.requests.clear()
    file = SimpleUploadedFile("who.csv", "\ufeffUserID,Name\r\ncyd,C\r\nnobody,N\r\n".encode())
    answer = compose(admin_client, "accounts", user_ids="ann, bob\nann", file=file)
    run = Run.objects.get()
    assert (run.status, run.total, run.kind) == ("draft", 4, "send_messages")
    page = admin_client.get(answer["Location"], headers={"accept-language": language})
    assert page.context["can_do"] == ["test", "send", "discard"]
    assert not simulator.requests
    assert do(admin_client, "send") == 302  # not confirmed
    assert not simulator.requests
    do(admin_client, "send", sure="on")
    run.refresh_from_db()
    assert (run.status, run.done, run.failed) == ("partial", 4, 1)
    [body] = bodies(simulator, MANY)
    assert body["To_Account"] == ["ann", "bob", "cyd", "nobody"]
    assert body["MsgBody"][0]["MsgContent"] == {"Text": "Hi"}
    assert admin_client.get(url(OutgoingMessage, "changelist")).status_code == 200
    assert "70107" in admin_client.get(answer["Location"]).content.decode()


def test_test_it_on_oneself(admin_client: Client, simulator: Simulator, people: Any) -> None:
    compose(admin_client, "accounts", user_ids="ann")
    do(admin_client, "test", user_id="bob")
    [body] = bodies(simulator, ONE)
    assert (body["To_Account"], body["MsgBody"][0]["MsgContent"]) == ("bob", {"Text": "Hi"})
    answer = admin_client.post(
        url(OutgoingMessage, "do", Run.objects.get().pk),
        {"do": "test", "user_id": "nobody"},
        follow=True,
    )
    assert "errornote" in answer.content.decode() or "error" in answer.content.decode()
    assert Run.objects.get().status == "draft"


def test_a_segment(admin_client: Client, simulator: Simulator, people: list[str]) -> None:
    segments.register("bees", lambda: Account.objects.filter(user_id__gte="b"), "Bees")
    try:
        assert "Bees" in admin_client.get(url(OutgoingMessage, "compose")).content.decode()
        compose(admin_client, "segment", segment="bees")
        run = Run.objects.get()
        assert (run.status, run.cursor["ceiling"]) == ("draft", 2)
        do(admin_client, "send", sure="on")
        [body] = bodies(simulator, MANY)
        assert body["To_Account"] == ["bob", "cyd"]
    finally:
        segments.unregister("bees")


def test_groups_by_id_and_by_filter(
    admin_client: Client, simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    ids = [tim.groups.create(group_type="Public", name=one)["GroupId"] for one in ("a", "b")]
    for group_id in ids:
        Group.objects.create(sdk_app_id=APP["SDK_APP_ID"], group_id=group_id, type="Public")
    compose(admin_client, "groups", group_ids=ids[0])
    do(admin_client, "send", sure="on")
    assert [body["GroupId"] for body in bodies(simulator, GROUP)] == [ids[0]]
    Run.objects.all().delete()
    simulator.requests.clear()
    compose(admin_client, "matching", group_type="Public")
    do(admin_client, "send", sure="on")
    assert sorted(body["GroupId"] for body in bodies(simulator, GROUP)) == sorted(ids)


@pytest.mark.parametrize(
    ("given", "query", "names"),
    [
        ({}, {}, {"Bakers", "Cooks", "Dancers"}),
        ({"group_type": "ChatRoom"}, {"type": "ChatRoom"}, set()),
        ({"group_owner": "ann"}, {"owner": "ann"}, {"Bakers", "Cooks"}),
        ({"group_size": "20"}, {"size": "20"}, {"Cooks"}),
        ({"group_silence": "45"}, {"last_msg": "-45"}, {"Bakers"}),
        ({"group_name": "Da"}, {"name": "Da"}, {"Dancers"}),
        ({"group_owner": "ann", "group_size": "0"}, {"owner": "ann", "size": "0"}, {"Bakers"}),
    ],
)
def test_groups_that_the_filters_of_their_list_match(
    admin_client: Client,
    simulator: Simulator,
    owned: list[Group],
    given: dict[str, str],
    query: dict[str, str],
    names: set[str],
) -> None:
    Group.objects.filter(name="Cooks").update(member_num=50)
    Group.objects.filter(name="Bakers").update(last_msg_at=timezone.now() - timedelta(days=60))
    gone = {"name": "Dagobert", "type": "ChatRoom", "owner_account": "ann"}
    Group.objects.create(
        sdk_app_id=APP["SDK_APP_ID"], group_id="gone", gone_at=timezone.now(), **gone
    )
    listed = admin_client.get(url(Group, "changelist"), {**query, "state": "present"})
    assert {group.name for group in listed.context["cl"].result_list} == names
    compose(admin_client, "matching", **given)
    run = Run.objects.get()
    assert run.cursor["ceiling"] == len(names)
    groups.create(group_type="Public", name="Dawn", owner="ann")  # later than the draft
    do(admin_client, "send", sure="on")
    said = {body["GroupId"] for body in bodies(simulator, GROUP)}
    assert said == {group.group_id for group in owned if group.name in names}


@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 100})
def test_very_many_are_not_counted_and_count_as_more_than_any_number(
    admin_client: Client,
    simulator: Simulator,
    people: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "COUNTED", 2)
    segments.register("all", Account.objects.all, "All")
    try:
        compose(admin_client, "segment", segment="all")
        run = Run.objects.get()
        assert (run.status, run.cursor["ceiling"]) == ("draft", None)
        page = admin_client.get(url(OutgoingMessage, "change", run.pk))
        assert (page.context["to"], page.context["goes_to_all"]) == ("more than 2 accounts", False)
        assert admin_client.get(url(OutgoingMessage, "changelist")).status_code == 200
        assert do(admin_client, "send", sure="on") == 403
        do(staff("approve_message", "view_outgoingmessage"), "approve")
        do(admin_client, "send", sure="on")
        assert bodies(simulator, MANY) == [], "so many are confirmed by typing too"
        do(admin_client, "send", sure="on", _environment="default")
        assert sorted(bodies(simulator, MANY)[0]["To_Account"]) == people
        run.refresh_from_db()
        assert outgoing.size(run) == 3
    finally:
        segments.unregister("all")


def test_a_link_may_name_the_filter(admin_client: Client, people: list[str]) -> None:
    page = admin_client.get(
        url(OutgoingMessage, "compose"), {"target": "matching", "group_owner": "ann"}
    )
    assert page.context["form"]["group_owner"].value() == "ann"
    assert page.context["form"]["target"].value() == "matching"


def test_everyone_is_asked_for_twice(
    admin_client: Client, simulator: Simulator, people: list[str]
) -> None:
    given = {"condition": "tags_or", "condition_values": "vip\nold", "life_time": "1"}
    compose(admin_client, "everyone", **given)
    do(admin_client, "send", sure="on")
    do(admin_client, "send", sure="on", _environment="nonsense")
    do(admin_client, "send", _environment="default")
    assert bodies(simulator, PUSH) == []
    do(admin_client, "send", sure="on", _environment="default")
    [body] = bodies(simulator, PUSH)
    assert body["Condition"] == {"TagsOr": ["vip", "old"]}
    assert body["MsgLifeTime"] == 86_400
    assert do(admin_client, "recall") == 403


@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 2})
def test_above_a_number_another_person_approves(
    admin_client: Client, simulator: Simulator, people: list[str]
) -> None:
    compose(admin_client, "accounts", user_ids="ann bob cyd")
    run = Run.objects.get()
    assert do(admin_client, "send", sure="on") == 403
    assert do(admin_client, "approve") == 403  # its author
    assert do(other("send_message", "view_run"), "approve") == 403
    approver = staff("approve_message", "view_outgoingmessage")
    assert do(approver, "send", sure="on") == 403
    assert do(approver, "approve") == 302
    assert not simulator.requests[-1].path.endswith(MANY)
    assert AuditEntry.objects.filter(action="message.approve", actor_name="staff").exists()
    do(admin_client, "send", sure="on")
    run.refresh_from_db()
    assert (run.status, run.approved_by_name) == ("succeeded", "staff")


@pytest.fixture
def owned(tim: Tim, people: list[str]) -> list[Group]:
    """Two groups of one owner, and one of another."""
    owners = {"Bakers": "ann", "Cooks": "ann", "Dancers": "bob"}
    made = [groups.create(group_type="Public", name=one, owner=who) for one, who in owners.items()]
    return [Group.objects.get(pk=group.pk) for group in made]


@pytest.mark.parametrize(
    ("action", "kind", "path"),
    [
        ("notify_owners", "write_to_owners", MANY),
        ("notify", "notify_groups", NOTICE),
        ("send_message", "send_group_messages", GROUP),
    ],
)
@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 2})
def test_what_a_list_of_groups_sends_is_approved_too(
    admin_client: Client,
    act: Act,
    simulator: Simulator,
    owned: list[Group],
    action: str,
    kind: str,
    path: str,
) -> None:
    act(action, *owned, text="{group}!", sender="", priority="Normal")
    run = Run.objects.get()
    assert (run.kind, run.status, run.total) == (kind, "draft", 3)
    assert admin_client.get(url(OutgoingMessage, "change", run.pk)).status_code == 200
    assert do(admin_client, "send", sure="on") == 403
    assert admin_client.post(url(Run, "control", run.pk), {"do": "submit"}).status_code == 403
    assert do(admin_client, "approve") == 403
    assert bodies(simulator, path) == []
    assert do(staff("approve_message", "view_outgoingmessage"), "approve") == 302
    assert do(admin_client, "send", sure="on") == 302
    run.refresh_from_db()
    assert (run.status, len(bodies(simulator, path))) == ("succeeded", 3)


@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 2})
def test_few_owners_are_written_to_without_a_second_person(
    admin_client: Client, act: Act, simulator: Simulator, owned: list[Group]
) -> None:
    act("notify_owners", *owned[:2], text="{group}!", sender="")
    do(admin_client, "send", sure="on")
    texts = [body["MsgBody"][0]["MsgContent"]["Text"] for body in bodies(simulator, MANY)]
    assert sorted(texts) == ["Bakers!", "Cooks!"]


def test_what_owners_were_written_is_taken_back(
    admin_client: Client, act: Act, tim: Tim, owned: list[Group]
) -> None:
    act("notify_owners", *owned, text="{group}!", sender="")
    do(admin_client, "send", sure="on")
    do(admin_client, "recall")
    recalling = Run.objects.get(kind="recall_messages")
    assert (recalling.status, recalling.gone) == ("succeeded", 3)
    page = tim.messages.get_history_page("ann", "administrator", min_time=0, max_time=2**31)
    assert [message["MsgFlagBits"] & 8 for message in page["MsgList"]] == [8, 8]


def test_a_notice_is_neither_tested_nor_taken_back(
    admin_client: Client, act: Act, simulator: Simulator, owned: list[Group]
) -> None:
    act("notify", *owned, text="Hear!")
    assert do(admin_client, "test", user_id="ann") == 403
    do(admin_client, "send", sure="on")
    assert [body["Content"] for body in bodies(simulator, NOTICE)] == ["Hear!"] * 3
    assert do(admin_client, "recall") == 403


@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 2})
def test_below_the_number_nobody_else_is_asked(admin_client: Client, people: list[str]) -> None:
    compose(admin_client, "accounts", user_ids="ann bob")
    do(admin_client, "send", sure="on")
    assert Run.objects.get().status == "succeeded"


@override_settings(DJANGO_TIM_OPTIONS={"APPROVE_ABOVE": 0})
def test_the_run_page_is_no_way_round(
    admin_client: Client, simulator: Simulator, people: list[str]
) -> None:
    compose(admin_client, "everyone")
    run = Run.objects.get()
    shown = admin_client.get(url(Run, "change", run.pk)).content.decode()
    assert url(OutgoingMessage, "change", run.pk) in shown
    assert admin_client.post(url(Run, "control", run.pk), {"do": "submit"}).status_code == 403
    address = url(OutgoingMessage, "control", run.pk)
    assert admin_client.post(address, {"do": "submit"}).status_code == 403
    assert bodies(simulator, PUSH) == []


def test_a_later_time(admin_client: Client, simulator: Simulator, people: list[str]) -> None:
    past = (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert compose(admin_client, "accounts", user_ids="ann", due_at=past).status_code == 200
    assert not Run.objects.exists()
    due = (timezone.localtime() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    compose(admin_client, "accounts", user_ids="ann", due_at=due)
    do(admin_client, "send", sure="on")
    run = Run.objects.get()
    assert (run.status, run.due_at is not None) == ("queued", True)
    assert bodies(simulator, MANY) == []


def test_take_it_back(
    admin_client: Client, simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    compose(admin_client, "accounts", user_ids="ann bob nobody")
    do(admin_client, "send", sure="on")
    do(admin_client, "recall")
    recalling = Run.objects.get(kind="recall_messages")
    assert (recalling.status, recalling.gone) == ("succeeded", 2)
    page = tim.messages.get_history_page("ann", "administrator", min_time=0, max_time=2**31)
    assert [message["MsgFlagBits"] & 8 for message in page["MsgList"]] == [8]
    do(admin_client, "recall")
    assert Run.objects.filter(kind="recall_messages", status="succeeded").count() == 2


def test_take_group_messages_back(
    admin_client: Client, simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    group_id = tim.groups.create(group_type="Public", name="a")["GroupId"]
    compose(admin_client, "groups", group_ids=group_id)
    do(admin_client, "send", sure="on")
    do(admin_client, "recall")
    assert Run.objects.get(kind="recall_group_messages").gone == 1
    [message] = tim.group_messages.iterate_history(group_id)
    assert message["IsPlaceMsg"] == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 13_000}, "text"),
        ({"content": "image", "image_url": "nonsense"}, "image_url"),
        ({"content": "image", "image_url": "https://example.com/a.png"}, "image_width"),
        ({"content": "custom", "custom": "{"}, "custom"),
        ({"user_ids": ""}, "user_ids"),
        ({"target": "groups"}, "group_ids"),
        ({"target": "segment", "segment": "none"}, "target"),
        (
            {"target": "everyone", "condition": "attributes_or", "condition_values": "x"},
            "condition_values",
        ),
        ({"target": "everyone", "condition": "tags_or"}, "condition_values"),
        ({"sender": "x" * 33}, "sender"),
        ({"target": "matching", "group_silence": "0"}, "group_silence"),
        ({"target": "matching", "group_owner": "x" * 33}, "group_owner"),
        ({"target": "matching", "group_size": "7"}, "group_size"),
    ],
)
def test_what_is_wrong_stands_on_the_form(
    admin_client: Client, people: Any, given: dict[str, Any], field: str
) -> None:
    fields = {"target": "accounts", "user_ids": "ann", **given}
    shown = compose(admin_client, fields.pop("target"), **fields)
    assert shown.status_code == 200
    assert field in shown.context["form"].errors
    assert not Run.objects.exists()


def test_images_and_custom_json(
    admin_client: Client, simulator: Simulator, people: list[str]
) -> None:
    image = {"content": "image", "image_url": "https://example.com/a.png", "user_ids": "ann"}
    compose(admin_client, "accounts", **image, image_width="30", image_height="20")
    do(admin_client, "send", sure="on")
    assert bodies(simulator, MANY)[0]["MsgBody"][0]["MsgContent"]["ImageFormat"] == 3
    Run.objects.all().delete()
    compose(
        admin_client,
        "accounts",
        user_ids="ann",
        content="custom",
        custom='{"a": 1}',
        description="A",
    )
    page = admin_client.get(url(OutgoingMessage, "change", Run.objects.get().pk))
    assert page.context["preview"] == {"kind": "custom", "text": '{"a": 1}', "more": "A"}


def test_permissions(simulator: Simulator, people: list[str]) -> None:
    sender = staff("send_message")
    page = sender.get(url(OutgoingMessage, "compose"))
    assert "everyone" not in dict(page.context["form"].fields["target"].choices)
    assert compose(sender, "everyone").status_code == 200
    assert not Run.objects.exists()
    compose(sender, "accounts", user_ids="ann")
    run = Run.objects.get()
    progress = sender.get(url(OutgoingMessage, "progress", run.pk))
    assert progress.status_code == 200
    looker = other("view_outgoingmessage")
    assert looker.get(url(OutgoingMessage, "changelist")).status_code == 200
    assert looker.get(url(OutgoingMessage, "compose")).status_code == 403
    for asked in ("test", "send", "approve", "discard", "recall", "nonsense", ""):
        assert do(looker, asked, sure="on", user_id="ann") == 403
    assert bodies(simulator, MANY) == bodies(simulator, ONE) == []


def test_discard(admin_client: Client, people: list[str]) -> None:
    compose(admin_client, "accounts", user_ids="ann")
    assert do(admin_client, "discard") == 302
    assert not Run.objects.exists()


def test_several_rows_of_a_list_become_a_draft(
    admin_client: Client, simulator: Simulator, people: list[str]
) -> None:
    chosen = Account.objects.order_by("pk")[:2]
    given = {"action": "send_message", "_confirmed": "1", "text": "Hi", "sender": ""}
    rows = {"_selected_action": [row.pk for row in chosen]}
    answer = admin_client.post(url(Account, "changelist"), {**given, **rows})
    run = Run.objects.get()
    assert answer["Location"] == url(OutgoingMessage, "change", run.pk)
    assert bodies(simulator, MANY) == []
    do(admin_client, "send", sure="on")
    assert bodies(simulator, MANY)[0]["To_Account"] == ["ann", "bob"]


def test_all_that_match_become_one_too(
    admin_client: Client, simulator: Simulator, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_pages, "WRITTEN_AT_ONCE", 1)
    row = Account.objects.first()
    assert row is not None
    given = {"action": "send_message", "_confirmed": "1", "text": "Hi", "sender": ""}
    rows = {"_selected_action": row.pk, "select_across": "1"}
    admin_client.post(url(Account, "changelist"), {**given, **rows})
    run = Run.objects.get()
    assert (run.status, run.cursor["ceiling"]) == ("draft", 3)
    do(admin_client, "send", sure="on")
    assert sorted(bodies(simulator, MANY)[0]["To_Account"]) == ["ann", "bob", "cyd"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_tells_what_became_of_each_target(
    admin_client: Client, people: list[str], language: str
) -> None:
    compose(admin_client, "accounts", user_ids="ann bob nobody")
    run = Run.objects.get()
    page = url(OutgoingMessage, "change", run.pk)
    targets = admin_client.get(page).context["targets"]
    assert [row["name"] for row in targets["rows"]] == ["ann", "bob", "nobody"]
    do(admin_client, "send", sure="on")
    shown = admin_client.get(page, {"outcome": "failed"}, headers={"accept-language": language})
    [row] = shown.context["targets"]["rows"]
    assert (row["name"], row["code"]) == ("nobody", 70107)
    assert row["meaning"] in shown.content.decode()
    sent = admin_client.get(page, {"outcome": "done"}).context["targets"]["rows"]
    assert [row["name"] for row in sent] == ["ann", "bob"]
    file = admin_client.get(url(OutgoingMessage, "targets", run.pk))
    lines = b"".join(file).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert [line.split(",")[:3] for line in lines] == [
        ["Target", "Outcome", "Code"],
        ["ann", "sent", ""],
        ["bob", "sent", ""],
        ["nobody", "failed", "70107"],
    ]
    failed = admin_client.get(url(OutgoingMessage, "targets", run.pk), {"outcome": "failed"})
    assert len(b"".join(failed).splitlines()) == 2  # type: ignore[arg-type]


def test_targets_are_paged_without_counting(
    admin_client: Client, people: list[str], django_assert_max_num_queries: Any
) -> None:
    ids = [f"user{number:03}" for number in range(120)]
    compose(admin_client, "accounts", user_ids=" ".join(ids))
    address, seen = url(OutgoingMessage, "change", Run.objects.get().pk), []
    while address:
        with django_assert_max_num_queries(16):
            targets = admin_client.get(address).context["targets"]
        seen.append([row["name"] for row in targets["rows"]])
        address = (
            targets["next"]
            and url(OutgoingMessage, "change", Run.objects.get().pk)
            + targets["next"].partition("#")[0]
        )
    assert [len(names) for names in seen] == [50, 50, 20]
    assert list(chain(*seen)) == ids


def test_the_file_of_targets_is_for_those_who_may_see_the_message(people: list[str]) -> None:
    run = Run.objects.create(kind="send_messages", alias="default", sdk_app_id=APP["SDK_APP_ID"])
    assert staff("view_account").get(url(OutgoingMessage, "targets", run.pk)).status_code == 403
