"""Users that were there before: compared, adopted, told of, and what is said of all that."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from django_tim import linking
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.linking import unlink
from django_tim.models import Account, AuditEntry, Run, RunFailure
from django_tim.services import adoption, bulk, links, shared_runs
from django_tim.simulator import Simulator

from .conftest import IMAGE, NICK, UserLink, paths, row_of, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("linked")]


def command(*args: str) -> str:
    out = StringIO()
    call_command("tim_link_users", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def users(tim: Tim) -> list[User]:
    """bob exists at the service as here, cyd with another name, dan is deactivated in both."""
    tim.accounts.import_many(
        [
            {"UserID": "bob", "Nick": "Bob", "FaceUrl": "https://else.example/"},
            {"UserID": "cyd", "Nick": "Old"},
            {"UserID": "dan"},
        ]
    )
    names = ("ann", "bob", "cyd", "dan", "eve", "administrator", "漢" * 11)
    made = [User(username=one, first_name=one.title(), is_active=one != "dan") for one in names]
    return User.objects.bulk_create(made)


def test_what_would_happen(simulator: Simulator, users: list[User]) -> None:
    simulator.requests.clear()
    said = command("--dry-run")
    assert "auth.user, app default: 7 objects" in said
    assert "2 accounts would be made" in said
    assert "2 would be adopted, or differ" in said
    assert "1 would be ended" in said
    assert "2 refused" in said
    assert "'administrator' is an administrator" in said
    assert "1 to 32 bytes" in said
    assert "Tag_Profile_IM_Nick: 1 differ, and are the project's" in said
    assert "Tag_Profile_IM_Image: 2 differ, and are the service's" in said
    assert "cyd Tag_Profile_IM_Nick (host's): 'Cyd' here, 'Old' there" in said
    assert paths(simulator) == ["account_check", "portrait_get"]
    assert not Account.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_happened(tim: Tim, simulator: Simulator, users: list[User]) -> None:
    said = command()
    assert "2 accounts made" in said
    assert "0 accounts are still behind" in said
    assert sorted(simulator.state.accounts) == ["administrator", "ann", "bob", "cyd", "dan", "eve"]
    assert simulator.state.accounts["ann"].tags[NICK] == "Ann"
    assert simulator.state.accounts["bob"].tags[IMAGE] == "https://else.example/"
    assert simulator.state.accounts["cyd"].tags == {NICK: "Cyd"}
    assert sent(simulator, "kick") == [{"UserID": "dan"}]
    states = dict(Account.objects.values_list("user_id", "host_state"))
    active = dict.fromkeys(("ann", "bob", "cyd", "eve"), "active")
    assert states == {**active, "dan": "inactive"}
    assert linking.users_of(Account.objects.all()) == {
        row_of(user.username).pk: user for user in users[:5]
    }
    simulator.requests.clear()
    said = command()
    assert "4 in step" in said
    assert "1 need no account" in said
    assert paths(simulator) == ["account_check", "portrait_get"]


def test_what_sends_no_signals_is_healed(tim: Tim, simulator: Simulator, users: list[User]) -> None:
    command()
    simulator.requests.clear()
    User.objects.filter(username="ann").update(first_name="Anna")
    User.objects.filter(username="bob").update(username="rob")
    User.objects.filter(username="cyd")._raw_delete("default")
    User.objects.filter(username="eve").update(is_active=False)
    said = command()
    assert "1 accounts made" in said
    assert "3 ended" in said
    assert simulator.state.accounts["ann"].tags[NICK] == "Anna"
    assert sorted(body["UserID"] for body in sent(simulator, "kick")) == ["bob", "cyd", "eve"]
    assert linking.user_of(row_of("rob")).first_name == "Bob"
    assert row_of("bob").host_model == ""
    assert row_of("cyd").host_state == "deleted"
    simulator.requests.clear()
    command()
    assert not sent(simulator, "kick")


def test_another_s_account_is_refused(
    tim: Tim, users: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = User.objects.get(username="eve")
    Account.objects.create(
        sdk_app_id=1400000000, user_id="bob", host_model="auth.user", host_pk=str(other.pk)
    )
    plain = UserLink.user_id
    monkeypatch.setattr(
        UserLink, "user_id", lambda self, user: "bob" if user == other else plain(self, user)
    )
    said = command("--model", "auth.User")
    assert f"the account 'bob' stands for {other.pk}, so not for {users[1].pk}" in said
    assert linking.user_of(row_of("bob")) == other
    Account.objects.filter(user_id="ann").update(host_pk=str(other.pk))
    monkeypatch.setattr(
        UserLink, "user_id", lambda self, user: "ann" if user == other else plain(self, user)
    )
    assert linking.user_of(row_of("ann")) == other
    command()
    assert linking.user_of(row_of("ann")) == other


def test_read_only(tim: Tim, simulator: Simulator, users: list[User]) -> None:
    object.__setattr__(tim.config, "read_only", True)
    simulator.requests.clear()
    said = command()
    assert "READ_ONLY: 4 stay behind" in said
    assert set(paths(simulator)) == {"account_check", "portrait_get"}
    assert not links.behind().filter(host_state="active").exists()


def test_a_run_that_was_broken_off_is_resumed(
    tim: Tim, simulator: Simulator, users: list[User]
) -> None:
    params = {"model": "auth.user", "dry_run": False}
    link = linking.link_of(User)
    assert link is not None
    run = bulk.start("link_accounts", adoption.objects_of(link, "default"), params=params)
    shared_runs.join(run)  # and the process died
    said = command("--resume")
    assert f"(link_accounts #{run.pk})" in said
    assert Run.objects.count() == 1
    assert "2 accounts made" in said
    run.refresh_from_db()
    assert run.status == "partial"
    assert RunFailure.objects.filter(run=run).count() == 2
    command("--resume")
    assert Run.objects.count() == 2, "it had ended"


def test_many(tim: Tim, simulator: Simulator) -> None:
    User.objects.bulk_create(User(username=f"u{number}") for number in range(250))
    command()
    assert len(sent(simulator, "multiaccount_import")) == 3
    assert Account.objects.filter(host_state="active", behind_since=None).count() == 250


def test_wrong_models() -> None:
    with pytest.raises(CommandError, match=r"auth\.group is not linked; linked are auth\.user"):
        command("--model", "auth.group")
    with pytest.raises(CommandError, match="no app 'other'"):
        command("--app", "other")
    with pytest.raises(InvalidArgument, match="no link is registered"):
        bulk.start("link_accounts", [], params={"model": "auth.group"})
    unlink(User)
    with pytest.raises(CommandError, match="no model is linked"):
        command()


@pytest.mark.usefixtures("unrepeated")
def test_a_run_waits_for_a_service_that_is_away(
    tim: Tim, simulator: Simulator, users: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        simulator.faults.clear()
        Run.objects.update(due_at=None)

    monkeypatch.setattr("django_tim.management.commands.tim_link_users.time.sleep", sleep)
    simulator.faults.add("status", value=503, path="im_open_login_svc/account_check", times=None)
    said = command()
    assert waits
    assert "2 accounts made" in said
