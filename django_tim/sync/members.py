"""Members of groups: every group's list, page after page, then a sweep within the group.

An AVChatRoom keeps no list: it counts as skipped. With ``changed`` only those groups are
asked whose MemberNum or LastInfoTime moved since their members were last synced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Q
from django.utils import timezone

from django_tim.exceptions import APIError, AuthenticationFailed
from django_tim.models import Group, GroupMember, Run
from django_tim.services import mapping, runs
from django_tim.services.mirror import Discovery, database_of, mark_gone, mark_gone_of
from django_tim.services.passing import PASSING

from .base import Fetched, Piece, Sync
from .groups import GONE
from .writers import Table, Written, one_batch, upsert

LISTLESS = "AVChatRoom"
READ_AT_ONCE = 500
MEMBERS = Table(
    GroupMember, scope=("sdk_app_id",), key=("group_id", "user_id"), volatile=("last_sent_at",)
)
Failure = tuple[str, int, str]


@dataclass
class MemberList:
    """The columns of a group's members; ``steady`` if their number did not move while paging.

    ``skipped`` where the group was not asked, ``code`` where the service refused.
    """

    group: Group
    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    steady: bool = True
    skipped: bool = False
    code: int = 0
    info: str = ""

    def map(self, member: dict[str, Any]) -> None:
        """Take a member as the service tells of it."""
        try:
            columns = mapping.lean(mapping.member_columns(member))
            self.rows.append({**columns, "group_id": self.group.pk})
        except mapping.Unmappable as error:
            item = f"{self.group.group_id} {member.get('Member_Account')}"
            self.failures.append((item, 0, str(error)))


class MemberSync(Sync[MemberList]):
    """Parameters: ``ids`` (groups), ``type`` (of groups), ``changed``."""

    kind = "sync_members"
    buffered = 8

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._discovery = Discovery(run.sdk_app_id)

    def pieces(self) -> Iterator[Piece]:
        last = self.run.cursor.get("after", 0)
        rows = self._groups()
        self.run.total = self.run.done + rows.filter(pk__gt=last).count()
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:READ_AT_ONCE]):
            last = batch[-1].pk
            for group in batch:
                yield Piece([group], {"after": group.pk} if group is batch[-1] else None)

    def fetch(self, piece: Piece) -> MemberList:
        found = MemberList(piece.keys[0])
        found.skipped = self._skips(found.group)
        if not found.skipped:
            self._ask(found)
        return found

    def _ask(self, found: MemberList) -> None:
        numbers = set()
        try:
            pages = self.tim.group_members.iterate_pages(
                found.group.group_id, custom_keys=self.app.member_custom_keys
            )
            for page in pages:
                numbers.add(page["MemberNum"])
                for member in page["MemberList"]:
                    found.map(cast("dict[str, Any]", member))
        except (AuthenticationFailed, *PASSING):
            raise
        except APIError as error:
            found.code, found.info = error.code, str(error)
        found.steady = len(numbers) == 1

    def size(self, answer: MemberList) -> int:
        return len(answer.rows) + 1

    def write(self, batch: list[Fetched[MemberList]]) -> runs.Counts:
        lists = [part.answer for part in batch]
        as_of = min(part.as_of for part in batch)
        gone = [found.group.pk for found in lists if found.code in GONE]
        listed = [found for found in lists if not found.skipped and not found.code]
        with one_batch(GroupMember):
            written, failures, left = self._write_members(listed, as_of)
            failures += _refusals(lists)
            left += mark_gone(untouched(self._rows(Group), as_of).filter(pk__in=gone))
            mark_gone(untouched(self._rows(GroupMember), as_of).filter(group__in=gone))
            failed = runs.record_failures(self.run, failures)
        return {
            "done": len(lists),
            "skipped": sum(found.skipped for found in lists),
            "created": written.created,
            "updated": written.updated,
            "unchanged": written.unchanged,
            "gone": left,
            "failed": failed,
        }

    def _write_members(
        self, lists: list[MemberList], as_of: datetime
    ) -> tuple[Written, list[Failure], int]:
        """What was written, what could not be, and how many have left."""
        rows = [row for found in lists for row in found.rows]
        failures = [failure for found in lists for failure in found.failures]
        written = upsert(MEMBERS, rows, {"sdk_app_id": self.run.sdk_app_id}, as_of=as_of)
        failures += [(user_id, 0, said) for user_id, said in written.refused]
        self._discovery.note(row["user_id"] for row in rows)
        # A list that shifted while it was paged, or lost a row here, says nothing of who left.
        whole = [found.group for found in lists if found.steady] if not failures else []
        left = self._sweep(whole, {(row["group_id"], row["user_id"]) for row in rows}, as_of)
        self._mark(whole)
        return written, failures, left

    def _sweep(self, groups: list[Group], seen: set[tuple[int, str]], as_of: datetime) -> int:
        """Mark as gone who has left; rows that something newer wrote are left alone."""
        rows = self._rows(GroupMember).filter(group__in=groups, gone_at=None)
        rows = untouched(rows, as_of).values_list("pk", "group_id", "user_id")
        lost = [pk for pk, *member in rows if tuple(member) not in seen]
        return mark_gone_of(self._rows(GroupMember), lost)

    def _mark(self, groups: list[Group]) -> None:
        """Note which state of their member lists the mirror shows now."""
        now = timezone.now()
        for group in groups:
            group.members_mark, group.members_synced_at = _mark_of(group), now
        self._rows(Group).bulk_update(groups, ["members_mark", "members_synced_at"])

    def _skips(self, group: Group) -> bool:
        if group.type == LISTLESS:
            return True
        return bool(self.run.params.get("changed")) and group.members_mark == _mark_of(group)

    def _groups(self) -> Any:
        rows = self._rows(Group).filter(sdk_app_id=self.run.sdk_app_id, gone_at=None)
        if self.run.params.get("ids"):
            rows = rows.filter(group_id__in=self.run.params["ids"])
        if self.run.params.get("type"):
            rows = rows.filter(type=self.run.params["type"])
        return rows.only("group_id", "type", "member_num", "last_info_at", "members_mark")

    def _rows(self, model: Any) -> Any:
        return model.objects.using(database_of(model))


def untouched(rows: Any, moment: datetime) -> Any:
    """Those that nothing newer has written."""
    return rows.filter(Q(touched_at=None) | Q(touched_at__lt=moment))


def _refusals(lists: Iterable[MemberList]) -> list[Failure]:
    """The groups that the service would not list, though they exist."""
    return [
        (found.group.group_id, found.code, found.info)
        for found in lists
        if found.code and found.code not in GONE
    ]


def _mark_of(group: Group) -> str:
    moment = group.last_info_at.timestamp() if group.last_info_at else 0
    return f"{group.member_num}:{int(moment)}"
