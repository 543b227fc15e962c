"""Accounts and profiles: what is sent, what the mirror shows, which signal is heard."""

from __future__ import annotations

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, NotFound
from django_tim.models import Account, AuditEntry, GroupMember
from django_tim.services import accounts, groups, profiles
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)


def test_import_one(tim: Tim, simulator: Simulator, heard: Heard) -> None:
    row = accounts.import_one("ann", nick="安娜 🎉", face_url="https://a.example/a.png")
    assert simulator.requests[-1].body == {
        "UserID": "ann",
        "Nick": "安娜 🎉",
        "FaceUrl": "https://a.example/a.png",
    }
    row.refresh_from_db()
    assert (row.nickname, row.face_url, row.digest) == ("安娜 🎉", "https://a.example/a.png", "")
    assert heard.last("sender", "user_ids") == ("account_imported", Account, ["ann"])


def test_import_again_keeps_the_other_fields(tim: Tim) -> None:
    accounts.import_one("ann", nick="Ann", face_url="https://a.example/a.png")
    accounts.import_one("ann", nick="Anna")
    row = Account.objects.get()
    assert (row.nickname, row.face_url) == ("Anna", "https://a.example/a.png")


def test_import_many(tim: Tim, heard: Heard) -> None:
    result = accounts.import_many([{"UserID": "ann", "Nick": "A"}, "bob"])
    assert result
    assert dict(Account.objects.values_list("user_id", "nickname")) == {"ann": "A", "bob": ""}
    assert heard.last("user_ids") == ("account_imported", ["ann", "bob"])
    with pytest.raises(InvalidArgument):
        accounts.import_many("ann")  # type: ignore[arg-type]


def test_delete_marks_account_and_memberships_as_gone(tim: Tim, heard: Heard) -> None:
    accounts.import_many(["ann", "bob"])
    group = groups.create(group_type="Public", name="a", owner="ann", members=["bob"])
    accounts.delete(["bob"])
    assert Account.objects.get(user_id="bob").gone_at is not None
    assert GroupMember.objects.get(user_id="bob").gone_at is not None
    assert Account.objects.get(user_id="ann").gone_at is None
    group.refresh_from_db()
    assert group.stale_at is not None
    with pytest.raises(InvalidArgument):
        accounts.delete("ann")


def test_check_brings_the_mirror_in_step(tim: Tim, simulator: Simulator) -> None:
    accounts.import_many(["ann", "bob"])
    Account.objects.filter(user_id="ann").update(gone_at="2020-01-01T00:00Z", digest="x")
    tim.accounts.delete_many(["bob"])
    result = accounts.check(["ann", "bob", "nobody"])
    assert result.values() == ["Imported", "NotImported", "NotImported"]
    gone = dict(Account.objects.values_list("user_id", "gone_at"))
    assert gone["ann"] is None
    assert gone["bob"] is not None
    assert "nobody" not in gone
    assert not AuditEntry.objects.filter(action__contains="check").exists()


def test_kick(tim: Tim, simulator: Simulator, heard: Heard) -> None:
    accounts.import_one("ann")
    accounts.kick("ann")
    assert simulator.requests[-1].body == {"UserID": "ann"}
    assert simulator.state.accounts["ann"].kicked_at > 0
    assert heard.last("user_id") == ("account_kicked", "ann")
    with pytest.raises(NotFound):
        accounts.kick("nobody")


def test_profile_set(tim: Tim, simulator: Simulator, heard: Heard) -> None:
    accounts.import_one("ann", nick="Ann")
    fields = {"Tag_Profile_IM_Gender": "Gender_Type_Female", "Tag_Profile_IM_Level": 7}
    row = profiles.set("ann", fields=fields)
    assert simulator.state.accounts["ann"].tags["Tag_Profile_IM_Level"] == 7
    row.refresh_from_db()
    assert (row.nickname, row.gender, row.level) == ("Ann", "Gender_Type_Female", 7)
    assert heard.last("account", "fields") == ("profile_set", row, list(fields))
    assert AuditEntry.objects.latest("pk").details == {"fields": fields}
