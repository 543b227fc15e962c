"""Conversations: what messages make of the list, marks, groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_tim.catalogue import (
    CONVERSATION_GROUP_CREATE,
    CONVERSATION_LIST,
    CONVERSATION_MARK,
)
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, LimitReached, NotFound, PagingStalled
from django_tim.simulator import Simulator
from django_tim.simulator.contacts import Contacts
from tests.client.doubles import OK, a_tim, wire

NOW = 1_700_000_000


@pytest.fixture
def people(simulator: Simulator, tim: Tim) -> Tim:
    """A client of an app with ann, bob, cyd, and ann's group, whose clock stands still."""
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    tim.groups.create(group_type="Public", name="Club", group_id="club", owner="ann")
    return tim


def names(tim: Tim, user_id: str) -> list[str]:
    found = tim.conversations.iterate(user_id)
    return [row.get("To_Account") or row["GroupId"] for row in found]


def test_messages_make_conversations_the_newest_first(simulator: Simulator, people: Tim) -> None:
    assert names(people, "bob") == []
    people.messages.send("bob", "hi", sender="ann")
    simulator.clock.advance(1)
    people.messages.send("cyd", "hi", sender="bob")
    assert names(people, "bob") == ["cyd", "ann"]
    assert names(people, "ann") == ["bob"]
    simulator.clock.advance(1)
    people.messages.send("ann", "hi yourself", sender="bob")
    assert names(people, "bob") == ["ann", "cyd"]
    page = people.conversations.get_page("bob")
    assert simulator.requests[-1].body == {
        "From_Account": "bob",
        "AssistFlags": 63,
        "TimeStamp": 0,
        "StartIndex": 0,
        "TopTimeStamp": 0,
        "TopStartIndex": 0,
    }
    assert page["CompleteFlag"] == 1
    assert page["SessionItem"][0] == {
        "Type": 1,
        "To_Account": "ann",
        "MsgTime": NOW + 2,
        "TopFlag": 0,
    }


def test_what_the_list_does_not_show(people: Tim) -> None:
    people.messages.send("bob", "psst", sender="ann", control=["NoLastMsg"])
    people.messages.send("bob", "psst", sender="ann", online_only=True)
    people.messages.import_one("ann", "bob", "old", sent_at=NOW - 60)
    assert names(people, "bob") == []


def test_a_group_with_messages_is_a_conversation(people: Tim) -> None:
    people.streams.send_group("club", "hello", sender="ann", last=True)
    assert names(people, "ann") == ["club"]
    people.conversations.delete("ann", "group_club")
    assert names(people, "ann") == []
    people.streams.send_group("club", "again", sender="ann", last=True)
    assert names(people, "ann") == ["club"]


def test_a_deleted_conversation_comes_back_with_the_next_message(
    simulator: Simulator, people: Tim
) -> None:
    people.messages.send("bob", "one", sender="ann")
    people.conversations.delete("bob", "c2c_ann")
    assert simulator.requests[-1].body == {"From_Account": "bob", "Type": 1, "To_Account": "ann"}
    assert (names(people, "bob"), names(people, "ann")) == ([], ["bob"])
    people.messages.send("bob", "two", sender="ann")
    assert names(people, "bob") == ["ann"]
    people.conversations.delete("bob", "c2c_ann", clear_history=True)
    assert simulator.requests[-1].body["ClearRamble"] == 1
    assert not list(people.messages.iterate_history("bob", "ann", min_time=0, max_time=NOW))
    assert len(list(people.messages.iterate_history("ann", "bob", min_time=0, max_time=NOW))) == 2


