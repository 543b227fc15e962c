"""What an event costs the database: a number of statements that no change raises unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_tim.models import CallbackEvent, GroupMember, Message
from django_tim.webhooks import inbox, processing
from tests.conftest import APP

from .conftest import Service

# As in production: no test's transaction, whose savepoints would be counted.
pytestmark = pytest.mark.django_db(transaction=True)
Told = tuple[str, dict[str, Any]]
GROUP = {"GroupId": "@TGS#1", "Type": "Public"}
TEXT = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}]
CREATED: Told = (
    "Group.CallbackAfterCreateGroup",
    {**GROUP, "Owner_Account": "ann", "Name": "a", "MemberList": [{"Member_Account": "ann"}]},
)
JOIN, LEAVE = "Group.CallbackAfterNewMemberJoin", "Group.CallbackAfterMemberExit"


def _joined(*users: str) -> Told:
    return JOIN, {**GROUP, "NewMemberList": [{"Member_Account": one} for one in users]}


def _left(*users: str) -> Told:
    return LEAVE, {**GROUP, "ExitMemberList": [{"Member_Account": one} for one in users]}


COMMON: dict[str, tuple[Told, int]] = {
    "created": (("Group.CallbackAfterCreateGroup", CREATED[1] | {"GroupId": "@TGS#2"}), 15),
    "joined": (_joined("bob"), 13),
    "ten joined": (_joined(*(f"user{n}" for n in range(10))), 13),
    "joined again": (_joined("ann"), 7),
    "left": (_left("ann"), 6),
    "renamed": (("Group.CallbackAfterGroupInfoChanged", {**GROUP, "Name": "b"}), 7),
    "dissolved": (("Group.CallbackAfterGroupDestroyed", GROUP), 7),
    "online": (
        ("State.StateChange", {"Info": {"Action": "Login", "To_Account": "ann"}}),
        4,
    ),
    "profile": (
        (
            "Profile.CallbackPortraitSet",
            {
                "From_Account": "ann",
                "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann"}],
            },
        ),
        7,
    ),
    "group message": (
        (
            "Group.CallbackAfterSendMsg",
            {
                **GROUP,
                "From_Account": "ann",
                "MsgSeq": 7,
                "MsgTime": 1_700_000_000,
                "MsgBody": TEXT,
            },
        ),
        3,
    ),
    "message": (
        (
            "C2C.CallbackAfterSendMsg",
            {"From_Account": "ann", "To_Account": "bob", "MsgKey": "1_2_3", "MsgBody": TEXT},
        ),
        3,
    ),
    "nothing of the mirror's": (
        ("Sns.CallbackFriendAdd", {"PairList": [{"From_Account": "a", "To_Account": "b"}]}),
        1,
    ),
}


@pytest.mark.parametrize("name", COMMON)
def test_a_common_event_costs_few_statements(name: str, service: Service, settings: Any) -> None:
    settings.DJANGO_TIM = {"default": APP | {"MESSAGE_ARCHIVE": "full"}}
    (command, body), most = COMMON[name]
    service.tell(CREATED[0], CREATED[1] | {"EventTime": 1_700_000_000_000})
    with CaptureQueriesContext(connection) as stored:
        service.ask(command, body | {"EventTime": 1_700_000_001_000})
    assert len(stored) == 1, _said(stored)
    (row,) = inbox.claim()
    with CaptureQueriesContext(connection) as handled:
        processing.process(row)
    assert len(handled) <= most, _said(handled)
    row.refresh_from_db()
    assert row.state == CallbackEvent.State.DONE


def test_claiming_costs_the_same_for_one_and_for_many(service: Service) -> None:
    for number in range(10):
        service.ask(*_joined(f"user{number}"))
    with CaptureQueriesContext(connection) as claimed:
        assert len(inbox.claim()) == 10
    assert len(claimed) <= 4, _said(claimed)


def test_one_that_was_gone_comes_back(service: Service) -> None:
    service.tell(CREATED[0], CREATED[1] | {"EventTime": 1_700_000_000_000})
    service.tell(LEAVE, _left("ann")[1] | {"EventTime": 1_700_000_001_000})
    assert GroupMember.objects.get(user_id="ann").gone_at is not None
    service.tell(JOIN, _joined("ann", "bob")[1] | {"EventTime": 1_700_000_002_000})
    members = GroupMember.objects.filter(gone_at=None, stale_at__isnull=False)
    assert sorted(members.values_list("user_id", flat=True)) == ["ann", "bob"]
    assert members[0].group.member_num == 2


def test_a_message_is_archived_once_however_it_is_told(service: Service, settings: Any) -> None:
    settings.DJANGO_TIM = {"default": APP | {"MESSAGE_ARCHIVE": "full"}}
    command, body = COMMON["group message"][0]
    service.tell("Group.CallbackAfterRecallMsg", {**GROUP, "MsgSeqList": [{"MsgSeq": 7}]})
    service.tell(command, body)
    message = Message.objects.get()
    assert (message.text, message.from_account, message.recalled_at is None) == (
        "hello",
        "ann",
        False,
    )


def _said(captured: CaptureQueriesContext) -> str:
    return "\n".join(query["sql"][:120] for query in captured)
