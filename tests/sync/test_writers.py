"""Rows into the mirror, whatever the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_tim.models import Group, GroupMember
from django_tim.models.base import touched
from django_tim.services import mapping
from django_tim.services.mirror import database_of
from django_tim.services.writers import selection
from django_tim.sync import writers
from django_tim.sync.groups import GROUPS
from django_tim.sync.members import MEMBERS
from django_tim.sync.writers import Written, upsert

pytestmark = pytest.mark.django_db(transaction=True)
SCOPE = {"sdk_app_id": 1400000000}


@pytest.fixture(params=["the database's own", "the ORM's"])
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "the ORM's":
        monkeypatch.setattr(writers, "writer_for", lambda using: selection.ORM)


def wire(number: int, **changed: Any) -> dict[str, Any]:
    group = {"GroupId": f"@TGS#{number:04}", "Type": "Public", "Name": "名 🎉", "MemberNum": 2**40}
    return mapping.group_columns({**group, "CreateTime": 1_700_000_000, **changed})


def write(*rows: dict[str, Any], **given: Any) -> Written:
    return upsert(GROUPS, rows, SCOPE, **{"as_of": timezone.now(), **given})


def names() -> dict[str, str]:
    return dict(Group.objects.order_by("group_id").values_list("group_id", "name"))


@pytest.mark.usefixtures("writer")
def test_with_the_queries_logged_as_in_debug(settings: Any) -> None:
    settings.DEBUG = True
    assert write(*(wire(number) for number in range(3))).created == 3


@pytest.mark.usefixtures("writer")
def test_new_changed_and_unchanged() -> None:
    first = write(*(wire(number) for number in range(5)))
    assert (first.created, first.updated, first.unchanged) == (5, 0, 0)
    row = Group.objects.get(group_id="@TGS#0003")
    assert (row.name, row.member_num, row.members_mark) == ("名 🎉", 2**40, "")
    assert row.created_at is not None
    assert row.created_at.timestamp() == 1_700_000_000
    assert row.raw["Name"] == "名 🎉"
    Group.objects.filter(pk=row.pk).update(members_mark="kept")
    again = write(*(wire(number, Name="new" if number == 3 else "名 🎉") for number in range(6)))
    assert (again.created, again.updated, again.unchanged) == (1, 1, 4)
    row.refresh_from_db()
    assert (row.name, row.members_mark, row.raw["Name"]) == ("new", "kept", "new")


@pytest.mark.usefixtures("writer")
def test_what_moves_is_written_alone() -> None:
    write(wire(1), wire(2))
    before = Group.objects.get(group_id="@TGS#0001").synced_at
    written = write(wire(1, NextMsgSeq=9, LastMsgTime=1_700_000_009), wire(2))
    assert (written.updated, written.unchanged) == (0, 2)
    row = Group.objects.get(group_id="@TGS#0001")
    assert (row.next_msg_seq, row.synced_at) == (9, before)
    assert row.last_msg_at is not None
    assert row.last_msg_at.timestamp() == 1_700_000_009


@pytest.mark.usefixtures("writer")
def test_ids_differ_by_case_and_by_blanks() -> None:
    ids = ["@TGS#abc", "@TGS#ABC", "club", "club "]
    assert write(*(wire(0, GroupId=one, Name=one) for one in ids)).created == 4
    assert write(*(wire(0, GroupId=one, Name=one) for one in ids)).unchanged == 4
    assert names() == {one: one for one in ids}


@pytest.mark.usefixtures("writer")
def test_an_older_answer_is_not_written_over_something_newer() -> None:
    write(wire(1), wire(2))
    asked = timezone.now()
    Group.objects.filter(group_id="@TGS#0001").update(name="newer", **touched())
    written = write(wire(1, Name="older"), wire(2, Name="older"), as_of=asked)
    assert (written.updated, written.unchanged) == (1, 1)
    assert names() == {"@TGS#0001": "newer", "@TGS#0002": "older"}
    healed = write(wire(1, Name="asked again"), as_of=timezone.now() + timedelta(seconds=1))
    assert healed.updated == 1
    assert names()["@TGS#0001"] == "asked again"


def test_what_is_touched_while_it_is_written_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    if selection.writer_for(database_of(Group)).locks:
        pytest.skip("rows are locked when they are compared: nothing can come between")
    write(wire(1))
    asked = timezone.now()
    writer = selection.writer_for(database_of(Group))
    differing = writer.differing

    def and_touch(*args: Any) -> Any:
        found = differing(*args)
        Group.objects.update(name="newer", **touched())
        return found

    monkeypatch.setattr(writer, "differing", and_touch)
    write(wire(1, Name="older"), as_of=asked)
    assert names() == {"@TGS#0001": "newer"}


def test_what_comes_between_is_not_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two syncs that find the same groups new: the second one's rows are there when it writes."""
    writer = selection.writer_for(database_of(Group))
    differing = writer.differing

    def and_another(using: str, batch: Any) -> Any:
        found = differing(using, batch)
        monkeypatch.setattr(writer, "differing", differing)
        write(wire(1, Name="first"), wire(2, Name="first"))
        return found

    monkeypatch.setattr(writer, "differing", and_another)
    write(wire(0), wire(1, Name="second"), wire(2, Name="second"), wire(3))
    assert names() == {
        "@TGS#0000": "名 🎉",
        "@TGS#0001": "second",
        "@TGS#0002": "second",
        "@TGS#0003": "名 🎉",
    }


