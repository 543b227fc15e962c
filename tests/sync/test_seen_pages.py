"""A sync that is under way when the project migrates goes on with what it has listed so far."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from django_tim.models import SeenID, SeenPage


@pytest.mark.django_db(transaction=True)
def test_what_a_sync_had_seen_becomes_a_page() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("django_tim", "0014_clock")])
    try:
        apps = executor.loader.project_state([("django_tim", "0014_clock")]).apps
        run, seen = apps.get_model("django_tim", "Run"), apps.get_model("django_tim", "SeenID")
        of_sync = run.objects.create(kind="sync_groups", alias="default", sdk_app_id=1)
        of_bulk = run.objects.create(kind="import_accounts", alias="default", sdk_app_id=1)
        for one in (of_sync, of_bulk):
            seen.objects.create(run=one, remote_id="@TGS#1")
        seen.objects.create(run=of_sync, remote_id="@TGS#2")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    page = SeenPage.objects.get()
    assert (page.run_id, sorted(page.ids)) == (of_sync.pk, ["@TGS#1", "@TGS#2"])
    assert SeenID.objects.get().run_id == of_bulk.pk
