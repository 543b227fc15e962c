"""Users that are saved, deactivated and deleted, and what the service is told of them."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery, _state, current_app
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from django_tim import linking
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.linking import DELETE, AccountLink, ReservedUserID, link, unlink
from django_tim.models import Account, AuditEntry
from django_tim.services import link_delivery, links
from django_tim.simulator import Simulator, SimulatorServer

from .conftest import (
    IMAGE,
    LEVEL,
    NICK,
    SIGNATURE,
    UserLink,
    deliver,
    make_due,
    paths,
    row_of,
    sent,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("linked")]


def test_a_new_user_becomes_an_account(tim: Tim, simulator: Simulator, nudges: list[str]) -> None:
    user = User.objects.create(username="ann", first_name="安 🎉", last_name="xyz", email="hi")
    assert nudges == ["links"]
    assert not simulator.requests
    row = row_of("ann")
    assert (row.host_model, row.host_pk, row.host_state) == ("auth.user", str(user.pk), "")
    assert row.behind_since is not None
    deliver()
    assert simulator.state.accounts["ann"].tags == {
        NICK: "安 🎉",
        IMAGE: f"https://a.example/{user.pk}.png",
        SIGNATURE: "hi",
        LEVEL: 3,
    }
    row.refresh_from_db()
    assert (row.host_state, row.behind_since, row.link_due_at) == ("active", None, None)
    assert (row.nickname, row.level, row.gone_at) == ("安 🎉", 3, None)
    assert linking.user_of(row) == user
    assert list(linking.accounts_of(user)) == [row]


def test_only_what_differs_is_set_and_the_other_side_s_fields_stay(
    tim: Tim, simulator: Simulator
) -> None:
    user = User.objects.create(username="ann", first_name="Ann", email="hi")
    deliver()
    tim.profiles.set("ann", fields={IMAGE: "https://else.example/", SIGNATURE: "my own"})
    simulator.requests.clear()
    user.save()
    deliver()
    assert paths(simulator) == ["account_check", "portrait_get"]
    user.first_name, user.email = "Anna", "other"
    user.save()
    deliver()
    [body] = sent(simulator, "portrait_set")
    assert body["ProfileItem"] == [{"Tag": NICK, "Value": "Anna"}]
    assert simulator.state.accounts["ann"].tags[IMAGE] == "https://else.example/"
    assert not sent(simulator, "multiaccount_import")


def test_an_account_that_exists_is_adopted_and_not_overwritten(
    tim: Tim, simulator: Simulator
) -> None:
    tim.accounts.import_one("ann", nick="Old", face_url="https://old.example/")
    User.objects.create(username="ann", first_name="Ann")
    deliver()
    assert not sent(simulator, "multiaccount_import")
    tags = simulator.state.accounts["ann"].tags
    assert (tags[NICK], tags[IMAGE]) == ("Ann", "https://old.example/")


def test_a_rollback_leaves_nothing(tim: Tim, simulator: Simulator, nudges: list[str]) -> None:
    with transaction.atomic():
        User.objects.create(username="ann")
        transaction.set_rollback(True)
    assert not Account.objects.exists()
    assert nudges == []
    user = User.objects.create(username="bob", first_name="Bob")
    deliver()
    with transaction.atomic():
        user.first_name = "Robert"
        user.save()
        transaction.set_rollback(True)
    assert row_of("bob").behind_since is None


def test_nothing_is_called_or_written_inside_the_transaction(simulator: Simulator) -> None:
    with transaction.atomic():
        User.objects.create(username="ann")
        assert not Account.objects.exists()
    assert row_of("ann").behind_since is not None


def test_what_was_committed_counts(tim: Tim, simulator: Simulator) -> None:
    with transaction.atomic():
        user = User.objects.create(username="ann", first_name="Ann")
        user.username = user.first_name = "not saved"
        gone = User.objects.create(username="bob")
        gone.delete()
    assert [row.user_id for row in Account.objects.all()] == ["ann"]
    deliver()
    assert simulator.state.accounts["ann"].tags[NICK] == "Ann"


def test_many_are_checked_and_imported_a_hundred_a_call(tim: Tim, simulator: Simulator) -> None:
    with transaction.atomic():
        for number in range(150):
            User.objects.create(username=f"u{number}", first_name="x")
    deliver()
    assert [len(body["AccountList"]) for body in sent(simulator, "multiaccount_import")] == [
        100,
        50,
    ]
    assert len(sent(simulator, "account_check")) == 2
    assert not links.behind().exists()


def test_who_is_deactivated_is_logged_out_once_and_comes_back(
    tim: Tim, simulator: Simulator
) -> None:
    user = User.objects.create(username="ann", first_name="Ann")
    deliver()
    user.is_active = False
    user.save()
    deliver()
    user.save()
    deliver()
    assert sent(simulator, "kick") == [{"UserID": "ann"}]
    assert "ann" in simulator.state.accounts
    assert row_of("ann").host_state == "inactive"
    user.is_active, user.first_name = True, "Anna"
    user.save()
    deliver()
    assert row_of("ann").host_state == "active"
    assert simulator.state.accounts["ann"].tags[NICK] == "Anna"


def test_who_was_never_active_gets_no_account(tim: Tim, simulator: Simulator) -> None:
    User.objects.create(username="ann", is_active=False)
    deliver()
    assert not Account.objects.exists()
    assert not simulator.requests


def test_who_is_deleted_is_logged_out_and_kept(tim: Tim, simulator: Simulator) -> None:
    User.objects.create(username="ann")
    deliver()
    User.objects.all().delete()
    assert row_of("ann").behind_since is not None
    deliver()
    assert sent(simulator, "kick") == [{"UserID": "ann"}]
    row = row_of("ann")
    assert (row.host_state, row.gone_at, linking.user_of(row)) == ("deleted", None, None)


def test_who_is_deleted_is_deleted_where_the_link_says_so(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserLink, "when_deleted", DELETE)
    user = User.objects.create(username="ann")
    deliver()
    user.delete()
    deliver()
    assert "ann" not in simulator.state.accounts
    assert row_of("ann").gone_at is not None
    assert AuditEntry.objects.filter(action="account.delete", source="task").count() == 1


def test_an_account_deleted_remotely_is_barred_and_says_so(tim: Tim, simulator: Simulator) -> None:
    user = User.objects.create(username="ann", first_name="Ann")
    deliver()
    tim.accounts.delete_many(["ann"])
    user.save()
    deliver()
    row = row_of("ann")
    assert (row.link_code, row.link_attempts) == (70399, 1)
    assert "70399" in row.link_error
    assert row.gone_at is not None
    assert row.behind_since is not None
    simulator.requests.clear()
    deliver()
    assert not simulator.requests, "it waits"
    make_due()
    deliver()
    row.refresh_from_db()
    assert row.link_attempts == 2
    assert row.link_due_at is not None
    assert row.link_due_at - timezone.now() > timedelta(seconds=50)
    simulator.state.deleted_at.clear()
    make_due()
    deliver()
    row.refresh_from_db()
    assert (row.link_code, row.link_error, row.behind_since) == (0, "", None)
    assert "ann" in simulator.state.accounts


def test_a_value_that_is_too_long_is_an_error_on_the_row(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserLink, "nickname", lambda self, user: "漢" * len(user.first_name))
    User.objects.create(username="ann", first_name="x" * 150)
    User.objects.create(username="bob", first_name="x" * 150)
    User.objects.filter(username="bob").update(first_name="x")
    monkeypatch.setattr(linking, "LONGEST_VALUE", 400)
    deliver()
    row = row_of("ann")
    assert "longer than 400 bytes" in row.link_error
    assert row.behind_since is not None
    assert list(simulator.state.accounts) == ["administrator", "bob"]


def test_a_link_that_raises_is_an_error_on_the_row(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create(username="ann")
    User.objects.create(username="bob")

    def nickname(self: UserLink, user: User) -> str:
        if user.username == "ann":
            raise KeyError("no such thing")
        return "Bob"

    monkeypatch.setattr(UserLink, "nickname", nickname)
    deliver()
    assert "KeyError" in row_of("ann").link_error
    assert row_of("bob").behind_since is None


@pytest.mark.parametrize(
    "username",
    ["administrator", "Administrator ", "@RBT#1", "@tgs#x", "@TOA#_1", "x" * 33, "漢" * 11],
)
def test_refused_ids_do_not_stop_a_save(
    tim: Tim, simulator: Simulator, username: str, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.create(username=username)
    assert "has no account" in caplog.text
    assert not Account.objects.exists()
    with pytest.raises(InvalidArgument):
        linking.check_allowed(username)


def test_other_administrators_are_refused(settings: Any) -> None:
    app = {**settings.DJANGO_TIM["default"], "OTHER_ADMINS": ["root"]}
    settings.DJANGO_TIM = {"default": app}
    with pytest.raises(ReservedUserID):
        linking.check_allowed("Root")
    assert linking.check_allowed("rooty") == "rooty"


def test_an_id_of_unicode(tim: Tim, simulator: Simulator) -> None:
    User.objects.create(username="漢字かな", first_name="🎉")
    deliver()
    assert simulator.state.accounts["漢字かな"].tags[NICK] == "🎉"


def test_a_renamed_user_gets_another_account_and_leaves_the_old_one(
    tim: Tim, simulator: Simulator
) -> None:
    user = User.objects.create(username="ann", first_name="Ann")
    deliver()
    user.username = "anna"
    user.save()
    deliver()
    assert sent(simulator, "kick") == [{"UserID": "ann"}]
    old, new = row_of("ann"), row_of("anna")
    assert (old.host_model, old.host_state, old.behind_since) == ("", "deleted", None)
    assert linking.user_of(new) == user
    assert simulator.state.accounts["anna"].tags[NICK] == "Ann"
    other = User.objects.create(username="ann", first_name="Other")
    deliver()
    assert linking.user_of(row_of("ann")) == other


def test_two_objects_can_t_have_one_account(
    tim: Tim, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    @link(Group)
    class GroupLink(AccountLink[Group]):
        def user_id(self, obj: Group) -> str:
            return obj.name

    try:
        user = User.objects.create(username="ann", first_name="Ann")
        group = Group.objects.create(name="ann")
        assert "stands for auth.user" in caplog.text
        assert linking.user_of(row_of("ann")) == user
        user.delete()
        group.save()
        deliver()
        row = row_of("ann")
        assert (linking.user_of(row), row.host_state) == (group, "active")
        assert not sent(simulator, "kick")
    finally:
        unlink(Group)


def test_a_proxy_s_signals_count(tim: Tim) -> None:
    class Proxy(User):
        class Meta:
            proxy = True
            app_label = "auth"

    unlink(User)
    link(User)(UserLink)
    try:
        Proxy.objects.create(username="ann")
        assert row_of("ann").host_model == "auth.user"
    finally:
        from django.apps import apps

        unlink(User)
        del apps.all_models["auth"]["proxy"]
        apps.clear_cache()


def test_raw_fixtures_are_ignored(tmp_path: Any) -> None:
    fixture = tmp_path / "users.json"
    fixture.write_text('[{"model": "auth.user", "pk": 1, "fields": {"username": "ann"}}]')
    call_command("loaddata", str(fixture), verbosity=0)
    assert User.objects.exists()
    assert not Account.objects.exists()


def test_a_login_is_no_change(client: Any, nudges: list[str]) -> None:
    user = User.objects.create_user("ann", password="pw")
    nudges.clear()
    assert client.login(username="ann", password="pw")
    user.refresh_from_db()
    assert user.last_login
    assert nudges == []
    user.save(update_fields=["last_login", "first_name"])
    assert nudges == ["links"]


def test_read_only_leaves_all_behind(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(tim.config, "read_only", True)
    User.objects.create(username="ann")
    deliver()
    assert not simulator.requests
    assert row_of("ann").behind_since is not None
    assert not AuditEntry.objects.exists()
    object.__setattr__(tim.config, "read_only", False)
    deliver()
    assert row_of("ann").behind_since is None


def test_a_service_that_is_away_loses_nothing(tim: Tim, simulator: Simulator) -> None:
    User.objects.create(username="ann", first_name="Ann")
    simulator.faults.add("status", value=503, times=None)
    deliver()
    row = row_of("ann")
    assert row.link_attempts == 1
    assert row.link_error
    assert row.link_lease is None
    User.objects.filter(pk=row.host_pk).update(first_name="Newer")
    simulator.faults.clear()
    make_due()
    deliver()
    assert simulator.state.accounts["ann"].tags[NICK] == "Newer", "the state when it is told"
    row.refresh_from_db()
    assert (row.link_error, row.link_attempts, row.behind_since) == ("", 0, None)


def test_a_change_while_the_service_is_told_is_told_as_well(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = User.objects.create(username="ann", first_name="Ann")
    settle = links.settle_many

    def changed_before(some: list[Account], state: str) -> int:
        monkeypatch.setattr(links, "settle_many", settle)
        user.first_name = "Newer"
        user.save()
        return settle(some, state)

    monkeypatch.setattr(links, "settle_many", changed_before)
    deliver()
    assert simulator.state.accounts["ann"].tags[NICK] == "Newer"
    assert row_of("ann").behind_since is None
    assert [len(sent(simulator, one)) for one in ("multiaccount_import", "portrait_set")] == [1, 1]


def test_an_account_is_one_worker_s(tim: Tim, simulator: Simulator) -> None:
    User.objects.create(username="ann")
    [row] = links.claim("default", 100)
    assert links.claim("default", 100) == []
    User.objects.get().save()
    assert links.claim("default", 100) == [], "a change does not take it from the worker"
    deliver()
    assert not simulator.requests
    links.settle(row, "active")
    [row] = links.claim("default", 100)
    Account.objects.update(link_lease=F("link_lease") - timedelta(hours=1))
    [taken] = links.claim("default", 100)  # that worker died
    links.settle(row, "active")
    assert row_of("ann").behind_since is not None, "who has lost it settles nothing"
    links.settle(taken, "active")
    assert row_of("ann").behind_since is None


def test_saves_at_the_same_time(tim: Tim, simulator: Simulator) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a SQLite in memory has one connection")
    user = User.objects.create(username="ann")
    at_once = threading.Barrier(4)

    def save(number: int) -> None:
        at_once.wait()
        one = User.objects.get(pk=user.pk)
        one.first_name = f"name {number}"
        one.save()
        link_delivery.deliver_due()
        connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver()
    user.refresh_from_db()
    assert simulator.state.accounts["ann"].tags[NICK] == user.first_name
    assert row_of("ann").behind_since is None
    assert Account.objects.count() == 1


def test_one_that_is_refused_does_not_stop_the_others(tim: Tim, simulator: Simulator) -> None:
    for name in ("ann", "bob", "cyd"):
        User.objects.create(username=name, last_name="x")
    simulator.faults.add("code", value=40009, path="profile/portrait_set", times=1)
    deliver()
    [row] = Account.objects.exclude(behind_since=None)
    assert row.link_code == 40009
    make_due()
    deliver()
    assert not links.behind().exists()


def test_a_broker_that_is_down_loses_nothing(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real hand-over to the workers
    app = Celery("dead", broker="redis://127.0.0.1:1/0", set_as_current=False)
    warned = threading.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "the broker can't be reached" in record.getMessage():
                warned.set()

    listener, logger = Listener(), logging.getLogger("django_tim.tasks")
    monkeypatch.setattr(_state, "default_app", app)
    logger.addHandler(listener)
    try:
        User.objects.create(username="ann", first_name="Ann")
        assert warned.wait(20)
    finally:
        logger.removeHandler(listener)
    assert row_of("ann").behind_since is not None
    deliver()  # as beat does
    assert simulator.state.accounts["ann"].tags[NICK] == "Ann"


def test_atomic_requests(
    tim: Tim, simulator: Simulator, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    Account.objects.all().delete()
    simulator.requests.clear()
    url = "/admin/auth/user/add/"
    given = {"username": "ann", "usable_password": "false", "password1": "", "password2": ""}
    assert admin_client.post(url, given).status_code == 302
    assert not simulator.requests
    assert row_of("ann").behind_since is not None
    deliver()
    assert "ann" in simulator.state.accounts


def test_an_eager_project_tells_at_once(
    tim: Tim, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    current_app.conf.task_always_eager = True
    try:
        with transaction.atomic():
            User.objects.create(username="ann")
            assert not simulator.requests
    finally:
        current_app.conf.task_always_eager = False
    assert "ann" in simulator.state.accounts


def test_several_apps(tim: Tim, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Simulator(1400000001, "x" * 64, "administrator", check_rates=False)
    with SimulatorServer(other) as server:
        app = {"SDK_APP_ID": 1400000001, "SECRET_KEY": "x" * 64, "HOST": server.url}
        settings.DJANGO_TIM = {**settings.DJANGO_TIM, "other": {**app, "PACING": "memory"}}
        choose = {False: "default", True: "other"}
        monkeypatch.setattr(UserLink, "app", lambda self, user: choose[user.is_staff])
        ann = User.objects.create(username="ann")
        User.objects.create(username="bob", is_staff=True)
        deliver()
        assert sorted(other.state.accounts) == ["administrator", "bob"]
        ann.is_staff = True
        ann.save()
        deliver()
        assert sorted(other.state.accounts) == ["administrator", "ann", "bob"]
        found = linking.accounts_of(ann)
        assert [row.sdk_app_id for row in found] == [1400000001]


def test_the_admin_shows_what_keeps_an_account_behind(
    tim: Tim, simulator: Simulator, admin_client: Client
) -> None:
    tim.accounts.import_one("ann")
    tim.accounts.delete_many(["ann"])
    User.objects.create(username="ann")
    deliver()
    page = admin_client.get(f"/admin/django_tim/account/{row_of('ann').pk}/change/")
    assert "70399" in page.content.decode()
