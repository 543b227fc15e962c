"""The UserSig tool: who may make which, what is told of one that is pasted, and what leaks not."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from django_tim.client import usersig
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.models import AuditEntry, Restriction, UserSig
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
APP = settings.DJANGO_TIM["default"]


def signed(user_id: str = "ann", app: int = APP["SDK_APP_ID"], key: str = APP["SECRET_KEY"]) -> str:
    return usersig.sign(AppConfig(sdk_app_id=app, secret_key=key), user_id, 86_400).reveal()


def sign(client: Client, user_id: str = "ann") -> Any:
    given = {"do": "sign", "sign-user_id": user_id, "sign-lifetime": "3600"}
    return client.post(url(UserSig, "changelist"), given)


def verify(client: Client, text: str, user_id: str = "") -> Any:
    given = {"do": "verify", "verify-usersig": text, "verify-user_id": user_id}
    return client.post(url(UserSig, "changelist"), given)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_make_one(
    admin_client: Client, simulator: Simulator, tim: Tim, language: str, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = sign(admin_client)
    made = shown.context["made"].user_sig.reveal()
    assert made in shown.content.decode()
    assert usersig.inspect(made).lifetime == 3600
    assert "no-store" in shown["Cache-Control"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.actor_name) == ("usersig.sign", "ann", "admin")
    assert made not in caplog.text + str(entry.details) + str(vars(entry))
    assert not simulator.requests


def test_an_administrator_takes_another_permission(tim: Tim) -> None:
    client = staff("sign_account")
    assert sign(client).context["made"]
    for name in ("administrator", "Administrator"):
        assert sign(client, name).context.get("made") is None
    assert AuditEntry.objects.count() == 1


def test_with_that_permission_only_administrators(tim: Tim) -> None:
    client = staff("sign_admin")
    assert sign(client).context.get("made") is None
    assert sign(client, "administrator").context["made"]
    assert AuditEntry.objects.get().action == "usersig.sign_admin"


@pytest.mark.parametrize("user_id", ["@RBT#helper", "@TGS#group", "x" * 33, ""])
def test_whose_is_never_made(admin_client: Client, tim: Tim, user_id: str) -> None:
    shown = sign(admin_client, user_id)
    assert (shown.status_code, shown.context.get("made")) == (200, None)
    assert shown.context["sign_form"].errors


def test_who_is_banned_gets_none(admin_client: Client, tim: Tim) -> None:
    Restriction.objects.create(
        alias="default", sdk_app_id=APP["SDK_APP_ID"], user_id="ann", kind="ban", state="active"
    )
    assert sign(admin_client).context.get("made") is None


@pytest.mark.parametrize(
    ("text", "user_id", "code"),
    [
        (signed(), "", 0),
        (f"  {signed()}\n", "ann", 0),
        (signed(), "bob", 70013),
        (signed(app=1400000001), "", 70014),
        (signed(key="another"), "", 70009),
        (signed()[:50], "", 70003),
        ("nonsense", "", 70003),
    ],
)
def test_look_into_one(
    admin_client: Client, simulator: Simulator, tim: Tim, text: str, user_id: str, code: int
) -> None:
    shown = verify(admin_client, text, user_id)
    assert shown.context["finding"].code == code
    page = shown.content.decode()
    assert text.strip() not in page
    assert ("The service would accept it now." in page) == (code == 0)
    assert bool(shown.context["meaning"]) == bool(code)
    assert not simulator.requests
    assert not AuditEntry.objects.exists()


def test_nothing_pasted_is_said_so(admin_client: Client, tim: Tim) -> None:
    assert "errorlist" in verify(admin_client, "").content.decode()


def test_permissions(tim: Tim) -> None:
    client = staff("verify_usersig")
    assert verify(client, signed()).context["finding"].ok
    assert sign(client).status_code == 403
    assert not AuditEntry.objects.exists()
    client.logout()
    other = Client()
    assert other.post(url(UserSig, "changelist")).status_code == 302


def test_who_may_nothing_of_it(tim: Tim) -> None:
    client = staff("view_account")
    assert client.get(url(UserSig, "changelist")).status_code == 403
    assert verify(client, signed()).status_code == 403


def test_an_address_with_one_in_it_does_nothing(admin_client: Client, tim: Tim) -> None:
    shown = admin_client.get(url(UserSig, "changelist"), {"do": "sign", "sign-user_id": "ann"})
    assert shown.context.get("made") is None
    assert not AuditEntry.objects.exists()
