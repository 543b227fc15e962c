"""Blacklists, over HTTP to the simulator."""

from __future__ import annotations

import pytest

from django_tim.catalogue import BLACKLIST_LIST
from django_tim.client.tim import Tim
from django_tim.exceptions import PagingStalled
from django_tim.simulator import Simulator
from django_tim.simulator.blacklists import MOST_BLOCKED, is_blocked
from tests.client.doubles import OK, a_tim


@pytest.fixture(autouse=True)
def accounts(tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd", "dan"]).raise_for_failures()


def test_a_block_ends_a_friendship_and_a_request(simulator: Simulator, tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob"])
    tim.profiles.set("ann", fields={"Tag_Profile_IM_AllowType": "AllowType_Type_NeedConfirm"})
    assert tim.friends.add_many("cyd", ["ann"]).values() == ["pending"]
    result = tim.blacklists.add_many("ann", ["bob", "cyd"])
    assert simulator.requests[-1].body == {"From_Account": "ann", "To_Account": ["bob", "cyd"]}
    assert result
    assert list(tim.friends.iterate("bob")) == list(tim.friends.iterate("ann")) == []
    assert is_blocked(simulator.state, "ann", "bob")
    assert not is_blocked(simulator.state, "bob", "ann")
    assert tim.friends.add_many("ann", ["cyd"]).outcomes[0].code == 30515
    assert tim.friends.add_many("bob", ["ann"]).outcomes[0].code == 30525


def test_every_account_has_its_outcome(tim: Tim) -> None:
    tim.blacklists.add_many("ann", ["bob"])
    added = tim.blacklists.add_many("ann", ["bob", "cyd", "nobody", "ann"])
    assert [outcome.code for outcome in added] == [30001, 0, 30003, 30001]
    assert added.outcomes[0].info == "Err_SNS_BlackListAdd_Already_Exist"
    removed = tim.blacklists.delete_many("ann", ["bob", "dan"])
    assert [outcome.code for outcome in removed] == [0, 30001]
    assert [row["To_Account"] for row in tim.blacklists.iterate("ann")] == ["cyd"]


def test_a_full_list(simulator: Simulator, tim: Tim) -> None:
    ids = [f"f{number}" for number in range(MOST_BLOCKED)]
    tim.accounts.import_many(ids).raise_for_failures()
    tim.blacklists.add_many("ann", ids).raise_for_failures()
    assert tim.blacklists.add_many("ann", ["bob"]).outcomes[0].code == 30013
    assert [row["To_Account"] for row in tim.blacklists.iterate("ann")] == ids
    sent = [one.body for one in simulator.requests if one.path == BLACKLIST_LIST.path]
    assert [body["StartIndex"] for body in sent] == list(range(0, 1_000, 100))
    assert sent[0] == {
        "From_Account": "ann",
        "StartIndex": 0,
        "MaxLimited": 100,
        "LastSequence": 0,
    }


def test_checks_from_one_side_and_from_both(tim: Tim) -> None:
    tim.blacklists.add_many("ann", ["bob", "cyd"])
    tim.blacklists.add_many("bob", ["ann"])
    tim.blacklists.add_many("dan", ["ann"])
    both = tim.blacklists.check_many("ann", ["bob", "cyd", "dan", "nobody"])
    assert [outcome.value for outcome in both] == [
        "BlackCheckResult_Type_BothWay",
        "BlackCheckResult_Type_AWithB",
        "BlackCheckResult_Type_BWithA",
        None,
    ]
    single = tim.blacklists.check_many(
        "ann", ["bob", "dan"], check_type="BlackCheckResult_Type_Single"
    )
    assert single.values() == ["BlackCheckResult_Type_AWithB", "BlackCheckResult_Type_NO"]


def test_a_list_that_has_not_changed_stays_out(tim: Tim) -> None:
    tim.blacklists.add_many("ann", ["bob"])
    page = tim.blacklists.get_page("ann", limit=1)
    assert [row["To_Account"] for row in page["BlackListItem"]] == ["bob"]
    known = page["CurruentSequence"]
    assert tim.blacklists.get_page("ann", last_sequence=known)["BlackListItem"] == []
    tim.blacklists.add_many("ann", ["cyd"])
    assert len(tim.blacklists.get_page("ann", last_sequence=known)["BlackListItem"]) == 2


def test_a_deleted_account_leaves_the_lists(simulator: Simulator, tim: Tim) -> None:
    tim.blacklists.add_many("ann", ["bob"])
    tim.accounts.delete_many(["bob"]).raise_for_failures()
    assert list(tim.blacklists.iterate("ann")) == []
    assert not is_blocked(simulator.state, "ann", "bob")


def test_a_start_index_that_comes_back() -> None:
    def page(following: int) -> dict[str, object]:
        return {**OK, "BlackListItem": [], "StartIndex": following, "CurruentSequence": 1}

    with pytest.raises(PagingStalled):
        list(a_tim(page(100), page(200), page(100)).blacklists.iterate("ann"))
