"""Groups: pages of ids → profiles in batches of 50 → upsert by digest → sweep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q

from django_tim.answers import GroupInfo, GroupType
from django_tim.client.area import chunks
from django_tim.client.batch import BatchResult, Outcome
from django_tim.models import Group, SeenID
from django_tim.services import mapping, runs
from django_tim.services.mirror import database_of, discover, mark_gone

from .base import Piece, Sync, one_ahead
from .writers import BATCH, upsert

INFO_BATCH = 50
# Dissolved between the list and the look.
GONE = (10010, 10015)


class GroupSync(Sync[BatchResult[GroupInfo]]):
    """Parameters: ``ids`` (only these groups), ``type`` (only groups of this type)."""

    kind = "sync_groups"

    def pieces(self) -> Iterator[Piece]:
        ids = self.run.params.get("ids")
        if ids:
            self.run.total = len(ids)
            yield from self._batches(ids, None)
        elif not self.run.cursor.get("listed"):
            yield from self._listed()

    def fetch(self, piece: Piece) -> BatchResult[GroupInfo]:
        keys = self.app.group_custom_keys
        return self.tim.groups.get_many(piece.keys, fields=mapping.GROUP_FIELDS, custom_keys=keys)

    def write(self, piece: Piece, fetched: BatchResult[GroupInfo]) -> None:
        rows, gone, failures = sorted_out(fetched)
        scope = {"sdk_app_id": self.run.sdk_app_id}
        written = upsert(Group, rows, key="group_id", scope=scope, volatile=mapping.GROUP_VOLATILE)
        discover(self.run.sdk_app_id, (row["owner_account"] for row in rows))
        self._see([*(row["group_id"] for row in rows), *(item for item, _, _ in failures)])
        self.run.gone += mark_gone(self._groups().filter(group_id__in=gone))
        self.run.failed += runs.record_failures(self.run, failures)
        self.run.created += written.created
        self.run.updated += written.updated
        self.run.unchanged += written.unchanged
        self.run.done += len(piece.keys)

    def sweep(self) -> int:
        if self.run.params.get("ids"):
            return 0
        seen = SeenID.objects.filter(run=self.run, remote_id=OuterRef("group_id"))
        older = Q(synced_at__lt=self.run.started_at) | Q(synced_at=None)
        rows = self._groups().filter(older, ~Exists(seen))
        if self.run.params.get("type"):
            rows = rows.filter(type=self.run.params["type"])
        return mark_gone(rows)

    def _listed(self) -> Iterator[Piece]:
        group_type = cast("GroupType | None", self.run.params.get("type"))
        start = self.run.cursor.get("next", 0)
        for page in one_ahead(self.tim.groups.iterate_pages(start=start, group_type=group_type)):
            self.run.total = page["TotalCount"]
            following = page.get("Next") or 0
            cursor = {"next": following} if following else {"listed": True}
            yield from self._batches([row["GroupId"] for row in page["GroupIdList"]], cursor)

    def _batches(self, ids: list[str], cursor: dict[str, Any] | None) -> Iterator[Piece]:
        """The pieces of a page; the last one carries the cursor of the next page."""
        batches = list(chunks(ids, INFO_BATCH))
        for number, batch in enumerate(batches, 1):
            yield Piece(batch, cursor if number == len(batches) else None)

    def _see(self, ids: list[str]) -> None:
        if self.run.params.get("ids"):
            return
        rows = [SeenID(run=self.run, remote_id=one) for one in ids]
        SeenID.objects.using(database_of(SeenID)).bulk_create(
            rows, batch_size=BATCH, ignore_conflicts=True
        )

    def _groups(self) -> Any:
        rows = Group.objects.using(database_of(Group))
        return rows.filter(sdk_app_id=self.run.sdk_app_id)


def sorted_out(
    fetched: BatchResult[GroupInfo],
) -> tuple[list[dict[str, Any]], list[str], list[tuple[str, int, str]]]:
    """The columns of the groups that came, the ids of those that are gone, and the failures."""
    rows: list[dict[str, Any]] = []
    gone: list[str] = []
    failures: list[tuple[str, int, str]] = []
    for outcome in fetched:
        if outcome.code in GONE:
            gone.append(outcome.item)
        elif outcome.value is None:
            failures.append((outcome.item, outcome.code, outcome.info))
        else:
            _map(outcome, rows, failures)
    return rows, gone, failures


def _map(
    outcome: Outcome[GroupInfo],
    rows: list[dict[str, Any]],
    failures: list[tuple[str, int, str]],
) -> None:
    try:
        rows.append(mapping.group_columns(cast("dict[str, Any]", outcome.value)))
    except mapping.Unmappable as error:
        failures.append((outcome.item, 0, str(error)))
