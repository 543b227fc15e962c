"""Groups: pages of ids → profiles in batches of 50 → upsert by digest → sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Q

from django_tim.answers import GroupInfo, GroupType
from django_tim.client.area import chunks
from django_tim.client.batch import Outcome
from django_tim.models import Group, GroupMember, Run
from django_tim.models.base import Mirror
from django_tim.services import mapping, runs
from django_tim.services.mirror import Discovery, mark_gone, mark_gone_of, rows

from .base import Fetched, Piece, Sync, fetched_ahead
from .writers import Table, one_batch, see, upsert

INFO_BATCH = 50
GROUPS = Table(Group, scope=("sdk_app_id",), key=("group_id",), volatile=mapping.GROUP_VOLATILE)
# Dissolved between the list and the look.
GONE = (10010, 10015)


@dataclass
class Mapped:
    """What the service said of some groups: their columns, those that are gone, the failures."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failures: list[tuple[str, int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.gone) + len(self.failures)


class GroupSync(Sync[Mapped]):
    """Parameters: ``ids`` (only these groups), ``type`` (only groups of this type)."""

    kind = "sync_groups"
    buffered = 40

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._discovery = Discovery(run.sdk_app_id)

    def pieces(self) -> Iterator[Piece]:
        ids = self.run.params.get("ids")
        if ids:
            self.run.total = len(ids)
            yield from self._batches(ids, None)
        elif not self.run.cursor.get("listed"):
            yield from self._listed()

    def fetch(self, piece: Piece) -> Mapped:
        keys = self.app.group_custom_keys
        groups = self.tim.groups
        return mapped(groups.get_many(piece.keys, fields=mapping.GROUP_FIELDS, custom_keys=keys))

    def size(self, answer: Mapped) -> int:
        return len(answer)

    def write(self, batch: list[Fetched[Mapped]]) -> runs.Counts:
        answers = [part.answer for part in batch]
        found = [row for answer in answers for row in answer.rows]
        gone = [group_id for answer in answers for group_id in answer.gone]
        failures = [failure for answer in answers for failure in answer.failures]
        scope = {"sdk_app_id": self.run.sdk_app_id}
        as_of = min(part.as_of for part in batch)
        with one_batch(Group):
            written = upsert(GROUPS, found, scope, as_of=as_of)
            failures += [(item, 0, said) for item, said in written.refused]
            self._discovery.note(row["owner_account"] for row in found)
            lost = mark_gone(self._untouched_since(as_of).filter(group_id__in=gone))
            if lost:
                self._lose_members(as_of)
            failed = runs.record_failures(self.run, failures)
        return {
            "done": sum(len(part.piece.keys) for part in batch),
            "created": written.created,
            "updated": written.updated,
            "unchanged": written.unchanged,
            "gone": lost,
            "failed": failed,
        }

    def sweep(self) -> int:
        if self.run.params.get("ids"):
            return 0
        started = cast(datetime, self.run.started_at)
        # By itself, for an index has all that it asks for; the rows are wide.
        every = rows(Group, sdk_app_id=self.run.sdk_app_id)
        unlisted = every.exclude(group_id__seen_by=self.run.pk).values("pk")
        untouched = self._untouched_since(started)
        unseen = untouched.filter(gone_at=None, pk__in=unlisted)
        if self.run.params.get("type"):
            unseen = unseen.filter(type=self.run.params["type"])
        # Read and then marked, for MariaDB would look through the whole list for each row that
        # an UPDATE might change.
        lost = mark_gone_of(untouched, list(unseen.values_list("pk", flat=True)))
        self._lose_members(started)
        return lost

    def _listed(self) -> Iterator[Piece]:
        group_type = cast("GroupType | None", self.run.params.get("type"))
        start = self.run.cursor.get("next", 0)
        for page in fetched_ahead(
            self.tim.groups.iterate_pages(start=start, group_type=group_type)
        ):
            self.run.total = page["TotalCount"]
            following = page.get("Next") or 0
            cursor = {"next": following} if following else {"listed": True}
            ids = [row["GroupId"] for row in page["GroupIdList"]]
            see(self.run, ids)
            yield from self._batches(ids, cursor)

    def _batches(self, ids: list[str], cursor: dict[str, Any] | None) -> Iterator[Piece]:
        """The pieces of a page; the last one carries the cursor of the next page."""
        batches = list(chunks(ids, INFO_BATCH))
        for number, batch in enumerate(batches, 1):
            yield Piece(batch, cursor if number == len(batches) else None)

    def _lose_members(self, moment: datetime) -> None:
        """Mark as gone who was in the groups that are gone since then."""
        groups = rows(Group, sdk_app_id=self.run.sdk_app_id, gone_at__gte=moment)
        mark_gone(self._untouched_since(moment, GroupMember).filter(group__in=groups.values("pk")))

    def _untouched_since(self, moment: datetime, model: type[Mirror] = Group) -> Any:
        """The app's rows that nothing newer has written."""
        untouched = Q(touched_at=None) | Q(touched_at__lt=moment)
        return rows(model, sdk_app_id=self.run.sdk_app_id).filter(untouched)


def mapped(outcomes: Iterable[Outcome[GroupInfo]]) -> Mapped:
    """The outcomes of get_group_info, sorted out."""
    found = Mapped()
    for outcome in outcomes:
        if outcome.code in GONE:
            found.gone.append(outcome.item)
        elif outcome.value is None:
            found.failures.append((outcome.item, outcome.code, outcome.info))
        else:
            try:
                found.rows.append(mapping.lean(mapping.group_columns(outcome.value)))
            except mapping.Unmappable as error:
                found.failures.append((outcome.item, 0, str(error)))
    return found
