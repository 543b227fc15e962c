"""The archive of messages, and moderation of what was sent, over the simulator."""

from __future__ import annotations

import html
import io
import json
import re
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client, override_settings

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import _tell, tims
from django_tim.models import AuditEntry, CallbackEvent, Message
from django_tim.services import archive_files, evidence
from django_tim.simulator import Simulator, SimulatorServer
from django_tim.simulator.operations import Archives
from django_tim.webhooks import processing
from django_tim.webhooks.moderating import Judgement
from tests.admin.test_admin import staff, url
from tests.conftest import APP

from .conftest import TOKEN, Service

pytestmark = pytest.mark.django_db(transaction=True)
SEND, GROUP_SEND = "openim/sendmsg", "group_open_http_svc/send_group_msg"


class World:
    """A chat between three people, whose callbacks are delivered when the test says so."""

    def __init__(self, simulator: Simulator, service: Service, tim: Tim) -> None:
        self.simulator, self.service, self.tim = simulator, service, tim
        tim.accounts.import_many(["ann", "bob", "cyd"])
        self.ann, self.bob = simulator.user("ann"), simulator.user("bob")
        simulator.callbacks.configure("held", TOKEN, held=True, post=lambda url, body: (200, b"{}"))
        self.group_id = self.ann.create_group("talk", MemberList=[{"Member_Account": "bob"}])
        simulator.callbacks.take()

    def flow(self, *, backwards: bool = False) -> None:
        taken = self.simulator.callbacks.take()
        for one in reversed(taken) if backwards else taken:
            self.service.ask(one.command, one.body)
        processing.drain(60)
        assert not CallbackEvent.objects.exclude(state="done").exists()


@pytest.fixture
def world(simulator: Simulator, server: SimulatorServer, service: Service) -> Iterator[World]:
    config = AppConfig(
        sdk_app_id=APP["SDK_APP_ID"], secret_key=APP["SECRET_KEY"], base_url=server.url
    )
    tim = Tim(config, heard=lambda *call: _tell("default", *call))
    with tims.override("default", tim), archiving("full"):
        yield World(simulator, service, tim)
    tim.close()


def archiving(mode: str, **more: Any) -> Any:
    return override_settings(DJANGO_TIM={"default": {**APP, "MESSAGE_ARCHIVE": mode, **more}})


def test_messages_of_users_are_kept_once(world: World) -> None:
    world.ann.send("bob", "hello")
    world.bob.send_to_group(world.group_id, "good morning")
    world.flow()
    one, two = Message.objects.order_by("pk")
    assert (one.from_account, one.to_account, one.text, one.group_id) == ("ann", "bob", "hello", "")
    assert one.msg_key == f"{one.msg_key.split('_')[0]}_{one.msg_key.split('_', 1)[1]}"
    assert (two.group_id, two.msg_seq, two.text) == (world.group_id, 1, "good morning")
    assert two.body[0]["MsgType"] == "TIMTextElem"
    assert one.sent_at is not None


def test_our_own_sends_are_kept_whether_or_not_a_callback_tells(world: World) -> None:
    text = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "to all"}}]
    world.tim.group_messages.send(world.group_id, text)
    world.tim.messages.send("bob", text, sender="ann")
    world.tim.messages.send_many(["ann", "bob"], text)
    assert set(Message.objects.values_list("from_account", "to_account", "source")) == {
        ("administrator", "", "sent"),
        ("ann", "bob", "sent"),
        ("administrator", "ann", "sent"),
        ("administrator", "bob", "sent"),
    }
    world.flow()
    assert Message.objects.count() == 4


@pytest.mark.parametrize("backwards", [False, True])
def test_recalls_and_edits_follow_in_any_order(world: World, backwards: bool) -> None:
    first = world.ann.send("bob", "one")
    second = world.ann.send_to_group(world.group_id, "two")
    third = world.ann.send_to_group(world.group_id, "three")
    changed = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "2"}}]
    world.tim.messages.recall(first["MsgKey"], sender="ann", receiver="bob")
    world.tim.group_messages.modify(world.group_id, second["MsgSeq"], message=changed)
    world.tim.group_messages.recall_many(world.group_id, [third["MsgSeq"]])
    world.flow(backwards=backwards)
    found = {row.text: row for row in Message.objects.all()}
    assert set(found) == {"one", "2", "three"}
    assert found["one"].recalled_at is not None
    assert found["2"].modified_at is not None
    assert found["three"].recalled_at is not None
    assert all(row.sent_at for row in found.values())


def test_metadata_says_who_and_when_only(world: World) -> None:
    with archiving("metadata"):
        world.ann.send("bob", "secret")
        world.flow()
    row = Message.objects.get()
    assert (row.from_account, row.text, row.body) == ("ann", "", [])


def test_off_keeps_nothing(world: World) -> None:
    with archiving("off"):
        world.ann.send("bob", "secret")
        world.tim.messages.send("bob", [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}])
        world.flow()
    assert not Message.objects.exists()


