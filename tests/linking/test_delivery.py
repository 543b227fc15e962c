"""Many accounts whose profiles have changed: their calls go side by side."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save

from django_tim.client.tim import Tim
from django_tim.exceptions import ChangeRefused
from django_tim.models import Account, AuditEntry
from django_tim.services import link_delivery, links, mirror
from django_tim.signals import changing
from django_tim.simulator import Simulator

from .conftest import LEVEL, NICK, SIGNATURE, deliver, make_due, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("linked")]
SET = "profile/portrait_set"
LOGIN_REFUSED = 60010
PATIENCE = 60.0


@pytest.fixture
def threads(settings: Any) -> Callable[[int], None]:
    """Says how many calls there are at once."""

    def at_once(number: int) -> None:
        settings.DJANGO_TIM_OPTIONS = {"BULK_THREADS": number}

    return at_once


@pytest.fixture
def changed(tim: Tim, simulator: Simulator) -> Callable[[int], None]:
    """Makes so many users that have accounts, with other names than these."""

    def make(number: int) -> None:
        for one in range(number):
            User.objects.create(username=f"u{one:02}", first_name="Old")
        deliver()
        for user in User.objects.all():
            user.first_name = f"New {user.username}"
            user.save()
        simulator.requests.clear()
        AuditEntry.objects.all().delete()

    return make


def at_each_set(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, hook: Callable[[str], None]
) -> None:
    """Let the service do this first when it is called for an account."""
    handle = simulator.handle

    def hooked(path: str, query: Any, body: Any) -> Any:
        answer = handle(path, query, body)
        if path.endswith(SET):
            hook(str(answer))
        return answer

    monkeypatch.setattr(simulator, "handle", hooked)


@contextmanager
def connecting_threads() -> Iterator[set[str]]:
    """The threads that turn to a database."""
    seen: set[str] = set()

    def connected(**_: Any) -> None:
        seen.add(threading.current_thread().name)

    connection_created.connect(connected)
    try:
        yield seen
    finally:
        connection_created.disconnect(connected)


def told(simulator: Simulator) -> Counter[str]:
    """How often the service was told of each account."""
    return Counter(body["From_Account"] for body in sent(simulator, "portrait_set"))


def outcomes() -> Counter[str]:
    """What the audit trail says of the changes."""
    entries = AuditEntry.objects.filter(action="profile.set", source="task")
    assert not entries.filter(finished_at=None).exists()
    return Counter(entries.values_list("outcome", flat=True))


def behind() -> set[str]:
    return set(links.behind().values_list("user_id", flat=True))


def test_so_many_calls_are_under_way_at_once_and_each_account_is_told_once(
    changed: Any, threads: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads(4)
    changed(12)
    four, count = threading.Barrier(4, timeout=PATIENCE), threading.Semaphore(4)

    def hook(_answer: str) -> None:
        assert count.acquire(blocking=False), "no more than four"
        four.wait()  # for the others: they are under way, or this never ends
        count.release()

    at_each_set(simulator, monkeypatch, hook)
    with connecting_threads() as seen:
        deliver()
    assert not four.broken
    assert told(simulator) == {f"u{one:02}": 1 for one in range(12)}
    assert outcomes() == {"succeeded": 12}
    assert not [name for name in seen if name.startswith("tim-profiles")]
    assert behind() == set()
    for row in Account.objects.all():
        assert row.nickname == simulator.state.accounts[row.user_id].tags[NICK]
        assert row.nickname == f"New {row.user_id}"


def test_one_that_is_refused_does_not_stop_the_others(changed: Any, simulator: Simulator) -> None:
    changed(8)
    simulator.faults.add("code", value=40009, path=SET, times=1)
    deliver()
    [row] = links.behind()
    assert (row.link_code, row.link_attempts, row.link_lease) == (40009, 1, None)
    assert outcomes() == {"succeeded": 7, "failed": 1}
    assert sum(told(simulator).values()) == 8
    make_due()
    deliver()
    assert behind() == set()


def test_one_that_a_receiver_refuses_is_not_called(changed: Any, simulator: Simulator) -> None:
    changed(8)

    def refuse(object_id: str, **_: Any) -> None:
        if object_id == "u03":
            raise ChangeRefused("not this one")

    changing.connect(refuse)
    try:
        deliver()
    finally:
        changing.disconnect(refuse)
    assert behind() == {"u03"}
    assert told(simulator).keys() == {f"u{one:02}" for one in range(8)} - {"u03"}
    assert outcomes() == {"succeeded": 7, "failed": 1}


def test_what_all_would_meet_stops_them_and_what_is_under_way_counts(
    changed: Any, threads: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads(3)
    changed(10)
    simulator.faults.add("code", value=LOGIN_REFUSED, path=SET, times=1)
    three, refusal_is_known = threading.Barrier(3, timeout=PATIENCE), threading.Event()

    def hook(answer: str) -> None:
        three.wait()
        if str(LOGIN_REFUSED) not in answer:
            assert refusal_is_known.wait(PATIENCE)

    def look(instance: AuditEntry, **_: Any) -> None:
        if instance.outcome == "failed":
            refusal_is_known.set()

    at_each_set(simulator, monkeypatch, hook)
    post_save.connect(look, sender=AuditEntry)
    try:
        deliver()
    finally:
        post_save.disconnect(look, sender=AuditEntry)
    assert sum(told(simulator).values()) == 3
    assert outcomes() == {"succeeded": 2, "failed": 1}
    assert len(behind()) == 8
    waiting = links.behind().filter(link_code=LOGIN_REFUSED, link_attempts=1, link_lease=None)
    assert waiting.count() == 8
    monkeypatch.undo()
    make_due()
    deliver()
    assert behind() == set()
    assert sorted(told(simulator).values()) == [1] * 9 + [2], "and only the refused one again"


@pytest.mark.usefixtures("unrepeated")
@pytest.mark.parametrize("number", [2, 4])
def test_trouble_of_several_in_a_row_is_everybody_s(
    changed: Any, threads: Any, simulator: Simulator, number: int
) -> None:
    threads(number)
    changed(12)
    simulator.faults.add("status", value=503, path=SET, times=None)
    deliver()
    others_under_way = number - 1
    tried = outcomes()
    assert tried.keys() == {"unknown"}
    assert tried.total() <= link_delivery.PATIENCE + others_under_way
    assert Account.objects.filter(link_attempts=1, link_lease=None).count() == 12
    simulator.faults.clear()
    make_due()
    deliver()
    assert behind() == set()


def test_an_answer_that_is_lost_is_that_account_s(
    changed: Any, simulator: Simulator, unrepeated: None
) -> None:
    changed(8)
    simulator.faults.add("drop", path=SET, times=1)
    deliver()
    assert outcomes() == {"succeeded": 7, "unknown": 1}
    [row] = links.behind()
    assert (row.link_attempts, row.link_lease) == (1, None)


def test_a_mistake_of_ours_loses_nothing_that_is_under_way(
    changed: Any, threads: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads(4)
    changed(12)
    write = mirror.account

    def broken(sdk_app_id: int, user_id: str, fields: Any) -> Account:
        if user_id == "u02":
            raise KeyError(user_id)
        return write(sdk_app_id, user_id, fields)

    monkeypatch.setattr(mirror, "account", broken)
    with pytest.raises(KeyError):
        link_delivery.deliver_due()
    calls = told(simulator)
    assert set(calls.values()) == {1}
    assert outcomes() == {"succeeded": len(calls)}
    assert behind() == {f"u{one:02}" for one in range(12)} - calls.keys() | {"u02"}
    assert not links.behind().exclude(link_lease=None).exists()
    monkeypatch.undo()
    deliver()
    assert set(told(simulator).values()) == {1}, "none is sent again"
    assert behind() == set()


def test_nothing_begins_when_the_lease_is_nearly_over(
    changed: Any, tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(4)
    monkeypatch.setattr(links, "lease", lambda app: 0.0)
    link_delivery.deliver(links.claim("default", 100))
    assert not told(simulator)
    assert len(behind()) == 4
    monkeypatch.undo()
    deliver()
    assert behind() == set()


@pytest.mark.parametrize("number", [1, 3])
def test_a_new_account_gets_all_its_first_values_even_after_a_stop(
    number: int, simulator: Simulator, tim: Tim
) -> None:
    """Also those fields that are the service's from then on: only their first value is ours."""
    for one in range(number):
        User.objects.create(username=f"u{one:02}", email="first words", last_name="xyz")
    simulator.faults.add("code", value=LOGIN_REFUSED, path=SET, times=number)
    deliver()
    assert len(sent(simulator, "multiaccount_import")) == 1
    assert len(behind()) == number
    make_due()
    deliver()
    assert behind() == set()
    for one in range(number):
        tags = simulator.state.accounts[f"u{one:02}"].tags
        assert (tags[SIGNATURE], tags[LEVEL]) == ("first words", 3)


def test_first_values_are_given_once(simulator: Simulator, tim: Tim) -> None:
    user = User.objects.create(username="ann", email="first words")
    deliver()
    tim.profiles.set("ann", fields={SIGNATURE: "her own words"})
    user.first_name = "Ann"
    user.save()
    deliver()
    assert simulator.state.accounts["ann"].tags[SIGNATURE] == "her own words"
