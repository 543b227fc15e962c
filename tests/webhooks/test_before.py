"""Before events: vetoes, drops, rewrites, and the budget."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tim import signals
from django_tim.models import CallbackEvent
from django_tim.webhooks import Drop, Reply, Rewrite, Veto, deciding, seldom
from django_tim.webhooks.events import Event

from .conftest import Listen, Service

C2C, GROUP = "C2C.CallbackBeforeSendMsg", "Group.CallbackBeforeSendMsg"
CREATE, INVITE = "Group.CallbackBeforeCreateGroup", "Group.CallbackBeforeInviteJoinGroup"
FRIEND = "Sns.CallbackPrevFriendAdd"
OK = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
TEXT = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "red packet"}}]
OTHER = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "***"}}]


def raises(verdict: Exception) -> Any:
    def answer(event: Event) -> None:
        raise verdict

    return answer


def test_nobody_listens(service: Service, listen: Listen) -> None:
    after = listen(), listen(signals.message_event)
    assert service.ask(GROUP, {"MsgBody": TEXT}) == OK
    assert after == ([], [])


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (GROUP, None, 1),
        (GROUP, 10016, 1),
        (GROUP, 10100, 10100),
        (GROUP, 10200, 10200),
        (GROUP, 120001, 1),
        (CREATE, 10150, 10150),
        ("Group.CallbackBeforeCreateTopic", 10150, 10150),
        ("Group.CallbackBeforeApplyJoinGroup", 10150, 10150),
        (C2C, None, 1),
        (C2C, 20006, 1),
        (C2C, 120001, 120001),
        (C2C, 130000, 130000),
        (C2C, 10100, 1),
        ("OfficialAccount.CallbackBeforeSendMsg", 120001, 120001),
        ("OfficialAccount.CallbackBeforeCreateOfficialAccount", 120001, 1),
        ("OfficialAccount.CallbackBeforeAddSubscriber", None, 1),
        ("New.CallbackBeforeNextYear", None, 0),
    ],
)
@pytest.mark.django_db
def test_a_veto_has_the_areas_code(
    service: Service, listen: Listen, command: str, code: int | None, said: int
) -> None:
    listen(command=command, answer=raises(Veto(code, "no!")))
    answer = service.ask(command, {"MsgBody": TEXT})
    assert answer["ErrorCode"] == said
    if said:
        assert (answer["ActionStatus"], answer["ErrorInfo"]) == ("FAIL", "no!")


@pytest.mark.parametrize("code", [0, 1, 2, 10099, 10201, 37999, 39001, 120000, 130001, -1])
def test_a_code_of_no_area_is_refused_at_once(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        Veto(code)


def test_a_code_of_another_area_is_named_in_the_log(
    service: Service, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    listen(command=C2C, answer=raises(Veto(10150)))
    assert service.ask(C2C)["ErrorCode"] == 1
    assert "only with 120001 to 130000" in caplog.text


def test_a_returned_veto_counts_and_later_receivers_are_not_asked(
    service: Service, listen: Listen
) -> None:
    listen(command=GROUP, answer=lambda event: Veto(10101))
    later = listen(command=GROUP)
    assert service.ask(GROUP)["ErrorCode"] == 10101
    assert later == []


def test_a_dropped_message(service: Service, listen: Listen) -> None:
    listen(command=C2C, answer=raises(Drop()))
    assert service.ask(C2C) == {**OK, "ErrorCode": 2}


def test_only_messages_can_be_dropped(
    service: Service, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    listen(command=CREATE, answer=raises(Drop()))
    assert service.ask(CREATE) == OK
    assert "Drop is no answer" in caplog.text


def test_a_rewritten_message_is_what_the_next_receiver_gets(
    service: Service, listen: Listen
) -> None:
    listen(before=True, answer=lambda event: Rewrite(OTHER))
    rewrite = Rewrite(cloud_custom_data="x")
    second = listen(signals.message_event, command=GROUP, answer=lambda event: rewrite)
    answer = service.ask(GROUP, {"MsgBody": TEXT, "GroupId": "g"})
    assert answer == {**OK, "MsgBody": OTHER, "CloudCustomData": "x"}
    assert second[0].text == "***"  # type: ignore[attr-defined]
    assert second[0].group_id == "g"  # type: ignore[attr-defined]


def test_some_of_the_invited_are_kept_out(service: Service, listen: Listen) -> None:
    body = {"DestinationMembers": [{"Member_Account": "ann"}, {"Member_Account": "bob"}]}
    listen(command=INVITE, answer=lambda event: Veto(user_ids=["bob"]))
    assert service.ask(INVITE, body) == {**OK, "RefusedMembers_Account": ["bob"]}
    listen(command=INVITE, answer=lambda event: Veto(10111))
    assert service.ask(INVITE, body)["ErrorCode"] == 10111


def test_friends_are_refused_one_by_one(service: Service, listen: Listen) -> None:
    body = {"FriendItem": [{"To_Account": "ann"}, {"To_Account": "bob"}, {"To_Account": "cyd"}]}
    vetoes = [Veto(38001, "a", user_ids=["ann"]), Veto(user_ids=["cyd"])]
    listen(command=FRIEND, answer=lambda event: vetoes)
    results = service.ask(FRIEND, body)["ResultItem"]
    assert [(one["To_Account"], one["ResultCode"], one["ResultInfo"]) for one in results] == [
        ("ann", 38001, "a"),
        ("bob", 0, ""),
        ("cyd", 38000, ""),
    ]
    listen(command=FRIEND, answer=raises(Veto(39000)))
    codes = [one["ResultCode"] for one in service.ask(FRIEND, body)["ResultItem"]]
    assert codes == [38001, 39000, 38000]


def test_without_receivers_friends_are_let_through_one_by_one(service: Service) -> None:
    answer = service.ask(FRIEND, {"FriendItem": [{"To_Account": "ann"}]})
    assert answer["ResultItem"] == [{"To_Account": "ann", "ResultCode": 0, "ResultInfo": ""}]


def test_a_chatbot_gets_its_reply(service: Service, listen: Listen) -> None:
    listen(command="Chatbot.OnC2CSignalMessage", answer=lambda event: Reply("hello"))
    assert service.ask("Chatbot.OnC2CSignalMessage", {"Data": "?"}) == {**OK, "RspData": "hello"}


def test_a_receiver_that_fails_is_passed_over(
    service: Service, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    listen(command=GROUP, answer=raises(RuntimeError("oh")))
    listen(command=GROUP, answer=raises(Veto(10102)))
    assert service.ask(GROUP)["ErrorCode"] == 10102
    assert "connect.<locals>.receiver failed" in caplog.text


@pytest.mark.parametrize(("default", "code"), [("allow", 0), ("deny", 1)])
def test_a_slow_receiver_is_named_and_the_default_is_answered(
    service: Service,
    listen: Listen,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    default: str,
    code: int,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    submit = deciding._pool.submit

    def submit_and_see_it_begin(*given: Any) -> Any:
        future = submit(*given)
        assert begun.wait(30)
        return future

    def answer(event: Event) -> None:
        begun.set()
        go_on.wait(30)

    monkeypatch.setattr(deciding._pool, "submit", submit_and_see_it_begin)
    listen(command=GROUP, answer=answer)
    with override_settings(
        DJANGO_TIM_OPTIONS={"CALLBACK_BUDGET": 0.05, "CALLBACK_DEFAULT": default}
    ):
        assert service.ask(GROUP)["ErrorCode"] == code
        go_on.set()
    assert "connect.<locals>.receiver took more than" in caplog.text


def test_with_all_threads_at_work_the_default_is_answered_at_once(
    service: Service,
    listen: Listen,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(seldom, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(deciding, "_saturated", seldom.Seldom())
    go_on = threading.Event()
    listen(command=GROUP, answer=lambda event: go_on.wait(30) and None)
    options = {"CALLBACK_THREADS": 1, "CALLBACK_DEFAULT": "deny", "CALLBACK_BUDGET": 0.05}
    with override_settings(DJANGO_TIM_OPTIONS=options):
        assert service.ask(GROUP)["ErrorCode"] == 1
        for _ in range(4):
            assert service.ask(GROUP)["ErrorCode"] == 1
        now += seldom.PAUSE
        assert service.ask(GROUP)["ErrorCode"] == 1
        go_on.set()
    said = [one for one in caplog.messages if "no thread is free" in one]
    assert [one.rpartition("; ")[2].split()[0] for one in said] == ["1", "4"]  # once a minute


@pytest.mark.django_db(transaction=True)
def test_before_the_answer_there_is_no_statement_of_ours(service: Service, listen: Listen) -> None:
    listen(command=GROUP, answer=lambda event: Veto(10101))
    with CaptureQueriesContext(connections["default"]) as captured:
        assert service.ask(GROUP, {"MsgBody": TEXT})["ErrorCode"] == 10101
    assert not captured.captured_queries


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("age", "closed"), [(0, 2), (None, 0)])
def test_a_thread_keeps_its_connections_as_long_as_they_may_live(
    age: int | None,
    closed: int,
    service: Service,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, closing = deciding._Pool(), []
    monkeypatch.setattr(deciding, "_pool", pool)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", age)
    wrapper = type(connections["default"])
    close = wrapper.close

    def noted(self: BaseDatabaseWrapper) -> None:
        if threading.current_thread().name.startswith("tim-callback"):
            closing.append(self.alias)
        close(self)

    def answer(event: Event) -> None:
        connections["default"].close_at = None if age is None else 0.0  # in-memory ones live on
        assert not CallbackEvent.objects.exists()

    monkeypatch.setattr(wrapper, "close", noted)
    listen(command=GROUP, answer=answer)
    with override_settings(DJANGO_TIM_OPTIONS={"CALLBACK_THREADS": 1}):
        assert [service.ask(GROUP), service.ask(GROUP)] == [OK, OK]
    assert pool._threads is not None
    number = pool._threads.submit(lambda: len(closing)).result()  # it is done with both
    pool._threads.submit(connections.close_all).result()
    assert number == closed


def test_a_failing_receiver_denies_where_that_is_the_default(
    service: Service, listen: Listen
) -> None:
    listen(command=GROUP, answer=raises(RuntimeError("oh")))
    with override_settings(DJANGO_TIM_OPTIONS={"CALLBACK_DEFAULT": "deny"}):
        assert service.ask(GROUP)["ErrorCode"] == 1


@pytest.mark.django_db
def test_before_events_are_not_stored(service: Service, listen: Listen) -> None:
    listen(command=GROUP)
    service.ask(GROUP)
    assert not CallbackEvent.objects.exists()
