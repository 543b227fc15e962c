"""Official accounts, over HTTP to the simulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    BadAnswer,
    Conflict,
    InvalidArgument,
    NotFound,
    OutcomeUnknown,
    PagingStalled,
    Refused,
    RequestRejected,
)
from django_tim.simulator import Simulator
from django_tim.simulator.official_records import OfficialAccount, OfficialAccounts
from tests.client.doubles import OK, a_tim, wire

NEWS = "@TOA#_news"


@pytest.fixture
def news(simulator: Simulator, tim: Tim) -> str:
    """An official account of ann's, with a clock that stands."""
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    return tim.official_accounts.create(owner="ann", name="News", account_id=NEWS)[
        "OfficialAccountUserID"
    ]


def kept(simulator: Simulator, account_id: str = NEWS) -> OfficialAccount:
    return simulator.state.part(OfficialAccounts).by_id[account_id]


def send(simulator: Simulator, tim: Tim, *texts: str) -> list[str]:
    keys = []
    for text in texts:
        keys.append(tim.official_accounts.send(NEWS, text)["MsgKey"])
        simulator.clock.advance(1)
    return keys


def test_create_read_change_destroy(simulator: Simulator, tim: Tim, news: str) -> None:
    assert news == NEWS
    assert simulator.requests[-1].body == {
        "Owner_Account": "ann",
        "OfficialAccountUserID": NEWS,
        "Name": "News",
    }
    tim.official_accounts.modify(NEWS, introduction="All of it", custom="{}", max_subscribers=9)
    assert simulator.requests[-1].body == {
        "Official_Account": NEWS,
        "Introduction": "All of it",
        "CustomString": "{}",
        "MaxSubscriberNum": 9,
    }
    found = tim.official_accounts.get_many([NEWS]).outcomes[0].value
    assert found is not None
    assert (found["Name"], found["Introduction"], found["CustomString"]) == (
        "News",
        "All of it",
        "{}",
    )
    assert (found["Owner_Account"], found["MaxSubscriberNum"]) == ("ann", 9)
    assert found["CreateTime"] == 1_700_000_000
    tim.official_accounts.destroy(NEWS)
    with pytest.raises(NotFound) as caught:
        tim.official_accounts.destroy(NEWS)
    assert caught.value.code == 130004


def test_an_id_is_made_up(tim: Tim, news: str) -> None:
    first, second = (
        tim.official_accounts.create(owner="ann", name="News")["OfficialAccountUserID"]
        for _ in range(2)
    )
    assert first.startswith("@TOA#_")
    assert first != second


def test_an_id_in_use(tim: Tim, news: str) -> None:
    with pytest.raises(Conflict) as caught:
        tim.official_accounts.create(owner="ann", name="News", account_id=NEWS)
    assert caught.value.code == 130008


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"OfficialAccountUserID": "news"}, 130007),
        ({"Owner_Account": "nobody"}, 10004),
        ({"Name": ""}, 10004),
        ({"Name": "x" * 151}, 10004),
        ({"Introduction": "x" * 401}, 10004),
        ({"MaxSubscriberNum": "many"}, 10004),
    ],
)
def test_what_the_service_refuses(tim: Tim, news: str, change: dict[str, Any], code: int) -> None:
    with pytest.raises(RequestRejected) as caught:
        tim.official_accounts.create(owner="ann", name="More", extra=change)
    assert caught.value.code == code


@pytest.mark.parametrize("account_id", ["news", "@TOA#_", "", None, 5])
def test_an_id_is_checked_before_the_wire(account_id: Any) -> None:
    tim = a_tim()
    with pytest.raises(InvalidArgument):
        tim.official_accounts.destroy(account_id)
    with pytest.raises(InvalidArgument):
        tim.official_accounts.get_many([account_id])
    assert not wire(tim).sent


def test_the_old_spelling_of_the_id(tim: Tim, news: str) -> None:
    spelling = {"Official_Account": None, "OfficialAccount": NEWS}
    tim.official_accounts.modify(NEWS, name="New", extra=spelling)
    (found,) = tim.official_accounts.get_many([NEWS], fields=["Name"]).values()
    assert found is not None
    assert found["Name"] == "New"
    assert "CreateTime" not in found


