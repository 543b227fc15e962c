"""Syncs over HTTP from the simulator into the database."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from django_tim import sync, tasks
from django_tim.client.tim import Tim
from django_tim.models import Account, Group, GroupMember, Run, RunFailure, SeenPage
from django_tim.services import runs
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def run_sync(kind: str, **params: Any) -> Run:
    run = runs.start(kind, params=params)
    tasks.run_sync(run.pk)
    run.refresh_from_db()
    return run


def mirrored_groups() -> dict[str, tuple[str, str, int]]:
    rows = Group.objects.filter(gone_at=None)
    return {row.group_id: (row.name, row.owner_account, row.member_num) for row in rows}


def remote_groups(simulator: Simulator) -> dict[str, tuple[str, str, int]]:
    return {
        group.group_id: (group.name, group.owner, group.member_count)
        for group in simulator.state.all_groups()
    }


def remote_members(simulator: Simulator) -> set[tuple[str, str, str]]:
    return {
        (group.group_id, member.user_id, member.role)
        for group in simulator.state.all_groups()
        if group.type != "AVChatRoom"
        for member in group.walk()
    }


def mirrored_members() -> set[tuple[str, str, str]]:
    rows = GroupMember.objects.filter(gone_at=None)
    return set(rows.values_list("group__group_id", "user_id", "role"))


def test_groups_end_equal_and_a_second_sync_writes_nothing(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=230, accounts=100)
    run = run_sync("sync_groups")
    assert (run.status, run.created, run.done, run.total) == ("succeeded", 230, 230, 230)
    assert mirrored_groups() == remote_groups(simulator)
    before = list(Group.objects.order_by("pk").values())
    again = run_sync("sync_groups")
    assert (again.created, again.updated, again.unchanged, again.gone) == (0, 0, 230, 0)
    assert list(Group.objects.order_by("pk").values()) == before
    assert not SeenPage.objects.exists()


def test_changes_and_disappearances_are_followed(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=60, accounts=100)
    run_sync("sync_groups")
    first, second, *_ = list(simulator.state.all_groups())
    tim.groups.modify(first.group_id, name="新名字 𠮷")
    tim.groups.dissolve(second.group_id)
    run = run_sync("sync_groups")
    assert (run.updated, run.gone, run.unchanged) == (1, 1, 58)
    assert mirrored_groups() == remote_groups(simulator)
    assert Group.objects.get(group_id=second.group_id).gone_at is not None


def test_every_info_call_has_a_filter_and_at_most_50_ids(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=120)
    run_sync("sync_groups")
    calls = [one.body for one in simulator.requests if one.path.endswith("get_group_info")]
    assert sorted(len(body["GroupIdList"]) for body in calls) == [20, 50, 50]
    assert all(body["ResponseFilter"]["GroupBaseInfoFilter"] for body in calls)


def test_members_of_all_types(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=60, accounts=400)
    run_sync("sync_groups")
    run = run_sync("sync_members")
    assert run.status == "succeeded"
    assert run.skipped == simulator.state.group_counts["AVChatRoom"] > 0
    assert mirrored_members() == remote_members(simulator)
    people = {user_id for _, user_id, _ in remote_members(simulator)}
    assert people <= set(Account.objects.values_list("user_id", flat=True))


@pytest.mark.parametrize("by", ["a full sync", "a sync of its own", "its members"])
def test_who_was_in_a_group_is_gone_with_it(simulator: Simulator, tim: Tim, by: str) -> None:
    simulator.seed(groups=20, accounts=40)
    run_sync("sync_groups")
    run_sync("sync_members")
    assert mirrored_members() == remote_members(simulator)
    lost = next(one for one in simulator.state.all_groups() if one.type == "Public")
    tim.groups.dissolve(lost.group_id)
    ids = {} if by == "a full sync" else {"ids": [lost.group_id]}
    run_sync("sync_members" if by == "its members" else "sync_groups", **ids)
    assert mirrored_members() == remote_members(simulator)
    assert GroupMember.objects.filter(group__group_id=lost.group_id).exists()


def test_who_left_is_marked_gone(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob", "cyd"])
    group_id = tim.groups.create(group_type="Public", name="a", owner="ann", members=["bob"])[
        "GroupId"
    ]
    run_sync("sync_groups")
    run_sync("sync_members")
    tim.group_members.delete_many(group_id, ["bob"])
    tim.group_members.add_many(group_id, ["cyd"])
    run = run_sync("sync_members", ids=[group_id])
    assert (run.created, run.gone) == (1, 1)
    assert mirrored_members() == {(group_id, "ann", "Owner"), (group_id, "cyd", "Member")}


def test_only_changed_groups_are_asked_for_members(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=40, accounts=200)
    run_sync("sync_groups")
    run_sync("sync_members")
    group = next(one for one in simulator.state.all_groups() if one.type == "Public")
    tim.groups.modify(group.group_id, name="moved")
    run_sync("sync_groups", ids=[group.group_id])
    simulator.requests.clear()
    run_sync("sync_members", changed=True)
    assert {one.body["GroupId"] for one in simulator.requests} == {group.group_id}


def test_accounts_are_verified_and_filled(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(accounts=250)
    Account.objects.bulk_create(
        Account(sdk_app_id=1400000000, user_id=user_id)
        for user_id in [*simulator.state.accounts, "nobody"]
    )
    run = run_sync("sync_accounts")
    assert (run.status, run.gone, run.updated) == ("succeeded", 1, 251)
    for row in Account.objects.filter(gone_at=None):
        profile = simulator.state.accounts[row.user_id].peek_tags()
        assert row.nickname == profile.get("Tag_Profile_IM_Nick", "")


def test_a_wrong_secret_stops_the_run_and_says_why(simulator: Simulator, tim: Tim) -> None:
    simulator.faults.add("code", value=70009, times=None)
    run = run_sync("sync_groups")
    assert (run.status, run.error_code, run.lock_key) == ("failed", 70009, None)
    assert "70009" in run.error


def test_passing_trouble_puts_the_run_back(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=10)
    simulator.faults.add("garbage", path="group_open_http_svc/get_group_info", times=None)
    run = run_sync("sync_groups")
    assert (run.status, run.failed) == ("queued", 0)
    assert run.due_at is not None
    simulator.faults.clear()
    tasks.run_sync(run.pk)
    assert mirrored_groups() == remote_groups(simulator)


def test_a_run_that_stops_after_every_page_ends_in_the_same_state(
    simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.seed(groups=70, accounts=20)
    pages = tim.groups.iterate_pages
    monkeypatch.setattr(tim.groups, "iterate_pages", lambda **kw: pages(**kw, extra={"Limit": 20}))
    run = runs.start("sync_groups")
    slices = 0
    while True:
        assert runs.claim(run)
        if sync.run_slice(run, 0):
            break
        slices += 1
    run.refresh_from_db()
    assert slices >= 3
    assert (run.status, run.done, run.created, run.gone) == ("succeeded", 70, 70, 0)
    assert mirrored_groups() == remote_groups(simulator)


def test_a_group_that_fails_is_recorded_and_kept(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=3)
    run_sync("sync_groups")
    simulator.faults.add("code", value=10018, path="group_open_http_svc/get_group_info")
    run = run_sync("sync_groups")
    assert (run.status, run.failed, run.gone) == ("partial", 3, 0)
    assert set(RunFailure.objects.values_list("code", flat=True)) == {10018}
    assert Group.objects.filter(gone_at=None).count() == 3


def test_pause_and_resume(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=5)
    run = runs.start("sync_groups")
    assert runs.request_pause(run)
    tasks.run_sync(run.pk)
    assert not Group.objects.exists()
    assert runs.request_resume(run)
    tasks.run_sync(run.pk)
    assert Group.objects.count() == 5


def test_one_run_of_a_kind_at_a_time(simulator: Simulator, tim: Tim) -> None:
    run = runs.start("sync_groups")
    with pytest.raises(runs.RunAlreadyActive) as caught:
        runs.start("sync_groups")
    assert caught.value.run == run


def test_the_command(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=30, accounts=50)
    out = StringIO()
    call_command("tim_sync", "groups", stdout=out, stderr=StringIO())
    assert "created 30" in out.getvalue()
    assert mirrored_groups() == remote_groups(simulator)
    some = next(iter(simulator.state.groups))
    call_command("tim_sync", "members", group=[some], stdout=StringIO(), stderr=StringIO())
    with pytest.raises(CommandError, match="no app 'other'"):
        call_command("tim_sync", "groups", app="other")


def test_a_sweep_never_unfolds_the_list_for_each_row() -> None:
    """PostgreSQL knows nothing of a table that is new: it must not take it for an empty one."""
    if connection.vendor != "postgresql":
        pytest.skip("others always make the list once: SQLite has no other way")
    run = runs.start("sync_groups")
    unlisted = Group.objects.exclude(group_id__seen_by=run.pk).values("pk")
    plan = Group.objects.filter(gone_at=None, pk__in=unlisted).explain()
    assert "hashed SubPlan" in plan
