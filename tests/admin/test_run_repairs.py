"""What is done about a run's failures: told, downloaded, retried, settled."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from django_tim import tasks
from django_tim.admin import words
from django_tim.client.batch import NOT_KNOWN
from django_tim.client.tim import Tim
from django_tim.models import Run, RunFailure
from django_tim.services import bulk
from django_tim.services.operations import OPERATIONS
from django_tim.simulator import Simulator

from .conftest import staff, url

pytestmark = pytest.mark.django_db(transaction=True)
IMPORT = "im_open_login_svc/multiaccount_import"


@pytest.fixture
def failed(simulator: Simulator, tim: Tim, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A bulk run whose one call was refused; retries are worked on at once."""
    simulator.faults.add("code", value=70398, path=IMPORT)
    run = bulk.start("import_accounts", ["ann", "=bob"])
    tasks.run_bulk(run.pk, helps=True)
    monkeypatch.setattr(tasks, "enqueue", lambda run: tasks.run_bulk(run.pk, helps=True))
    run.refresh_from_db()
    assert (run.status, run.failed) == ("partial", 2)
    return run


def control(client: Client, run: Run, asked: str) -> int:
    status = client.post(url(Run, "control", run.pk), {"do": asked}).status_code
    run.refresh_from_db()
    return status


def test_retry(admin_client: Client, failed: Run) -> None:
    page = admin_client.get(url(Run, "change", failed.pk))
    assert page.context["progress"]["can"] == ["retry"]
    assert control(admin_client, failed, "retry") == 302
    assert (failed.status, failed.failed) == ("succeeded", 0)


@pytest.mark.parametrize("sent", [True, False])
def test_settle(admin_client: Client, failed: Run, simulator: Simulator, sent: bool) -> None:
    RunFailure.objects.filter(run=failed).update(code=NOT_KNOWN)
    failed.chunks.update(state="unknown")
    can = admin_client.get(url(Run, "change", failed.pk)).context["progress"]["can"]
    assert can == ["settle_sent", "settle_not_sent"]
    simulator.requests.clear()
    control(admin_client, failed, "settle_sent" if sent else "settle_not_sent")
    assert (failed.status, failed.failed) == ("succeeded", 0)
    assert len(simulator.requests) == (0 if sent else 1)


@pytest.mark.parametrize("asked", ["retry", "settle_sent", "settle_not_sent"])
def test_repairs_take_a_permission(failed: Run, asked: str) -> None:
    client = staff("view_run", "control_run")
    page = client.get(url(Run, "change", failed.pk)).content.decode()
    assert 'value="retry"' not in page
    assert control(client, failed, asked) == 403
    assert failed.failed == 2


def test_a_sync_is_not_repaired(admin_client: Client) -> None:
    run = Run.objects.create(
        kind="sync_groups", alias="default", sdk_app_id=1400000000, status="partial", failed=1
    )
    RunFailure.objects.create(run=run, item="x", code=10018)
    assert admin_client.get(url(Run, "change", run.pk)).context["progress"]["can"] == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_failures_as_csv(admin_client: Client, failed: Run, language: str) -> None:
    RunFailure.objects.create(run=failed, item="@TGS#x", code=NOT_KNOWN, info="lost")
    answer = admin_client.get(
        url(Run, "failures", failed.pk), headers={"accept-language": language}
    )
    assert answer.streaming
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[attr-defined, arg-type]
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [row[0] for row in rows] == ["'=bob", "'@TGS#x", "ann"]
    assert rows[2][1] == "70398"
    assert ("单" in rows[2][2] or "帐" in rows[2][2] or "账" in rows[2][2]) == (language != "en")
    assert staff("view_account").get(url(Run, "failures", failed.pk)).status_code == 403


def test_every_kind_of_run_has_a_name() -> None:
    assert set(OPERATIONS) - set(words.RUN_KINDS) == set()
