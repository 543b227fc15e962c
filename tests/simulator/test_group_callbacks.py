"""What the simulator tells and asks the app about group messages, topics and live groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import RateLimited, Refused
from django_tim.simulator import Simulator

TOWN = "@TGS#_town"
NEWS = f"{TOWN}@TOPIC#_news"


class App:
    """An app's backend: it answers as it is told, and remembers what came."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}

    def post(self, url: str, content: bytes) -> tuple[int, bytes]:
        command = parse_qs(urlsplit(url).query)["CallbackCommand"][0]
        self.got.append(json.loads(content))
        answer = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
        return 200, json.dumps(answer | self.answers.get(command, {})).encode()


@pytest.fixture
def app(simulator: Simulator, tim: Tim) -> Iterator[App]:
    """Told of everything from when the groups are there."""
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    tim.groups.create(
        group_type="Public", name="Club", owner="ann", group_id="club", members=["bob"]
    )
    tim.groups.create(group_type="AVChatRoom", name="Stage", owner="ann", group_id="stage")
    tim.groups.create(
        group_type="Community", name="Town", owner="ann", group_id=TOWN, support_topic=True
    )
    app = App()
    simulator.callbacks.configure("http://app/", post=app.post, pause=0)
    yield app
    simulator.callbacks.close()


def told(simulator: Simulator, app: App, *without: str) -> list[dict[str, Any]]:
    """What came, without what is another each time."""
    assert simulator.callbacks.flush()
    return [
        {name: value for name, value in body.items() if name not in ("EventTime", *without)}
        for body in app.got
    ]


def test_a_message_is_asked_about_and_told(simulator: Simulator, tim: Tim, app: App) -> None:
    simulator.clock.freeze(1_700_000_000)
    tim.group_messages.send("club", "hello", sender="bob", random=5, mentions=["ann"])
    before, after = told(simulator, app)
    about = {
        "GroupId": "club",
        "Type": "Public",
        "From_Account": "bob",
        "Operator_Account": "administrator",
        "Random": 5,
        "OnlineOnlyFlag": 0,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}],
    }
    assert before == {"CallbackCommand": "Group.CallbackBeforeSendMsg", **about}
    assert after == {
        "CallbackCommand": "Group.CallbackAfterSendMsg",
        **about,
        "MsgSeq": 1,
        "MsgTime": 1_700_000_000,
        "GroupAtInfo": [{"GroupAtAllFlag": 0, "GroupAt_Account": "ann"}],
    }


def test_the_app_may_forbid_drop_and_rewrite(simulator: Simulator, tim: Tim, app: App) -> None:
    send = tim.group_messages.send
    app.answers["Group.CallbackBeforeSendMsg"] = {"ErrorCode": 10101, "ErrorInfo": "no"}
    with pytest.raises(Refused) as caught:
        send("club", "one", sender="bob")
    assert caught.value.code == 10101
    app.answers["Group.CallbackBeforeSendMsg"] = {"ErrorCode": 2}
    assert send("club", "two", sender="bob")["ErrorCode"] == 0
    assert list(tim.group_messages.iterate_history("club")) == []
    other = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "***"}}]
    app.answers["Group.CallbackBeforeSendMsg"] = {"MsgBody": other, "CloudCustomData": "x"}
    assert send("club", "three", sender="bob")["MsgSeq"] == 1
    (row,) = tim.group_messages.iterate_history("club")
    assert (row["MsgBody"], row["CloudCustomData"]) == (other, "x")


def test_a_rewritten_message_is_still_known_as_a_double(
    simulator: Simulator, tim: Tim, app: App
) -> None:
    other = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "***"}}]
    app.answers["Group.CallbackBeforeSendMsg"] = {"MsgBody": other}
    for _ in range(2):
        assert tim.group_messages.send("club", "hello", sender="bob", random=5)["MsgSeq"] == 1


def test_callbacks_can_be_forbidden(simulator: Simulator, tim: Tim, app: App) -> None:
    tim.group_messages.send(
        "club",
        "hello",
        forbid_callbacks=["ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"],
    )
    assert told(simulator, app) == []