def test_profiles_of_many(simulator: Simulator, tim: Tim, news: str) -> None:
    ids = [f"@TOA#_{number}" for number in range(60)]
    for account_id in ids:
        tim.official_accounts.create(owner="ann", name=account_id, account_id=account_id)
    simulator.requests.clear()
    result = tim.official_accounts.get_many([*ids, "@TOA#_none"], fields=["Name"])
    assert [len(one.body["OfficialAccountIdList"]) for one in simulator.requests] == [50, 11]
    assert [outcome.item for outcome in result] == [*ids, "@TOA#_none"]
    assert [outcome.code for outcome in result.failures] == [130004]
    assert [outcome.value and outcome.value["Name"] for outcome in result.succeeded] == ids


def test_profiles_that_do_not_name_themselves() -> None:
    rows = [{"Name": "a"}, {"Name": "b"}]
    ids = ["@TOA#_a", "@TOA#_b"]
    found = a_tim({**OK, "OfficialAccountInfoList": rows}).official_accounts.get_many(ids)
    assert [outcome.value for outcome in found] == rows
    unsure = a_tim({**OK, "OfficialAccountInfoList": rows[:1]}).official_accounts.get_many(ids)
    assert not unsure.succeeded


def test_subscribers(simulator: Simulator, tim: Tim, news: str) -> None:
    api = tim.official_accounts
    assert [one.value for one in api.add_subscribers_many(NEWS, ["bob"])] == ["subscribed"]
    result = api.add_subscribers_many(NEWS, ["bob", "nobody", "cyd"])
    assert simulator.requests[-1].body == {
        "Official_Account": NEWS,
        "SubscriberList": [
            {"Subscriber_Account": "bob"},
            {"Subscriber_Account": "nobody"},
            {"Subscriber_Account": "cyd"},
        ],
    }
    assert [one.value for one in result] == ["already", None, "subscribed"]
    assert [one.code for one in result] == [0, 10004, 0]
    api.modify_subscriber(NEWS, "bob", custom="vip")
    page = api.get_subscribers_page(NEWS)
    assert page["SubscriberNum"] == 2
    assert [(row["Subscriber_Account"], row["CustomString"]) for row in page["SubscriberList"]] == [
        ("bob", "vip"),
        ("cyd", ""),
    ]
    removed = api.delete_subscribers_many(NEWS, ["bob", "ann"])
    assert [one.value for one in removed] == ["unsubscribed", "not_subscribed"]
    assert list(kept(simulator).subscribers) == ["cyd"]
    with pytest.raises(NotFound) as caught:
        api.modify_subscriber(NEWS, "bob", custom="vip")
    assert caught.value.code == 131003


def test_a_full_official_account(simulator: Simulator, tim: Tim, news: str) -> None:
    tim.official_accounts.modify(NEWS, max_subscribers=1)
    result = tim.official_accounts.add_subscribers_many(NEWS, ["bob", "cyd"])
    assert [one.code for one in result] == [130006, 130006]
    assert not kept(simulator).subscribers


def test_pages_of_subscribers(simulator: Simulator, tim: Tim, news: str) -> None:
    users = [f"user{number:03}" for number in range(450)]
    tim.accounts.import_many(users).raise_for_failures()
    simulator.requests.clear()
    tim.official_accounts.add_subscribers_many(NEWS, users).raise_for_failures()
    assert [len(one.body["SubscriberList"]) for one in simulator.requests] == [100] * 4 + [50]
    simulator.requests.clear()
    found = [row["Subscriber_Account"] for row in tim.official_accounts.iterate_subscribers(NEWS)]
    assert found == users
    assert [one.body["Next"] for one in simulator.requests] == ["", "200", "400"]
    assert {one.body["Limit"] for one in simulator.requests} == {200}


