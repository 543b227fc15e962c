"""Streamed messages: pieces, their order, and their end."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.catalogue import MESSAGE_ROBOT_STREAM, MESSAGE_STREAM
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, OutcomeUnknown
from django_tim.simulator import Simulator

ROBOT = "@RBT#helper"


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> Tim:
    simulator.clock.freeze()
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    with simulator.lock:
        simulator.state.add_account(ROBOT)
    return tim


def shown(tim: Tim, user_id: str, peer: str) -> list[str]:
    """The texts that grew in a conversation."""
    found = tim.messages.iterate_history(user_id, peer, min_time=0, max_time=2**31)
    contents = [row["MsgBody"][0]["MsgContent"] for row in found]
    return ["".join(chunk["Markdown"] for chunk in content["Chunks"]) for content in contents]


def test_pieces_grow_to_one_message(simulator: Simulator, people: Tim) -> None:
    first = people.streams.send(
        "bob", "Hel", sender="ann", compatible_text="Please upgrade", msg_seq=1, msg_random=2
    )
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "To_Account": "bob",
        "MsgSeq": 1,
        "MsgRandom": 2,
        "MsgBody": [
            {
                "MsgType": "TIMStreamElem",
                "MsgContent": {
                    "Chunks": [
                        {"EventType": "data", "Index": 1, "Markdown": "Hel", "IsLast": False}
                    ],
                    "CompatibleText": "Please upgrade",
                },
            }
        ],
    }
    more: Any = {"sender": "ann", "stream_id": first["StreamMsgID"]}
    people.streams.send("bob", "lo ", index=2, **more)
    people.streams.send("bob", "Bob", index=3, last=True, **more)
    assert shown(people, "bob", "ann") == shown(people, "ann", "bob") == ["Hello Bob"]
    with pytest.raises(APIError):
        people.streams.send("bob", "!", index=4, **more)


def test_a_stream_ends_when_it_pauses(simulator: Simulator, people: Tim) -> None:
    stream_id = people.streams.send("bob", "a", sender="ann")["StreamMsgID"]
    simulator.clock.advance(15)
    people.streams.send("bob", "b", index=2, sender="ann", stream_id=stream_id)
    simulator.clock.advance(16)
    with pytest.raises(APIError):
        people.streams.send("bob", "c", index=3, sender="ann", stream_id=stream_id)
    assert shown(people, "bob", "ann") == ["ab"]


def test_pieces_come_in_order_and_from_their_sender(people: Tim) -> None:
    stream_id = people.streams.send("bob", "a", sender="ann")["StreamMsgID"]
    with pytest.raises(APIError):
        people.streams.send("bob", "a", sender="ann", stream_id=stream_id)
    with pytest.raises(APIError):
        people.streams.send("bob", "b", index=2, stream_id=stream_id)
    assert shown(people, "bob", "ann") == ["a"]


def test_a_piece_whose_answer_is_lost_is_not_sent_again(simulator: Simulator, people: Tim) -> None:
    simulator.faults.add("drop", value=1, path=MESSAGE_STREAM.path)
    with pytest.raises(OutcomeUnknown) as caught:
        people.streams.send("bob", "a", sender="ann", msg_seq=1, msg_random=2)
    assert caught.value.sent == {"MsgSeq": 1, "MsgRandom": 2}
    assert shown(people, "bob", "ann") == ["a"]


def test_a_stream_in_a_group(simulator: Simulator, people: Tim) -> None:
    people.groups.create(group_type="Public", name="Club", group_id="club", owner="ann")
    first = people.streams.send_group("club", "Hel", sender="ann", random=5)
    assert simulator.requests[-1].body["Random"] == 5
    people.streams.send_group(
        "club", "lo", index=2, last=True, sender="ann", stream_id=first["StreamMsgID"]
    )
    with pytest.raises(APIError):
        people.streams.send_group(
            "club", "!", index=3, sender="ann", stream_id=first["StreamMsgID"]
        )


def test_a_robots_stream(simulator: Simulator, people: Tim) -> None:
    key = people.streams.send_robot(ROBOT, "bob", "Hel")["MsgKey"]
    assert simulator.requests[-1].body == {
        "From_Account": ROBOT,
        "To_Account": "bob",
        "Chunk": "Hel",
    }
    people.streams.send_robot(ROBOT, "bob", "lo", msg_key=key, last=True)
    assert simulator.requests[-1].body["Finish"] == 1
    assert shown(people, "bob", ROBOT) == ["Hello"]
    with pytest.raises(APIError) as caught:
        people.call(
            MESSAGE_ROBOT_STREAM, {"From_Account": "ann", "To_Account": "bob", "Chunk": "a"}
        )
    assert caught.value.code == 10004


def test_a_stream_holds_more_than_a_message_and_not_without_end(people: Tim) -> None:
    stream_id = people.streams.send("bob", "a" * 100_000, sender="ann")["StreamMsgID"]
    with pytest.raises(InvalidArgument):
        people.streams.send("bob", "a" * 132_000, index=2, sender="ann", stream_id=stream_id)
    with pytest.raises(APIError) as caught:
        people.streams.send("bob", "a" * 100_000, index=2, sender="ann", stream_id=stream_id)
    assert caught.value.code == 93000
