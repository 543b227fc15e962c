"""Members of groups: every group's list, page after page, then a sweep within the group.

An AVChatRoom keeps no list: it counts as skipped. With ``changed`` only those groups are
asked whose MemberNum or LastInfoTime moved since their members were last synced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from django_tim.exceptions import APIError, AuthenticationFailed
from django_tim.models import Group, GroupMember
from django_tim.services import mapping, runs
from django_tim.services.mirror import database_of, discover, mark_gone

from .base import PASSING, Piece, Sync
from .groups import GONE
from .writers import Written, upsert

LISTLESS = "AVChatRoom"
READ_AT_ONCE = 500


@dataclass
class MemberList:
    """A group's members; ``steady`` if their number stayed the same during the paging."""

    members: list[dict[str, Any]] = field(default_factory=list)
    steady: bool = True
    code: int = 0
    info: str = ""


class MemberSync(Sync[MemberList]):
    """Parameters: ``ids`` (groups), ``type`` (of groups), ``changed``."""

    kind = "sync_members"

    def pieces(self) -> Iterator[Piece]:
        last = self.run.cursor.get("after", 0)
        rows = self._groups()
        self.run.total = self.run.done + rows.filter(pk__gt=last).count()
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:READ_AT_ONCE]):
            last = batch[-1].pk
            for group in batch:
                yield Piece([group], {"after": group.pk} if group is batch[-1] else None)

    def fetch(self, piece: Piece) -> MemberList:
        group = piece.keys[0]
        found = MemberList()
        if self._skips(group):
            return found
        numbers = set()
        try:
            pages = self.tim.group_members.iterate_pages(
                group.group_id, custom_keys=self.app.member_custom_keys
            )
            for page in pages:
                numbers.add(page["MemberNum"])
                found.members += cast("list[dict[str, Any]]", page["MemberList"])
        except (AuthenticationFailed, *PASSING):
            raise
        except APIError as error:
            found.code, found.info = error.code, str(error)
        found.steady = len(numbers) == 1
        return found

    def write(self, piece: Piece, fetched: MemberList) -> None:
        group: Group = piece.keys[0]
        self.run.done += 1
        if self._skips(group):
            self.run.skipped += 1
        elif fetched.code in GONE:
            self.run.gone += mark_gone(self._rows(Group).filter(pk=group.pk))
        elif fetched.code:
            failures = [(group.group_id, fetched.code, fetched.info)]
            self.run.failed += runs.record_failures(self.run, failures)
        else:
            self._write_members(group, fetched)

    def _write_members(self, group: Group, fetched: MemberList) -> None:
        rows, failures = [], []
        for member in fetched.members:
            try:
                rows.append(mapping.member_columns(member))
            except mapping.Unmappable as error:
                failures.append((f"{group.group_id} {member.get('Member_Account')}", 0, str(error)))
        scope = {"sdk_app_id": self.run.sdk_app_id, "group_id": group.pk}
        volatile = ("last_sent_at",)
        with transaction.atomic(using=database_of(GroupMember)):
            written: Written = upsert(
                GroupMember, rows, key="user_id", scope=scope, volatile=volatile
            )
            discover(self.run.sdk_app_id, (row["user_id"] for row in rows))
            if fetched.steady and not failures:
                self.run.gone += self._sweep_group(group, {row["user_id"] for row in rows})
                self._rows(Group).filter(pk=group.pk).update(
                    members_mark=_mark(group), members_synced_at=timezone.now()
                )
        self.run.failed += runs.record_failures(self.run, failures)
        self.run.created += written.created
        self.run.updated += written.updated
        self.run.unchanged += written.unchanged

    def _sweep_group(self, group: Group, seen: set[str]) -> int:
        """Mark as gone who has left; rows that were written since the run began are newer."""
        rows = self._rows(GroupMember).filter(
            group=group, gone_at=None, synced_at__lt=self.run.started_at
        )
        lost = [pk for pk, user_id in rows.values_list("pk", "user_id") if user_id not in seen]
        return sum(
            mark_gone(self._rows(GroupMember).filter(pk__in=lost[at : at + READ_AT_ONCE]))
            for at in range(0, len(lost), READ_AT_ONCE)
        )

    def _skips(self, group: Group) -> bool:
        if group.type == LISTLESS:
            return True
        return bool(self.run.params.get("changed")) and group.members_mark == _mark(group)

    def _groups(self) -> Any:
        rows = self._rows(Group).filter(sdk_app_id=self.run.sdk_app_id, gone_at=None)
        if self.run.params.get("ids"):
            rows = rows.filter(group_id__in=self.run.params["ids"])
        if self.run.params.get("type"):
            rows = rows.filter(type=self.run.params["type"])
        return rows.only("group_id", "type", "member_num", "last_info_at", "members_mark")

    def _rows(self, model: Any) -> Any:
        return model.objects.using(database_of(model))


def _mark(group: Group) -> str:
    moment = group.last_info_at.timestamp() if group.last_info_at else 0
    return f"{group.member_num}:{int(moment)}"
