"""One-to-one messages: what is sent, what it changes, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_tim.api import elements
from django_tim.catalogue import MESSAGE_ROAMING, MESSAGE_SEND, MESSAGE_SEND_MANY
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    Conflict,
    InvalidArgument,
    NotFound,
    OutcomeUnknown,
    PagingStalled,
    Refused,
    RequestRejected,
)
from django_tim.simulator import Refusal, Simulator
from tests.client.doubles import OK, a_tim, wire

NOW = 1_700_000_000


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> Tim:
    """A client of an app with ann, bob and cyd, whose clock stands still."""
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    return tim


def texts(tim: Tim, user_id: str, peer: str) -> list[str]:
    """What an account reads in a conversation, in the order of the pages."""
    found = tim.messages.iterate_history(user_id, peer, min_time=0, max_time=NOW + 10**6)
    return [row["MsgBody"][0]["MsgContent"]["Text"] for row in found]


def test_a_message_is_in_the_history_of_both_sides(simulator: Simulator, people: Tim) -> None:
    sent = people.messages.send("bob", "早 🎉", sender="ann", msg_seq=7, msg_random=9)
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "MsgSeq": 7,
        "MsgRandom": 9,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "早 🎉"}}],
        "To_Account": "bob",
    }
    assert (sent["MsgKey"], sent["MsgTime"]) == (f"7_9_{NOW}", NOW)
    for user_id, peer in (("ann", "bob"), ("bob", "ann")):
        page = people.messages.get_history_page(user_id, peer, min_time=NOW, max_time=NOW)
        assert (page["Complete"], page["MsgCnt"], page["LastMsgKey"]) == (1, 1, sent["MsgKey"])
        assert page["MsgList"] == [
            {
                "From_Account": "ann",
                "To_Account": "bob",
                "MsgSeq": 7,
                "MsgRandom": 9,
                "MsgTimeStamp": NOW,
                "MsgFlagBits": 0,
                "IsPeerRead": 0,
                "MsgKey": sent["MsgKey"],
                "MsgBody": [elements.text("早 🎉")],
            }
        ]


def test_every_option_has_its_field(simulator: Simulator, people: Tim) -> None:
    push = elements.offline_push(title="Ann", description="wrote to you")
    people.messages.send(
        "bob",
        [elements.text("hi"), elements.face(1)],
        cloud_custom_data="{}",
        offline_push=push,
        sync_to_sender=False,
        life_time=60,
        control=["NoUnread", "NoLastMsg"],
        need_read_receipt=True,
        supports_extensions=True,
        forbid_callbacks=["ForbidAfterSendMsgCallback"],
    )
    body = simulator.requests[-1].body
    assert isinstance(body.pop("MsgSeq"), int)
    assert isinstance(body.pop("MsgRandom"), int)
    assert body == {
        "To_Account": "bob",
        "MsgBody": [elements.text("hi"), elements.face(1)],
        "CloudCustomData": "{}",
        "OfflinePushInfo": push,
        "SyncOtherMachine": 2,
        "MsgLifeTime": 60,
        "SendMsgControl": ["NoUnread", "NoLastMsg"],
        "IsNeedReadReceipt": 1,
        "SupportMessageExtension": 1,
        "ForbidCallbackControl": ["ForbidAfterSendMsgCallback"],
    }
    assert people.messages.get_unread("bob") == 0
    assert texts(people, "bob", "administrator") == ["hi"]
    assert texts(people, "administrator", "bob") == []


def test_numbers_that_are_not_given_are_fresh(simulator: Simulator, people: Tim) -> None:
    keys = {people.messages.send("bob", "hi", sender="ann")["MsgKey"] for _ in range(20)}
    assert len(keys) == 20
    for request in list(simulator.requests)[-20:]:
        assert 0 <= request.body["MsgSeq"] < 2**32
        assert 0 <= request.body["MsgRandom"] < 2**32


def test_the_same_numbers_within_a_second_are_one_message(
    simulator: Simulator, people: Tim
) -> None:
    first = people.messages.send("bob", "one", sender="ann", msg_seq=1, msg_random=2)
    again = people.messages.send("bob", "two", sender="ann", msg_seq=1, msg_random=2)
    assert again["MsgKey"] == first["MsgKey"]
    assert texts(people, "bob", "ann") == ["one"]
    simulator.clock.advance(1)
    people.messages.send("bob", "two", sender="ann", msg_seq=1, msg_random=2)
    assert texts(people, "bob", "ann") == ["one", "two"]


def test_messages_of_a_second_are_ordered_by_their_number(people: Tim) -> None:
    for number in (3, 1, 2):
        people.messages.send("bob", str(number), sender="ann", msg_seq=number)
    assert texts(people, "bob", "ann") == ["1", "2", "3"]


@pytest.mark.parametrize("kind", ["online_only", "life_time"], ids=["online only", "no life time"])
def test_what_is_not_kept_leaves_no_trace(people: Tim, kind: str) -> None:
    options: Any = {"online_only": True} if kind == "online_only" else {"life_time": 0}
    sent = people.messages.send("bob", "psst", sender="ann", **options)
    assert texts(people, "bob", "ann") == []
    assert people.messages.get_unread("bob") == 0
    with pytest.raises(NotFound):
        people.messages.recall(sent["MsgKey"], sender="ann", receiver="bob")


def test_unknown_accounts_and_muted_senders(simulator: Simulator, people: Tim) -> None:
    with pytest.raises(NotFound) as caught:
        people.messages.send("nobody", "hi", sender="ann")
    assert caught.value.code == 90012
    with pytest.raises(NotFound) as caught:
        people.messages.send("bob", "hi", sender="nobody")
    assert caught.value.code == 20003
    people.mutes.set("ann", message_seconds=60)
    with pytest.raises(Refused) as refused:
        people.messages.send("bob", "hi", sender="ann")
    assert refused.value.code == 20012
    people.messages.send("ann", "you are muted", sender="bob")
    simulator.clock.advance(60)
    people.messages.send("bob", "hi", sender="ann")


def test_blacklists_hold_for_users_and_not_for_rest_calls(
    simulator: Simulator, people: Tim
) -> None:
    people.blacklists.add_many("bob", ["ann"]).raise_for_failures()
    people.messages.send("bob", "by REST", sender="ann")
    with pytest.raises(Refusal) as caught:
        simulator.user("ann").send("bob", "by the app")
    assert caught.value.code == 20007
    simulator.user("bob").send("ann", "by the app")
    assert sorted(texts(people, "bob", "ann")) == ["by REST", "by the app"]


@pytest.mark.parametrize(
    "call",
    [
        lambda tim: tim.messages.send("x" * 33, "hi"),
        lambda tim: tim.messages.send("", "hi"),
        lambda tim: tim.messages.send("bob", "早" * 4096),
        lambda tim: tim.messages.send("bob", []),
        lambda tim: tim.messages.send("bob", "hi", msg_seq=2**32),
        lambda tim: tim.messages.send("bob", "hi", control=["NoUnraed"]),
        lambda tim: tim.messages.send("bob", "hi", control="NoUnread"),
        lambda tim: tim.messages.send_many([], "hi"),
        lambda tim: tim.messages.send_many("bob", "hi"),
        lambda tim: tim.messages.delete_many("ann", "bob", []),
        lambda tim: tim.messages.delete_many("ann", "bob", "1_2_3"),
        lambda tim: tim.messages.send_receipts("ann", "bob", []),
        lambda tim: tim.messages.modify("1_2_3", sender="ann", receiver="bob"),
        lambda tim: tim.messages.recall("", sender="ann", receiver="bob"),
    ],
)
def test_what_is_refused_before_the_wire(
    simulator: Simulator, tim: Tim, call: Callable[[Tim], Any]
) -> None:
    with pytest.raises(InvalidArgument):
        call(tim)
    assert not simulator.requests


def test_an_option_that_a_batch_does_not_have(simulator: Simulator, tim: Tim) -> None:
    with pytest.raises(TypeError, match="online_only"):
        tim.messages.send_many(["bob"], "hi", online_only=True)  # type: ignore[call-arg]  # on purpose
    assert not simulator.requests


def test_a_batch_has_every_receivers_outcome(simulator: Simulator, people: Tim) -> None:
    result = people.messages.send_many(
        ["bob", "nobody", "cyd"], "sale!", sender="ann", msg_seq=1, msg_random=2
    )
    assert [(one.item, one.value, one.code) for one in result] == [
        ("bob", f"1_2_{NOW}", 0),
        ("nobody", None, 70107),
        ("cyd", f"1_2_{NOW}", 0),
    ]
    assert simulator.requests[-1].body["To_Account"] == ["bob", "nobody", "cyd"]
    assert texts(people, "bob", "ann") == texts(people, "cyd", "ann") == ["sale!"]


def test_a_large_batch_is_split_and_keeps_its_numbers(simulator: Simulator, people: Tim) -> None:
    simulator.seed(accounts=1_100)
    receivers = [f"user{number:06d}" for number in range(1_100)]
    assert people.messages.send_many(receivers, "hello")
    calls = [request.body for request in simulator.requests][-3:]
    assert [len(call["To_Account"]) for call in calls] == [500, 500, 100]
    assert len({(call["MsgSeq"], call["MsgRandom"]) for call in calls}) == 1


def test_a_batch_without_one_known_account(people: Tim) -> None:
    result = people.messages.send_many(["x", "y"], "hi")
    assert [one.code for one in result] == [90012, 90012]


def test_a_send_whose_answer_is_lost_says_what_to_look_for(
    simulator: Simulator, people: Tim
) -> None:
    simulator.faults.add("drop", value=1, path=MESSAGE_SEND.path)
    with pytest.raises(OutcomeUnknown) as caught:
        people.messages.send("bob", "once", sender="ann")
    sent = caught.value.sent
    assert sent is not None
    (found,) = people.messages.iterate_history("bob", "ann", min_time=0, max_time=NOW)
    assert (found["MsgSeq"], found["MsgRandom"]) == (sent["MsgSeq"], sent["MsgRandom"])
    assert simulator.counts[MESSAGE_SEND.path] == 1


def test_a_batch_whose_answer_is_lost_is_not_sent_again(simulator: Simulator, people: Tim) -> None:
    simulator.faults.add("drop", value=1, path=MESSAGE_SEND_MANY.path)
    with pytest.raises(OutcomeUnknown) as caught:
        people.messages.send_many(["bob"], "once", msg_seq=4, msg_random=5)
    assert caught.value.sent == {"MsgSeq": 4, "MsgRandom": 5}
    assert caught.value.partial is not None
    assert simulator.counts[MESSAGE_SEND_MANY.path] == 1


def test_an_import_keeps_its_time_and_can_be_repeated(simulator: Simulator, people: Tim) -> None:
    for content in ("old", "changed since"):
        people.messages.import_one(
            "ann", "bob", content, sent_at=NOW - 86_400, msg_seq=1, msg_random=2
        )
    assert simulator.requests[-1].body["SyncFromOldSystem"] == 2
    (found,) = people.messages.iterate_history("bob", "ann", min_time=0, max_time=NOW)
    assert found["MsgTimeStamp"] == NOW - 86_400
    assert found["MsgBody"] == [elements.text("old")]
    assert people.messages.get_unread("bob") == 0
    people.messages.import_one("ann", "bob", "new", sent_at=NOW, live=True)
    assert simulator.requests[-1].body["SyncFromOldSystem"] == 5
    assert people.messages.get_unread("bob") == 1


def test_history_pages_from_new_to_old_without_loss_or_repeat(
    simulator: Simulator, people: Tim
) -> None:
    for number in range(250):
        people.messages.import_one(
            "ann", "bob", str(number), sent_at=NOW - 250 + number // 3, msg_seq=number
        )
    simulator.requests.clear()
    found = texts(people, "bob", "ann")
    pages = [request.body for request in simulator.requests]
    assert [page["MaxCnt"] for page in pages] == [100, 100, 100]
    assert "LastMsgKey" not in pages[0]
    assert all(page["MinTime"] == 0 for page in pages)
    assert found[:3] == ["150", "151", "152"]  # the newest page first, inside it the oldest
    assert sorted(map(int, found)) == list(range(250))


def test_a_page_of_history_is_cut_at_13_kilobytes(people: Tim) -> None:
    for number in range(5):
        people.messages.send("bob", f"{number}" * 5_000, sender="ann", msg_seq=number)
    page = people.messages.get_history_page("bob", "ann", min_time=0, max_time=NOW)
    assert (page["Complete"], page["MsgCnt"]) == (0, 2)
    assert [text[0] for text in texts(people, "bob", "ann")] == ["3", "4", "1", "2", "0"]


def history(keys: list[str], *, complete: int, last: str) -> dict[str, Any]:
    rows = [{"MsgKey": key, "MsgTimeStamp": 1, "MsgFlagBits": 0} for key in keys]
    return {
        **OK,
        "Complete": complete,
        "MsgCnt": len(rows),
        "LastMsgTime": 1,
        "LastMsgKey": last,
        "MsgList": rows,
    }


def test_pages_that_repeat_or_come_up_short() -> None:
    tim = a_tim(
        history(["3", "4"], complete=0, last="3"),
        history([], complete=0, last="2"),
        history(["2", "3"], complete=0, last="1"),
        {**OK, "Complete": 1},
    )
    found = [
        row["MsgKey"] for row in tim.messages.iterate_history("a", "b", min_time=0, max_time=9)
    ]
    assert found == ["3", "4", "2"]
    assert [sent.payload.get("LastMsgKey") for sent in wire(tim).sent] == [None, "3", "2", "1"]


def test_a_history_that_does_not_move_stops() -> None:
    tim = a_tim(history(["3"], complete=0, last="3"))
    with pytest.raises(PagingStalled):
        list(tim.messages.iterate_history("a", "b", min_time=0, max_time=9))
    assert len(wire(tim).sent) == 2


def test_the_old_names_of_the_history(people: Tim) -> None:
    people.messages.send("bob", "hi", sender="ann")
    old = {"From_Account": "bob", "To_Account": "ann", "MaxCnt": 10, "MinTime": 0, "MaxTime": NOW}
    assert people.call(MESSAGE_ROAMING, {**old, "LastMsgKey": None})["MsgCnt"] == 1


def test_a_recall_marks_the_message_for_both(people: Tim) -> None:
    key = people.messages.send("bob", "oops", sender="ann")["MsgKey"]
    people.messages.recall(key, sender="ann", receiver="bob")
    for user_id, peer in (("ann", "bob"), ("bob", "ann")):
        (row,) = people.messages.iterate_history(user_id, peer, min_time=0, max_time=NOW)
        assert row["MsgFlagBits"] == 8
    assert people.messages.get_unread("bob") == 0
    with pytest.raises(Conflict) as caught:
        people.messages.recall(key, sender="ann", receiver="bob")
    assert caught.value.code == 20023
    with pytest.raises(NotFound) as missing:
        people.messages.recall("1_2_3", sender="ann", receiver="bob")
    assert missing.value.code == 20022
    with pytest.raises(RequestRejected) as malformed:
        people.messages.recall("x", sender="ann", receiver="bob")
    assert malformed.value.code == 90054


def test_modifying_a_message(people: Tim) -> None:
    key = people.messages.send("bob", "colour", sender="ann", cloud_custom_data="1")["MsgKey"]
    people.messages.modify(key, sender="ann", receiver="bob", message="color")
    people.messages.modify(key, sender="ann", receiver="bob", cloud_custom_data="2")
    (row,) = people.messages.iterate_history("bob", "ann", min_time=0, max_time=NOW)
    assert (row["MsgBody"], row["CloudCustomData"]) == ([elements.text("color")], "2")


def test_deleting_from_one_side(simulator: Simulator, people: Tim) -> None:
    keys = [people.messages.send("bob", str(n), sender="ann")["MsgKey"] for n in range(40)]
    result = people.messages.delete_many("bob", "ann", [*keys, "x"])
    assert [(one.item, one.code) for one in result.failures] == [("x", 90054)]
    assert [len(call.body["MsgKeyList"]) for call in list(simulator.requests)[-2:]] == [30, 11]
    assert texts(people, "bob", "ann") == []
    assert len(texts(people, "ann", "bob")) == 40


def test_unread_numbers_count_until_they_are_read(simulator: Simulator, people: Tim) -> None:
    people.messages.send("bob", "one", sender="ann")
    people.messages.send("bob", "two", sender="cyd")
    simulator.clock.advance(10)
    people.messages.send("bob", "three", sender="ann")
    assert people.messages.get_unread("bob") == 3
    assert people.messages.get_unread("ann") == 0
    numbers = people.messages.get_unread("bob", peers=["ann", "cyd", "nobody"])
    assert [(one.value, one.code) for one in numbers] == [(2, 0), (1, 0), (None, 70107)]
    people.messages.set_read("bob", "ann", until=NOW)
    assert people.messages.get_unread("bob", peers=["ann"]).values() == [1]
    people.messages.set_read("bob", "ann")
    assert people.messages.get_unread("bob") == 1


def test_a_read_receipt(people: Tim) -> None:
    key = people.messages.send("bob", "hi", sender="ann", need_read_receipt=True)["MsgKey"]
    people.messages.set_read("bob", "ann")
    (row,) = people.messages.iterate_history("ann", "bob", min_time=0, max_time=NOW)
    assert row["IsPeerRead"] == 0
    people.messages.send_receipts("bob", "ann", [key])
    (row,) = people.messages.iterate_history("ann", "bob", min_time=0, max_time=NOW)
    assert row["IsPeerRead"] == 1


def test_a_deleted_account_loses_its_side(people: Tim) -> None:
    people.messages.send("bob", "hi", sender="ann")
    people.accounts.delete_many(["bob"]).raise_for_failures()
    with pytest.raises(RequestRejected) as caught:
        texts(people, "bob", "ann")
    assert caught.value.code == 90008


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"MsgRandom": None}, 90005),
        ({"MsgSeq": "1"}, 90004),
        ({"MsgBody": "hi"}, 90007),
        ({"MsgBody": [{"MsgType": "TIMNoElem", "MsgContent": {}}]}, 90010),
        ({"MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"text": "hi"}}]}, 90010),
        ({"MsgBody": [elements.text("a" * 13_000)]}, 93000),
        ({"MsgLifeTime": 604_801}, 90026),
        ({"MsgLifeTime": "1"}, 90044),
        ({"SyncOtherMachine": "2"}, 90031),
        ({"To_Account": ["bob"]}, 90003),
        ({"OfflinePushInfo": "hi"}, 90043),
    ],
)
def test_what_the_simulator_refuses(people: Tim, changes: dict[str, Any], code: int) -> None:
    body = {"To_Account": "bob", "MsgRandom": 1, "MsgBody": [elements.text("hi")], **changes}
    with pytest.raises(RequestRejected) as caught:
        people.call(MESSAGE_SEND, body)
    assert caught.value.code == code
    assert texts(people, "bob", "administrator") == []


@pytest.mark.parametrize(
    ("receivers", "code"), [("bob", 90028), ([], 90029), (["bob"] * 501, 90011), (["x"], 90012)]
)
def test_receivers_that_the_simulator_refuses(people: Tim, receivers: Any, code: int) -> None:
    body = {"To_Account": receivers, "MsgRandom": 1, "MsgBody": [elements.text("hi")]}
    with pytest.raises(RequestRejected) as caught:
        people.call(MESSAGE_SEND_MANY, body)
    assert caught.value.code == code