def test_a_double_is_told_once(simulator: Simulator, tim: Tim, app: App) -> None:
    for _ in range(2):
        tim.group_messages.send("club", "hello", random=5)
    commands = [body["CallbackCommand"] for body in told(simulator, app)]
    assert commands == ["Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg"]


def test_one_too_many_is_told(simulator: Simulator, tim: Tim, app: App) -> None:
    simulator.rates.enabled = True
    simulator.clock.freeze()
    for _ in range(40):
        tim.group_messages.send("stage", "hello")
    with pytest.raises(RateLimited):
        tim.group_messages.send("stage", "one more")
    last = told(simulator, app)[-1]
    assert (last["CallbackCommand"], last["ErrorCode"]) == ("Group.CallbackSendMsgException", 10023)


def test_recalls_changes_and_receipts(simulator: Simulator, tim: Tim, app: App) -> None:
    tim.group_messages.send("club", "one", need_read_receipt=True)
    assert simulator.callbacks.flush()
    app.got.clear()
    tim.group_messages.send_receipts_many("club", [1], reader="bob")
    tim.group_messages.modify("club", 1, message="two")
    tim.group_messages.recall_many("club", [1, 9])
    receipt, changed, recalled = told(simulator, app)
    assert receipt == {
        "CallbackCommand": "Group.CallbackAfterReadReceipt",
        "GroupId": "club",
        "Type": "Public",
        "GroupMsgReceiptList": [
            {
                "MsgSeq": 1,
                "ReadNum": 1,
                "UnreadNum": 1,
                "ReadReceiptMembers": [{"Member_Account": "bob"}],
            }
        ],
    }
    assert (changed["CallbackCommand"], changed["MsgSeq"], changed["TopicId"]) == (
        "Group.CallbackAfterModifyMsg",
        1,
        "",
    )
    assert recalled["MsgSeqList"] == [{"MsgSeq": 1}]


def test_attributes(simulator: Simulator, tim: Tim, app: App) -> None:
    tim.group_attributes.modify("club", attributes={"book": "Emma"})
    tim.group_attributes.clear("club")
    kinds = [(body["OptionType"], body["GroupAttr"]) for body in told(simulator, app)]
    assert kinds == [("modify", [{"key": "book", "value": "Emma"}]), ("clear", [])]


def test_topics(simulator: Simulator, tim: Tim, app: App) -> None:
    tim.topics.create(TOWN, name="News", topic_id=NEWS)
    assert simulator.callbacks.flush()  # what is asked does not wait for what is told
    tim.group_messages.send(TOWN, "hello", topic_id=NEWS)
    tim.topics.modify(TOWN, NEWS, name="The news")
    tim.topics.dissolve_many(TOWN, [NEWS, f"{NEWS}2"])
    bodies = told(simulator, app)
    assert [body.pop("CallbackCommand") for body in bodies] == [
        "Group.CallbackBeforeCreateTopic",
        "Group.CallbackAfterCreateTopic",
        "Group.CallbackBeforeSendMsg",
        "Group.CallbackAfterSendMsg",
        "Group.CallbackAfterTopicInfoChanged",
        "Group.CallbackAfterTopicDestroyed",
    ]
    assert {body.get("TopicId") for body in bodies[1:5]} == {NEWS}
    assert bodies[-1]["TopicIdList"] == [NEWS]


def test_people_who_come_and_go(simulator: Simulator, tim: Tim, app: App) -> None:
    bob = simulator.user("bob")
    bob.join("stage")
    assert tim.live.get_online_count("stage") == 1
    assert [row["Member_Account"] for row in tim.live.iterate_members("stage")] == ["bob"]
    bob.send_to_group("stage", "hello")
    bob.leave("stage")
    assert tim.live.get_online_count("stage") == 0
    changes = [body for body in told(simulator, app) if "EventType" in body]
    assert [(one["EventType"], one["EventCause"]) for one in changes] == [
        ("Online", "Join"),
        ("Offline", "Quit"),
    ]