@pytest.mark.usefixtures("writer")
def test_texts_arrive_as_they_are() -> None:
    texts = ["it's", 'a "b"', "back\\slash", "%s %(a)s ?", "\t \n \r", "\\N", "\x1a\x08", ""]
    assert write(*(wire(at, Name=text) for at, text in enumerate(texts))).created == len(texts)
    assert list(names().values()) == texts
    assert [row.raw["Name"] for row in Group.objects.order_by("group_id")] == texts
    assert write(*(wire(at, Name=text) for at, text in enumerate(texts))).unchanged == len(texts)


def test_large_rows() -> None:
    rows = [wire(at, AppDefinedData=[{"Key": "k", "Value": "值" * 40_000}]) for at in range(100)]
    assert write(*rows).created == 100
    assert write(*rows).unchanged == 100
    assert Group.objects.all()[99].raw["AppDefinedData"][0]["Value"] == "值" * 40_000


@pytest.mark.usefixtures("writer")
def test_only_the_row_at_fault_is_left_out() -> None:
    rows = [wire(number) for number in range(9)]
    rows[4]["name"] = None
    written = write(*rows)
    assert written.created == 8
    assert [remote_id for remote_id, _ in written.refused] == ["@TGS#0004"]
    assert "name" in written.refused[0][1]
    assert len(names()) == 8


@pytest.mark.usefixtures("writer")
def test_members_of_several_groups_at_once() -> None:
    write(wire(1), wire(2))
    first, second = Group.objects.order_by("group_id")
    rows = [
        {**mapping.member_columns({"Member_Account": user, "Role": "Member"}), "group_id": group.pk}
        for group in (first, second)
        for user in ("ann", "bob")
    ]
    assert upsert(MEMBERS, rows, SCOPE, as_of=timezone.now()).created == 4
    rows[1]["role"], rows[1]["digest"] = "Admin", "another"
    again = upsert(MEMBERS, rows, SCOPE, as_of=timezone.now())
    assert (again.updated, again.unchanged) == (1, 3)
    found = GroupMember.objects.values_list("group__group_id", "user_id", "role")
    assert set(found) == {
        ("@TGS#0001", "ann", "Member"),
        ("@TGS#0001", "bob", "Admin"),
        ("@TGS#0002", "ann", "Member"),
        ("@TGS#0002", "bob", "Member"),
    }


def test_nothing_is_written_when_nothing_changed() -> None:
    rows = [wire(number) for number in range(50)]
    write(*rows)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        write(*rows)
    said = [query["sql"].split()[0].upper() for query in queries]
    assert said.count("SELECT") == 1
    assert not {"INSERT", "UPDATE", "COPY", "CREATE"} & set(said)
