"""Permission groups of Communities, over HTTP to the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from django_tim.catalogue import PERMISSION_GROUP_LIST, PERMISSION_GROUP_MEMBER_LIST
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, PagingStalled
from django_tim.simulator import Simulator
from django_tim.simulator.registry import HANDLERS, OK

TOWN = "@TGS#_town"
NEWS, SPORT = (f"{TOWN}@TOPIC#_{name}" for name in ("news", "sport"))
EDITORS = "@PMG#_editors"


@pytest.fixture
def town(simulator: Simulator, tim: Tim) -> str:
    """A Community with two topics and an empty permission group."""
    tim.accounts.import_many(["ann", "bob", "dan"]).raise_for_failures()
    tim.groups.create(
        group_type="Community",
        name="Town",
        owner="ann",
        group_id=TOWN,
        members=["bob"],
        support_topic=True,
    )
    for topic_id in (NEWS, SPORT):
        tim.topics.create(TOWN, name="x", topic_id=topic_id)
    tim.permission_groups.create(
        TOWN, name="Editors", permission_group_id=EDITORS, permission=3, custom_string="c"
    )
    return TOWN


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(APIError) as caught:
        call()
    return caught.value.code


def test_create_and_modify(simulator: Simulator, tim: Tim, town: str) -> None:
    assert simulator.requests[-1].body == {
        "GroupId": TOWN,
        "PermissionGroupName": "Editors",
        "PermissionGroupId": EDITORS,
        "Permission": 3,
        "CustomString": "c",
    }
    tim.permission_groups.modify(town, EDITORS, name="The editors", permission=0)
    assert list(tim.permission_groups.iterate(town)) == [
        {
            "GroupId": TOWN,
            "PermissionGroupId": EDITORS,
            "PermissionGroupName": "The editors",
            "Permission": 0,
            "CustomString": "c",
            "MemberNum": 0,
        }
    ]
    given = tim.permission_groups.create(town, name="Others")["PermissionGroupId"]
    assert given.startswith("@PMG#_")


def test_what_is_refused(tim: Tim, town: str) -> None:
    groups = tim.permission_groups
    tim.groups.create(group_type="Public", name="Club", group_id="club")
    assert code_of(lambda: groups.create("club", name="x")) == 10007
    assert code_of(lambda: groups.create(town, name="x", permission_group_id="own")) == 10004
    assert code_of(lambda: groups.create(town, name="x", permission_group_id=EDITORS)) == 10021
    assert code_of(lambda: groups.create(town, name="x" * 151)) == 10004
    assert code_of(lambda: groups.modify(town, "@PMG#_none", name="x")) == 110008
    with pytest.raises(InvalidArgument):
        groups.create(town, name="")


def test_delete_some(tim: Tim, town: str) -> None:
    result = tim.permission_groups.delete_many(town, [EDITORS, "@PMG#_none"])
    assert [(one.item, one.code) for one in result] == [(EDITORS, 0), ("@PMG#_none", 110006)]
    assert list(tim.permission_groups.iterate(town)) == []


def test_pages_of_groups(simulator: Simulator, tim: Tim, town: str) -> None:
    for number in range(44):
        tim.permission_groups.create(town, name="x", permission_group_id=f"@PMG#_{number}")
    found = [row["PermissionGroupId"] for row in tim.permission_groups.iterate(town)]
    assert found == [EDITORS, *(f"@PMG#_{number}" for number in range(44))]
    asked = [one.body for one in list(simulator.requests)[-3:]]
    assert [body["Limit"] for body in asked] == [20, 20, 20]
    assert asked[0]["Next"] == ""
    page = tim.permission_groups.get_page(town, permission_group_ids=[EDITORS, "@PMG#_none"])
    assert [row["ErrorCode"] for row in page["PermissionGroupInfoList"]] == [0, 110008]
    assert page["Next"] == ""


def test_members(simulator: Simulator, tim: Tim, town: str) -> None:
    groups = tim.permission_groups
    added = groups.add_members_many(town, EDITORS, ["bob", "dan"])
    assert simulator.requests[-1].body["MemberList"] == [
        {"Member_Account": "bob"},
        {"Member_Account": "dan"},
    ]
    assert [(one.value, one.ok) for one in added] == [("added", True), (None, False)]
    assert groups.add_members_many(town, EDITORS, ["bob"]).values() == ["already"]
    groups.add_members_many(town, EDITORS, ["ann"])
    found = [row["Member_Account"] for row in groups.iterate_members(town, EDITORS)]
    assert found == ["bob", "ann"]
    assert groups.delete_members_many(town, EDITORS, ["bob", "dan"])
    page = groups.get_members_page(town, EDITORS, limit=1)
    assert [row["Member_Account"] for row in page["MemberList"]] == ["ann"]


def test_who_leaves_the_community_leaves_its_groups(tim: Tim, town: str) -> None:
    tim.permission_groups.add_members_many(town, EDITORS, ["ann", "bob"])
    tim.group_members.delete_many(town, ["bob"])
    (group,) = tim.permission_groups.iterate(town)
    assert group["MemberNum"] == 1
    tim.accounts.delete_many(["ann"])
    assert list(tim.permission_groups.iterate_members(town, EDITORS)) == []


def test_pages_of_members(tim: Tim, town: str) -> None:
    users = [f"m{number}" for number in range(120)]
    tim.accounts.import_many(users)
    tim.group_members.add_many(town, users)
    assert tim.permission_groups.add_members_many(town, EDITORS, users)
    found = tim.permission_groups.iterate_members(town, EDITORS)
    assert [row["Member_Account"] for row in found] == users


def test_a_mark_that_stands_still(tim: Tim, town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Mapping[str, Any] = {**OK, "Next": "7"}
    for endpoint in (PERMISSION_GROUP_LIST, PERMISSION_GROUP_MEMBER_LIST):
        monkeypatch.setitem(HANDLERS, endpoint.path, lambda state, body: answer)
    with pytest.raises(PagingStalled):
        list(tim.permission_groups.iterate(town))
    with pytest.raises(PagingStalled):
        list(tim.permission_groups.iterate_members(town, EDITORS))


def test_permissions_in_topics(simulator: Simulator, tim: Tim, town: str) -> None:
    groups = tim.permission_groups
    lost = f"{TOWN}@TOPIC#_lost"
    added = groups.add_topic_permissions_many(town, EDITORS, {NEWS: 5, lost: 1})
    assert simulator.requests[-1].body["TopicPermissionList"] == [
        {"TopicId": NEWS, "Permission": 5},
        {"TopicId": lost, "Permission": 1},
    ]
    assert [one.code for one in added] == [0, 110013]
    assert groups.add_topic_permissions_many(town, EDITORS, {NEWS: 6}).outcomes[0].code == 110010
    changed = groups.set_topic_permissions_many(town, EDITORS, {NEWS: 7, SPORT: 1})
    assert [one.code for one in changed] == [0, 110011]
    found = groups.get_topic_permissions_many(town, EDITORS, [NEWS, SPORT])
    assert [(one.value, one.code) for one in found] == [(7, 0), (None, 110011)]
    assert dict(groups.iterate_topic_permissions(town, EDITORS)) == {NEWS: 7}
    assert groups.delete_topic_permissions_many(town, EDITORS, [NEWS, SPORT])
    assert dict(groups.iterate_topic_permissions(town, EDITORS)) == {}