def test_many_conversations_are_paged_the_pinned_ones_first(
    simulator: Simulator, people: Tim
) -> None:
    simulator.seed(accounts=130)
    peers = [f"user{number:06d}" for number in range(130)]
    for start in range(0, 130, 10):  # ten of every second
        people.messages.send_many(peers[start : start + 10], "hi", sender="ann").values()
        simulator.clock.advance(1)
    with simulator.lock:
        for peer in ("user000000", "user000064"):
            simulator.state.part(Contacts).of("ann").pin((1, peer))
    found = list(people.conversations.iterate("ann"))
    shown = [row["To_Account"] for row in found]
    assert shown[:2] == ["user000064", "user000000"]
    assert [row["TopFlag"] for row in found[:3]] == [1, 1, 0]
    assert sorted(shown) == peers
    times = [row["MsgTime"] for row in found[2:]]
    assert times == sorted(times, reverse=True)
    assert simulator.counts[CONVERSATION_LIST.path] == 3
    first = people.conversations.get_page("ann")
    second = people.conversations.get_page("ann", after=first)
    assert [row["To_Account"] for row in second["SessionItem"]] == shown[50:100]


def page(names: list[str], *, complete: int, time: int) -> dict[str, Any]:
    rows = [{"Type": 1, "To_Account": name, "MsgTime": time, "TopFlag": 0} for name in names]
    marks = {"TimeStamp": time, "StartIndex": 0, "TopTimeStamp": 0, "TopStartIndex": 0}
    return {**OK, "SessionItem": rows, "CompleteFlag": complete, **marks}


def test_pages_that_repeat_come_up_short_or_do_not_move() -> None:
    tim = a_tim(
        page(["a", "b"], complete=0, time=9),
        page([], complete=0, time=8),
        page(["b", "c"], complete=0, time=7),
        {**OK, "CompleteFlag": 1},
    )
    assert [row["To_Account"] for row in tim.conversations.iterate("ann")] == ["a", "b", "c"]
    assert [sent.payload["TimeStamp"] for sent in wire(tim).sent] == [0, 9, 8, 7]
    stuck = a_tim(page(["a"], complete=0, time=9))
    with pytest.raises(PagingStalled):
        list(stuck.conversations.iterate("ann"))


def test_marks(simulator: Simulator, people: Tim) -> None:
    people.messages.send("bob", "hi", sender="ann")
    result = people.conversations.mark_many(
        "bob", ["c2c_ann", "c2c_nobody", "group_club"], set_marks=[1, 33], custom_mark="vip"
    )
    assert [(one.item, one.code) for one in result] == [
        ("c2c_ann", 0),
        ("c2c_nobody", 50001),
        ("group_club", 51007),
    ]
    assert simulator.requests[-1].body["MarkItem"][0] == {
        "OptType": 3,
        "SetMark": [1, 33],
        "CustomMark": "vip",
        "ContactItem": {"Type": 1, "To_Account": "ann"},
    }
    (row,) = people.conversations.iterate("bob")
    assert (row["StandardMark"], row["CustomMark"]) == ("01" + "0" * 31 + "1", "vip")
    people.conversations.mark_many("bob", ["c2c_ann"], clear_marks=[33], set_marks=[2])
    assert simulator.requests[-1].body["MarkItem"][0]["OptType"] == 1
    (marked,) = people.conversations.iterate_marked("bob")
    assert (marked["StandardMark"], marked["CustomMark"]) == ("011", "vip")
    people.conversations.mark_many("bob", ["c2c_ann"], custom_mark="")
    assert simulator.requests[-1].body["MarkItem"][0]["OptType"] == 2
    (marked,) = people.conversations.iterate_marked("bob")
    assert "CustomMark" not in marked


