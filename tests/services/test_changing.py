"""Before a change: receivers hear what is about to happen, and may refuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import ChangeRefused
from django_tim.models import Account, AuditEntry, Run
from django_tim.services import accounts, bulk, restrictions
from django_tim.services.actor import Actor
from django_tim.signals import changing
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)
Asked = list[dict[str, Any]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """What receivers were asked. One refuses to delete, and one fails when ann is logged out."""
    found: Asked = []

    def receive(sender: Any, signal: Any, **about: Any) -> None:
        found.append(about)
        if about["action"] == "account.delete":
            raise ChangeRefused("nobody is deleted on a Friday")
        if about["action"] == "account.kick" and about["object_id"] == "ann":
            raise ZeroDivisionError("a mistake")

    changing.connect(receive)
    yield found
    changing.disconnect(receive)


def test_what_is_about_to_happen(tim: Tim, asked: Asked) -> None:
    actor = Actor("admin", name="sally")
    accounts.import_one("ann", nick="Ann", actor=actor)
    assert asked == [
        {
            "action": "account.import",
            "object_type": "account",
            "object_id": "ann",
            "details": {"nick": "Ann", "face_url": None},
            "app": "default",
            "sdk_app_id": 1400000000,
            "actor": actor,
        }
    ]


def refused(tim: Tim, simulator: Simulator, heard: Heard, call: Callable[[], Any]) -> str:
    """The text of a refusal, before which nothing has happened."""
    accounts.import_many(["ann", "bob"])
    simulator.requests.clear()
    before = list(heard.names)
    with pytest.raises(ChangeRefused) as caught:
        call()
    assert not simulator.requests
    assert heard.names == before
    entry = AuditEntry.objects.latest("pk")
    assert (entry.outcome, entry.info) == ("failed", str(caught.value))
    return str(caught.value)


def test_a_refusal(tim: Tim, simulator: Simulator, heard: Heard, asked: Asked) -> None:
    said = refused(tim, simulator, heard, lambda: accounts.delete(["ann", "bob"]))
    assert said == "nobody is deleted on a Friday"
    assert asked[-1]["details"] == {"user_ids": ["ann", "bob"]}
    assert not Account.objects.exclude(gone_at=None).exists()


def test_a_receiver_that_fails_refuses(
    tim: Tim, simulator: Simulator, heard: Heard, asked: Asked
) -> None:
    said = refused(tim, simulator, heard, lambda: accounts.kick("ann"))
    assert "ZeroDivisionError: a mistake" in said
    accounts.kick("bob")


def test_a_bulk_run_is_asked_for_once_and_stays_a_draft(
    tim: Tim, simulator: Simulator, heard: Heard, asked: Asked
) -> None:
    refused(tim, simulator, heard, lambda: bulk.start("delete_accounts", ["ann", "bob"]))
    run = Run.objects.get()
    assert run.status == "draft"
    assert (asked[-1]["object_type"], asked[-1]["object_id"]) == ("run", str(run.pk))
    assert asked[-1]["details"]["items"] == 2


def test_a_ban_is_asked_for(tim: Tim, asked: Asked) -> None:
    accounts.import_many(["ann"])
    restrictions.ban("ann")
    assert "account.ban" in [one["action"] for one in asked]