def test_pages_of_subscriptions(simulator: Simulator, tim: Tim, news: str) -> None:
    ids = [f"@TOA#_{number:03}" for number in range(210)]
    accounts = simulator.state.part(OfficialAccounts)
    for account_id in ids:
        accounts.by_id[account_id] = OfficialAccount(account_id, "ann", 1)
        tim.official_accounts.add_subscribers_many(account_id, ["bob"]).raise_for_failures()
    simulator.requests.clear()
    rows = list(tim.official_accounts.iterate_subscribed("bob", own_fields=["SubscribeTime"]))
    assert [row["Official_Account"] for row in rows] == ids
    assert rows[0]["SelfInfo"] == {"SubscribeTime": 1_700_000_000}
    assert [one.body for one in simulator.requests] == [
        {
            "Limit": 200,
            "Subscriber_Account": "bob",
            "ResponseFilter": {"SelfInfoFilter": ["SubscribeTime"]},
            "Offset": offset,
        }
        for offset in (0, 200)
    ]
    page = tim.official_accounts.get_subscribed_page("bob", offset=205, limit=3)
    assert (page["TotalCount"], page["CompleteFlag"], page["Next"]) == (210, 0, 208)
    assert not list(tim.official_accounts.iterate_subscribed("cyd"))


def test_a_page_that_comes_up_short_is_not_the_last() -> None:
    row = {"Subscriber_Account": "ann", "SubscribeTime": 1}
    pages = [
        {**OK, "SubscriberNum": 1, "Next": "a", "SubscriberList": [row]},
        {**OK, "SubscriberNum": 1, "Next": "b", "SubscriberList": None},
        {**OK, "SubscriberNum": 1, "Next": "", "SubscriberList": [row]},
    ]
    assert list(a_tim(*pages).official_accounts.iterate_subscribers(NEWS)) == [row, row]


def test_marks_that_do_not_move() -> None:
    lists: list[tuple[dict[str, Any], str]] = [
        ({"SubscriberNum": 1, "Next": "a", "SubscriberList": []}, "subscribers"),
        ({"IsFinished": 0, "LastMsgKey": "1_1_1", "RspMsgList": []}, "history"),
    ]
    for answer, name in lists:
        api = a_tim({**OK, **answer}).official_accounts
        with pytest.raises(PagingStalled):
            list(getattr(api, f"iterate_{name}")(NEWS))
    page = {"TotalCount": 9, "CompleteFlag": 0, "Next": 0, "OfficialAccountInfoList": []}
    with pytest.raises(PagingStalled):
        list(a_tim({**OK, **page}).official_accounts.iterate_subscribed("ann"))


def test_a_page_without_its_mark_is_not_taken_for_the_last() -> None:
    page = {"TotalCount": 9, "CompleteFlag": 0, "OfficialAccountInfoList": [{"Name": "a"}]}
    with pytest.raises(BadAnswer):
        list(a_tim({**OK, **page}).official_accounts.iterate_subscribed("ann"))


def test_a_message_to_all(simulator: Simulator, tim: Tim, news: str) -> None:
    answer = tim.official_accounts.send(
        NEWS, "hello", msg_random=5, cloud_custom_data="{}", control=["NoLastMsg"]
    )
    assert simulator.requests[-1].body == {
        "Official_Account": NEWS,
        "Random": 5,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}],
        "CloudCustomData": "{}",
        "SendMsgControl": ["NoLastMsg"],
    }
    assert answer["MsgTime"] == 1_700_000_000
    (found,) = tim.official_accounts.iterate_history(NEWS)
    assert found["MsgKey"] == answer["MsgKey"]
    assert found["MsgBody"][0]["MsgContent"] == {"Text": "hello"}
    assert found["CloudCustomData"] == "{}"
    assert kept(simulator).last_time == 0


def test_a_message_sent_again_is_dropped(simulator: Simulator, tim: Tim, news: str) -> None:
    first = tim.official_accounts.send(NEWS, "hello", msg_random=5)
    simulator.clock.advance(299)
    assert tim.official_accounts.send(NEWS, "hello", msg_random=5)["MsgKey"] == first["MsgKey"]
    assert tim.official_accounts.send(NEWS, "other", msg_random=5)["MsgKey"] != first["MsgKey"]
    simulator.clock.advance(1)
    assert tim.official_accounts.send(NEWS, "hello", msg_random=5)["MsgKey"] != first["MsgKey"]
    assert len(kept(simulator).messages) == 3


