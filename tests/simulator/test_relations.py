"""Relations in the simulator: what users do by the app, and what the backend learns of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.simulator import Refusal, Simulator

NEED_CONFIRM = {"Tag_Profile_IM_AllowType": "AllowType_Type_NeedConfirm"}
OK = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}


class Backend:
    """Refuses whom it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refused: dict[str, int] = {}

    def post(self, url: str, content: bytes) -> tuple[int, bytes]:
        self.asked.append(json.loads(content))
        rows = [{"To_Account": user, "ResultCode": code} for user, code in self.refused.items()]
        return 200, json.dumps({**OK, "ResultItem": rows}).encode()


@pytest.fixture
def backend(simulator: Simulator, tim: Tim) -> Backend:
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    backend = Backend()
    simulator.callbacks.configure("http://backend/", held=True, post=backend.post)
    return backend


def told(simulator: Simulator) -> list[tuple[str, dict[str, Any]]]:
    """What the backend would be told next; the bodies without the command."""
    return [
        (one.command, {name: v for name, v in one.body.items() if name != "CallbackCommand"})
        for one in simulator.callbacks.take()
    ]


def test_friends_added_and_deleted_by_rest(
    simulator: Simulator, tim: Tim, backend: Backend
) -> None:
    tim.friends.add_many("ann", ["bob", "nobody"], force=True)
    tim.friends.add_many("ann", ["cyd"], add_type="Add_Type_Single")
    tim.friends.import_many("bob", ["cyd"])
    (_, both), (_, single) = told(simulator)
    assert both == {
        "PairList": [
            {"From_Account": "ann", "To_Account": "bob", "Initiator_Account": "ann"},
            {"From_Account": "bob", "To_Account": "ann", "Initiator_Account": "ann"},
        ],
        "ClientCmd": "friend_add",
        "Admin_Account": "administrator",
        "ForceFlag": 1,
    }
    assert (len(single["PairList"]), single["ForceFlag"]) == (1, 0)
    tim.friends.delete_many("ann", ["bob", "nobody"])
    tim.friends.delete_all("ann", delete_type="Delete_Type_Both")
    assert told(simulator) == [
        ("Sns.CallbackFriendDelete", {"PairList": [{"From_Account": one, "To_Account": other}]})
        for one, other in (("ann", "bob"), ("ann", "cyd"))
    ]
    tim.friends.delete_all("ann")
    assert told(simulator) == []
    assert backend.asked == []


def test_a_user_asks_and_another_consents(simulator: Simulator, tim: Tim, backend: Backend) -> None:
    tim.profiles.set("bob", fields=NEED_CONFIRM)
    told(simulator)
    simulator.user("ann").add_friends(["bob"], wording="hi")
    assert told(simulator) == []
    simulator.user("bob").answer_friend("ann")
    asked, answered = backend.asked
    assert asked["FriendItem"] == [
        {"To_Account": "bob", "AddSource": "AddSource_Type_App", "AddWording": "hi"}
    ]
    assert (asked["Requester_Account"], asked["AddType"]) == ("ann", "Add_Type_Both")
    assert answered["ResponseFriendItem"] == [
        {"To_Account": "ann", "ResponseAction": "Response_Action_AgreeAndAdd"}
    ]
    ((command, body),) = told(simulator)
    assert command == "Sns.CallbackFriendAdd"
    assert (body["ClientCmd"], body["Admin_Account"]) == ("friend_response", "")
    assert {pair["Initiator_Account"] for pair in body["PairList"]} == {"ann"}
    assert tim.friends.check_many("ann", ["bob"]).values() == ["CheckResult_Type_BothWay"]
    with pytest.raises(Refusal) as caught:
        simulator.user("bob").answer_friend("ann")
    assert caught.value.code == 30614


def test_a_request_that_is_turned_down(simulator: Simulator, tim: Tim, backend: Backend) -> None:
    tim.profiles.set("bob", fields=NEED_CONFIRM)
    tim.friends.add_many("ann", ["bob"])
    simulator.user("bob").answer_friend("ann", accept=False)
    with pytest.raises(Refusal):
        simulator.user("bob").answer_friend("ann")
    assert list(tim.friends.iterate("bob")) == []


def test_the_backend_refuses_one_of_two(simulator: Simulator, tim: Tim, backend: Backend) -> None:
    backend.refused = {"bob": 38_001}
    answer = simulator.user("ann").add_friends(["bob", "cyd"])
    assert [row["ResultCode"] for row in answer["ResultItem"]] == [38_001, 0]
    assert [row["To_Account"] for row in tim.friends.iterate("ann")] == ["cyd"]
    tim.profiles.set("cyd", fields=NEED_CONFIRM)
    simulator.user("bob").add_friends(["cyd"])
    with pytest.raises(Refusal) as caught:
        simulator.user("cyd").answer_friend("bob")
    assert caught.value.code == 38_001


def test_blocks_and_follows(simulator: Simulator, tim: Tim, backend: Backend) -> None:
    tim.blacklists.add_many("ann", ["bob", "nobody"])
    tim.blacklists.delete_many("ann", ["bob", "cyd"])
    tim.follows.add_many("ann", ["bob", "nobody"])
    tim.follows.delete_many("ann", ["bob"])
    pair = {"PairList": [{"From_Account": "ann", "To_Account": "bob"}]}
    added, deleted, followed, unfollowed = told(simulator)
    assert added == ("Sns.CallbackBlackListAdd", pair)
    assert deleted == ("Sns.CallbackBlackListDelete", pair)
    for (command, body), name in ((followed, "Add"), (unfollowed, "Delete")):
        assert command == f"Follow.CallbackAfterFollow{name}"
        assert isinstance(body.pop("EventTime"), int)
        assert body == {"From_Account": "ann", "FollowList": [{"To_Account": "bob"}]}
