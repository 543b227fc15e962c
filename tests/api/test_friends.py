"""Friends, over HTTP to the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.api.friends import FriendToAdd
from django_tim.catalogue import FRIEND_ADD, FRIEND_CHECK, FRIEND_IMPORT, FRIEND_LIST
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    InvalidArgument,
    NotFound,
    PagingStalled,
    PartialFailure,
    RequestRejected,
)
from django_tim.simulator import Simulator
from django_tim.simulator.relations import MOST_FRIENDS, MOST_PENDING, Friends, Request
from tests.client.doubles import OK, a_tim

NEED_CONFIRM = {"Tag_Profile_IM_AllowType": "AllowType_Type_NeedConfirm"}
DENY_ANY = {"Tag_Profile_IM_AllowType": "AllowType_Type_DenyAny"}


@pytest.fixture(autouse=True)
def accounts(tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd", "dan"]).raise_for_failures()


def friends_of(tim: Tim, user_id: str) -> list[str]:
    return [row["To_Account"] for row in tim.friends.iterate(user_id)]


def test_both_become_friends_unless_it_is_one_way(simulator: Simulator, tim: Tim) -> None:
    row: FriendToAdd = {
        "To_Account": "bob",
        "Remark": "Bobby",
        "GroupName": "Classmates",
        "AddSource": "AddSource_Type_Web",
        "AddWording": "hi",
    }
    result = tim.friends.add_many("ann", [row, "cyd"])
    assert [outcome.value for outcome in result] == ["added", "added"]
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "AddFriendItem": [row, {"To_Account": "cyd", "AddSource": "AddSource_Type_Server"}],
    }
    tim.friends.add_many("ann", ["dan"], add_type="Add_Type_Single", force=True)
    sent = simulator.requests[-1].body
    assert (sent["AddType"], sent["ForceAddFlags"]) == ("Add_Type_Single", 1)
    assert friends_of(tim, "ann") == ["bob", "cyd", "dan"]
    assert friends_of(tim, "bob") == ["ann"]
    assert friends_of(tim, "dan") == []
    fields = tim.friends.get_many("ann", ["bob"]).values()[0]
    assert fields is not None
    assert fields["Tag_SNS_IM_Group"] == ["Classmates"]
    assert fields["Tag_SNS_IM_AddWording"] == "hi"


def test_who_is_asked_first_is_pending_and_no_failure(simulator: Simulator, tim: Tim) -> None:
    tim.profiles.set("bob", fields=NEED_CONFIRM)
    result = tim.friends.add_many("ann", ["bob", "cyd"])
    assert result
    assert [outcome.value for outcome in result] == ["pending", "added"]
    assert friends_of(tim, "ann") == ["cyd"]
    simulator.state.part(Friends).accept("bob", "ann")
    assert friends_of(tim, "ann") == ["cyd", "bob"]
    assert friends_of(tim, "bob") == ["ann"]
    assert simulator.state.part(Friends).of("bob").pending == {}


def test_two_who_ask_each_other_are_friends(tim: Tim) -> None:
    for user in ("ann", "bob"):
        tim.profiles.set(user, fields=NEED_CONFIRM)
    assert tim.friends.add_many("ann", ["bob"]).values() == ["pending"]
    assert tim.friends.add_many("bob", ["ann"]).values() == ["added"]
    assert friends_of(tim, "ann") == ["bob"]


def test_force_does_without_consent(tim: Tim) -> None:
    tim.profiles.set("bob", fields=NEED_CONFIRM)
    tim.profiles.set("cyd", fields=DENY_ANY)
    assert tim.friends.add_many("ann", ["bob", "cyd"], force=True).values() == ["added", "added"]


def test_every_refusal_is_its_accounts_own(tim: Tim) -> None:
    tim.profiles.set("bob", fields=DENY_ANY)
    tim.blacklists.add_many("ann", ["cyd"])
    tim.blacklists.add_many("dan", ["ann"])
    result = tim.friends.add_many("ann", ["bob", "cyd", "dan", "nobody", "ann"])
    codes = {outcome.item: outcome.code for outcome in result}
    assert codes == {"bob": 30516, "cyd": 30515, "dan": 30525, "nobody": 30003, "ann": 30001}
    with pytest.raises(PartialFailure):
        result.raise_for_failures()
    forbidden = {"Tag_Profile_IM_AdminForbidType": "AdminForbid_Type_SendOut"}
    tim.profiles.set("bob", fields=forbidden)
    assert tim.friends.add_many("bob", ["cyd"]).outcomes[0].code == 30009


def test_a_friend_already(tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob"])
    (outcome,) = tim.friends.add_many("ann", ["bob"])
    assert (outcome.code, outcome.info) == (30001, "Err_SNS_FriendAdd_Friend_Exist")
    tim.friends.delete_many("bob", ["ann"])
    assert tim.friends.add_many("ann", ["bob"]).values() == ["added"]
    assert friends_of(tim, "bob") == ["ann"]


def test_full_lists(simulator: Simulator, tim: Tim) -> None:
    for owner in ("bob", "cyd"):
        full = simulator.state.part(Friends).of(owner).friends
        full.update({f"f{number}": {} for number in range(MOST_FRIENDS)})
    result = tim.friends.add_many("ann", ["bob"])
    assert result.outcomes[0].code == 30014
    assert tim.friends.add_many("cyd", ["ann"]).outcomes[0].code == 30010
    assert tim.friends.import_many("cyd", ["ann"]).outcomes[0].code == 30010
    assert tim.friends.import_many("ann", ["cyd"]).values() == [None]


def test_the_oldest_of_too_many_requests_fall_out(simulator: Simulator) -> None:
    bob = simulator.state.part(Friends).of("bob")
    for number in range(MOST_PENDING + 2):
        bob.ask(f"f{number}", Request({}, both=True))
    assert len(bob.pending) == MOST_PENDING
    assert "f1" not in bob.pending


def test_an_import_is_one_way_and_asks_nobody(simulator: Simulator, tim: Tim) -> None:
    tim.profiles.set("bob", fields=DENY_ANY)
    result = tim.friends.import_many(
        "ann",
        [
            {
                "To_Account": "bob",
                "GroupName": ["g1", "g2"],
                "AddTime": 1_600_000_000,
                "CustomItem": [{"Tag": "Tag_SNS_Custom_Rank", "Value": 3}],
            },
            {"To_Account": "cyd", "AddSource": "nonsense"},
        ],
    )
    assert [outcome.code for outcome in result] == [0, 30001]
    assert (friends_of(tim, "ann"), friends_of(tim, "bob")) == (["bob"], [])
    tags = ["Tag_SNS_IM_AddTime", "Tag_SNS_Custom_Rank", "Tag_SNS_IM_Group", "Tag_SNS_IM_Remark"]
    assert tim.friends.get_many("ann", ["bob"], tags=tags).values() == [
        {
            "Tag_SNS_IM_AddTime": 1_600_000_000,
            "Tag_SNS_Custom_Rank": 3,
            "Tag_SNS_IM_Group": ["g1", "g2"],
        }
    ]


def test_fields_are_changed(simulator: Simulator, tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob", "cyd"])
    result = tim.friends.update_many(
        "ann",
        {
            "bob": {"Tag_SNS_IM_Remark": "Robert", "Tag_SNS_IM_Group": ["g1"]},
            "cyd": {"Tag_SNS_IM_AddTime": 1},
            "dan": {"Tag_SNS_IM_Remark": "Dan"},
        },
    )
    assert [outcome.code for outcome in result] == [0, 30001, 30001]
    assert simulator.requests[-1].body["UpdateItem"][0] == {
        "To_Account": "bob",
        "SnsItem": [
            {"Tag": "Tag_SNS_IM_Remark", "Value": "Robert"},
            {"Tag": "Tag_SNS_IM_Group", "Value": ["g1"]},
        ],
    }
    tags = ["Tag_SNS_IM_Remark", "Tag_Profile_IM_Nick"]
    tim.profiles.set("bob", fields={"Tag_Profile_IM_Nick": "Bob"})
    (outcome, missing) = tim.friends.get_many("ann", ["bob", "dan"], tags=tags)
    assert outcome.value == {"Tag_SNS_IM_Remark": "Robert", "Tag_Profile_IM_Nick": "Bob"}
    assert missing.code == 30001


def test_sensitive_remarks_are_refused(simulator: Simulator, tim: Tim) -> None:
    simulator.state.sensitive_words.add("rude")
    row: FriendToAdd = {"To_Account": "bob", "Remark": "a rude one"}
    assert [one.code for one in tim.friends.add_many("ann", [row, "cyd"])] == [80001, 0]
    assert friends_of(tim, "ann") == ["cyd"]


def test_deletes_on_one_side_and_on_both(simulator: Simulator, tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob", "cyd", "dan"])
    result = tim.friends.delete_many("ann", ["bob", "nobody"])
    assert result
    assert result.values() == ["deleted", "no friend"]
    assert simulator.requests[-1].body["DeleteType"] == "Delete_Type_Single"
    assert friends_of(tim, "bob") == ["ann"]
    tim.friends.delete_many("ann", ["cyd"], delete_type="Delete_Type_Both")
    assert friends_of(tim, "cyd") == []
    tim.friends.delete_all("ann", delete_type="Delete_Type_Both")
    assert (friends_of(tim, "ann"), friends_of(tim, "dan")) == ([], [])
    assert friends_of(tim, "bob") == ["ann"]


def test_checks_from_one_side_and_from_both(tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob", "cyd"])
    tim.friends.delete_many("ann", ["cyd"])
    tim.friends.add_many("ann", ["dan"], add_type="Add_Type_Single")
    both = tim.friends.check_many("ann", ["bob", "cyd", "dan", "nobody"])
    assert [outcome.value for outcome in both] == [
        "CheckResult_Type_BothWay",
        "CheckResult_Type_BWithA",
        "CheckResult_Type_AWithB",
        None,
    ]
    assert both.outcomes[3].code == 30003
    single = tim.friends.check_many("ann", ["bob", "cyd"], check_type="CheckResult_Type_Single")
    assert single.values() == ["CheckResult_Type_AWithB", "CheckResult_Type_NoRelation"]


def test_pages_of_many_friends(simulator: Simulator, tim: Tim) -> None:
    ids = [f"f{number}" for number in range(250)]
    tim.accounts.import_many(ids).raise_for_failures()
    tim.friends.add_many("ann", ids).raise_for_failures()
    assert friends_of(tim, "ann") == ids
    starts = [one.body["StartIndex"] for one in simulator.requests if one.path == FRIEND_LIST.path]
    assert starts == [0, 100, 200]
    page = tim.friends.get_page("ann", start_index=200)
    assert (len(page["UserDataItem"]), page["FriendNum"], page["CompleteFlag"]) == (50, 250, 1)


def test_the_sequences_leave_out_what_is_known(tim: Tim) -> None:
    tim.friends.import_many("ann", ["bob"])
    tim.friends.update_many("ann", {"bob": {"Tag_SNS_Custom_Mood": "早安"}})
    page = tim.friends.get_page("ann")
    standard, custom = page["StandardSequence"], page["CustomSequence"]
    known = tim.friends.get_page("ann", standard_sequence=standard, custom_sequence=custom)
    assert known["UserDataItem"] == []
    tim.friends.update_many("ann", {"bob": {"Tag_SNS_Custom_Mood": "晚安"}})
    changed = tim.friends.get_page("ann", standard_sequence=standard, custom_sequence=custom)
    assert changed["UserDataItem"][0]["ValueItem"] == [
        {"Tag": "Tag_SNS_Custom_Mood", "Value": "晚安"}
    ]


def test_a_deleted_account_is_nobodys_friend(tim: Tim) -> None:
    tim.friends.add_many("ann", ["bob"])
    tim.accounts.delete_many(["bob"]).raise_for_failures()
    assert friends_of(tim, "ann") == []


def test_batches_are_split(simulator: Simulator, tim: Tim) -> None:
    ids = [f"f{number}" for number in range(1_001)]
    result = tim.friends.check_many("ann", ids)
    assert len(result) == 1_001
    sizes = [
        len(one.body["To_Account"]) for one in simulator.requests if one.path == FRIEND_CHECK.path
    ]
    assert sizes == [1_000, 1]
    with pytest.raises(RequestRejected) as caught:
        tim.call(FRIEND_CHECK, {"From_Account": "ann", "To_Account": ids, "CheckType": "x"})
    assert caught.value.code == 30001


def test_an_owner_who_does_not_exist(tim: Tim) -> None:
    (outcome,) = tim.friends.add_many("nobody", ["bob"])
    assert outcome.code == 30003
    with pytest.raises(NotFound):
        tim.friends.get_page("nobody")


def test_what_is_wrong_is_refused_before_the_wire(simulator: Simulator, tim: Tim) -> None:
    before = len(simulator.requests)
    wrong: list[Any] = [
        lambda: tim.friends.add_many("ann", "bob"),
        lambda: tim.friends.add_many("ann", []),
        lambda: tim.friends.add_many("ann", [{"Remark": "B"}]),
        lambda: tim.friends.add_many("ann", [{"To_Account": "b" * 33}]),
        lambda: tim.friends.add_many("a" * 33, ["bob"]),
        lambda: tim.friends.add_many("ann", ["bob"], add_type="Both"),  # type: ignore[arg-type]
        lambda: tim.friends.add_many("ann", ["bob", {"To_Account": "bob", "Remark": "B"}]),
        lambda: tim.friends.update_many("ann", {"bob": {}}),
        lambda: tim.friends.delete_all("ann", delete_type="all"),  # type: ignore[arg-type]
        lambda: tim.friends.check_many("ann", ["bob"], check_type="x"),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(InvalidArgument):
            call()
    assert len(simulator.requests) == before


def test_nulls_blanks_and_the_other_calls_group_name_are_accepted(tim: Tim) -> None:
    item = {"To_Account": "bob", "AddSource": "AddSource_Type_Web", "Remark": None}
    tim.call(
        FRIEND_ADD,
        {
            "From_Account": "ann",
            "AddFriendItem": [{**item, "GroupName": ["g1"]}],
            "AddType": None,
            "ForceAddFlags": None,
        },
    )
    item = {**item, "To_Account": "cyd", "GroupName": "g2", "CustomItem": None}
    tim.call(FRIEND_IMPORT, {"From_Account": "ann", "AddFriendItem": [item]})
    item = {**item, "To_Account": "dan", "GroupName": "", "Remark": ""}
    tim.call(FRIEND_ADD, {"From_Account": "ann", "AddFriendItem": [item]})
    groups = tim.friend_groups.get("ann")["ResultItem"]
    assert [row["GroupName"] for row in groups] == ["g1", "g2"]
    assert friends_of(tim, "ann") == ["bob", "cyd", "dan"]


def test_accounts_that_only_the_lists_of_failures_name() -> None:
    answer = {**OK, "Fail_Account": ["bob", "cyd"], "Invalid_Account": ["cyd"]}
    tim = a_tim(answer | {"ResultItem": [{"To_Account": "ann", "ResultCode": 0}]})
    result = tim.friends.import_many("dan", ["ann", "bob", "cyd"])
    assert [outcome.code for outcome in result] == [0, 30006, 30003]


def test_a_page_that_is_short_or_without_a_list_is_not_the_end() -> None:
    rows = [{"To_Account": "bob"}]
    more = {**OK, "CompleteFlag": 0, "UserDataItem": None, "NextStartIndex": 5}
    tim = a_tim(more, {**OK, "CompleteFlag": 1, "UserDataItem": rows, "NextStartIndex": 0})
    assert friends_of(tim, "ann") == ["bob"]


def test_a_start_index_that_stands_still() -> None:
    stuck = {**OK, "CompleteFlag": 0, "UserDataItem": [], "NextStartIndex": 5}
    with pytest.raises(PagingStalled):
        list(a_tim(stuck).friends.iterate("ann"))
