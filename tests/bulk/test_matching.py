"""Runs on all that match: looked up by the worker, and never more than was confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Account, Run
from django_tim.services import bulk_matching, runs
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(tim: Tim) -> list[str]:
    ids = [f"user{number:04}" for number in range(150)]
    tim.accounts.import_many(ids)
    Account.objects.bulk_create(Account(sdk_app_id=1400000000, user_id=one) for one in ids)
    return ids


def matching(ceiling: int, **found_by: Any) -> Run:
    given = {"source": "rows", "model": "django_tim.account", **found_by}
    return bulk_matching.start("delete_accounts", given, ceiling=ceiling)


def worked(run: Run) -> Run:
    for _ in range(2):  # what matches is written down, and then worked on
        tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    return run


def test_what_matches_is_worked_on(simulator: Simulator, people: list[str]) -> None:
    Account.objects.create(sdk_app_id=7, user_id="user0000")
    run = matching(120, filters={"user_id__lt": "user0120"}, excludes={"user_id": "user0003"})
    assert run.total is None
    worked(run)
    assert (run.status, run.total, run.done) == ("succeeded", 119, 119)
    assert Account.objects.filter(gone_at=None).count() == 32


def test_rows_that_came_later_are_left_alone(people: list[str]) -> None:
    last = Account.objects.order_by("pk")[99]
    run = matching(100, largest_pk=last.pk)
    Account.objects.create(sdk_app_id=1400000000, user_id="later")
    assert worked(run).done == 100


def test_more_than_confirmed_stops_it(simulator: Simulator, people: list[str]) -> None:
    simulator.requests.clear()
    run = worked(matching(149))
    assert run.status == "failed"
    assert "more match by now than the 149" in run.error
    assert not simulator.requests


def test_a_dead_worker_s_writing_begins_anew(people: list[str]) -> None:
    run = matching(200)
    assert runs.claim(run)
    bulk_matching.write(run)
    run.refresh_from_db()
    assert (run.status, run.total) == ("queued", 150)
    given = {"source": "rows", "model": "django_tim.account"}
    Run.objects.update(cursor={"matching": given, "ceiling": 200})
    assert worked(run).status == "succeeded"
    assert (run.total, run.done) == (150, 150)


def test_an_end_asked_for_is_carried_out(people: list[str]) -> None:
    run = matching(200)
    assert runs.request_cancel(run)
    assert worked(run).status == "cancelled"


def test_unknown_sources_are_refused(tim: Tim) -> None:
    with pytest.raises(InvalidArgument, match="'query'"):
        bulk_matching.start("delete_accounts", {"source": "query"}, ceiling=1)
