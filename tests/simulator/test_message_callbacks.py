"""Callbacks of one-to-one messages: what is asked before, and what is told after."""

from __future__ import annotations

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import Refused
from django_tim.simulator import Simulator

from .backend import Backend, told

NOW = 1_700_000_000


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> Tim:
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    return tim


def texts(tim: Tim) -> list[str]:
    found = tim.messages.iterate_history("bob", "ann", min_time=0, max_time=NOW)
    return [row["MsgBody"][0]["MsgContent"]["Text"] for row in found]


def test_a_messages_life_is_told(simulator: Simulator, people: Tim, backend: Backend) -> None:
    key = people.messages.send("bob", "hi", sender="ann")["MsgKey"]
    people.messages.modify(key, sender="ann", receiver="bob", message="hello")
    people.messages.send_receipts("bob", "ann", [key])
    people.messages.set_read("bob", "ann")
    people.messages.recall(key, sender="ann", receiver="bob")
    assert told(simulator, backend) == [
        "C2C.CallbackBeforeSendMsg",
        "C2C.CallbackAfterSendMsg",
        "C2C.CallbackAfterModifyMsg",
        "C2C.CallbackAfterMsgReadReceipt",
        "C2C.CallbackAfterMsgReport",
        "C2C.CallbackAfterMsgWithDraw",
    ]
    bodies = dict(backend.got)
    asked, sent = bodies["C2C.CallbackBeforeSendMsg"], bodies["C2C.CallbackAfterSendMsg"]
    assert asked["MsgKey"] == sent["MsgKey"] == key
    assert (sent["SendMsgResult"], sent["UnreadMsgNum"], sent["OnlineOnlyFlag"]) == (0, 1, 0)
    assert bodies["C2C.CallbackAfterModifyMsg"]["Operator_Account"] == "administrator"
    assert bodies["C2C.CallbackAfterMsgReadReceipt"]["C2CMsgInfo"][0]["MsgKey"] == key
    assert bodies["C2C.CallbackAfterMsgReport"]["UnreadMsgNum"] == 0
    assert bodies["C2C.CallbackAfterMsgReport"]["LastReadTime"] == NOW
    assert bodies["C2C.CallbackAfterMsgWithDraw"]["MsgKey"] == key


def test_the_app_refuses_drops_and_changes(
    simulator: Simulator, people: Tim, backend: Backend
) -> None:
    backend.answers["C2C.CallbackBeforeSendMsg"] = {"ErrorCode": 1}
    with pytest.raises(Refused) as caught:
        people.messages.send("bob", "no", sender="ann")
    assert caught.value.code == 20006
    backend.answers["C2C.CallbackBeforeSendMsg"] = {"ErrorCode": 2}
    people.messages.send("bob", "dropped", sender="ann")
    assert texts(people) == []
    better = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "better"}}]
    backend.answers["C2C.CallbackBeforeSendMsg"] = {"MsgBody": better}
    people.messages.send("bob", "good", sender="ann")
    assert texts(people) == ["better"]
    commands = told(simulator, backend)
    assert commands.count("C2C.CallbackBeforeSendMsg") == 3
    assert commands.count("C2C.CallbackAfterSendMsg") == 1


def test_callbacks_that_a_send_forbids_and_those_that_a_batch_never_has(
    simulator: Simulator, people: Tim, backend: Backend
) -> None:
    people.messages.send(
        "bob",
        "quiet",
        sender="ann",
        forbid_callbacks=["ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"],
    )
    people.messages.send_many(["bob"], "quiet", sender="ann").raise_for_failures()
    people.messages.import_one("ann", "bob", "quiet", sent_at=NOW)
    assert told(simulator, backend) == []


def test_a_repeat_within_the_second_is_told_once(
    simulator: Simulator, people: Tim, backend: Backend
) -> None:
    for _ in range(2):
        people.messages.send("bob", "once", sender="ann", msg_seq=1, msg_random=2)
    assert len(told(simulator, backend)) == 2
    assert texts(people) == ["once"]


def test_extensions_are_told(simulator: Simulator, people: Tim, backend: Backend) -> None:
    key = people.messages.send("bob", "poll", sender="ann", supports_extensions=True)["MsgKey"]
    pair = {"sender": "ann", "receiver": "bob"}
    people.message_extensions.change_many(key, {"yes": "1"}, **pair)
    assert told(simulator, backend)[-1] == "C2C.CallbackAfterC2CMsgExtension"
    body = {name: value for name, value in backend.got[-1][1].items() if name != "EventTime"}
    assert body == {
        "CallbackCommand": "C2C.CallbackAfterC2CMsgExtension",
        "From_Account": "ann",
        "To_Account": "bob",
        "MsgKey": key,
        "OperateType": 1,
        "ExtensionList": [{"Key": "yes", "Value": "1", "Seq": 1}],
        "Seq": 1,
    }
    people.groups.create(group_type="Public", name="Club", group_id="club", owner="ann")
    seq = people.group_messages.send("club", "poll", sender="ann", supports_extensions=True)
    people.message_extensions.change_group_many("club", seq["MsgSeq"], {"yes": "1"})
    assert told(simulator, backend)[-1] == "Group.CallbackAfterGroupMsgExtension"
    assert backend.last("GroupId", "MsgSeq", "Seq")[1:] == ("club", seq["MsgSeq"], 1)
