"""The audit trail, and the guard against transactions."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    UnknownAlias,
    UnsafeTransaction,
)
from django_tim.models import Account, AuditEntry, Group
from django_tim.services import accounts, groups
from django_tim.services.actor import Actor
from django_tim.services.changes import allow_atomic
from django_tim.simulator import Simulator

from .conftest import Heard

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_did_what_and_what_came_of_it(tim: Tim) -> None:
    user = get_user_model().objects.create_user("sally")
    actor = Actor("admin", user=user, name="sally", remote_addr="10.0.0.7")
    accounts.import_one("ann", nick="安", actor=actor)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_type, entry.object_id) == (
        "account.import",
        "account",
        "ann",
    )
    assert (entry.outcome, entry.code, entry.details) == ("succeeded", 0, {"nick": "安"})
    assert (entry.source, entry.actor, entry.actor_name) == ("admin", user, "sally")
    assert (entry.remote_addr, entry.alias, entry.sdk_app_id) == ("10.0.0.7", "default", 1400000000)
    assert entry.finished_at is not None


def test_the_intent_is_committed_before_the_call(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    called = tim.accounts.import_one

    def look(*args: object, **kwargs: object) -> object:
        seen.append(AuditEntry.objects.get().outcome)
        return called(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(tim.accounts, "import_one", look)
    accounts.import_one("ann")
    assert seen == ["started"]


def test_an_error_is_taken_down_and_nothing_is_mirrored_or_announced(
    tim: Tim, heard: Heard
) -> None:
    with pytest.raises(NotFound):
        groups.dissolve("nowhere")
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.code) == ("failed", 10010)
    assert "10010" in entry.info
    assert not Group.objects.exists()
    assert heard.names == []


def test_an_outcome_that_nobody_knows(tim: Tim, simulator: Simulator) -> None:
    simulator.faults.add("drop", times=None, path="group_open_http_svc/create_group")
    with pytest.raises(OutcomeUnknown):
        groups.create(group_type="Public", name="a")
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.object_id) == ("unknown", "")
    assert not Group.objects.exists()


def test_a_batch_that_fails_in_part_names_those_that_failed(tim: Tim, heard: Heard) -> None:
    accounts.import_many(["ann", "bob"])
    result = accounts.delete(["ann", "nobody"])
    assert [outcome.ok for outcome in result] == [True, False]
    entry = AuditEntry.objects.get(action="account.delete")
    assert entry.outcome == "partial"
    assert entry.details["user_ids"] == ["ann", "nobody"]
    assert (entry.details["items"], entry.details["failed"]) == (2, 1)
    [(user_id, code, _info)] = entry.details["failures"]
    assert (user_id, code) == ("nobody", entry.code)
    assert heard.last("user_ids") == ("account_deleted", ["ann"])


def test_what_was_done_before_an_error_stopped_the_batch_is_mirrored(
    tim: Tim, simulator: Simulator, heard: Heard
) -> None:
    ids = [f"user{number}" for number in range(150)]
    simulator.faults.add("code", value=70009, path="im_open_login_svc/multiaccount_import", after=1)
    with pytest.raises(AuthenticationFailed) as caught:
        accounts.import_many(ids)
    assert caught.value.partial is not None
    assert set(Account.objects.values_list("user_id", flat=True)) == set(ids[:100])
    assert heard.last("user_ids") == ("account_imported", ids[:100])
    entry = AuditEntry.objects.latest("pk")
    assert (entry.outcome, entry.code) == ("partial", 70009)
    assert entry.details["failed"] == 50


def test_a_transaction_is_refused_before_anything_is_sent(tim: Tim, simulator: Simulator) -> None:
    refused = pytest.raises(UnsafeTransaction, match=r"account\.import inside a transaction")
    with refused, transaction.atomic():
        accounts.import_one("ann")
    assert not simulator.requests
    assert not AuditEntry.objects.exists()
    with transaction.atomic(), allow_atomic():
        accounts.import_one("ann")
    assert Account.objects.get().user_id == "ann"


def test_a_signal_waits_for_the_commit_and_a_failing_receiver_stops_nobody(
    tim: Tim, heard: Heard
) -> None:
    with transaction.atomic(), allow_atomic():
        accounts.import_one("ann")
        assert heard.names == []
    assert heard.last("user_ids", "app", "sdk_app_id") == (
        "account_imported",
        ["ann"],
        "default",
        1400000000,
    )


def test_an_unknown_alias(tim: Tim) -> None:
    with pytest.raises(UnknownAlias):
        accounts.kick("ann", app="other")
    assert not AuditEntry.objects.exists()


def test_no_secret_is_taken_down(tim: Tim, simulator: Simulator) -> None:
    simulator.faults.add("status", value=503, times=None)
    with pytest.raises((APIError, OutcomeUnknown)):
        accounts.kick("ann")
    entry = AuditEntry.objects.get()
    for secret in (tim.config.secret_key, "usersig="):
        assert str(secret) not in str(vars(entry))
