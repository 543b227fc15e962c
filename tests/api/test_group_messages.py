"""Group messages, over HTTP to the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from django_tim.api import elements
from django_tim.api.group_messages import MessageToImport
from django_tim.catalogue import (
    GROUP_MESSAGE_HISTORY,
    GROUP_MESSAGE_RECALL,
    GROUP_MESSAGE_RECEIPT_DETAIL,
    GROUP_MESSAGE_SEND,
    GROUP_NOTIFICATION_SEND,
    Endpoint,
)
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    BadAnswer,
    InvalidArgument,
    NotFound,
    OutcomeUnknown,
    PagingStalled,
    RateLimited,
    Refused,
)
from django_tim.simulator import Simulator
from django_tim.simulator.group_history import Histories
from django_tim.simulator.registry import HANDLERS, OK

Answers = Callable[[Endpoint[Any], list[Mapping[str, Any]]], None]


@pytest.fixture
def club(simulator: Simulator, tim: Tim) -> str:
    """A Public group: ann owns it, bob and cyd are members, dan is none."""
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(["ann", "bob", "cyd", "dan"]).raise_for_failures()
    made = tim.groups.create(
        group_type="Public", name="Club", owner="ann", group_id="club", members=["bob", "cyd"]
    )
    return made["GroupId"]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let an endpoint give these answers, one a call, and the last one ever after."""

    def give(endpoint: Endpoint[Any], given: list[Mapping[str, Any]]) -> None:
        rest = list(given)
        monkeypatch.setitem(
            HANDLERS,
            endpoint.path,
            lambda state, body: {**OK, **(rest.pop(0) if len(rest) > 1 else rest[0])},
        )

    return give


def seqs(tim: Tim, group_id: str, **options: Any) -> list[int]:
    return [row["MsgSeq"] for row in tim.group_messages.iterate_history(group_id, **options)]


def group_of(tim: Tim, group_id: str) -> dict[str, Any]:
    (info,) = tim.groups.get_many([group_id]).values()
    assert info is not None
    return dict(info)


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(APIError) as caught:
        call()
    return caught.value.code


def test_a_message_gets_the_next_number_and_stands_in_the_history(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    first = tim.group_messages.send(club, "hello", sender="bob", random=7)
    assert (first["MsgSeq"], first["MsgTime"]) == (1, 1_700_000_000)
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "From_Account": "bob",
        "Random": 7,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}],
    }
    simulator.clock.advance(5)
    second = tim.group_messages.send(club, [elements.text("早"), elements.face(1)])
    assert second["MsgSeq"] == 2
    page = tim.group_messages.get_history_page(club)
    assert [row["MsgSeq"] for row in page["RspMsgList"]] == [2, 1]
    assert page["IsFinished"] == 1
    assert page["RspMsgList"][1] == {
        "From_Account": "bob",
        "IsPlaceMsg": 0,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}],
        "MsgPriority": 2,
        "MsgRandom": 7,
        "MsgSeq": 1,
        "MsgTimeStamp": 1_700_000_000,
    }
    assert page["RspMsgList"][0]["From_Account"] == "administrator"


def test_what_a_message_moves(simulator: Simulator, tim: Tim, club: str) -> None:
    simulator.clock.advance(60)
    tim.group_messages.send(club, "one", sender="bob")
    tim.group_messages.send(club, "two", sender="bob")
    info = group_of(tim, club)
    assert (info["NextMsgSeq"], info["LastMsgTime"]) == (3, 1_700_000_060)
    members = {row["Member_Account"]: row for row in tim.group_members.iterate(club)}
    assert (members["bob"]["MsgSeq"], members["bob"]["LastSendMsgTime"]) == (2, 1_700_000_060)
    assert (members["cyd"]["MsgSeq"], members["cyd"]["LastSendMsgTime"]) == (0, 0)


