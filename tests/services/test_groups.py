"""Groups: what is sent, what the mirror shows, which signal is heard."""

from __future__ import annotations

import pytest

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import Conflict, NotFound
from django_tim.models import AuditEntry, Group, GroupMember
from django_tim.services import accounts, groups, runs
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def people(tim: Tim) -> None:
    accounts.import_many(["ann", "bob", "cyd"])


def test_create(simulator: Simulator, heard: Heard) -> None:
    row = groups.create(
        group_type="Public", name="早起 🎉", owner="ann", members=["bob"], introduction="hello"
    )
    remote = simulator.state.groups[row.group_id]
    assert (remote.name, remote.owner, remote.introduction) == ("早起 🎉", "ann", "hello")
    row.refresh_from_db()
    assert (row.name, row.owner_account, row.type) == ("早起 🎉", "ann", "Public")
    assert (row.member_num, row.max_member_num) == (2, remote.max_members)
    assert row.created_at is not None
    members = row.members.values_list("user_id", "role")
    assert set(members) == {("ann", "Owner"), ("bob", "Member")}
    assert heard.last("sender", "group") == ("group_created", Group, row)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_id) == ("group.create", row.group_id)


def test_a_group_that_cannot_be_read_back_is_noted_and_stale(
    simulator: Simulator, heard: Heard
) -> None:
    simulator.faults.add("code", value=91000, path="group_open_http_svc/get_group_info", times=None)
    row = groups.create(group_type="Public", name="a", owner="ann")
    row.refresh_from_db()
    assert (row.name, row.owner_account, row.type) == ("a", "ann", "Public")
    assert row.stale_at is not None
    assert heard.names[-1] == "group_created"
    simulator.faults.clear()
    tasks.run_sync(runs.start("sync_groups").pk)
    row.refresh_from_db()
    assert (row.stale_at, row.member_num) == (None, 1)


def test_an_id_in_use(heard: Heard) -> None:
    groups.create(group_type="Public", name="a", group_id="club")
    with pytest.raises(Conflict):
        groups.create(group_type="Public", name="b", group_id="club", owner="ann")
    assert Group.objects.get(group_id="club").name == "a"
    assert AuditEntry.objects.latest("pk").outcome == "failed"


def test_import_one(simulator: Simulator, heard: Heard) -> None:
    row = groups.import_one(group_type="Public", name="old", owner="ann", create_time=1_500_000_000)
    assert simulator.state.groups[row.group_id].create_time == 1_500_000_000
    row.refresh_from_db()
    assert row.created_at is not None
    assert row.created_at.timestamp() == 1_500_000_000
    assert heard.names[-1] == "group_created"


def test_modify(simulator: Simulator, heard: Heard) -> None:
    row = groups.create(group_type="Public", name="a", owner="ann", notification="keep me")
    groups.modify(row.group_id, name="b", mute_all_member="On")
    assert simulator.requests[-1].body == {
        "GroupId": row.group_id,
        "Name": "b",
        "MuteAllMember": "On",
    }
    row.refresh_from_db()
    assert (row.name, row.mute_all_member, row.digest) == ("b", True, "")
    assert row.raw["Notification"] == "keep me"
    assert heard.last("group", "fields") == ("group_modified", row, ["name", "mute_all_member"])


def test_custom_fields_of_another_name_are_kept(simulator: Simulator) -> None:
    row = groups.create(group_type="Public", name="a", owner="ann")
    groups.modify(row.group_id, custom_fields={"color": "red", "size": "1"})
    groups.modify(row.group_id, custom_fields={"size": "2"})
    row.refresh_from_db()
    kept = {field["Key"]: field["Value"] for field in row.raw["AppDefinedData"]}
    assert kept == {"color": "red", "size": "2"}
    assert simulator.state.groups[row.group_id].custom == kept


def test_modify_a_group_that_the_mirror_does_not_know(tim: Tim) -> None:
    group_id = tim.groups.create(group_type="Public", name="a", owner="ann")["GroupId"]
    row = groups.modify(group_id, name="b")
    assert (row.group_id, row.name) == (group_id, "b")


def test_change_owner(simulator: Simulator, heard: Heard) -> None:
    row = groups.create(group_type="Public", name="a", owner="ann", members=["bob"])
    groups.change_owner(row.group_id, new_owner="bob")
    assert simulator.state.groups[row.group_id].owner == "bob"
    row.refresh_from_db()
    assert row.owner_account == "bob"
    roles = dict(GroupMember.objects.values_list("user_id", "role"))
    assert roles == {"ann": "Member", "bob": "Owner"}
    assert heard.last("new_owner") == ("group_owner_changed", "bob")


def test_dissolve(simulator: Simulator, heard: Heard) -> None:
    row = groups.create(group_type="Public", name="a", owner="ann")
    groups.dissolve(row.group_id)
    assert row.group_id not in simulator.state.groups
    row.refresh_from_db()
    assert row.gone_at is not None
    assert not GroupMember.objects.filter(gone_at=None).exists()
    assert heard.last("group_id") == ("group_dissolved", row.group_id)
    with pytest.raises(NotFound):
        groups.dissolve(row.group_id)


def test_a_sync_heals_whatever_a_service_guessed(simulator: Simulator) -> None:
    row = groups.create(group_type="Public", name="a", owner="ann")
    groups.modify(row.group_id, name="b")
    Group.objects.update(name="nonsense", member_num=77)
    run = runs.start("sync_groups")
    tasks.run_sync(run.pk)
    row.refresh_from_db()
    assert (row.name, row.member_num) == ("b", 1)
