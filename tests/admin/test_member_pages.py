"""Members in the admin: one by one at once, several as a run."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_tim import tasks
from django_tim.admin import action_pages
from django_tim.client.tim import Tim
from django_tim.models import GroupMember, Run
from django_tim.services import accounts, bulk_matching, groups
from django_tim.simulator import Simulator

from .conftest import Act, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(tim: Tim) -> GroupMember:
    accounts.import_many(["ann", "bob", "cat"])
    group = groups.create(group_type="Public", name="Cooks", owner="ann", members=["bob", "cat"])
    return GroupMember.objects.get(group=group, user_id="bob")


def test_role_and_name_card(bob: GroupMember, act: Act, simulator: Simulator) -> None:
    act("edit_member", bob, role="Admin", name_card="Bobby")
    sent = simulator.requests[-1].body
    assert (sent["Role"], sent["NameCard"]) == ("Admin", "Bobby")
    bob.refresh_from_db()
    assert (bob.role, bob.name_card) == ("Admin", "Bobby")


def test_mute_unmute_remove(bob: GroupMember, act: Act, simulator: Simulator) -> None:
    act("mute", bob, duration="86400")
    bob.refresh_from_db()
    assert bob.muted_until is not None
    act("unmute", bob)
    assert simulator.requests[-1].body["MuteTime"] == 0
    act("remove", bob)
    assert "bob" not in simulator.state.groups[bob.group.group_id].members
    bob.refresh_from_db()
    assert bob.gone_at is not None


def test_ban(bob: GroupMember, act: Act, simulator: Simulator) -> None:
    act("ban", bob, duration="3600", reason="Spam")
    sent = simulator.requests[-1].body
    assert (sent["Members_Account"], sent["Description"]) == (["bob"], "Spam")


def test_several_become_a_run(
    bob: GroupMember, act: Act, simulator: Simulator, published: list[Any]
) -> None:

    cat = GroupMember.objects.get(user_id="cat")
    before = len(simulator.requests)
    answer = act("remove", bob, cat)
    run = Run.objects.get()
    assert answer["Location"] == url(Run, "change", run.pk)
    assert (run.kind, run.total, run.started_by_name) == ("remove_members", 2, "admin")
    assert len(simulator.requests) == before
    tasks.run_bulk(run.pk)
    assert set(simulator.state.groups[bob.group.group_id].members) == {"ann"}


def test_who_may_only_look(bob: GroupMember, act: Act, simulator: Simulator) -> None:
    client = staff("view_groupmember")
    page: Any = client.get(url(GroupMember, "change", bob.pk))
    assert 'value="remove"' not in page.content.decode()
    before = len(simulator.requests)
    act("remove", bob, client=client)
    assert len(simulator.requests) == before


def test_a_members_page_opens(bob: GroupMember, admin_client: Client) -> None:
    page: Any = admin_client.get(url(GroupMember, "change", bob.pk))
    assert 'value="mute"' in page.content.decode()


def test_all_that_match_are_looked_up_with_their_groups(
    bob: GroupMember,
    act: Act,
    simulator: Simulator,
    published: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    monkeypatch.setattr(action_pages, "WRITTEN_AT_ONCE", 1)
    act("mute", bob, select_across="1", _count="3", duration="3600")
    [run_id] = published
    run = Run.objects.get(pk=run_id)
    found = bulk_matching._sources[run.cursor["matching"]["source"]](run, run.cursor["matching"])
    group_id = bob.group.group_id
    with django_assert_max_num_queries(1):
        assert {one.group.group_id for one in found} == {group_id}
    while Run.objects.get(pk=run_id).status in Run.ACTIVE:
        tasks.run_bulk(run_id)
    muted = simulator.requests[-1].body["Members_Account"]
    assert set(muted) == {"ann", "bob", "cat"}
