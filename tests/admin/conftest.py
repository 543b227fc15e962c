"""What the tests of the admin's pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group as Users
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from django_tim import tasks
from django_tim.services.changes import allow_atomic


def url(model: Any, page: str, *args: object) -> str:
    return reverse(f"admin:django_tim_{model._meta.model_name}_{page}", args=args)


def staff(*permissions: str, groups: tuple[str, ...] = ()) -> Client:
    """A client of a user who has these permissions, and no others."""
    user = get_user_model().objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    for name in groups:
        user.groups.add(Users.objects.get_or_create(name=name)[0])
    client = Client()
    client.force_login(user)
    return client


Act = Callable[..., Any]


@pytest.fixture(autouse=True)
def inside_a_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """Most tests here are rolled back at their end, which is quicker than emptying the tables.

    Services would refuse to call out inside a transaction; those marked ``transaction=True``
    show that views are in none.
    """
    mark = request.node.get_closest_marker("django_db")
    if mark is None or mark.kwargs.get("transaction"):
        yield
        return
    with allow_atomic():
        yield


@pytest.fixture
def act(admin_client: Client) -> Act:
    """Take an action of a list on rows, as its page does when it is confirmed."""

    def post(action: str, *rows: Any, client: Client | None = None, **fields: Any) -> Any:
        given = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
        if "_confirmed" not in given:
            given["_confirmed"] = "1"
        return (client or admin_client).post(url(type(rows[0]), "changelist"), given)

    return post


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were handed to the workers; there is no broker here."""
    found: list[int] = []
    monkeypatch.setattr(tasks, "enqueue", lambda run: found.append(run.pk))
    return found


@pytest.fixture
def settling(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often a worker was asked to settle restrictions."""
    found: list[None] = []
    monkeypatch.setattr(tasks.settle_restrictions, "apply_async", lambda **kw: found.append(None))
    return found
