"""All commands parse, in every spelling that the vendor has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_tim import signals
from django_tim.webhooks import events
from django_tim.webhooks.events.fields import Field
from django_tim.webhooks.verdicts import RULES

MOMENT = datetime(2022, 12, 9, 8, 26, 54, 123000, tzinfo=UTC)
STRANGE: list[Any] = [None, "", "x", -1, 10**30, 1.5, True, [], [1], [{}], {}, {"a": [None]}]


def fields(event: type[events.Event]) -> dict[str, Field[Any]]:
    names = dir(event)
    return {name: one for name in names if isinstance(one := getattr(event, name), Field)}


def test_there_are_61_commands_each_with_a_class_a_family_and_a_docstring() -> None:
    assert len(events.EVENTS) == 61
    for command, event in events.EVENTS.items():
        assert event.named == command
        assert event.family in signals.FAMILIES
        assert event.__doc__
        assert event.__name__ in events.__all__


def test_what_can_be_answered_has_rules() -> None:
    assert {event for event in events.EVENTS.values() if event.before} == set(RULES)


@pytest.mark.parametrize("command", sorted(events.EVENTS))
def test_whatever_comes_can_be_read(command: str) -> None:
    event = events.EVENTS[command]
    names = {name for field in fields(event).values() for name in field.names}
    for value in STRANGE:
        parsed = events.parse(command, {name.split(".")[0]: value for name in names})
        assert type(parsed) is event
        for name in fields(event):
            getattr(parsed, name)


@pytest.mark.parametrize(
    "stamp",
    [1670574414123, "1670574414123"],
)
def test_milliseconds(stamp: Any) -> None:
    event = events.parse("New.Command", {"EventTime": stamp})
    assert (event.time, event.event_ms) == (MOMENT, 1670574414123)


@pytest.mark.parametrize("stamp", [1670574414, "1670574414", 1670574414.0])
def test_seconds(stamp: Any) -> None:
    event = events.parse("Push.OfflinePush", {"EventTime": stamp})
    assert (event.time, event.event_ms) == (MOMENT.replace(microsecond=0), 1670574414000)


@pytest.mark.parametrize("stamp", [None, 0, "", "soon", -5, 10**30, [], float("nan")])
def test_no_time(stamp: Any) -> None:
    event = events.parse("New.Command", {"EventTime": stamp})
    assert (event.time, event.event_ms) == (None, None)


@pytest.mark.parametrize(
    ("command", "payload", "attribute", "value"),
    [
        ("Push.OfflinePush", {"GroupID": "g"}, "group_id", "g"),
        ("Push.OfflinePush", {"GroupId": "g"}, "group_id", "g"),
        ("Group.CallbackAfterMemberFieldChanged", {"Member_Account": "a"}, "user_id", "a"),
        ("Group.CallbackAfterMemberFieldChanged", {"Modified_Account": "a"}, "user_id", "a"),
        ("Group.CallbackBeforeApplyJoinGroup", {"Requestor_Account": "a"}, "user_id", "a"),
        ("Bot.OnGroupMessage", {"AtRobots_Account": ["@RBT#1"]}, "robots", ("@RBT#1",)),
        ("Bot.OnGroupMessage", {"AtRobotAccount": ["@RBT#1"]}, "robots", ("@RBT#1",)),
        ("Group.CallbackAfterSendMsg", {"Random": 7}, "msg_random", 7),
        ("C2C.CallbackAfterSendMsg", {"MsgRandom": "7"}, "msg_random", 7),
        ("Group.CallbackAfterTopicDestroyed", {"TopicIdList": "t"}, "topic_ids", ("t",)),
        ("Group.CallbackAfterTopicDestroyed", {"TopicIdList": ["t"]}, "topic_ids", ("t",)),
        ("Group.CallbackAfterRecallMsg", {"MsgSeqList": [{"MsgSeq": 5}]}, "msg_seqs", ("5",)),
        ("State.StateChange", {"Info": {"To_Account": "a"}}, "user_id", "a"),
        (
            "Profile.CallbackPortraitSet",
            {"ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "n"}, {"Tag": "t"}]},
            "fields",
            {"Tag_Profile_IM_Nick": "n", "t": None},
        ),
        (
            "ContentCallback.ResultNotify",
            {"ContactItem": {"ToGroupId": "g"}},
            "group_id",
            "g",
        ),
    ],
)
def test_spellings(command: str, payload: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(events.parse(command, payload), attribute) == value


def test_an_unknown_command_is_a_plain_event() -> None:
    event = events.parse("New.Command", {"What": 1}, platform="Web")
    assert type(event) is events.Event
    assert (event.command, event.payload, event.platform) == ("New.Command", {"What": 1}, "Web")


def test_a_message_says_its_text() -> None:
    body = [
        {"MsgType": "TIMTextElem", "MsgContent": {"Text": "one"}},
        {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1}},
        {"MsgType": "TIMTextElem", "MsgContent": {"Text": "two"}},
    ]
    event = events.parse("Group.CallbackBeforeSendMsg", {"MsgBody": body})
    assert isinstance(event, events.BeforeGroupMessage)
    assert event.text == "one\ntwo"
