"""Syncs that meet wrong settings, damaged answers, and data that no column was made for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest
from django.core.management import CommandError, call_command

from django_tim import tasks
from django_tim.catalogue import ACCOUNT_CHECK, GROUP_INFO, GROUP_LIST, GROUP_MEMBER_LIST
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import UnknownAlias
from django_tim.models import Account, Group, GroupMember, Run, RunFailure
from django_tim.pacing.memory import MemoryBackend
from django_tim.pacing.reserving import ReservingPacer
from django_tim.services import runs
from django_tim.simulator import Simulator, SimulatorServer
from django_tim.sync.base import Fetched, Piece, Sync, run_slice
from tests.conftest import APP

from .test_sync import (
    mirrored_groups,
    mirrored_members,
    remote_groups,
    remote_members,
    run_sync,
)

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [
    "𠮷野家 👩‍👩‍👧‍👦",
    "\U0010ffff end of Unicode",
    "e\u0301 and é differ",
    "\u202eright to left",
    "  spaces  ",
    "'; DROP TABLE -- \\ % \"",
]


@pytest.mark.parametrize("code", [60026, 70016, 70020])
def test_a_wrong_region_stops_the_run_and_says_why(
    simulator: Simulator, tim: Tim, code: int
) -> None:
    simulator.faults.add("code", value=code, times=None)
    run = run_sync("sync_groups")
    assert (run.status, run.error_code, run.lock_key) == ("failed", code, None)
    assert str(code) in run.error


def test_an_unknown_alias_starts_nothing() -> None:
    with pytest.raises(UnknownAlias, match="'default'"):
        runs.start("sync_groups", app="other")
    with pytest.raises(UnknownAlias):
        tasks.start_sync("groups", app="other")
    with pytest.raises(CommandError, match="'other'"):
        call_command("tim_sync", "groups", app="other")
    assert not Run.objects.exists()


@pytest.mark.parametrize("kind", ["truncate", "garbage", "drop", "status"])
@pytest.mark.parametrize("path", [GROUP_LIST.path, GROUP_INFO.path])
def test_answers_that_fail_here_and_there_lose_nothing(
    simulator: Simulator, tim: Tim, kind: Any, path: str
) -> None:
    simulator.seed(groups=230, accounts=50)
    simulator.faults.add(kind, path=path, value=502 if kind == "status" else 0, times=2)
    run = run_sync("sync_groups")
    while run.status == "queued":
        tasks.run_sync(run.pk)
        run.refresh_from_db()
    assert (run.status, run.failed, run.created) == ("succeeded", 0, 230)
    assert mirrored_groups() == remote_groups(simulator)


def test_members_and_accounts_survive_damaged_answers(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=40, accounts=150)
    run_sync("sync_groups")
    for path in (GROUP_MEMBER_LIST.path, ACCOUNT_CHECK.path):
        simulator.faults.add("truncate", path=path, times=2, after=1)
    assert run_sync("sync_members").status == "succeeded"
    assert mirrored_members() == remote_members(simulator)
    run = run_sync("sync_accounts")
    assert (run.status, run.failed) == ("succeeded", 0)


def test_a_group_that_is_dissolved_between_list_and_look(
    simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.seed(groups=120, accounts=50)
    run_sync("sync_groups")
    lost = list(simulator.state.groups)[:3]
    _before_the_first(GROUP_INFO.path, simulator, monkeypatch, lost)
    run = run_sync("sync_groups")
    assert (run.status, run.failed, run.gone) == ("succeeded", 0, 3)
    assert mirrored_groups() == remote_groups(simulator)


def test_a_group_that_is_dissolved_before_its_members_are_read(
    simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.seed(groups=60, accounts=50)
    run_sync("sync_groups")
    lost = [one.group_id for one in simulator.state.all_groups() if one.type == "Public"][:2]
    _before_the_first(GROUP_MEMBER_LIST.path, simulator, monkeypatch, lost)
    run = run_sync("sync_members")
    assert (run.status, run.failed, run.gone) == ("succeeded", 0, 2)
    assert set(Group.objects.exclude(gone_at=None).values_list("group_id", flat=True)) == set(lost)


def test_names_of_every_kind_come_back_as_they_are(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_many({"UserID": f"u{n}", "Nick": nick} for n, nick in enumerate(NAMES))
    Account.objects.bulk_create(
        Account(sdk_app_id=APP["SDK_APP_ID"], user_id=f"u{n}") for n in range(len(NAMES))
    )
    for name in NAMES:
        tim.groups.create(group_type="Public", name=name, owner="u0")
    group_id = next(iter(simulator.state.groups))
    tim.group_members.modify(group_id, "u0", name_card=NAMES[0])
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        assert run_sync(kind).status == "succeeded"
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(NAMES)
    nicks = Account.objects.exclude(nickname="").values_list("nickname", flat=True)
    assert sorted(nicks) == sorted(NAMES)
    assert GroupMember.objects.filter(name_card=NAMES[0]).count() == 1


def test_ids_that_differ_in_case_or_spaces_are_different(simulator: Simulator, tim: Tim) -> None:
    ids = ["ann", "Ann", "ANN", "änn", "ann "]
    tim.accounts.import_many(ids)
    Account.objects.bulk_create(
        Account(sdk_app_id=APP["SDK_APP_ID"], user_id=user_id) for user_id in ids
    )
    for group_id in ("club", "Club"):
        tim.groups.create(group_type="Public", name=group_id, group_id=group_id, owner="Ann")
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        assert run_sync(kind).status == "succeeded"
    found = Account.objects.filter(gone_at=None).exclude(synced_at=None)
    assert set(ids) <= set(found.values_list("user_id", flat=True))
    assert Group.objects.get(group_id="Club").name == "Club"


def test_counters_of_64_bits(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_many(["ann"])
    group_id = tim.groups.create(group_type="Public", name="a", owner="ann")["GroupId"]
    group = simulator.state.groups[group_id]
    group.next_msg_seq = 2**63 + 5  # unsigned, as the vendor's are
    group.info_seq = 2**64 - 1
    group.last_msg_time = 2**40
    assert run_sync("sync_groups").status == "succeeded"
    row = Group.objects.get()
    assert row.next_msg_seq == 2**63 - 1
    assert row.raw["InfoSeq"] == 2**64 - 1
    assert row.last_msg_at is None


def test_an_object_that_no_row_can_hold_is_recorded_and_the_rest_is_synced(
    simulator: Simulator, tim: Tim
) -> None:
    simulator.seed(groups=60, accounts=10)
    group = next(simulator.state.all_groups())
    group.name = "a\0b"  # PostgreSQL has no NUL
    run = run_sync("sync_groups")
    assert run.status == "succeeded"
    assert Group.objects.count() == 60
    assert Group.objects.get(group_id=group.group_id).name == "a\ufffdb"
    assert not RunFailure.objects.exists()


def test_a_sync_stays_below_the_rates(simulator: Simulator, server: SimulatorServer) -> None:
    simulator.rates.enabled = True
    simulator.seed(groups=3_000, accounts=200)
    config = AppConfig(
        sdk_app_id=APP["SDK_APP_ID"], secret_key=APP["SECRET_KEY"], base_url=server.url
    )
    paced = Tim(config, pacer=ReservingPacer(MemoryBackend(), interactive_share=0.1))
    with tims.override("default", paced):
        assert run_sync("sync_groups").created == 3_000
    paced.close()
    assert {one.code for one in simulator.requests} == {0}


class Answer:
    """Something that takes up memory."""


class LongSync(Sync[Answer]):
    """A sync of very many pieces, which notes how many answers are kept at once."""

    kind = "sync_groups"
    buffered = 16
    pieces_left = 5_000

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.kept: WeakSet[Answer] = WeakSet()
        self.most = 0

    def pieces(self) -> Iterator[Piece]:
        return (Piece([number]) for number in range(self.pieces_left))

    def fetch(self, piece: Piece) -> Answer:
        answer = Answer()
        self.kept.add(answer)
        return answer

    def size(self, answer: Answer) -> int:
        return 50

    def write(self, batch: list[Fetched[Answer]]) -> runs.Counts:
        self.most = max(self.most, len(self.kept))
        return {"done": len(batch)}


def test_however_long_a_sync_is_few_answers_are_kept(tim: Tim) -> None:
    run = runs.start("sync_groups")
    assert runs.claim(run)
    sync = LongSync(run)
    assert run_slice(sync, 100)
    assert (run.status, run.done) == ("succeeded", 5_000)
    assert sync.most <= 16 + LongSync.buffered + 2 * 1000 / 50


def _before_the_first(
    path: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, lost: list[str]
) -> None:
    """Dissolve groups when the first call of ``path`` comes in."""
    handle, waiting = simulator.handle, list(lost)

    def late(called: str, query: Any, body: Any) -> Any:
        with simulator.lock:
            while called.endswith(path) and waiting:
                simulator.state.remove_group(waiting.pop())
        return handle(called, query, body)

    monkeypatch.setattr(simulator, "handle", late)
