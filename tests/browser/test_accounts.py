"""Accounts in a browser: find one, look at it, mute it, undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_tim.models import Account, Restriction
from django_tim.simulator import Simulator


def test_find_mute_and_undo(page: Any, mirror: Simulator, shot: Callable[..., None]) -> None:
    account = Account.objects.exclude(nickname="").order_by("pk")[3]
    page.goto("/admin/django_tim/account/")
    shot("accounts")
    shot("accounts-phone", phone=True)
    page.fill("#tim-find", account.user_id)
    page.press("#tim-find", "Enter")
    page.wait_for_selector("#tim-restrictions")
    shot("person")
    page.click("text=Ask TIM >> nth=0")
    page.wait_for_selector("text=platform")
    page.fill("#tim-reason", "Spam")
    page.click("text=Mute 1 d")
    page.wait_for_selector("text=in force")
    row = Restriction.objects.get()
    assert (row.kind, row.state, row.reason, row.user_id) == (
        "mute",
        "active",
        "Spam",
        account.user_id,
    )
    shot("person-muted", dark=True)
    shot("person-phone", phone=True)
    page.click("text=Undo")
    page.wait_for_selector("text=was lifted")
    row.refresh_from_db()
    assert row.state == "lifted"