def test_every_option(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_messages.send(
        club,
        "@ann lunch?",
        random=8912345,
        priority="High",
        cloud_custom_data="menu=1",
        offline_push=elements.offline_push(title="Lunch"),
        control=["NoLastMsg"],
        mentions=["ann"],
        mentions_all=True,
        receivers=["ann", "cyd"],
        need_read_receipt=True,
        supports_extensions=True,
        forbid_callbacks=["ForbidAfterSendMsgCallback"],
    )
    sent = simulator.requests[-1].body
    assert {name: sent[name] for name in sent if name not in ("GroupId", "MsgBody", "Random")} == {
        "MsgPriority": "High",
        "CloudCustomData": "menu=1",
        "OfflinePushInfo": {"PushFlag": 0, "Title": "Lunch"},
        "SendMsgControl": ["NoLastMsg"],
        "GroupAtInfo": [{"GroupAtAllFlag": 1}, {"GroupAtAllFlag": 0, "GroupAt_Account": "ann"}],
        "To_Account": ["ann", "cyd"],
        "NeedReadReceipt": 1,
        "SupportMessageExtension": 1,
        "ForbidCallbackControl": ["ForbidAfterSendMsgCallback"],
    }
    row = tim.group_messages.get_history_page(club)["RspMsgList"][0]
    assert (row["MsgPriority"], row["CloudCustomData"]) == (1, "menu=1")
    assert group_of(tim, club)["LastMsgTime"] == 0


def test_the_same_random_is_the_same_message_for_five_minutes(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    def send(**changes: Any) -> int:
        given: dict[str, Any] = {"message": "hello", "sender": "bob", "random": 7} | changes
        return tim.group_messages.send(club, **given)["MsgSeq"]

    assert send() == 1
    simulator.clock.advance(299)
    assert send() == 1
    assert [send(sender="cyd"), send(random=8), send(message="hi")] == [2, 3, 4]
    simulator.clock.advance(300)
    assert send() == 5
    assert seqs(tim, club) == [5, 4, 3, 2, 1]


def test_a_fresh_random_each_time(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_messages.send(club, "hello")
    tim.group_messages.send(club, "hello")
    first, second = (one.body["Random"] for one in list(simulator.requests)[-2:])
    assert first != second
    assert 0 <= first < 2**32
    assert seqs(tim, club) == [2, 1]


def test_a_lost_answer_is_repeated_and_said_once(simulator: Simulator, tim: Tim, club: str) -> None:
    simulator.faults.add("truncate", path=GROUP_MESSAGE_SEND.path)
    assert tim.group_messages.send(club, "hello")["MsgSeq"] == 1
    assert simulator.counts[GROUP_MESSAGE_SEND.path] == 2
    assert seqs(tim, club) == [1]


def test_an_unknown_outcome_names_the_random(simulator: Simulator, tim: Tim, club: str) -> None:
    simulator.faults.add("truncate", path=GROUP_MESSAGE_SEND.path, times=None)
    with pytest.raises(OutcomeUnknown) as caught:
        tim.group_messages.send(club, "hello", random=77)
    assert caught.value.sent == {"Random": 77}


@pytest.mark.parametrize(
    ("sender", "code"), [("dan", 10007), ("nobody", 10019), ("bob", 10017), ("cyd", 10017)]
)
def test_who_may_not_say_anything(tim: Tim, club: str, sender: str, code: int) -> None:
    tim.group_members.mute_many(club, ["bob"], seconds=60)
    tim.groups.modify(club, mute_all_member="On")
    assert code_of(lambda: tim.group_messages.send(club, "hello", sender=sender)) == code
    assert seqs(tim, club) == []


def test_the_owner_and_the_admin_may_speak_when_all_are_muted(tim: Tim, club: str) -> None:
    tim.groups.modify(club, mute_all_member="On")
    tim.group_members.modify(club, "cyd", role="Admin")
    for sender in ("ann", "cyd", None):
        tim.group_messages.send(club, "hello", sender=sender)
    assert seqs(tim, club) == [3, 2, 1]


def test_a_mute_ends(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_members.mute_many(club, ["bob"], seconds=60)
    with pytest.raises(Refused):
        tim.group_messages.send(club, "hello", sender="bob")
    simulator.clock.advance(60)
    assert tim.group_messages.send(club, "hello", sender="bob")["MsgSeq"] == 1


def test_words_and_sizes(simulator: Simulator, tim: Tim, club: str) -> None:
    simulator.state.sensitive_words.add("spam")
    with pytest.raises(Refused) as caught:
        tim.group_messages.send(club, "no spam here")
    assert caught.value.code == 80001
    with pytest.raises(InvalidArgument, match="12288 bytes"):
        tim.group_messages.send(club, "语" * 4096)
    body = {"GroupId": club, "Random": 1, "MsgBody": [elements.text("x" * 12_288)]}
    assert code_of(lambda: tim.call(GROUP_MESSAGE_SEND, body)) == 80002


def test_a_live_group_refuses_what_it_can_not_do(tim: Tim, club: str) -> None:
    stage = tim.groups.create(group_type="AVChatRoom", name="Stage", group_id="stage")["GroupId"]
    messages = tim.group_messages
    assert messages.send(stage, "hello", sender="dan")["MsgSeq"] == 1
    assert code_of(lambda: messages.get_history_page(stage)) == 10007
    assert code_of(lambda: messages.send(stage, "x", online_only=True)) == 10004
    assert code_of(lambda: messages.send(stage, "x", receivers=["ann"])) == 10004
    assert code_of(lambda: messages.send(stage, "x", mentions_all=True)) == 10004
    assert code_of(lambda: messages.modify(stage, 1, message="x")) == 10007
    assert code_of(lambda: messages.notify(stage, "x", user_ids=["ann"])) == 10004
    row: MessageToImport = {"From_Account": "ann", "SendTime": 1, "MsgBody": "x"}
    assert messages.import_many(stage, [row]).outcomes[0].code == 10007
    messages.delete_by_sender(stage, "dan")
    messages.clear(stage)
    assert [one.code for one in messages.recall_many(stage, [1, 2])] == [0, 10030]


def test_too_many_messages_a_second(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.groups.create(group_type="AVChatRoom", name="Stage", group_id="stage")
    simulator.rates.enabled = True
    for group_id in (club, "stage"):
        for _ in range(40):
            tim.group_messages.send(group_id, "hello")
        with pytest.raises(RateLimited) as caught:
            tim.group_messages.send(group_id, "one more")
        assert caught.value.code == 10023
    assert "MsgFreqCtrl" in caught.value.info
    assert simulator.requests[-1].code == 0  # the live group's answer was OK
    simulator.clock.advance(1)
    assert tim.group_messages.send(club, "and on")["MsgSeq"] == 41


def test_messages_to_those_online_leave_no_history(tim: Tim, club: str) -> None:
    tim.group_messages.send(club, "quick", online_only=True)
    tim.group_messages.send(club, "kept")
    assert seqs(tim, club) == [2]


def test_the_history_is_read_downwards(simulator: Simulator, tim: Tim, club: str) -> None:
    for number in range(45):
        tim.group_messages.send(club, str(number))
    before = simulator.counts.get(GROUP_MESSAGE_HISTORY.path, 0)
    assert seqs(tim, club) == list(range(45, 0, -1))
    assert simulator.counts[GROUP_MESSAGE_HISTORY.path] == before + 3
    asked = [one.body.get("ReqMsgSeq") for one in list(simulator.requests)[-3:]]
    assert asked == [None, 25, 5]
    assert seqs(tim, club, newest=3) == [3, 2, 1]
    page = tim.group_messages.get_history_page(club, newest=10, limit=2)
    assert [row["MsgSeq"] for row in page["RspMsgList"]] == [10, 9]
    too_many = tim.group_messages.get_history_page(club, limit=30)
    assert (len(too_many["RspMsgList"]), too_many["IsFinished"]) == (20, 0)
    assert tim.group_messages.get_history_page(club, newest=5)["IsFinished"] == 1


def test_pages_that_come_short_overlap_or_stand_still(
    tim: Tim, club: str, answers: Answers
) -> None:
    def page(*numbers: int) -> dict[str, Any]:
        return {"IsFinished": 0, "RspMsgList": [{"MsgSeq": number} for number in numbers]}

    answers(GROUP_MESSAGE_HISTORY, [page(9), page(9, 8, 7), page(3), page()])
    assert seqs(tim, club) == [9, 8, 7, 3]
    answers(GROUP_MESSAGE_HISTORY, [page(9, 8)])
    with pytest.raises(PagingStalled):
        seqs(tim, club)
    answers(GROUP_MESSAGE_HISTORY, [{"RspMsgList": [{"From_Account": "ann"}]}])
    with pytest.raises(BadAnswer):
        seqs(tim, club)


def test_a_recalled_message_is_marked(simulator: Simulator, tim: Tim, club: str) -> None:
    for text in ("one", "two", "three"):
        tim.group_messages.send(club, text)
    result = tim.group_messages.recall_many(club, [2, 9], reason="a slip")
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "Reason": "a slip",
        "MsgSeqList": [{"MsgSeq": 2}, {"MsgSeq": 9}],
    }
    assert [(one.item, one.code) for one in result] == [("2", 0), ("9", 10030)]
    rows = list(tim.group_messages.iterate_history(club))
    assert [row["IsPlaceMsg"] for row in rows] == [0, 2, 0]
    assert rows[1]["MsgBody"] == []
    assert tim.group_messages.recall_many(club, [2])


def test_recalls_go_by_ten(simulator: Simulator, tim: Tim, club: str) -> None:
    for number in range(12):
        tim.group_messages.send(club, str(number))
    assert tim.group_messages.recall_many(club, range(1, 13))
    sizes = [len(one.body["MsgSeqList"]) for one in list(simulator.requests)[-2:]]
    assert sizes == [10, 2]


def test_delete_by_sender_reaches_the_newest_thousand(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    tim.group_messages.send(club, "old", sender="bob")
    for number in range(999):
        tim.group_messages.send(club, str(number), sender="cyd" if number % 2 else "ann")
    tim.group_messages.send(club, "new", sender="bob")
    tim.group_messages.delete_by_sender(club, "bob")
    kept = simulator.state.part(Histories).peek(club)
    assert [message.gone for message in kept.messages if message.sender == "bob"] == [0, 1]
    newest = tim.group_messages.get_history_page(club, limit=1)["RspMsgList"][0]
    assert (newest["IsPlaceMsg"], newest["MsgBody"]) == (1, [])


def test_what_is_cleared_is_still_read_by_the_admin(
    simulator: Simulator, tim: Tim, club: str
) -> None:
    for text in ("one", "two"):
        tim.group_messages.send(club, text)
    tim.group_messages.clear(club, up_to=1)
    assert simulator.requests[-1].body == {"GroupId": "club", "MsgSeq": 1}
    assert simulator.state.part(Histories).peek(club).cleared_to == 1
    tim.group_messages.clear(club)
    assert simulator.state.part(Histories).peek(club).cleared_to == 2
    assert seqs(tim, club) == [2, 1]


def test_modify(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_messages.send(club, "helo", cloud_custom_data="v=1")
    tim.group_messages.modify(club, 1, message="hello")
    assert simulator.requests[-1].path == "openim/modify_group_msg"
    row = tim.group_messages.get_history_page(club)["RspMsgList"][0]
    assert row["MsgBody"][0]["MsgContent"] == {"Text": "hello"}
    assert row["CloudCustomData"] == "v=1"
    tim.group_messages.modify(club, 1, cloud_custom_data="v=2")
    row = tim.group_messages.get_history_page(club)["RspMsgList"][0]
    assert row["CloudCustomData"] == "v=2"
    assert code_of(lambda: tim.group_messages.modify(club, 5, message="x")) == 20001
    with pytest.raises(InvalidArgument):
        tim.group_messages.modify(club, 1)


def row_of(time: int, text: str = "hello", **more: Any) -> MessageToImport:
    row: Any = {"From_Account": "bob", "SendTime": time, "MsgBody": text, **more}
    imported: MessageToImport = row
    return imported


def test_imports_take_rising_times_only(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    tim.groups.import_one(
        group_type="Public", name="Old", group_id="old", create_time=1_600_000_000
    )
    tim.group_members.add_many("old", ["bob"])
    times = [1_600_000_005, 1_600_000_010, 1_600_000_010, 1_599_999_999, 1_700_000_001]
    result = tim.group_messages.import_many("old", [row_of(time) for time in times])
    assert [one.code for one in result] == [0, 0, 10004, 10004, 10004]
    assert [one.item for one in result] == ["0", "1", "2", "3", "4"]
    assert result.outcomes[1].value == {"MsgSeq": 2, "MsgTime": 1_600_000_010, "Result": 0}
    rows = list(tim.group_messages.iterate_history("old"))
    assert [row["MsgTimeStamp"] for row in rows] == [1_600_000_010, 1_600_000_005]
    assert group_of(tim, "old")["LastMsgTime"] == 1_600_000_010
    (member,) = tim.group_members.iterate("old")
    assert member["MsgSeq"] == 2  # nothing is unread


def test_imports_go_by_seven_and_tell_each_failure(simulator: Simulator, tim: Tim) -> None:
    simulator.state.sensitive_words.add("spam")
    tim.accounts.import_one("bob")
    tim.groups.import_one(
        group_type="Public", name="Old", group_id="old", create_time=1_600_000_000
    )
    rows = [row_of(1_600_000_001 + number) for number in range(8)]
    rows[3] = row_of(1_600_000_004, "spam")
    rows[5] = row_of(1_600_000_006, From_Account="nobody")
    result = tim.group_messages.import_many("old", rows, refresh_conversations=True)
    sent = [one.body for one in list(simulator.requests)[-2:]]
    assert [len(body["MsgList"]) for body in sent] == [7, 1]
    assert sent[0]["RecentContactFlag"] == 1
    assert sent[0]["MsgList"][0]["Random"] != sent[0]["MsgList"][1]["Random"]
    assert [one.code for one in result] == [0, 0, 0, 80001, 0, 10004, 0, 0]
    assert not result


def test_an_import_with_the_same_random_is_done_once(tim: Tim) -> None:
    tim.accounts.import_one("bob")
    tim.groups.import_one(
        group_type="Public", name="Old", group_id="old", create_time=1_600_000_000
    )
    rows = [row_of(1_600_000_001, Random=5)]
    for _ in range(2):
        (outcome,) = tim.group_messages.import_many("old", rows)
        assert outcome.value == {"MsgSeq": 1, "MsgTime": 1_600_000_001, "Result": 0}
    assert seqs(tim, "old") == [1]


def test_receipts(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_messages.send(club, "read this", sender="ann", need_read_receipt=True)
    tim.group_messages.send(club, "never mind", sender="ann")
    messages = tim.group_messages
    assert messages.send_receipts_many(club, [1, 2], reader="bob")
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "From_Account": "bob",
        "MsgSeqList": [{"MsgSeq": 1}, {"MsgSeq": 2}],
    }
    first, second = messages.get_receipts_many(club, [1, 2])
    assert first.value == {"Code": 0, "MsgSeq": 1, "ReadNum": 1, "UnreadNum": 1}
    assert second.code == 10062
    assert list(messages.iterate_receipts(club, 1)) == ["bob"]
    assert list(messages.iterate_receipts(club, 1, unread=True)) == ["cyd"]
    with pytest.raises(NotFound) as caught:
        messages.get_receipts_page(club, 2)
    assert caught.value.code == 10062
    assert messages.send_receipts_many(club, [1], reader="dan").outcomes[0].code == 10007


def test_receipt_pages(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.accounts.import_many([f"m{number}" for number in range(150)])
    tim.group_members.add_many(club, [f"m{number}" for number in range(150)])
    tim.group_messages.send(club, "read this", sender="ann", need_read_receipt=True)
    page = tim.group_messages.get_receipts_page(club, 1, unread=True, limit=100)
    assert (len(page["UnreadList"]), page["IsFinish"]) == (100, 0)
    rest = tim.group_messages.get_receipts_page(club, 1, unread=True, cursor=page["Cursor"])
    assert (len(rest["UnreadList"]), rest["IsFinish"]) == (52, 1)
    assert len(set(tim.group_messages.iterate_receipts(club, 1, unread=True))) == 152


def test_both_spellings_of_the_last_receipt_page(tim: Tim, club: str, answers: Answers) -> None:
    rows = [{"Read_Account": "bob"}]
    last = {"Cursor": "9", "IsFinished": 1, "ReadList": rows}
    answers(
        GROUP_MESSAGE_RECEIPT_DETAIL, [{"Cursor": "9", "IsFinished": 0, "ReadList": rows}, last]
    )
    assert list(tim.group_messages.iterate_receipts(club, 1)) == ["bob"]  # on both pages
    answers(GROUP_MESSAGE_RECEIPT_DETAIL, [{"Cursor": "9", "IsFinish": 0}])
    with pytest.raises(PagingStalled):
        list(tim.group_messages.iterate_receipts(club, 1))


def test_no_receipts_where_there_can_be_none(tim: Tim, club: str) -> None:
    def send(group_id: str, **options: Any) -> int:
        return code_of(
            lambda: tim.group_messages.send(group_id, "x", need_read_receipt=True, **options)
        )

    tim.groups.create(group_type="Community", name="Town", group_id="@TGS#_town")
    assert send("@TGS#_town") == 10004
    assert send(club, online_only=True) == 10061
    tim.accounts.import_many([f"m{number}" for number in range(200)])
    tim.group_members.add_many(club, [f"m{number}" for number in range(200)])
    assert send(club) == 10060


def test_notify_some_or_all(simulator: Simulator, tim: Tim, club: str) -> None:
    tim.group_messages.notify(club, "closing soon", user_ids=["bob"])
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "Content": "closing soon",
        "ToMembers_Account": ["bob"],
    }
    tim.group_messages.notify(club, "closed")
    assert simulator.requests[-1].body == {"GroupId": "club", "Content": "closed"}
    sent = simulator.state.part(Histories).notifications
    assert [one["ToMembers_Account"] for one in sent] == [["bob"], []]


def test_an_empty_choice_does_not_mean_all(simulator: Simulator, tim: Tim, club: str) -> None:
    before = len(simulator.requests)
    with pytest.raises(InvalidArgument):
        tim.group_messages.notify(club, "x", user_ids=[])
    with pytest.raises(InvalidArgument):
        tim.group_messages.send(club, "x", receivers=[])
    with pytest.raises(InvalidArgument):
        tim.group_messages.send(club, "x", mentions="ann")
    with pytest.raises(InvalidArgument):
        tim.group_messages.send(club, "x", random=2**32)
    with pytest.raises(TypeError, match="colour"):
        tim.group_messages.send(club, "x", **{"colour": "red"})  # type: ignore[misc]
    with pytest.raises(InvalidArgument):
        tim.group_messages.recall_many(club, [])
    for wrong in ("12", ["1"], [-1], [None]):
        with pytest.raises(InvalidArgument):
            tim.group_messages.recall_many(club, wrong)  # type: ignore[arg-type]
    assert len(simulator.requests) == before


def test_the_history_goes_with_the_group(tim: Tim, club: str) -> None:
    tim.group_messages.send(club, "hello")
    tim.groups.dissolve(club)
    with pytest.raises(NotFound):
        tim.group_messages.send(club, "hello")
    tim.groups.create(group_type="Public", name="Club", owner="ann", group_id=club)
    assert seqs(tim, club) == []


def test_reading_keeps_nothing_for_groups_without_messages(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=20, accounts=50)
    for group in simulator.state.all_groups():
        if group.type != "AVChatRoom":
            assert seqs(tim, group.group_id) == []
    assert simulator.state.part(Histories)._groups == {}


def test_what_goes_to_many_groups_is_kept_once(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=20, accounts=50)
    groups = [one for one in simulator.state.all_groups() if one.type == "Public"]
    for group in groups:
        tim.group_messages.send(group.group_id, "to all")
    kept = simulator.state.part(Histories)
    assert len({id(kept.peek(group.group_id).messages[0].body) for group in groups}) == 1
    assert all(group._members is None for group in groups)


def test_what_other_clients_send(simulator: Simulator, tim: Tim, club: str) -> None:
    body = {
        "GroupId": club,
        "Random": 5,
        "MsgBody": [elements.text("hello")],
        "From_Account": "",
        "MsgPriority": "",
        "TopicId": None,
        "To_Account": [],
        "GroupAtInfo": None,
        "OfflinePushInfo": None,
        "SendMsgControl": [],
        "CloudCustomData": "",
        "IsNeedReadReceipt": 1,
        "OnlineOnlyFlag": None,
    }
    assert tim.call(GROUP_MESSAGE_SEND, body)["MsgSeq"] == 1
    assert tim.group_messages.get_receipts_many(club, [1])
    history = {"GroupId": club, "ReqMsgNumber": 5, "ReqMsgSeq": 0, "WithRecalledMsg": 0}
    (row,) = tim.call(GROUP_MESSAGE_HISTORY, history)["RspMsgList"]
    assert (row["From_Account"], row["MsgPriority"]) == ("administrator", 2)
    recall = {"GroupId": club, "MsgSeqList": [{"MsgSeq": "1"}]}
    assert tim.call(GROUP_MESSAGE_RECALL, recall)["RecallRetList"] == [{"MsgSeq": 1, "RetCode": 0}]
    to_all = {"GroupId": club, "Content": "x", "ToMembers_Account": []}
    tim.call(GROUP_NOTIFICATION_SEND, to_all)


def test_a_topic_named_in_the_place_of_its_group(simulator: Simulator, tim: Tim) -> None:
    town, news = "@TGS#_town", "@TGS#_town@TOPIC#_news"
    tim.groups.create(group_type="Community", name="Town", group_id=town, support_topic=True)
    tim.topics.create(town, name="News", topic_id=news)
    tim.group_messages.send(news, "hello")
    assert seqs(tim, town, topic_id=news) == [1]
    assert seqs(tim, news) == [1]
    assert seqs(tim, town) == []


def test_a_stream_and_extensions_know_the_history(tim: Tim, club: str) -> None:
    tim.streams.send_group(club, "Tea", sender="bob", random=1, last=True)
    (row,) = tim.group_messages.iterate_history(club)
    assert (row["From_Account"], row["MsgSeq"]) == ("bob", 1)
    assert row["MsgBody"][0]["MsgType"] == "TIMStreamElem"
    assert code_of(lambda: tim.streams.send_group(club, "Tea", sender="dan")) == 10007
    tim.group_messages.send(club, "vote", supports_extensions=True)
    change = tim.message_extensions.change_group_many
    assert [change(club, seq, {"tea": "1"}).outcomes[0].code for seq in (1, 2, 3)] == [
        23002,
        0,
        23004,
    ]
    tim.group_messages.recall_many(club, [2])
    assert change(club, 2, {"tea": "2"}).outcomes[0].code == 23004
