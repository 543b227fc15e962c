"""Friend groups, over HTTP to the simulator."""

from __future__ import annotations

import pytest

from django_tim.catalogue import FRIEND_GROUP_ADD
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, LimitReached, RequestRejected
from django_tim.simulator import Simulator


@pytest.fixture(autouse=True)
def friends(tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd", "dan"]).raise_for_failures()
    tim.friends.add_many("ann", ["bob", "cyd"]).raise_for_failures()


def groups_of(tim: Tim, user_id: str) -> dict[str, list[str]]:
    rows = tim.friend_groups.get(user_id, with_friends=True)["ResultItem"]
    return {row["GroupName"]: row["To_Account"] for row in rows}


def test_groups_with_friends_and_without(simulator: Simulator, tim: Tim) -> None:
    assert tim.friend_groups.add_many("ann", ["Old friends"])
    assert simulator.requests[-1].body == {"From_Account": "ann", "GroupName": ["Old friends"]}
    result = tim.friend_groups.add_many("ann", ["g1", "早起"], friend_ids=["bob", "dan"])
    assert [outcome.code for outcome in result] == [0, 32216]
    assert groups_of(tim, "ann") == {"Old friends": [], "g1": ["bob"], "早起": ["bob"]}
    rows = tim.friend_groups.get("ann", names=["g1"])["ResultItem"]
    assert rows == [{"GroupName": "g1", "FriendNumber": 1}]
    assert tim.friends.get_many("ann", ["bob"], tags=["Tag_SNS_IM_Group"]).values() == [
        {"Tag_SNS_IM_Group": ["g1", "早起"]}
    ]


def test_clients_that_name_no_friends_in_a_list(tim: Tim) -> None:
    for friends in ([], None):
        given = {"From_Account": "ann", "GroupName": ["g1"], "To_Account": friends}
        assert "ResultItem" not in tim.call(FRIEND_GROUP_ADD, given)
    assert groups_of(tim, "ann") == {"g1": []}


def test_a_deleted_groups_friends_stay_friends(tim: Tim) -> None:
    tim.friend_groups.add_many("ann", ["g1", "g2"], friend_ids=["bob", "cyd"])
    tim.friend_groups.delete("ann", ["g1", "never there"])
    assert groups_of(tim, "ann") == {"g2": ["bob", "cyd"]}
    assert len(list(tim.friends.iterate("ann"))) == 2


def test_a_friend_who_goes_leaves_the_groups(tim: Tim) -> None:
    tim.friend_groups.add_many("ann", ["g1"], friend_ids=["bob", "cyd"])
    tim.friends.delete_many("ann", ["bob"])
    assert groups_of(tim, "ann") == {"g1": ["cyd"]}


def test_groups_that_have_not_changed_stay_out(tim: Tim) -> None:
    tim.friend_groups.add_many("ann", ["g1"])
    known = tim.friend_groups.get("ann")["CurrentSequence"]
    assert tim.friend_groups.get("ann", last_sequence=known)["ResultItem"] == []
    assert tim.friend_groups.get("ann", names=["g1"], last_sequence=known)["ResultItem"]
    deleted = tim.friend_groups.delete("ann", ["g1"])
    assert deleted["CurrentSequence"] > known


def test_32_groups_and_no_more(tim: Tim) -> None:
    tim.friend_groups.add_many("ann", [f"g{number}" for number in range(32)])
    with pytest.raises(LimitReached) as caught:
        tim.friend_groups.add_many("ann", ["one more"])
    assert caught.value.code == 30011
    tim.friend_groups.add_many("ann", ["g1"], friend_ids=["bob"]).raise_for_failures()
    outcome = tim.friends.update_many("ann", {"bob": {"Tag_SNS_IM_Group": ["new"]}}).outcomes[0]
    assert outcome.code == 30011
    assert groups_of(tim, "ann")["g1"] == ["bob"]


def test_names_that_no_group_can_have(simulator: Simulator, tim: Tim) -> None:
    before = len(simulator.requests)
    for names in ([], ["n" * 31], ["早" * 11], [""], "g1"):
        with pytest.raises(InvalidArgument):
            tim.friend_groups.add_many("ann", names)
    assert len(simulator.requests) == before
    with pytest.raises(RequestRejected) as caught:
        tim.call(FRIEND_GROUP_ADD, {"From_Account": "ann", "GroupName": ["n" * 31]})
    assert caught.value.code == 30001
