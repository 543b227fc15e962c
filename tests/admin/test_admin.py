"""The admin's pages and actions, on a mirror that was synced from the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils.html import escape

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import (
    Account,
    AuditEntry,
    Group,
    GroupMember,
    Overview,
    Restriction,
    Run,
    RunFailure,
)
from django_tim.services import runs
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = [Account, Group, GroupMember, Restriction, Run, AuditEntry]


@pytest.fixture
def mirror(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=40, accounts=150)
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        tasks.run_sync(runs.start(kind).pk)
    AuditEntry.objects.create(
        alias="default", sdk_app_id=1400000000, action="group.modify", object_id="x", code=10010
    )
    Restriction.objects.create(alias="default", sdk_app_id=1400000000, user_id="x", kind="ban")
    RunFailure.objects.create(run=Run.objects.get(kind="sync_groups"), item="x", code=10018)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_page_opens(
    admin_client: Client, mirror: None, model: Any, language: str
) -> None:
    headers = {"accept-language": language}
    assert admin_client.get(url(model, "changelist"), headers=headers).status_code == 200
    row = model.objects.first()
    page = admin_client.get(url(model, "change", row.pk), headers=headers)
    assert page.status_code == 200
    named = f"#{row.pk}" if isinstance(row, Run) else str(row)
    assert escape(named) in page.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_empty(admin_client: Client, model: Any) -> None:
    assert admin_client.get(url(model, "changelist")).status_code == 200


def test_search(admin_client: Client, mirror: None) -> None:
    group = Group.objects.order_by("pk")[7]
    found = admin_client.get(url(Group, "changelist"), {"q": group.group_id})
    assert [row.pk for row in found.context["cl"].result_list] == [group.pk]
    account = Account.objects.exclude(nickname="").first()
    assert account is not None
    found = admin_client.get(url(Account, "changelist"), {"q": account.nickname})
    assert account.pk in [row.pk for row in found.context["cl"].result_list]


def test_lists_do_not_ask_row_by_row(
    admin_client: Client, mirror: None, django_assert_max_num_queries: Any
) -> None:
    for model in MODELS:
        with django_assert_max_num_queries(12):
            admin_client.get(url(model, "changelist"))


def test_sync_now_queues_a_run_and_shows_it(admin_client: Client, published: list[int]) -> None:
    answer = admin_client.post(url(Group, "sync"))
    run = Run.objects.get()
    assert published == [run.pk]
    assert (run.kind, run.source, run.started_by_name) == ("sync_groups", "admin", "admin")
    assert answer["Location"].startswith(url(Run, "change", run.pk))
    again = admin_client.post(url(Group, "sync"))
    assert Run.objects.count() == 1
    assert again["Location"].startswith(url(Run, "change", run.pk))


def test_sync_selected(admin_client: Client, mirror: None, published: list[int]) -> None:
    chosen = list(Group.objects.order_by("pk")[:2])
    admin_client.post(
        url(Group, "changelist"),
        {"action": "sync_selected", "_selected_action": [group.pk for group in chosen]},
    )
    run = Run.objects.latest("pk")
    assert published == [run.pk]
    assert set(run.params["ids"]) == {group.group_id for group in chosen}


def test_who_may_only_look_may_not_sync(mirror: None, published: list[int]) -> None:
    client = staff("view_group")
    assert client.get(url(Group, "changelist")).status_code == 200
    assert client.post(url(Group, "sync")).status_code == 403
    assert client.get(url(Account, "changelist")).status_code == 403
    assert published == []


def test_progress_and_control(admin_client: Client, published: list[int]) -> None:
    run = runs.start("sync_groups")
    progress = admin_client.get(url(Run, "progress", run.pk))
    assert progress["Content-Type"] == "application/json"
    admin_client.post(url(Run, "control", run.pk), {"do": "pause"})
    run.refresh_from_db()
    assert run.status == "paused"
    admin_client.post(url(Run, "control", run.pk), {"do": "resume"})
    assert published == [run.pk]
    admin_client.post(url(Run, "control", run.pk), {"do": "cancel"})
    run.refresh_from_db()
    assert (run.status, run.lock_key) == ("cancelled", None)
    assert staff("view_run").post(url(Run, "control", run.pk)).status_code == 403


def test_every_action_has_permissions() -> None:
    from django.contrib import admin

    for model in MODELS:
        for name in admin.site._registry[model].actions:
            action = name if callable(name) else getattr(admin.site._registry[model], str(name))
            assert getattr(action, "allowed_permissions", None), name


@pytest.mark.parametrize(
    ("model", "page", "args"),
    [
        (Account, "changelist", ()),
        (Account, "change", (1,)),
        (Account, "add", ()),
        (Account, "import", ()),
        (Account, "find", ()),
        (Account, "ask", (1, "online")),
        (Account, "recall", (1,)),
        (Group, "add", ()),
        (Group, "import", ()),
        (Group, "broadcast", ()),
        (Group, "sample", (1,)),
        (Group, "recall", (1,)),
        (Restriction, "changelist", ()),
    ],
)
def test_what_calls_out_is_in_no_transaction_of_the_projects(
    model: Any, page: str, args: tuple[Any, ...]
) -> None:
    view = resolve(url(model, page, *args)).func
    assert "default" in getattr(view, "_non_atomic_requests", ()), "with ATOMIC_REQUESTS"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_search_box_is_the_first_thing_on_the_apps_own_index(
    admin_client: Client, language: str
) -> None:
    index = reverse("admin:app_list", args=["django_tim"])
    page = admin_client.get(index, headers={"accept-language": language}).content.decode()
    assert f'action="{url(Account, "find")}"' in page
    assert page.index('name="q"') < page.index("<h1")
    assert 'name="q"' not in staff("view_group").get(index).content.decode()


def test_the_overview_has_it_too(admin_client: Client) -> None:
    page = admin_client.get(url(Overview, "changelist")).content.decode()
    assert page.index(f'action="{url(Account, "find")}"') < page.index("<h1")
