"""tim_migrate over HTTP: from files, and from one app to another; cut short anywhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.models import Account, Group, Run
from django_tim.services import bulk, runs
from django_tim.simulator import Simulator, SimulatorServer

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = 1_600_000_000
EXPORT: list[dict[str, Any]] = [
    {"type": "unread", "group_id": "club", "user_id": "bob", "unread": 2},
    {"type": "account", "user_id": "ann", "nick": "安娜", "profile": {"Tag_Profile_IM_Level": 7}},
    {"type": "account", "user_id": "bob", "face_url": "https://example.com/b.png"},
    {"type": "account", "user_id": "cyd"},
    {"type": "friend", "user_id": "ann", "friend": "bob", "remark": "Bobby"},
    {"type": "blocked", "user_id": "cyd", "blocked": "bob"},
    {"type": "message", "sender": "ann", "receiver": "bob", "message": "hi", "sent_at": LONG_AGO},
    {"type": "read", "user_id": "bob", "peer": "ann"},
    {
        "type": "group",
        "group_id": "club",
        "group_type": "Public",
        "name": "Club",
        "owner": "ann",
        "create_time": LONG_AGO,
    },
    {"type": "member", "group_id": "club", "user_id": "bob", "joined_at": LONG_AGO + 5},
    {"type": "member", "group_id": "club", "user_id": "cyd", "role": "Admin"},
] + [
    {
        "type": "group_message",
        "group_id": "club",
        "sender": "ann",
        "message": str(number),
        "sent_at": LONG_AGO + 10 + number // 3,
    }
    for number in range(30)
]


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path


def migrate(*args: str) -> str:
    out = StringIO()
    call_command("tim_migrate", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def state(tim: Tim, group_id: str = "club") -> dict[str, Any]:
    """What an app holds, as its API tells it."""
    history = [*tim.group_messages.iterate_history(group_id)][::-1]
    now = 4_000_000_000
    profiles = tim.profiles.get_many(["ann", "bob", "cyd"])
    return {
        "profiles": {one.item: one.value for one in profiles},
        "friends": [friend["To_Account"] for friend in tim.friends.iterate("ann")],
        "blocked": [one["To_Account"] for one in tim.blacklists.iterate("cyd")],
        "messages": [
            (one["From_Account"], one["MsgTimeStamp"], one["MsgBody"])
            for one in tim.messages.iterate_history("ann", "bob", min_time=0, max_time=now)
        ],
        "unread": tim.messages.get_unread("bob"),
        "history": [row["MsgBody"][0]["MsgContent"]["Text"] for row in history],
        "members": {
            member["Member_Account"]: member["Role"]
            for member in tim.group_members.iterate(group_id)
        },
    }


def check(tim: Tim) -> None:
    found = state(tim)
    assert found["profiles"]["ann"]["Tag_Profile_IM_Nick"] == "安娜"
    assert found["profiles"]["ann"]["Tag_Profile_IM_Level"] == 7
    assert (found["friends"], found["blocked"]) == (["bob"], ["bob"])
    assert len(found["messages"]) == 1
    assert found["unread"] == 0
    assert found["history"] == [str(number) for number in range(30)]
    assert found["members"] == {"ann": "Owner", "bob": "Member", "cyd": "Admin"}


def test_from_a_file(simulator: Simulator, tim: Tim, tmp_path: Path) -> None:
    said = migrate("--from", str(written(tmp_path / "export.jsonl", EXPORT)))
    check(tim)
    assert "at least 0.00 hours" in said
    assert "everything was moved" in said
    assert set(Account.objects.values_list("user_id", flat=True)) >= {"ann", "bob", "cyd"}
    assert Group.objects.get().group_id == "club"
    run = Run.objects.get(kind="migrate")
    assert (run.status, run.done, run.failed) == ("succeeded", 10, 0)


def test_from_a_folder_of_files_in_any_order(tim: Tim, tmp_path: Path) -> None:
    written(tmp_path / "b.jsonl", EXPORT[:20])
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in EXPORT[20:])
    (tmp_path / "readme.txt").write_text("not an export")
    migrate("--from", str(tmp_path))
    assert sorted(state(tim)["history"], key=int) == [str(number) for number in range(30)]


def test_what_can_t_be_read_is_told_and_the_rest_is_moved(tim: Tim, tmp_path: Path) -> None:
    path = written(tmp_path / "export.jsonl", EXPORT)
    with path.open("a") as file:
        file.write('{"type": "account", \n[1]\n{"type": "group"}\n{"type": "person"}\n')
    out = StringIO()
    with pytest.raises(CommandError, match="4 items failed"):
        call_command("tim_migrate", "--from", str(path), stdout=out, stderr=StringIO())
    check(tim)
    assert f"export.jsonl:{len(EXPORT) + 1}" in out.getvalue()


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.mark.parametrize("step", [0, 1, 4, 7, 9])
@pytest.mark.parametrize("moment", ["while it is written", "before it is worked on"])
def test_killed_between_steps_it_goes_on(
    step: int,
    moment: str,
    simulator: Simulator,
    tim: Tim,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = str(written(tmp_path / "export.jsonl", EXPORT))
    calls = {"fill": 0, "submit": 0}
    name = "fill" if moment == "while it is written" else "submit"
    original = getattr(bulk, name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        calls[name] += 1
        if calls[name] == step + 1:
            raise Killed
        return original(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(bulk, name, dies)
        with pytest.raises(Killed):
            migrate("--from", path)
    with pytest.raises(CommandError, match="only one at a time"):
        migrate("--from", path)
    migrate("--resume")
    check(tim)
    imports = [one for one in simulator.requests if one.path.endswith("multiaccount_import")]
    messages = [one for one in simulator.requests if one.path.endswith("importmsg")]
    histories = [one for one in simulator.requests if one.path.endswith("import_group_msg")]
    assert (len(imports), len(messages), len(histories)) == (1, 1, 5)
    with pytest.raises(CommandError, match="no migration"):
        migrate("--resume")


def test_a_step_that_fails_stops_it_and_it_goes_on(
    simulator: Simulator, tim: Tim, tmp_path: Path
) -> None:
    path = str(written(tmp_path / "export.jsonl", EXPORT))
    simulator.faults.add("code", value=70003, path="sns/friend_import", times=50)
    with pytest.raises(CommandError, match=r"import_friends.*failed.*70003"):
        migrate("--from", path)
    simulator.faults.clear()
    migrate("--resume")
    check(tim)


def test_a_pause_asked_for_in_the_admin_stops_it(
    tim: Tim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(written(tmp_path / "export.jsonl", EXPORT))
    begin = bulk.begin

    def pausing(kind: str, **kwargs: Any) -> Run:
        if kind == "import_groups":
            assert runs.request_pause(Run.objects.get(kind="migrate"))
        return begin(kind, **kwargs)

    monkeypatch.setattr(bulk, "begin", pausing)
    with pytest.raises(CommandError, match="paused"):
        migrate("--from", path)
    assert Run.objects.get(kind="migrate").status == "paused"
    monkeypatch.setattr(bulk, "begin", begin)
    migrate("--resume")
    check(tim)


def test_estimates_and_wrong_arguments(tim: Tim, tmp_path: Path) -> None:
    path = str(written(tmp_path / "export.jsonl", EXPORT))
    said = migrate("--from", path, "--estimate")
    assert ["group_messages", "30", "5"] in [line.split()[:3] for line in said.splitlines()]
    assert not Run.objects.exists()
    for wrong in ([], ["--from", path, "--resume"], ["--from", "nowhere"], ["--from", "default"]):
        with pytest.raises(CommandError):
            migrate(*wrong)


# From one app to another

OLD = {"SDK_APP_ID": 1400000077, "SECRET_KEY": "0" * 64, "ADMIN": "administrator"}


@pytest.fixture
def old(settings: Any) -> Iterator[Tim]:
    """Another app, with its own simulator; the alias "old"."""
    simulator = Simulator(OLD["SDK_APP_ID"], OLD["SECRET_KEY"], OLD["ADMIN"], check_rates=False)
    with SimulatorServer(simulator) as server:
        app = {**OLD, "HOST": server.url}
        settings.DJANGO_TIM = {**settings.DJANGO_TIM, "old": app}
        config = AppConfig(
            sdk_app_id=OLD["SDK_APP_ID"], secret_key=OLD["SECRET_KEY"], base_url=server.url
        )
        with tims.override("old", Tim(config)) as tim:
            yield tim
        tim.close()


@pytest.fixture
def filled(old: Tim, tim: Tim, tmp_path: Path) -> str:
    """The old app holds the export, and a group whose id the service has chosen."""
    migrate("--from", str(written(tmp_path / "export.jsonl", EXPORT)), "--app", "old")
    group_id = old.groups.import_one(
        group_type="Private", name="生成", owner="bob", create_time=LONG_AGO
    )["GroupId"]
    old.groups.create(group_type="AVChatRoom", name="live", owner="ann")
    old.group_messages.send(group_id, "hello", sender="bob")
    for what in ("groups", "members", "accounts"):
        call_command("tim_sync", what, "--app", "old", stdout=StringIO(), stderr=StringIO())
    return group_id


def test_from_another_app(filled: str, old: Tim, tim: Tim) -> None:
    migrate("--from", "old")
    check(tim)
    before, after = state(old), state(tim)
    assert after == before
    moved = filled.removeprefix("@TGS#")
    assert state(tim, moved)["history"] == ["hello"]
    assert state(tim, moved)["members"] == {"bob": "Owner"}
    found = tim.groups.get_many(["club", moved], fields=("Name", "Type", "CreateTime"))
    assert [one.value["CreateTime"] for one in found if one.value] == [LONG_AGO, LONG_AGO]


def test_an_app_that_was_never_synced_is_refused(old: Tim, tim: Tim) -> None:
    with pytest.raises(CommandError, match="tim_sync"):
        migrate("--from", "old")
