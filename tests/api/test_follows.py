"""Follows, over HTTP to the simulator."""

from __future__ import annotations

import pytest

from django_tim.catalogue import FOLLOW_ADD, FOLLOW_LIST
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, PagingStalled, RequestRejected
from django_tim.simulator import Simulator
from tests.client.doubles import OK, a_tim


@pytest.fixture(autouse=True)
def accounts(tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()


def test_who_follows_whom_and_how_many(simulator: Simulator, tim: Tim) -> None:
    result = tim.follows.add_many("ann", ["bob", "cyd", "nobody", "ann"])
    assert simulator.requests[-1].body["FollowItem"][0] == {"To_Account": "bob"}
    assert [outcome.code for outcome in result] == [0, 0, 30003, 30001]
    tim.follows.add_many("bob", ["ann"])
    assert tim.follows.check_many("ann", ["bob", "cyd"]).values() == ["mutual", "following"]
    assert tim.follows.check_many("cyd", ["ann", "bob"]).values() == ["follower", "none"]
    numbers = tim.follows.get_numbers_many("cyd", ["ann", "bob", "nobody"])
    ann = numbers.outcomes[0].value
    assert ann is not None
    assert (ann["FollowerCount"], ann["FollowingCount"], ann["MutualFollowingCount"]) == (1, 2, 1)
    assert numbers.outcomes[2].code == 30003
    tim.follows.delete_many("ann", ["bob"]).raise_for_failures()
    assert tim.follows.check_many("ann", ["bob"]).values() == ["follower"]


def test_the_lists(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze(1_700_000_000)
    tim.profiles.set("bob", fields={"Tag_Profile_IM_Nick": "Bob"})
    tim.follows.add_many("ann", ["bob", "cyd"])
    tim.follows.add_many("bob", ["ann"])
    assert list(tim.follows.iterate("ann", kind="mutual")) == [
        {
            "To_Account": "bob",
            "FollowTime": 1_700_000_000,
            "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "Bob"}],
        }
    ]
    following = [row["To_Account"] for row in tim.follows.iterate("ann", kind="following")]
    assert following == ["bob", "cyd"]
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "FollowType": 2,
        "StartCursor": "",
        "WantNum": 1_000,
    }
    assert [row["To_Account"] for row in tim.follows.iterate("cyd", kind="followers")] == ["ann"]


def test_pages(simulator: Simulator, tim: Tim) -> None:
    ids = [f"f{number}" for number in range(45)]
    tim.accounts.import_many(ids).raise_for_failures()
    tim.follows.add_many("ann", ids).raise_for_failures()
    sizes = [
        len(one.body["FollowItem"]) for one in simulator.requests if one.path == FOLLOW_ADD.path
    ]
    assert sizes == [20, 20, 5]
    found, cursor = [], ""
    while True:
        page = tim.follows.get_page("ann", kind="following", start_cursor=cursor, limit=20)
        found += [row["To_Account"] for row in page["FollowItem"]]
        cursor = page["NextCursor"]
        if not cursor:
            break
    assert found == ids


def test_a_deleted_account_is_followed_by_nobody(tim: Tim) -> None:
    tim.follows.add_many("ann", ["bob"])
    tim.follows.add_many("bob", ["ann"])
    tim.accounts.delete_many(["bob"]).raise_for_failures()
    assert list(tim.follows.iterate("ann", kind="following")) == []
    assert list(tim.follows.iterate("ann", kind="followers")) == []


def test_what_is_wrong(simulator: Simulator, tim: Tim) -> None:
    before = len(simulator.requests)
    with pytest.raises(InvalidArgument):
        tim.follows.get_page("ann", kind="friends")  # type: ignore[arg-type]
    assert len(simulator.requests) == before
    for wrong in ({"FollowType": 4}, {"FollowType": 1, "StartCursor": "?"}):
        with pytest.raises(RequestRejected) as caught:
            tim.call(FOLLOW_LIST, {"From_Account": "ann", **wrong})
        assert caught.value.code == 30001


def test_a_cursor_that_stands_still() -> None:
    with pytest.raises(PagingStalled):
        list(a_tim({**OK, "NextCursor": "7"}).follows.iterate("ann", kind="mutual"))