def test_a_doubtful_message_is_repeated_once(simulator: Simulator, tim: Tim, news: str) -> None:
    simulator.faults.add("drop", value=1, times=1)
    tim.official_accounts.send(NEWS, "hello")
    assert len(kept(simulator).messages) == 1


def test_an_unknown_outcome_names_the_number(simulator: Simulator, tim: Tim, news: str) -> None:
    simulator.faults.add("garbage", times=None)
    with pytest.raises(OutcomeUnknown) as caught:
        tim.official_accounts.send(NEWS, "hello", msg_random=5)
    assert caught.value.sent == {"Random": 5}


def test_what_is_for_those_online_is_in_no_history(
    simulator: Simulator, tim: Tim, news: str
) -> None:
    tim.official_accounts.send(NEWS, "hello", online_only=True)
    assert simulator.requests[-1].body["OnlineOnlyFlag"] == 1
    assert not list(tim.official_accounts.iterate_history(NEWS))


def test_pages_of_history(simulator: Simulator, tim: Tim, news: str) -> None:
    keys = send(simulator, tim, *(f"message {number}" for number in range(45)))
    simulator.requests.clear()
    found = [row["MsgKey"] for row in tim.official_accounts.iterate_history(NEWS)]
    assert found == keys[::-1]
    assert [one.body.get("LastMsgKey") for one in simulator.requests] == [None, keys[25], keys[5]]
    assert {one.body["ReqMsgNumber"] for one in simulator.requests} == {20}
    page = tim.official_accounts.get_history_page(NEWS, last_msg_key=keys[1], limit=5)
    assert (page["IsFinished"], [row["MsgKey"] for row in page["RspMsgList"]]) == (1, keys[:1])


def test_recall(simulator: Simulator, tim: Tim, news: str) -> None:
    keys = send(simulator, tim, *(f"message {number}" for number in range(12)))
    simulator.requests.clear()
    result = tim.official_accounts.recall_many(NEWS, [*keys[1:], "1_2_3"], reason="wrong")
    assert [len(one.body["MsgKeyList"]) for one in simulator.requests] == [10, 2]
    assert simulator.requests[0].body["Reason"] == "wrong"
    assert [outcome.code for outcome in result] == [0] * 11 + [10030]
    (left,) = tim.official_accounts.iterate_history(NEWS)
    assert left["MsgKey"] == keys[0]
    every = list(tim.official_accounts.iterate_history(NEWS, recalled=True))
    assert [row["IsPlaceMsg"] for row in every] == [2] * 11 + [0]


def test_a_deleted_account_is_forgotten(simulator: Simulator, tim: Tim, news: str) -> None:
    tim.official_accounts.add_subscribers_many(NEWS, ["bob", "cyd"]).raise_for_failures()
    tim.accounts.delete_many(["ann", "bob"]).raise_for_failures()
    assert kept(simulator).owner == ""
    assert list(kept(simulator).subscribers) == ["cyd"]


def test_what_does_not_exist(tim: Tim, news: str) -> None:
    for call in ("get_subscribers_page", "get_history_page"):
        with pytest.raises(APIError) as caught:
            getattr(tim.official_accounts, call)("@TOA#_none")
        assert caught.value.code == 130004


def test_several_are_not_one_text() -> None:
    tim = a_tim()
    for call in (
        lambda: tim.official_accounts.get_many(NEWS),
        lambda: tim.official_accounts.recall_many(NEWS, "1_2_3"),
        lambda: tim.official_accounts.add_subscribers_many(NEWS, "ann"),
    ):
        with pytest.raises(InvalidArgument):
            call()
    assert not wire(tim).sent


def answering(answers: dict[str, Any], got: list[dict[str, Any]]) -> Any:
    """An app's backend, which notes what it is told."""

    def post(url: str, content: bytes) -> tuple[int, bytes]:
        told = json.loads(content)
        got.append(told)
        return 200, json.dumps(OK | answers.get(told["CallbackCommand"], {})).encode()

    return post