def test_a_conversation_groups_life(simulator: Simulator, people: Tim) -> None:
    made = people.conversations.create_group("ann", "work", ["c2c_bob", "group_club", "c2c_x"])
    assert [(one.item, one.value, one.code) for one in made] == [
        ("c2c_bob", 1, 0),
        ("group_club", 1, 0),
        ("c2c_x", None, 50001),
    ]
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "GroupContactItem": [
            {
                "GroupName": "work",
                "ContactItem": [
                    {"Type": 1, "To_Account": "bob"},
                    {"Type": 2, "ToGroupId": "club"},
                    {"Type": 1, "To_Account": "x"},
                ],
            }
        ],
    }
    people.conversations.update_group("ann", "work", add=["c2c_cyd"], remove=["group_club"])
    items = simulator.requests[-1].body["UpdateGroup"]["ContactUpdateItem"]
    assert [item["ContactOptType"] for item in items] == [1, 2]
    people.conversations.update_group("ann", "work", new_name="colleagues")
    page = people.conversations.get_marked_page("ann")
    assert page["GroupItem"] == [{"GroupName": "colleagues", "GroupId": 1}]
    assert [row["To_Account"] for row in page["ContactItem"]] == ["bob", "cyd"]
    found = people.conversations.get_marked_many("ann", ["c2c_cyd", "group_club"])
    assert [one.value and one.value["ContactGroupId"] for one in found] == [[1], None]
    gone = people.conversations.delete_group("ann", "colleagues")
    assert gone["GroupItem"] == [{"GroupName": "colleagues", "GroupId": 1}]
    assert not list(people.conversations.iterate_marked("ann"))
    with pytest.raises(NotFound) as caught:
        people.conversations.delete_group("ann", "colleagues")
    assert caught.value.code == 51009


def test_the_limits_of_groups(people: Tim) -> None:
    for number in range(20):
        people.conversations.create_group("ann", str(number), ["c2c_bob"])
    with pytest.raises(LimitReached) as caught:
        people.conversations.create_group("ann", "one more", ["c2c_bob"])
    assert caught.value.code == 51010
    with pytest.raises(APIError) as missing:
        people.conversations.update_group("ann", "none", new_name="some")
    assert missing.value.code == 51009
    for body, code in (
        ({"GroupContactItem": [{"GroupName": "a", "ContactItem": []}]}, 51006),
        ({"GroupContactItem": [{"GroupName": "a" * 33, "ContactItem": [{"Type": 1}]}]}, 51011),
        ({"GroupContactItem": []}, 50002),
    ):
        with pytest.raises(APIError) as refused:
            people.call(CONVERSATION_GROUP_CREATE, {"From_Account": "bob", **body})
        assert refused.value.code == code


def test_many_marks_are_split_and_paged(simulator: Simulator, people: Tim) -> None:
    simulator.seed(accounts=120)
    chosen = [f"c2c_user{number:06d}" for number in range(120)]
    assert people.conversations.mark_many("ann", chosen, set_marks=[1])
    assert simulator.counts[CONVERSATION_MARK.path] == 2
    found = [row["To_Account"] for row in people.conversations.iterate_marked("ann")]
    assert [f"c2c_{name}" for name in found] == chosen
    pages = list(simulator.requests)[-3:]
    assert [page.body["StartIndex"] for page in pages] == [0, 50, 100]


@pytest.mark.parametrize(
    "call",
    [
        lambda area: area.delete("ann", "bob"),
        lambda area: area.delete("ann", "c2c_"),
        lambda area: area.delete("ann", "c2c_" + "x" * 33),
        lambda area: area.mark_many("ann", [], set_marks=[1]),
        lambda area: area.mark_many("ann", "c2c_bob", set_marks=[1]),
        lambda area: area.mark_many("ann", ["c2c_bob"]),
        lambda area: area.mark_many("ann", ["c2c_bob"], set_marks=[64]),
        lambda area: area.mark_many("ann", ["c2c_bob"], custom_mark="早" * 86),
        lambda area: area.create_group("ann", "早" * 11, ["c2c_bob"]),
        lambda area: area.create_group("ann", "work", []),
        lambda area: area.update_group("ann", "work"),
        lambda area: area.update_group("ann", "work", new_name="a", add=["c2c_bob"]),
    ],
)
def test_what_is_refused_before_the_wire(
    simulator: Simulator, tim: Tim, call: Callable[[Any], Any]
) -> None:
    with pytest.raises(InvalidArgument):
        call(tim.conversations)
    assert not simulator.requests