def test_holes_are_filled_from_the_services_files(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = world.simulator
    simulator.clock.freeze()  # all of it in one hour
    world.ann.send("bob", "unheard")
    world.ann.send_to_group(world.group_id, "unheard too")
    world.ann.send_to_group(world.group_id, "heard")
    unheard = simulator.callbacks.take()
    world.service.ask(unheard[-1].command, unheard[-1].body)
    processing.drain(60)
    files = files_of(simulator)
    monkeypatch.setattr("django_tim.simulator.operations.URL", files.url)
    hour = datetime.fromtimestamp(simulator.clock.time(), UTC)
    simulator.clock.advance(2 * 3600)
    with files:
        assert archive_files.fill("default", "C2C", hour) == 1
        assert archive_files.fill("default", "Group", hour) == 2
        assert archive_files.fill("default", "Group", hour) == 2
    texts = Message.objects.order_by("text").values_list("text", flat=True)
    assert list(texts) == ["heard", "unheard", "unheard too"]


class files_of:
    """Serves the simulator's history files over HTTP while it is entered."""

    def __init__(self, simulator: Simulator) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = simulator.state.part(Archives).files[f"{outer.url}{self.path}"]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        outer = self
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_search_reading_and_export_are_on_record(world: World) -> None:
    for text in ("the casino", "lunch", "casino again"):
        world.ann.send_to_group(world.group_id, text)
    world.flow()
    client = staff("view_message", "export_message")
    shown = client.get(url(Message, "changelist"), {"q": "casino"}).content.decode()
    assert "casino again" in shown
    assert "lunch" not in shown
    row = Message.objects.get(text="lunch")
    assert "lunch" in client.get(url(Message, "change", row.pk)).content.decode()
    chosen = [str(one.pk) for one in Message.objects.filter(text__contains="casino")]
    data = {"action": "export_evidence", "_selected_action": chosen}
    response = client.post(url(Message, "changelist"), data)
    assert response.headers["Content-Type"] == "application/zip"
    assert response.streaming
    packed = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    content = packed.read("messages.jsonl")
    manifest = json.loads(packed.read("manifest.json"))
    assert manifest["files"]["messages.jsonl"]["sha256"] == sha256(content).hexdigest()
    assert [json.loads(line)["text"] for line in content.splitlines()] == [
        "the casino",
        "casino again",
    ]
    entries = AuditEntry.objects.filter(object_type="message").order_by("pk")
    assert [one.action for one in entries][-3:] == [
        "message.search",
        "message.read",
        "message.export",
    ]
    assert entries[0].actor_name == "staff"


def test_a_search_says_what_it_looked_through_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SEARCHED", "SEARCHED_ON_POSTGRESQL"):
        monkeypatch.setattr(f"django_tim.admin.messages.{name}", 2)
    for text in ("casino one", "lunch", "casino two", "tea", "supper"):
        world.ann.send_to_group(world.group_id, text)
    world.flow()
    client, seen = staff("view_message"), []
    page = client.get(url(Message, "changelist"), {"q": "casino"}).content.decode()
    for _ in range(5):
        seen.append([one for one in ("casino one", "casino two") if one in page])
        further = re.search(r'href="(\?[^"]*before=[^"]*)">Search older ones', page)
        if further is None:
            break
        assert "2 messages were looked through" in page
        page = client.get(url(Message, "changelist") + html.unescape(further[1])).content.decode()
    assert seen == [[], ["casino two"], ["casino one"]]
    assert "1 messages were looked through" in page
    assert "There are no older ones." in page


def test_an_export_holds_few_messages_in_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"sdk_app_id": APP["SDK_APP_ID"], "text": "x" * 10_000}
    messages = (Message(key=f"c {n}", **said) for n in range(2000))
    Message.objects.bulk_create(messages, batch_size=200)  # MariaDB takes 16 MB a statement
    tracemalloc.start()
    try:
        with evidence.export(Message.objects.all(), app="default", sdk_app_id=1) as packed:
            peak = tracemalloc.get_traced_memory()[1]
            content = zipfile.ZipFile(packed).read("messages.jsonl")
    finally:
        tracemalloc.stop()
    assert len(content.splitlines()) == 2000
    assert peak < len(content) / 2


def test_an_export_needs_its_permission(world: World) -> None:
    world.ann.send("bob", "hello")
    world.flow()
    data = {"action": "export_evidence", "_selected_action": [Message.objects.get().pk]}
    response = staff("view_message").post(url(Message, "changelist"), data)
    assert response.headers["Content-Type"] != "application/zip"


def test_the_list_needs_its_permission(client: Client) -> None:
    assert client.get(url(Message, "changelist")).status_code == 302


# Moderation of what was sent


def strict(event: Any) -> Judgement | None:
    """A classifier of the host's."""
    if "casino" in event.text:
        return Judgement(recall=True, mute_seconds=600, reason="gambling")
    return None


def test_a_hosts_classifier_recalls_and_mutes(world: World) -> None:
    with archiving("full", MODERATOR="tests.webhooks.test_archive.strict"):
        world.bob.send_to_group(world.group_id, "come to the casino")
        world.bob.send("ann", "casino?")
        world.ann.send("bob", "no")
        world.flow()
        world.flow()  # the recalls are told, too
    recalled = Message.objects.exclude(recalled_at=None).order_by("text")
    assert [row.text for row in recalled] == ["casino?", "come to the casino"]
    group = world.simulator.state.groups[world.group_id]
    assert group.members["bob"].mute_until > world.simulator.clock.time()
    entries = AuditEntry.objects.filter(source="callback")
    assert {one.action for one in entries} == {"message.recall", "member.mute"}


def test_the_vendors_check_recalls_what_it_blocks(world: World) -> None:
    answer = world.ann.send("bob", "bad")
    world.simulator.callbacks.take()
    moderator = "django_tim.webhooks.moderating.content_moderation"
    body = {
        "Scene": "C2C",
        "From_Account": "ann",
        "ContactItem": {"ContactType": 1, "To_Account": "bob"},
        "MsgID": answer["MsgKey"],
        "CtxcbResult": 0,
        "CtxcbSuggestion": "Block",
        "CtxcbLabel": "Abuse",
    }
    with archiving("full", MODERATOR=moderator):
        assert world.service.tell("ContentCallback.ResultNotify", body).state == "done"
    calls = [one.path for one in world.simulator.requests]
    assert calls[-1] == "openim/admin_msgwithdraw"
