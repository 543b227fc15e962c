"""The UserSig of who is logged in: given, refused, throttled, never kept and never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from django_tim import views
from django_tim.client.tim import Tim
from django_tim.client.usersig import inspect, verify
from django_tim.exceptions import ChangeRefused, InvalidArgument, UnsafeTransaction
from django_tim.linking import ReservedUserID, unlink
from django_tim.models import Account, AuditEntry
from django_tim.services import restrictions, usersigs
from django_tim.services.actor import Actor
from django_tim.services.usersigs import SigningRefused
from django_tim.signals import changing
from django_tim.simulator import Simulator
from tests.conftest import APP

from .conftest import UserLink, paths, row_of, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("linked")]
URL = "/tim/usersig/"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ann() -> User:
    return User.objects.create(username="ann", first_name="Ann")


def client_of(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def by_header(request: HttpRequest) -> Any:
    """A project's own authentication: a token in a header."""
    name = request.headers.get("Authorization", "").removeprefix("Token ")
    return User.objects.filter(username=name).first() or views.session_user(request)


def anonymous(request: HttpRequest) -> Any:
    return AnonymousUser()


def refusal(response: Any) -> tuple[int, str]:
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) >= {"error", "detail"}
    return response.status_code, response.json()["error"]


def test_the_account_is_made_and_the_signature_is_good(
    tim: Tim, simulator: Simulator, ann: User, nudges: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    nudges.clear()
    response = client_of(ann).post(URL)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    assert set(answer) == {"sdkAppId", "userId", "userSig", "expires"}
    assert (answer["sdkAppId"], answer["userId"]) == (APP["SDK_APP_ID"], "ann")
    info = verify(
        answer["userSig"], sdk_app_id=APP["SDK_APP_ID"], key=APP["SECRET_KEY"], user_id="ann"
    )
    assert (info.lifetime, info.expires) == (7 * 86_400, answer["expires"])
    [made] = sent(simulator, "account_import")
    assert (made["UserID"], made["Nick"]) == ("ann", "Ann")
    assert nudges == ["links"], "the worker does the rest"
    assert answer["userSig"] not in caplog.text
    assert not AuditEntry.objects.filter(action__startswith="usersig").exists()


def test_an_account_that_is_known_costs_no_call(tim: Tim, simulator: Simulator, ann: User) -> None:
    client = client_of(ann)
    Account.objects.update(host_state="active")
    assert client.post(URL).status_code == 200
    assert paths(simulator) == []


def test_an_account_that_exists_is_not_overwritten(
    tim: Tim, simulator: Simulator, ann: User
) -> None:
    tim.accounts.import_one("ann", nick="Old")
    simulator.requests.clear()
    assert client_of(ann).post(URL).status_code == 200
    assert paths(simulator) == ["account_check"]


def test_atomic_requests(
    tim: Tim, simulator: Simulator, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert client_of(ann).post(URL).status_code == 200
    assert "ann" in simulator.state.accounts


def test_the_lifetime_is_a_setting(tim: Tim, ann: User, settings: Any) -> None:
    settings.DJANGO_TIM = {"default": {**APP, "CLIENT_USERSIG_LIFETIME": 3600}}
    Account.objects.update(host_state="active")
    answer = client_of(ann).post(URL).json()
    assert inspect(answer["userSig"]).lifetime == 3600


def test_only_post(ann: User) -> None:
    client = client_of(ann)
    for response in (client.get(URL), client.put(URL), client.delete(URL)):
        assert refusal(response) == (405, "method")
        assert response["Allow"] == "POST"


def test_who_is_not_logged_in(settings: Any) -> None:
    assert refusal(Client().post(URL)) == (401, "unauthenticated")
    settings.DJANGO_TIM_OPTIONS = {"USERSIG_AUTHENTICATION": f"{__name__}.anonymous"}
    assert refusal(Client().post(URL)) == (401, "unauthenticated")


def test_a_session_needs_the_csrf_token(tim: Tim, ann: User, settings: Any) -> None:
    client = client_of(ann, enforce_csrf_checks=True)
    assert refusal(client.post(URL)) == (403, "csrf")
    token = "a" * 32
    client.cookies["csrftoken"] = token
    assert client.post(URL, headers={"X-CSRFToken": token}).status_code == 200
    settings.DJANGO_TIM_OPTIONS = {"USERSIG_AUTHENTICATION": f"{__name__}.by_header"}
    client = Client(enforce_csrf_checks=True)
    assert client.post(URL, headers={"Authorization": "Token ann"}).status_code == 200
    assert refusal(client.post(URL)) == (401, "unauthenticated")
    client.force_login(ann)
    assert refusal(client.post(URL)) == (403, "csrf")


def test_who_is_banned(tim: Tim, simulator: Simulator, ann: User) -> None:
    tim.accounts.import_one("ann")
    ban = restrictions.ban("ann", reason="spam")
    assert refusal(client_of(ann).post(URL)) == (403, "banned")
    restrictions.lift(ban)
    assert client_of(ann).post(URL).status_code == 200


def test_who_is_not_active(
    tim: Tim, simulator: Simulator, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserLink, "is_active", lambda self, user: user.last_name != "gone")
    User.objects.update(last_name="gone")
    assert refusal(client_of(ann).post(URL)) == (403, "inactive")
    assert not simulator.requests


def test_who_has_no_account(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserLink, "user_id", lambda self, user: None)
    assert refusal(client_of(ann).post(URL)) == (403, "unlinked")
    unlink(User)
    assert refusal(client_of(ann).post(URL)) == (403, "unlinked")


@pytest.mark.parametrize(
    ("username", "word"),
    [
        ("administrator", "reserved"),
        ("ADMINISTRATOR", "reserved"),
        ("@RBT#chat", "reserved"),
        ("@TOA#_news", "reserved"),
        ("x" * 33, "invalid_user_id"),
    ],
)
def test_ids_that_nobody_may_have(tim: Tim, simulator: Simulator, username: str, word: str) -> None:
    user = User.objects.create(username=username)
    assert refusal(client_of(user).post(URL)) == (403, word)
    assert not simulator.requests


def test_an_account_that_is_another_s(tim: Tim, ann: User, monkeypatch: Any) -> None:
    bob = User.objects.create(username="bob")
    monkeypatch.setattr(UserLink, "user_id", lambda self, user: "ann")
    assert refusal(client_of(bob).post(URL)) == (409, "user_id_taken")


def test_what_the_service_refuses(tim: Tim, simulator: Simulator, ann: User) -> None:
    tim.accounts.import_one("ann")
    tim.accounts.delete_many(["ann"])
    response = client_of(ann).post(URL)
    assert refusal(response) == (409, "account_refused")
    assert response.json()["code"] == 70399


@pytest.mark.usefixtures("unrepeated")
def test_a_service_that_is_away(tim: Tim, simulator: Simulator, ann: User) -> None:
    simulator.faults.add("status", value=503, times=None)
    response = client_of(ann).post(URL)
    assert refusal(response) == (503, "unavailable")
    assert response["Retry-After"] == "5"
    assert row_of("ann").behind_since is not None


def test_settings_that_are_wrong(tim: Tim, ann: User) -> None:
    object.__setattr__(tim.config, "read_only", True)
    assert refusal(client_of(ann).post(URL)) == (503, "read_only")
    Account.objects.update(host_state="active", gone_at=None)
    object.__setattr__(tim.config, "secret_key", "")
    response = client_of(ann).post(URL)
    assert refusal(response) == (503, "misconfigured")
    assert "SECRET_KEY" not in response.content.decode()


def test_throttled(tim: Tim, ann: User, settings: Any) -> None:
    settings.DJANGO_TIM_OPTIONS = {"USERSIGS_A_MINUTE": 2}
    bob = User.objects.create(username="bob")
    client = client_of(ann)
    assert [client.post(URL).status_code for _ in range(3)] == [200, 200, 429]
    response = client.post(URL)
    assert refusal(response) == (429, "throttled")
    assert response["Retry-After"] == "60"
    assert client_of(bob).post(URL).status_code == 200


def test_sign_by_the_project_s_code(tim: Tim, ann: User) -> None:
    signed = usersigs.sign("ann", lifetime=600)
    assert (signed.user_id, signed.expires - signed.created) == ("ann", 600)
    assert signed.user_sig.reveal() not in f"{signed!r} {signed} {signed.user_sig}"
    assert usersigs.sign("nobody knows").user_id == "nobody knows"
    with pytest.raises(InvalidArgument):
        usersigs.sign("ann", lifetime=0)
    with pytest.raises(ReservedUserID):
        usersigs.sign("administrator")
    with pytest.raises(SigningRefused, match=r"django_tim\.sign_admin"):
        usersigs.sign("administrator", as_admin=True)
    ann.delete()
    with pytest.raises(SigningRefused, match="not active"):
        usersigs.sign("ann")


def test_a_person_s_signing_is_taken_down_without_the_signature(tim: Tim, ann: User) -> None:
    actor = Actor("admin", user=ann, name="ann")
    signed = usersigs.sign("bob", actor=actor)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.outcome) == ("usersig.sign", "bob", "succeeded")
    assert (entry.actor_name, entry.details) == ("ann", {"lifetime": 7 * 86_400})
    assert signed.user_sig.reveal() not in str(vars(entry))
    with pytest.raises(ReservedUserID):
        usersigs.sign("@RBT#1", as_admin=True, actor=actor)
    assert AuditEntry.objects.latest("pk").outcome == "failed"


def test_signing_as_an_administrator_is_a_permission_of_its_own(tim: Tim, ann: User) -> None:
    ann.user_permissions.add(Permission.objects.get(codename="sign_account"))
    actor = Actor("admin", user=User.objects.get(), name="ann")
    with pytest.raises(SigningRefused) as caught:
        usersigs.sign("administrator", as_admin=True, actor=actor)
    assert caught.value.reason == "not_allowed"
    ann.user_permissions.add(Permission.objects.get(codename="sign_admin"))
    actor = Actor("admin", user=User.objects.get(), name="ann")
    assert usersigs.sign("administrator", as_admin=True, actor=actor).user_id == "administrator"
    outcomes = AuditEntry.objects.filter(action="usersig.sign_admin").order_by("pk")
    assert [entry.outcome for entry in outcomes] == ["failed", "succeeded"]


def test_the_project_may_refuse(tim: Tim, ann: User) -> None:
    def refuse(action: str, object_id: str, **kwargs: Any) -> None:
        if action == "usersig.sign" and object_id == "bob":
            raise ChangeRefused("not bob")

    changing.connect(refuse)
    try:
        with pytest.raises(ChangeRefused, match="not bob"):
            usersigs.sign("bob", actor=Actor("admin", user=ann))
        usersigs.sign("cyd", actor=Actor("admin", user=ann))
    finally:
        changing.disconnect(refuse)


def test_findings(tim: Tim, settings: Any) -> None:
    good = usersigs.sign("ann").user_sig.reveal()
    found = usersigs.verify(good)
    assert (found.ok, found.app, found.info and found.info.user_id) == (True, "default", "ann")
    assert usersigs.verify(good, user_id="bob").code == 70013
    for text, code in (("", 70002), (good[:-9], 70003), ("nonsense", 70003)):
        found = usersigs.verify(text)
        assert (found.ok, found.code, found.info) == (False, code, None)
        assert found.cause
        assert found.cure
    other = {"SDK_APP_ID": 1400000001, "SECRET_KEY": "x" * 64}
    settings.DJANGO_TIM = {"default": APP, "other": other}
    found = usersigs.verify(usersigs.sign("ann", app="other").user_sig)
    assert (found.code, found.app) == (70014, "other")
    assert "'other'" in found.cure
    assert good not in repr(usersigs.verify(good))


def test_unsafe_only_where_it_is_audited(tim: Tim, ann: User) -> None:
    from django.db import transaction

    with transaction.atomic():
        assert usersigs.sign("bob").user_id == "bob"
        with pytest.raises(UnsafeTransaction):
            usersigs.sign("bob", actor=Actor("admin", user=ann))
