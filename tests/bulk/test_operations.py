"""Each kind of bulk work: what is sent, what the mirror shows, which signal is heard."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_tim.admin.words import RUN_KINDS
from django_tim.catalogue import Effect
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Account, AuditEntry, Group, GroupMember, Run
from django_tim.services import bulk, csv_files
from django_tim.simulator import Simulator
from tests.services.conftest import Heard, heard  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

Done = Callable[..., Run]
GROUP = "group_open_http_svc"


def bodies(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    return [one.body for one in simulator.requests if one.path.endswith(path)]


@pytest.fixture
def people(tim: Tim) -> list[str]:
    ids = [f"user{number:02}" for number in range(45)]
    tim.accounts.import_many(ids)
    return ids


@pytest.fixture
def group_ids(tim: Tim, people: list[str]) -> list[str]:
    return [
        tim.groups.create(group_type="Public", name=name, owner=people[0])["GroupId"]
        for name in ("first", "second")
    ]


# Accounts


def test_import_accounts_of_rows_and_mappings(
    done: Done,
    simulator: Simulator,
    heard: Heard,  # noqa: F811
) -> None:
    Account.objects.create(sdk_app_id=1400000000, user_id="ann", nickname="Ann")
    done("import_accounts", Account.objects.all())
    done("import_accounts", [{"UserID": "bob", "Nick": "Bob", "FaceUrl": ""}])
    assert bodies(simulator, "multiaccount_import") == [
        {"AccountList": [{"UserID": "ann", "Nick": "Ann"}]},
        {"AccountList": [{"UserID": "bob", "Nick": "Bob"}]},
    ]
    assert heard.names == ["account_imported", "bulk_finished"] * 2
    assert heard.signals[2][1]["user_ids"] == ["bob"]


CSV = "\ufeffUser ID,Nickname,E-mail\r\nann,安娜 🎉,a@example.com\r\n\r\nbob,,\r\n"


@pytest.mark.parametrize("form", ["path", "bytes", "text", "reader", "dicts"])
def test_import_accounts_of_a_csv_file(
    form: str, done: Done, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(CSV.encode())
    text = CSV.removeprefix("\ufeff")
    source: Any = {
        "path": path,
        "bytes": io.BytesIO(CSV.encode()),
        "text": io.StringIO(text),
        "reader": csv.reader(io.StringIO(text)),
        "dicts": csv.DictReader(io.StringIO(text)),
    }[form]
    run = done("import_accounts", csv_files.accounts(source))
    assert (run.status, run.done) == ("succeeded", 2)
    assert dict(Account.objects.values_list("user_id", "nickname")) == {"ann": "安娜 🎉", "bob": ""}


def test_a_csv_file_without_ids_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="UserID"):
        bulk.start("import_accounts", csv_files.accounts(io.StringIO("a,b\n1,2\n")))
    assert not Run.objects.exists()


def test_delete_check_and_kick(done: Done, simulator: Simulator, people: list[str]) -> None:
    done("check_accounts", people)
    run = done("delete_accounts", people[:30])
    assert (run.done, run.failed) == (30, 0)
    assert Account.objects.filter(gone_at=None).count() == 15
    run = done("check_accounts", people)
    assert (run.gone, run.unchanged) == (30, 15)
    run = done("kick_accounts", people[29:32])
    assert (run.done, run.failed) == (3, 1)
    assert run.failures.get().code == 70107
    assert [body["UserID"] for body in bodies(simulator, "kick")].count("user30") == 1


def test_set_profiles(done: Done, people: list[str]) -> None:
    level = {"Tag_Profile_IM_Level": 7}
    run = done("set_profiles", people[:3], fields=level)
    assert (run.status, run.done) == ("succeeded", 3)
    own = {"Tag_Profile_IM_Nick": "Ann"}
    done("set_profiles", [(people[0], own)])
    row = Account.objects.get(user_id=people[0])
    assert (row.level, row.nickname) == (7, "Ann")
    assert AuditEntry.objects.filter(action="profile.set").count() == 2


# Members


def test_add_mute_and_remove_members(
    done: Done, simulator: Simulator, people: list[str], group_ids: list[str]
) -> None:
    pairs = [(group_id, user_id) for user_id in people for group_id in group_ids]
    run = done("add_members", pairs, silence=True)
    assert (run.status, run.done, run.created, run.unchanged) == ("succeeded", 90, 88, 2)
    calls = bodies(simulator, "add_group_member")
    assert sorted(len(body["MemberList"]) for body in calls) == [5, 5, 20, 20, 20, 20]
    assert all(body["Silence"] == 1 for body in calls)
    assert GroupMember.objects.filter(gone_at=None).count() == 90
    done("mute_members", people[1:4], group_id=group_ids[0], seconds=60)
    assert GroupMember.objects.exclude(muted_until=None).count() == 3
    run = done("remove_members", GroupMember.objects.exclude(muted_until=None), reason="noise")
    assert (run.status, run.done) == ("succeeded", 3)
    assert GroupMember.objects.filter(gone_at=None).count() == 87
    assert bodies(simulator, "delete_group_member")[0]["Reason"] == "noise"


def test_members_of_a_group_that_is_gone_fail_each(done: Done, people: list[str]) -> None:
    run = done("add_members", people[:3], group_id="@TGS#nowhere")
    assert (run.status, run.failed) == ("partial", 3)
    assert set(run.failures.values_list("code", flat=True)) <= {10010, 10015}
    assert sorted(run.failures.values_list("item", flat=True))[0] == "@TGS#nowhere user00"


# Groups


def test_create_modify_and_dissolve_groups(
    done: Done, simulator: Simulator, people: list[str]
) -> None:
    given = [
        {
            "group_type": "Public",
            "name": f"group {number}",
            "owner": people[0],
            "group_id": f"g{number}",
        }
        for number in range(3)
    ]
    run = done("create_groups", [*given, {"group_type": "Public"}, {"nam": 1}])
    assert (run.created, run.failed) == (3, 2)
    assert GroupMember.objects.filter(role="Owner", user_id=people[0]).count() == 3
    done("modify_groups", Group.objects.all(), fields={"introduction": "hello"})
    done("modify_groups", [("g1", {"name": "other"})])
    assert simulator.state.groups["g1"].name == "other"
    assert Group.objects.get(group_id="g1").name == "other"
    run = done("dissolve_groups", ["g0", "g1", "nothing"])
    assert (run.gone, run.failed) == (2, 1)
    assert list(Group.objects.filter(gone_at=None).values_list("group_id", flat=True)) == ["g2"]


def test_import_groups_keeps_their_time(
    done: Done, simulator: Simulator, people: list[str]
) -> None:
    run = done(
        "import_groups",
        [{"group_type": "Public", "name": "old", "group_id": "old", "create_time": 1_500_000_000}],
    )
    assert run.status == "succeeded"
    assert Group.objects.get().raw["CreateTime"] == 1_500_000_000


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("modify_groups", {"fields": {"nam": "x"}}),
        ("mute_members", {}),
        ("mute_members", {"seconds": -1}),
        ("add_members", {"seconds": 1}),
        ("set_profiles", {"fields": 1}),
        ("add_friends", {"add_type": "Both"}),
    ],
)
def test_wrong_parameters_are_refused_before_anything(kind: str, params: Any, tim: Tim) -> None:
    with pytest.raises(InvalidArgument):
        bulk.start(kind, ["ann"], params=params)
    assert not Run.objects.exists()


# Tags and attributes


@pytest.mark.parametrize("service", ["push", "timpush"])
def test_tags_and_attributes(done: Done, tim: Tim, people: list[str], service: str) -> None:
    area = getattr(tim, service)
    if service == "push":
        area.set_attribute_names({"0": "city"})
    else:
        area.set_attribute_names({"0": "city"}, types={"0": 0})
    run = done("add_tags", [(people[0], ["a"]), (people[0], ["b"])], service=service)
    assert (run.status, run.done, run.chunks.count()) == ("succeeded", 2, 2)
    done("add_tags", people[1:], tags=["b", "c"], service=service)
    done("remove_tags", people[1:2], tags=["c"], service=service)
    done("clear_tags", people[3:], service=service)
    tags = {one.item: sorted(one.value or ()) for one in area.get_tags_many(people[:4])}
    assert list(tags.values()) == [["a", "b"], ["b"], ["b", "c"], []]
    done("set_attributes", [(people[0], {"city": "Kyōto"})], service=service)
    done("set_attributes", people[1:3], attributes={"city": "上海"}, service=service)
    done("remove_attributes", people[1:2], names=["city"], service=service)
    found = {one.item: one.value for one in area.get_attributes_many(people[:3])}
    assert found[people[0]]["city"] == "Kyōto"
    assert not (found[people[1]] or {}).get("city")
    assert found[people[2]]["city"] == "上海"


# Friends and blacklists


def test_friends_and_blacklists(done: Done, simulator: Simulator, people: list[str]) -> None:
    pairs = [(people[0], other) for other in people[1:6]]
    assert done("import_friends", pairs).done == 5
    run = done("add_friends", people[1:8], user_id=people[0], force=True)
    assert (run.status, run.done, run.unchanged) == ("succeeded", 7, 0)
    assert done("add_friends", people[1:8], user_id=people[0]).unchanged == 7
    run = done("block_accounts", [(people[0], people[1]), (people[1], people[2])])
    assert (run.status, len(bodies(simulator, "black_list_add"))) == ("succeeded", 2)
    assert done("block_accounts", [(people[0], people[1])]).unchanged == 1
    assert done("unblock_accounts", [(people[0], people[1])]).status == "succeeded"
    run = done("delete_friends", people[2:8], user_id=people[0], delete_type="Delete_Type_Both")
    assert (run.status, run.done) == ("succeeded", 6)


def test_every_kind_has_words_in_the_admin_and_a_line_in_the_documentation() -> None:
    page = Path(__file__).parents[2] / "docs" / "bulk.rst"
    for kind, operation in bulk.OPERATIONS.items():
        assert kind in RUN_KINDS
        assert f"``{kind}``" in page.read_text(encoding="utf-8")
        assert operation.__doc__
        assert bool(operation.action) != (operation.endpoint.effect is Effect.READ), kind
