"""Accounts from a file: the draft, its mistakes, the confirmation, the run."""

from __future__ import annotations

from typing import Any

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Account, Run, RunFailure
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db

HEADS = ["UserID", "Nick", "Comment"]
ROWS = [["ann", "安娜 🎉", "x"], ["é" * 20, "too long", ""], [7, None, ""], ["", "nobody", ""]]


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post(url(Account, "import"), {"file": SimpleUploadedFile(name, content)})


def table(kind: str) -> bytes:
    made = tablib.Dataset(*ROWS, headers=HEADS).export(kind)
    return made if isinstance(made, bytes) else made.encode("utf-8-sig")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_upload_look_confirm(
    admin_client: Client, tim: Tim, simulator: Simulator, published: list[int], kind: str
) -> None:
    assert admin_client.get(url(Account, "import")).status_code == 200
    answer = upload(admin_client, f"people.{kind}", table(kind))
    run = Run.objects.get()
    assert answer["Location"] == url(Run, "change", run.pk)
    assert (run.kind, run.status, run.total, run.failed) == ("import_accounts", "draft", 4, 2)
    assert not simulator.requests
    page = admin_client.get(url(Run, "change", run.pk)).content.decode()
    assert "row 3" in page
    assert "row 5" in page
    assert 'value="submit"' in page
    admin_client.post(url(Run, "control", run.pk), {"do": "submit"})
    tasks.run_bulk(run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.failed) == ("partial", 4, 2)
    assert simulator.state.accounts["ann"].tags["Tag_Profile_IM_Nick"] == "安娜 🎉"
    assert "7" in simulator.state.accounts


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("people.csv", b"name,age\nann,7\n", "UserID"),
        ("people.csv", b"\xff\xfe\x00", "no CSV file"),
        ("people.xlsx", b"no zip at all", "XLSX"),
        ("people.csv", b"", "empty"),
    ],
)
def test_a_file_that_can_not_be_read_is_a_mistake_on_the_form(
    admin_client: Client, tim: Tim, name: str, content: bytes, said: str
) -> None:
    answer = upload(admin_client, name, content)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Run.objects.exists()


def test_a_draft_can_be_dropped(admin_client: Client, tim: Tim, simulator: Simulator) -> None:
    upload(admin_client, "people.csv", table("csv"))
    run = Run.objects.get()
    admin_client.post(url(Run, "control", run.pk), {"do": "cancel"})
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert not simulator.requests


def test_who_made_a_draft_may_start_it_and_others_need_the_permission(
    admin_client: Client, tim: Tim, published: list[int]
) -> None:
    upload(admin_client, "people.csv", table("csv"))
    other = Run.objects.get()
    client = staff("view_account", "import_account", "view_run")
    assert client.post(url(Run, "control", other.pk), {"do": "submit"}).status_code == 403
    upload(client, "people.csv", table("csv"))
    own = Run.objects.latest("pk")
    client.post(url(Run, "control", own.pk), {"do": "submit"})
    own.refresh_from_db()
    assert own.status == "queued"
    assert client.post(url(Run, "control", own.pk), {"do": "cancel"}).status_code == 403
    assert RunFailure.objects.filter(run=own).count() == 2


def test_who_may_not_import(tim: Tim) -> None:
    client = staff("view_account")
    assert client.get(url(Account, "import")).status_code == 403
    assert upload(client, "people.csv", table("csv")).status_code == 403
    assert "Import from a file" not in client.get(url(Account, "changelist")).content.decode()
