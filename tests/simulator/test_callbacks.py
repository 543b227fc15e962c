"""Callbacks of the simulator: what is told, what is asked, and how it is delivered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import OutcomeUnknown, Refused
from django_tim.simulator import Refusal, Simulator, SimulatorServer
from django_tim.webhooks.verification import verify

from .backend import OK, Backend, told

Answer = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def people(tim: Tim) -> Tim:
    tim.accounts.import_many(["ann", "bob", "cyd"])
    return tim


def test_rest_calls_are_told_in_order(simulator: Simulator, people: Tim, backend: Backend) -> None:
    groups, members = people.groups, people.group_members
    group_id = groups.create(group_type="Public", name="a", owner="ann", members=["bob"])["GroupId"]
    groups.modify(group_id, name="b")
    groups.modify(group_id, mute_all_member="On")  # of which no callback tells
    members.add_many(group_id, ["cyd", "bob"])
    members.modify(group_id, "bob", role="Admin")
    members.modify(group_id, "bob", mute_time=5)
    members.delete_many(group_id, ["cyd", "nobody"])
    groups.change_owner(group_id, new_owner="bob")
    people.profiles.set("ann", fields={"Tag_Profile_IM_Nick": "Ann"})
    groups.dissolve(group_id)
    commands = told(simulator, backend)
    assert [one for one in commands if "Before" in one] == [
        "Group.CallbackBeforeCreateGroup",
        "Group.CallbackBeforeInviteJoinGroup",
    ]
    assert [one for one in commands if "Before" not in one] == [
        "Group.CallbackAfterCreateGroup",
        "Group.CallbackAfterGroupInfoChanged",
        "Group.CallbackAfterNewMemberJoin",
        "Group.CallbackAfterMemberFieldChanged",
        "Group.CallbackAfterMemberExit",
        "Group.CallbackAfterChangeGroupOwner",
        "Profile.CallbackPortraitSet",
        "Group.CallbackAfterGroupDestroyed",
    ]
    bodies = dict(backend.got)
    assert "GroupId" not in bodies["Group.CallbackBeforeCreateGroup"]
    assert bodies["Group.CallbackAfterGroupInfoChanged"]["Name"] == "b"
    assert bodies["Group.CallbackAfterNewMemberJoin"]["NewMemberList"] == [
        {"Member_Account": "cyd"}
    ]
    assert bodies["Group.CallbackAfterMemberExit"]["ExitMemberList"] == [{"Member_Account": "cyd"}]
    assert bodies["Group.CallbackAfterMemberExit"]["Operator_Account"] == "administrator"
    times = [body["EventTime"] for command, body in backend.got if "Before" not in command]
    assert times == sorted(set(times))


def test_what_users_do_is_told(simulator: Simulator, people: Tim, backend: Backend) -> None:
    ann, bob = simulator.user("ann"), simulator.user("bob", platform="Web")
    group_id = ann.create_group("mine")
    assert bob.join(group_id)
    told(simulator, backend)
    assert backend.last("JoinType", "Operator_Account") == (
        "Group.CallbackAfterNewMemberJoin",
        "Apply",
        "bob",
    )
    bob.leave(group_id)
    bob.log_in()
    assert simulator.state.accounts["bob"].status == "Online"
    bob.disconnect()
    bob.set_profile({"Tag_Profile_IM_Nick": "Bob"})
    ann.dissolve(group_id)
    assert told(simulator, backend)[-5:] == [
        "Group.CallbackAfterMemberExit",
        "State.StateChange",
        "State.StateChange",
        "Profile.CallbackPortraitSet",
        "Group.CallbackAfterGroupDestroyed",
    ]


def test_what_users_may_not_do(simulator: Simulator, people: Tim) -> None:
    ann, bob = simulator.user("ann"), simulator.user("bob")
    group_id = ann.create_group("mine", ApplyJoinOption="DisableApply")
    for code, forbidden in [
        (10007, lambda: bob.join(group_id)),
        (10009, lambda: ann.leave(group_id)),
        (10010, lambda: bob.join("another")),
        (10019, lambda: simulator.user("nobody").log_in()),
    ]:
        with pytest.raises(Refusal) as caught:
            forbidden()
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [({"ErrorCode": 1}, 10016), ({"ErrorCode": 10111, "ErrorInfo": "no!"}, 10111)],
)
def test_a_refusal_reaches_the_caller_and_nothing_changes(
    people: Tim, simulator: Simulator, backend: Backend, answer: dict[str, Any], code: int
) -> None:
    backend.answers["Group.CallbackBeforeCreateGroup"] = answer
    with pytest.raises(Refused) as caught:
        people.groups.create(group_type="Public", name="a", owner="ann")
    assert caught.value.code == code
    assert not simulator.state.groups
    assert told(simulator, backend) == ["Group.CallbackBeforeCreateGroup"]


@pytest.mark.parametrize(
    "answer", [{"ErrorCode": 38001}, {"ErrorCode": 120001}, (500, b""), (200, b"<html>")]
)
def test_what_is_no_refusal_lets_it_through(
    people: Tim, simulator: Simulator, backend: Backend, answer: Any
) -> None:
    backend.answers["Group.CallbackBeforeCreateGroup"] = answer
    people.groups.create(group_type="Public", name="a", owner="ann")
    assert len(simulator.state.groups) == 1


def test_a_console_that_denies_on_failure(
    people: Tim, simulator: Simulator, backend: Backend
) -> None:
    simulator.callbacks.configure(
        "http://backend/", "token", post=lambda url, body: (500, b""), deny_on_failure=True
    )
    with pytest.raises(OutcomeUnknown) as caught:
        people.groups.create(group_type="Public", name="a", owner="ann")
    assert caught.value.code == 80003


def test_some_of_the_invited_are_kept_out(
    people: Tim, simulator: Simulator, backend: Backend
) -> None:
    backend.answers["Group.CallbackBeforeInviteJoinGroup"] = {"RefusedMembers_Account": ["bob"]}
    group_id = people.groups.create(group_type="Public", name="a", owner="ann")["GroupId"]
    people.group_members.add_many(group_id, ["bob", "cyd"])
    assert list(simulator.state.groups[group_id].members) == ["ann", "cyd"]


def test_the_state_is_not_locked_while_it_asks(
    people: Tim, simulator: Simulator, backend: Backend
) -> None:
    seen: list[int] = []

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        other = threading.Thread(
            target=lambda: seen.append(len(list(people.groups.iterate()))), daemon=True
        )
        other.start()
        other.join(5)
        return {}

    backend.answers["Group.CallbackBeforeCreateGroup"] = answer
    people.groups.create(group_type="Public", name="a", owner="ann")
    assert seen == [0]


def test_only_the_chosen_commands(people: Tim, simulator: Simulator, backend: Backend) -> None:
    only = ["Group.CallbackAfterCreateGroup"]
    simulator.callbacks.configure("http://backend/", commands=only, post=backend.post)
    people.groups.create(group_type="Public", name="a", owner="ann")
    assert told(simulator, backend) == only


def test_a_failed_delivery_is_tried_again_and_the_order_is_kept(
    people: Tim, simulator: Simulator, backend: Backend
) -> None:
    trouble = [(503, b""), (500, b"")]
    backend.answers["Group.CallbackAfterCreateGroup"] = lambda body: (
        trouble.pop() if trouble else {}
    )
    group_id = people.groups.create(group_type="Public", name="a", owner="ann")["GroupId"]
    people.groups.dissolve(group_id)
    created = "Group.CallbackAfterCreateGroup"
    assert told(simulator, backend)[1:] == [created] * 3 + ["Group.CallbackAfterGroupDestroyed"]


def test_what_is_never_answered_is_given_up(
    people: Tim, simulator: Simulator, backend: Backend
) -> None:
    backend.answers["Profile.CallbackPortraitSet"] = (500, b"")
    simulator.user("ann").set_profile({"Tag_Profile_IM_Nick": "A"})
    assert told(simulator, backend) == ["Profile.CallbackPortraitSet"] * 3
    simulator.user("ann").log_in()
    assert told(simulator, backend)[-1] == "State.StateChange"


def test_held_callbacks_are_the_tests_to_deliver(people: Tim, simulator: Simulator) -> None:
    simulator.callbacks.configure("http://nowhere/", held=True)
    simulator.user("ann").log_in()
    (delivery,) = simulator.callbacks.take()
    assert (delivery.command, delivery.caller.platform) == ("State.StateChange", "iOS")
    assert simulator.callbacks.take() == []


class _Handler(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        content = json.dumps(OK).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_over_http_signed_and_controlled(server: SimulatorServer, people: Tim) -> None:
    handler = type("Handler", (_Handler,), {"got": []})
    backend = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=backend.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{backend.server_address[1]}/hook/"
    control(server, "callbacks", {"url": url, "token": "xxxxyyyy"})
    result = control(
        server, "act", {"user": "ann", "do": "set_profile", "fields": {"Tag_Profile_IM_Nick": "安"}}
    )
    assert result == {"result": None}
    assert (
        control(server, "act", {"user": "ann", "do": "join", "group_id": "no"})["ErrorCode"]
        == 10010
    )
    assert server.simulator.callbacks.flush()
    ((path, content),) = handler.got  # type: ignore[attr-defined]
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    stamp = float(query["requesttime"])
    verify(query, sdk_app_id=1400000000, tokens=["xxxxyyyy"], now=stamp)
    assert (query["optplatform"], query["contenttype"]) == ("iOS", "json")
    assert json.loads(content)["ProfileItem"] == [{"Tag": "Tag_Profile_IM_Nick", "Value": "安"}]
    shown = control(server, "callbacks", {})
    assert (shown["count"], shown["delivered"][0]["status"]) == (1, 200)
    assert "xxxxyyyy" not in json.dumps(shown)
    backend.shutdown()
    backend.server_close()


def control(server: SimulatorServer, action: str, body: dict[str, Any]) -> Any:
    request = Request(f"{server.url}/control/{action}", json.dumps(body).encode())
    with urlopen(request, timeout=5) as response:
        return json.load(response)
