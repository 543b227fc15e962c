"""Accounts that a sync meets, and the lookup that asks for many of them at once."""

from __future__ import annotations

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from django_tim.models import Account
from django_tim.services.mirror import Discovery, database_of, discover

APP = 1400000000
AWKWARD = ["ann", "Ann", "q\"u%s\\o'te", "大家", "a b", "%(x)s", "😀"]

pytestmark = pytest.mark.django_db(transaction=True)


def ids() -> list[str]:
    return sorted(Account.objects.values_list("user_id", flat=True))


def test_among_finds_exactly_the_ids_that_are_named() -> None:
    discover(APP, [*AWKWARD, "bob", ""])
    found = Account.objects.filter(user_id__among=[*AWKWARD, "nobody"])
    assert sorted(found.values_list("user_id", flat=True)) == sorted(AWKWARD)
    assert not Account.objects.filter(user_id__among=[]).exists()
    assert ids() == sorted([*AWKWARD, "bob"])


def test_an_account_that_was_met_is_not_asked_for_again() -> None:
    discovery = Discovery(APP)
    with transaction.atomic():
        discovery.note(["ann", "bob", ""])
    with CaptureQueriesContext(connections[database_of(Account)]) as queries, transaction.atomic():
        discovery.note(["bob", "ann"])
    assert not [query for query in queries if "tim_account" in query["sql"]]
    assert ids() == ["ann", "bob"]


def test_what_was_rolled_back_is_noted_again() -> None:
    discovery = Discovery(APP)
    with transaction.atomic():
        discovery.note(["ann"])
        transaction.set_rollback(True)
    with transaction.atomic():
        discovery.note(["ann"])
    assert ids() == ["ann"]


def test_an_account_that_exists_stays_as_it_is() -> None:
    Account.objects.create(sdk_app_id=APP, user_id="ann", nickname="Ann", digest="d")
    with transaction.atomic():
        Discovery(APP).note(["ann", "bob"])
    ann = Account.objects.get(user_id="ann")
    assert (ann.nickname, ann.digest, ann.touched_at) == ("Ann", "d", None)
    assert ids() == ["ann", "bob"]
