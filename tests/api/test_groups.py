"""Groups and their members over HTTP: what the older tests of the simulator leave out."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, NotFound
from django_tim.simulator import Simulator

TOWN = "@TGS#_town"
TOPIC = f"{TOWN}@TOPIC#_market"


@pytest.fixture(autouse=True)
def _club(tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd"])
    tim.groups.create(
        group_type="Public",
        name="Club",
        owner="ann",
        group_id="club",
        members=[
            "cyd",
            {
                "Member_Account": "bob",
                "Role": "Admin",
                "AppMemberDefinedData": [{"Key": "seat", "Value": "4"}],
            },
        ],
    )
    tim.groups.create(
        group_type="Community",
        name="Town",
        owner="ann",
        group_id=TOWN,
        members=["bob"],
        support_topic=True,
        enable_permission=True,
        default_permission=3,
    )
    tim.topics.create(TOWN, name="Market", topic_id=TOPIC)


def test_members_with_roles_and_fields_of_the_app(tim: Tim) -> None:
    found = tim.group_members.get_many("club", ["ann", "bob", "cyd"], custom_keys=["seat"])
    bob = found.values()[1]
    assert bob
    assert bob["Role"] == "Admin"
    assert bob["AppMemberDefinedData"] == [{"Key": "seat", "Value": "4"}]
    admins = tim.group_members.get_many("club", ["ann", "bob", "cyd"], roles=["Admin"])
    assert [one is not None for one in admins.values()] == [False, True, False]
    [group] = tim.groups.get_many(
        ["club"], member_fields=["Role"], member_custom_keys=["seat"]
    ).values()
    assert group
    rows = {row["Member_Account"]: row for row in group["MemberList"]}
    assert rows["bob"]["AppMemberDefinedData"] == [{"Key": "seat", "Value": "4"}]


def test_permissions_of_a_community(tim: Tim) -> None:
    fields = ["EnablePermission", "DefaultPermission", "SupportTopic"]
    [town] = tim.groups.get_many([TOWN], fields=fields).values()
    assert town
    assert (town["EnablePermission"], town["DefaultPermission"]) == (1, 3)
    tim.groups.modify(TOWN, enable_permission=False, default_permission=0)
    [town] = tim.groups.get_many([TOWN], fields=fields).values()
    assert town
    assert (town["EnablePermission"], town["DefaultPermission"]) == (0, 0)
    assert [row["GroupId"] for row in tim.groups.iterate_joined("bob", support_topic=True)] == [
        TOWN
    ]
    assert [row["GroupId"] for row in tim.groups.iterate_joined("bob", support_topic=False)] == [
        "club"
    ]


def test_history_before_joining_is_for_some_types(tim: Tim, simulator: Simulator) -> None:
    tim.groups.modify("club", history_before_join="On")
    assert simulator.state.group("club").history_before_join == "On"
    with pytest.raises(APIError) as caught:
        tim.groups.modify(TOWN, history_before_join="On")
    assert caught.value.code == 10007


def test_the_one_who_is_shown_must_exist(tim: Tim) -> None:
    tim.groups.modify("club", name="Clubs", operator="bob")
    tim.groups.change_owner("club", new_owner="bob", operator="ann")
    for change in (
        lambda: tim.groups.modify("club", name="Other", operator="nobody"),
        lambda: tim.groups.change_owner("club", new_owner="ann", operator="nobody"),
    ):
        with pytest.raises(NotFound):
            change()
    [club] = tim.groups.get_many(["club"]).values()
    assert club
    assert (club["Name"], club["Owner_Account"]) == ("Clubs", "bob")


def test_a_mute_in_a_topic(tim: Tim, simulator: Simulator) -> None:
    tim.group_members.mute_many(TOWN, ["bob"], seconds=60, topic_id=TOPIC)
    [row] = tim.group_members.get_muted(TOWN, topic_id=TOPIC)
    assert row["Member_Account"] == "bob"
    assert tim.group_members.get_muted(TOWN) == []
    [topic] = tim.topics.get_many(TOWN, [TOPIC], user_id="bob").values()
    assert topic
    assert topic["SelfInfo"]["MuteTime"] == row["MutedUntil"]
    with pytest.raises(APIError) as caught:
        tim.group_messages.send(TOWN, "hush", sender="bob", topic_id=TOPIC)
    assert caught.value.code == 10017
    simulator.clock.advance(61)
    tim.group_messages.send(TOWN, "again", sender="bob", topic_id=TOPIC)


def test_unread_numbers_of_imported_members(tim: Tim, simulator: Simulator) -> None:
    tim.accounts.import_many(["dan", "eve"])
    for number in range(3):
        tim.group_messages.send("club", f"message {number}", sender="ann")
    tim.group_members.import_many(
        "club",
        [
            {"Member_Account": "dan", "UnreadMsgNum": 2},
            {"Member_Account": "eve", "UnreadMsgNum": 9},
        ],
    )
    dan, eve = tim.group_members.get_many("club", ["dan", "eve"], fields=["MsgSeq"]).values()
    assert dan
    assert eve
    assert (dan["MsgSeq"], eve["MsgSeq"]) == (1, 0)


def test_a_search_over_its_pages(tim: Tim) -> None:
    for number in range(105):
        tim.groups.create(group_type="Public", name=f"Reading {number}", owner="ann")
    found = [row["GroupName"] for row in tim.groups.iterate_search(["Reading"])]
    assert sorted(found) == sorted(f"Reading {number}" for number in range(105))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 101},
        {"introduction": "简" * 134},
        {"notification": "x" * 401},
        {"face_url": "x" * 501},
        {"max_member_num": 6001},
    ],
)
def test_what_is_too_much_for_a_group_is_too_much_for_a_change(
    tim: Tim, change: dict[str, Any]
) -> None:
    with pytest.raises(APIError) as caught:
        tim.groups.modify("club", **change)
    assert caught.value.code == 10004
    [club] = tim.groups.get_many(["club"]).values()
    assert club
    assert (club["Name"], club["MaxMemberNum"]) == ("Club", 6000)
