"""Group members: add, remove, mute."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django_tim.api.group_members import check_seconds
from django_tim.api.ids import check_group_id
from django_tim.catalogue import GROUP_MEMBER_ADD, GROUP_MEMBER_DELETE, GROUP_MEMBER_MUTE
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Group, GroupMember
from django_tim.services import group_members, mirror
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work, by_lane
from .groups import group_id_of


class _OfMembers(Operation):
    """Items: pairs of a group and an account (ids or rows), or rows of GroupMember.

    With the parameter ``group_id``, accounts of that group. Those of one group share calls, so
    it is best to give them group by group.
    """

    takes: ClassVar[frozenset[str]] = frozenset()

    def check(self) -> None:
        unknown = self.params.keys() - self.takes - {"group_id"}
        if unknown:
            raise InvalidArgument(f"{self.kind} has no parameter {min(unknown)!r}")
        if "group_id" in self.params:
            check_group_id(self.params["group_id"])

    def item(self, given: Any) -> list[str]:
        if "group_id" in self.params:
            return [self.params["group_id"], user_id_of(given)]
        if isinstance(given, GroupMember):
            return [given.group.group_id, given.user_id]
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise InvalidArgument(f"a member is a pair of group and account, not {given!r}")
        return [group_id_of(given[0]), user_id_of(given[1])]

    def key(self, item: Any) -> str:
        return f"{item[0]} {item[1]}"

    def lane(self, item: Any) -> str:
        return str(item[0])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        result = self.call(tim, work.lane, [user_id for _, user_id in work.items])
        return BatchResult([one._replace(item=f"{work.lane} {one.item}") for one in result])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for group_id, outcomes in by_lane(done).items():
            mark = len(group_id) + 1
            result = BatchResult([one._replace(item=one.item[mark:]) for one in outcomes])
            if result.succeeded:
                self.came(changed, mirror.known_group(changed.sdk_app_id, group_id), result)

    @abstractmethod
    def call(self, tim: Tim, group_id: str, user_ids: Iterable[str]) -> BatchResult[Any]:
        """Make the call about members of one group."""

    @abstractmethod
    def came(self, changed: Change, group: Group, result: BatchResult[Any]) -> None:
        """Bring the group's rows in step."""


class AddMembers(_OfMembers):
    """Add members, without notices if ``silence`` is true. Page 34921."""

    kind = "add_members"
    endpoint = GROUP_MEMBER_ADD
    action = "member.add"
    takes = frozenset({"silence"})

    def call(self, tim: Tim, group_id: str, user_ids: Iterable[str]) -> BatchResult[Any]:
        silence = bool(self.params.get("silence"))
        return tim.group_members.add_many(group_id, user_ids, silence=silence)

    def came(self, changed: Change, group: Group, result: BatchResult[Any]) -> None:
        group_members.added(changed, group, result)

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        values = [outcome.value for outcome in result.succeeded]
        return {"created": values.count("added"), "unchanged": values.count("already")}


class RemoveMembers(_OfMembers):
    """Remove members, without notices if ``silence`` is true, for a ``reason``. Page 34949."""

    kind = "remove_members"
    endpoint = GROUP_MEMBER_DELETE
    action = "member.remove"
    takes = frozenset({"silence", "reason"})

    def call(self, tim: Tim, group_id: str, user_ids: Iterable[str]) -> BatchResult[Any]:
        silence, reason = bool(self.params.get("silence")), self.params.get("reason")
        return tim.group_members.delete_many(group_id, user_ids, silence=silence, reason=reason)

    def came(self, changed: Change, group: Group, result: BatchResult[Any]) -> None:
        group_members.removed(changed, group, result)


class MuteMembers(_OfMembers):
    """Mute members for so many ``seconds``; 0 ends the mute, 4294967295 has no end. Page 34951."""

    kind = "mute_members"
    endpoint = GROUP_MEMBER_MUTE
    action = "member.mute"
    takes = frozenset({"seconds"})

    def check(self) -> None:
        super().check()
        check_seconds(self.params.get("seconds", -1))

    def call(self, tim: Tim, group_id: str, user_ids: Iterable[str]) -> BatchResult[Any]:
        return tim.group_members.mute_many(group_id, user_ids, seconds=self.params["seconds"])

    def came(self, changed: Change, group: Group, result: BatchResult[Any]) -> None:
        group_members.muted(changed, group, result, self.params["seconds"])
