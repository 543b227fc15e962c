"""Groups: create, import, change, dissolve."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django_tim.api.groups import Groups
from django_tim.api.ids import check_group_id
from django_tim.catalogue import GROUP_CREATE, GROUP_DISSOLVE, GROUP_IMPORT, GROUP_MODIFY
from django_tim.client.batch import NOT_CALLED, BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Group
from django_tim.services import groups
from django_tim.services.changes import Change

from .base import Done, Operation, Work, one

ID_IN_USE = 10021
UNKNOWN_GROUPS = (10010, 10015)


def _fields_of(method: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(method).parameters) - {"self", "extra"}


class _NewGroups(Operation):
    """Items: mappings of the arguments of the method that makes one group.

    With an own ``group_id`` a call whose answer was lost can be looked at; without one, nobody
    can tell whether it made a group, and a person decides.
    """

    fields: ClassVar[frozenset[str]]

    def item(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise InvalidArgument(f"a group is a mapping of its fields, not {given!r}")
        unknown = [str(name) for name in given if name not in self.fields]
        if unknown:
            raise InvalidArgument(f"{self.kind} knows no field {unknown[0]!r}")
        missing = [name for name in ("group_type", "name") if not given.get(name)]
        if missing:
            raise InvalidArgument(f"a group has no {missing[0]}: {dict(given)!r}")
        if given.get("group_id"):
            check_group_id(given["group_id"])
        return dict(given)

    def key(self, item: Any) -> str:
        return str(item.get("group_id") or item["name"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        return one(self.key(item), self.make(tim, item))

    @abstractmethod
    def make(self, tim: Tim, fields: Mapping[str, Any]) -> str:
        """Make the call; returns the group's id."""

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        if not item.get("group_id"):
            return super().look(tim, work)
        asked = tim.groups.get_many([item["group_id"]], fields=("Type", "Name"))
        found = asked.outcomes[0]
        if found.code in UNKNOWN_GROUPS:
            return BatchResult([Outcome(self.key(item), code=NOT_CALLED)])
        if found.value is None:
            return asked
        if found.value.get("Name") == item["name"]:
            return one(self.key(item), item["group_id"])
        return BatchResult([Outcome(self.key(item), code=ID_IN_USE, info="this id is in use")])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        made = {
            outcome.value: call.work.items[0]
            for call in done
            for outcome in call.result.succeeded
            if outcome.value
        }
        groups.made(changed, made)

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"created": len(result.succeeded)}


class CreateGroups(_NewGroups):
    """Create groups, with up to 100 members each. Page 34895."""

    kind = "create_groups"
    endpoint = GROUP_CREATE
    action = "group.create"
    fields = _fields_of(Groups.create)

    def make(self, tim: Tim, fields: Mapping[str, Any]) -> str:
        return tim.groups.create(**fields)["GroupId"]


class ImportGroups(_NewGroups):
    """Create groups as they were elsewhere, at their ``create_time``. Page 34967."""

    kind = "import_groups"
    endpoint = GROUP_IMPORT
    action = "group.import"
    fields = _fields_of(Groups.import_one)

    def make(self, tim: Tim, fields: Mapping[str, Any]) -> str:
        return tim.groups.import_one(**fields)["GroupId"]


class ModifyGroups(Operation):
    """Change groups. Page 34962.

    Items: pairs of a group and {field: value}; or groups (ids or rows), with the parameter
    ``fields`` for all of them. The fields are the arguments of ``services.groups.modify``.
    """

    kind = "modify_groups"
    endpoint = GROUP_MODIFY
    action = "group.modify"
    known = _fields_of(Groups.modify) - {"group_id"}

    def check(self) -> None:
        fields = self.params.get("fields") or {}
        if self.params.keys() - {"fields"} or not isinstance(fields, Mapping):
            raise InvalidArgument('modify_groups takes only "fields": {field: value}')
        self._checked(fields)

    def item(self, given: Any) -> dict[str, Any]:
        fields = self.params.get("fields") or {}
        if isinstance(given, tuple | list) and len(given) == 2:
            given, own = given
            fields = {**fields, **self._checked(own)}
        if not fields:
            raise InvalidArgument("no field of the group was given")
        return {"group_id": group_id_of(given), "fields": fields}

    def _checked(self, fields: Any) -> Mapping[str, Any]:
        if not isinstance(fields, Mapping):
            raise InvalidArgument(f"a group's fields are a mapping, not {fields!r}")
        unknown = [str(name) for name in fields if name not in self.known]
        if unknown:
            raise InvalidArgument(f"a group has no field {unknown[0]!r} to change")
        return fields

    def key(self, item: Any) -> str:
        return str(item["group_id"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        tim.groups.modify(item["group_id"], **item["fields"])
        return one(item["group_id"])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for call in done:
            if call.result:
                item = call.work.items[0]
                groups.modified(changed, item["group_id"], item["fields"])

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"updated": len(result.succeeded)}


class DissolveGroups(Operation):
    """Dissolve groups, which can't be undone. Items: group ids, or rows. Page 34896."""

    kind = "dissolve_groups"
    endpoint = GROUP_DISSOLVE
    action = "group.dissolve"

    def item(self, given: Any) -> str:
        return group_id_of(given)

    def key(self, item: Any) -> str:
        return str(item)

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        tim.groups.dissolve(work.items[0])
        return one(work.items[0])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for call in done:
            for outcome in call.result.succeeded:
                groups.dissolved(changed, outcome.item)

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        return {"gone": len(result.succeeded)}


def group_id_of(given: Any) -> str:
    """The id of a group that is given by it, or by its row. Raises InvalidArgument."""
    return check_group_id(given.group_id if isinstance(given, Group) else given)