def test_what_happens_is_told(simulator: Simulator, tim: Tim) -> None:
    simulator.callbacks.configure("http://backend/", held=True, post=answering({}, []))
    tim.accounts.import_many(["ann", "bob", "cyd"]).raise_for_failures()
    api = tim.official_accounts
    api.create(owner="ann", name="News", account_id=NEWS, max_subscribers=2)
    api.modify(NEWS, name="More news", custom="not told")
    api.modify(NEWS, custom="not told")
    api.add_subscribers_many(NEWS, ["bob", "cyd"])
    api.delete_subscribers_many(NEWS, ["cyd", "ann"])
    key = api.send(NEWS, "hello", msg_random=1)["MsgKey"]
    api.send(NEWS, "hello", msg_random=1)
    api.send(NEWS, "quiet", forbid_callbacks=["ForbidAfterSendMsgCallback"])
    api.recall_many(NEWS, [key, "1_2_3"])
    api.destroy(NEWS)
    told = [delivery.body for delivery in simulator.callbacks.take()]
    assert [one["CallbackCommand"].removeprefix("OfficialAccount.Callback") for one in told] == [
        "AfterCreateOfficialAccount",
        "AfterOfficialAccountInfoChanged",
        "AfterAddSubscriber",
        "AfterOfficialAccountFull",
        "AfterDeleteSubscriber",
        "AfterSendMsg",
        "AfterMsgWithDraw",
        "AfterOfficialAccountDestroyed",
    ]
    assert {one["Official_Account"] for one in told} == {NEWS}
    assert (told[0]["Owner_Account"], told[0]["Operator_Account"]) == ("ann", "administrator")
    assert (told[1]["Name"], "CustomString" in told[1]) == ("More news", False)
    assert told[4]["SubscribeAccountList"] == [{"Subscriber_Account": "cyd"}]
    assert (told[5]["MsgKey"], told[5]["MsgBody"][0]["MsgContent"]) == (key, {"Text": "hello"})
    assert told[6]["WithdrawMsgList"] == [{"MsgKey": key}]
    simulator.callbacks.close()


def test_the_app_may_say_no(simulator: Simulator, tim: Tim, news: str) -> None:
    before = "OfficialAccount.CallbackBefore"
    answers: dict[str, Any] = {
        f"{before}CreateOfficialAccount": {"ErrorCode": 1},
        f"{before}AddSubscriber": {"RefusedSubscribers_Account": ["bob"]},
        f"{before}SendMsg": {"ErrorCode": 120_001},
    }
    simulator.callbacks.configure("http://backend/", held=True, post=answering(answers, []))
    with pytest.raises(Refused):
        tim.official_accounts.create(owner="ann", name="Other", account_id="@TOA#_other")
    assert list(simulator.state.part(OfficialAccounts).by_id) == [NEWS]
    result = tim.official_accounts.add_subscribers_many(NEWS, ["bob", "cyd"])
    assert [one.code for one in result] == [10004, 0]
    with pytest.raises(Refused) as caught:
        tim.official_accounts.send(NEWS, "hello")
    assert caught.value.code == 120_001
    assert not kept(simulator).messages
    simulator.callbacks.close()


def test_the_app_may_drop_and_rewrite(simulator: Simulator, tim: Tim, news: str) -> None:
    answers: dict[str, Any] = {"OfficialAccount.CallbackBeforeSendMsg": {"ErrorCode": 2}}
    got: list[dict[str, Any]] = []
    simulator.callbacks.configure("http://backend/", held=True, post=answering(answers, got))
    assert tim.official_accounts.send(NEWS, "hello")["MsgKey"]
    assert got[-1]["MsgBody"][0]["MsgContent"] == {"Text": "hello"}
    assert not kept(simulator).messages
    body = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "***"}}]
    answers["OfficialAccount.CallbackBeforeSendMsg"] = {"MsgBody": body, "CloudCustomData": "new"}
    first = tim.official_accounts.send(NEWS, "rude", msg_random=1)
    again = tim.official_accounts.send(NEWS, "rude", msg_random=1)
    assert first["MsgKey"] == again["MsgKey"]
    (found,) = tim.official_accounts.iterate_history(NEWS)
    assert (found["MsgBody"], found["CloudCustomData"]) == (body, "new")
    simulator.callbacks.close()
