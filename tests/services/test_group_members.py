"""Group members: what is sent, what the mirror shows, which signal is heard."""

from __future__ import annotations

import time

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, NotPermitted
from django_tim.models import AuditEntry, Group, GroupMember
from django_tim.services import accounts, group_members, groups
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def club(tim: Tim) -> Group:
    accounts.import_many(["ann", "bob", "cyd", "dan"])
    return groups.create(
        group_type="Public", group_id="club", name="Club", owner="ann", members=["bob"]
    )


def members() -> dict[str, str]:
    return dict(GroupMember.objects.filter(gone_at=None).values_list("user_id", "role"))


def test_add(club: Group, simulator: Simulator, heard: Heard) -> None:
    result = group_members.add("club", ["bob", "cyd", "nobody"], silence=True)
    assert [outcome.value for outcome in result] == ["already", "added", None]
    sent = simulator.requests[-1].body
    assert (sent["Silence"], len(sent["MemberList"])) == (1, 3)
    assert members() == {"ann": "Owner", "bob": "Member", "cyd": "Member"}
    club.refresh_from_db()
    assert club.member_num == 3
    assert heard.last("group", "user_ids") == ("member_added", club, ["cyd"])
    assert AuditEntry.objects.latest("pk").outcome == "partial"


def test_who_comes_back_is_no_longer_gone(club: Group, heard: Heard) -> None:
    group_members.remove("club", ["bob"])
    assert members() == {"ann": "Owner"}
    group_members.add("club", ["bob"])
    assert members() == {"ann": "Owner", "bob": "Member"}
    club.refresh_from_db()
    assert club.member_num == 2


def test_remove(club: Group, simulator: Simulator, heard: Heard) -> None:
    group_members.remove("club", ["bob", "dan"], reason="spam")
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "MemberToDel_Account": ["bob", "dan"],
        "Reason": "spam",
    }
    assert members() == {"ann": "Owner"}
    club.refresh_from_db()
    assert club.member_num == 1
    assert heard.last("user_ids") == ("member_removed", ["bob", "dan"])


def test_mute_and_unmute(club: Group, simulator: Simulator, heard: Heard) -> None:
    before = int(time.time())
    group_members.mute("club", ["bob", "dan"], seconds=600)
    assert simulator.requests[-1].body["MuteTime"] == 600
    row = GroupMember.objects.get(user_id="bob")
    assert row.muted_until is not None
    assert 600 <= row.muted_until.timestamp() - before <= 700
    assert "dan" not in members()
    about = heard.last("user_ids", "seconds")
    assert about == ("member_muted", ["bob", "dan"], 600)
    group_members.unmute("club", ["bob"])
    row.refresh_from_db()
    assert row.muted_until is None
    assert AuditEntry.objects.latest("pk").action == "member.unmute"


def test_a_mute_without_an_end(club: Group) -> None:
    group_members.mute("club", ["bob"], seconds=4_294_967_295)
    row = GroupMember.objects.get(user_id="bob")
    assert row.raw["MuteUntil"] == 4_294_967_295


def test_modify(club: Group, simulator: Simulator, heard: Heard) -> None:
    row = group_members.modify("club", "bob", role="Admin", name_card="老鲍")
    assert simulator.requests[-1].body == {
        "GroupId": "club",
        "Member_Account": "bob",
        "Role": "Admin",
        "NameCard": "老鲍",
    }
    row.refresh_from_db()
    assert (row.role, row.name_card, row.digest) == ("Admin", "老鲍", "")
    assert heard.last("member", "fields") == ("member_modified", row, ["role", "name_card"])


def test_a_live_group_takes_no_members(tim: Tim, heard: Heard) -> None:
    accounts.import_one("ann")
    room = groups.create(group_type="AVChatRoom", name="room", owner="ann")
    result = group_members.add(room.group_id, ["ann"])
    assert not result
    assert members() == {}
    assert AuditEntry.objects.latest("pk").outcome == "failed"
    assert "member_added" not in heard.names


def test_one_text_is_not_several_ids(club: Group) -> None:
    with pytest.raises(InvalidArgument):
        group_members.add("club", "cyd")
    assert not AuditEntry.objects.filter(action="member.add").exists()


def test_an_error_for_the_whole_call_is_every_items_outcome(club: Group, heard: Heard) -> None:
    private = groups.create(group_type="Private", name="p", owner="ann", members=["bob"])
    result = group_members.mute(private.group_id, ["bob"], seconds=60)
    with pytest.raises(NotPermitted):
        _raise_first(result)
    assert GroupMember.objects.get(group=private, user_id="bob").muted_until is None


def _raise_first(result: object) -> None:
    from django_tim.catalogue import GROUP_MEMBER_MUTE
    from django_tim.client.errors import error_for

    outcome = result.failures[0]  # type: ignore[attr-defined]
    raise error_for(GROUP_MEMBER_MUTE, {"ErrorCode": outcome.code, "ErrorInfo": outcome.info})
