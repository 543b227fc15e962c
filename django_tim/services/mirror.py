"""Single writes to the mirror, after a remote change: what is known of the object, and no more.

Each blanks the row's digest, so that the next sync compares the whole object and heals it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, router, transaction
from django.utils import timezone

from django_tim.client.area import chunks
from django_tim.models import Account, Group, GroupMember
from django_tim.models.base import Mirror, touched

from . import mapping
from .writers.base import Statement, blank
from .writers.selection import writer_for

M = TypeVar("M", bound=Mirror)
BATCH = 500
PATCHED_AT_ONCE = 100


def database_of(model: type[models.Model]) -> str:
    """The database that the model is written to: reads of what is about to be written too."""
    return router.db_for_write(model)


def rows(model: type[Any], **scope: Any) -> models.QuerySet[Any]:
    """The model's rows, on the database that it is written to."""
    return model._default_manager.using(database_of(model)).filter(**scope)


def group(sdk_app_id: int, group_id: str, wire: Mapping[str, Any]) -> Group:
    """Note fields of a group, with the wire's own names; a new row if it has none."""
    key = {"sdk_app_id": sdk_app_id, "group_id": group_id}
    return _patched(Group, key, wire, mapping.group_columns, {"GroupId": group_id}, _GROUP_KEPT)


def member(group: Group, user_id: str, wire: Mapping[str, Any]) -> GroupMember:
    """Note fields of a member, with the wire's own names; a new row if it has none."""
    key = {"sdk_app_id": group.sdk_app_id, "group": group, "user_id": user_id}
    named = {"Member_Account": user_id}
    return _patched(GroupMember, key, wire, mapping.member_columns, named, _MEMBER_KEPT)


def members(group: Group, wires: Mapping[str, Mapping[str, Any]]) -> None:
    """Note fields of many members of a group; new ones cost little."""
    ids = list(wires)
    known = set(rows(GroupMember, group=group, user_id__in=ids).values_list("user_id", flat=True))
    key = {"sdk_app_id": group.sdk_app_id, "group_id": group.pk}
    new = [
        {**key, **mapping.member_columns({"Member_Account": one, **_merged({}, wires[one])})}
        for one in sorted(wires.keys() - known)
    ]
    _insert(GroupMember, (*key, "user_id"), new)
    for user_id in known:
        member(group, user_id, wires[user_id])


def account(sdk_app_id: int, user_id: str, tags: Mapping[str, Any]) -> Account:
    """Note profile fields of an account that exists; a new row if it has none."""
    key = {"sdk_app_id": sdk_app_id, "user_id": user_id}

    def columns(profile: Mapping[str, Any]) -> dict[str, Any]:
        return mapping.account_columns(user_id, profile)

    return _patched(Account, key, tags, columns, {}, frozenset())


def accounts(sdk_app_id: int, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Note profile fields of many accounts that exist; those that change nothing cost a read."""
    known = _known_accounts(sdk_app_id, profiles)
    new = [
        {"sdk_app_id": sdk_app_id, **mapping.account_columns(one, _merged({}, profiles[one]))}
        for one in sorted(profiles.keys() - known.keys())
    ]
    _insert(Account, ("sdk_app_id", "user_id"), new)
    changed = sorted(
        user_id
        for user_id, (raw, gone_at) in known.items()
        if gone_at is not None or _merged(raw, profiles[user_id]) != raw
    )
    for batch in chunks(changed, PATCHED_AT_ONCE):
        _patch_accounts(sdk_app_id, {user_id: profiles[user_id] for user_id in batch})


def _patch_accounts(sdk_app_id: int, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    using = database_of(Account)
    with transaction.atomic(using=using):
        found = rows(Account, sdk_app_id=sdk_app_id, user_id__in=list(profiles))
        # In the order of the syncs, or two that lock the same rows would wait for each other.
        for row in found.select_for_update().order_by("user_id"):
            profile = _merged(row.raw, profiles[row.user_id])
            fields = mapping.account_columns(row.user_id, profile) | touched() | {"gone_at": None}
            for name, value in fields.items():
                setattr(row, name, value)
            row.save(using=using, update_fields=list(fields))


def _insert(model: type[Mirror], unique: tuple[str, ...], new: list[dict[str, Any]]) -> None:
    """Insert rows of objects that had none; one that has got one meanwhile is only touched."""
    if not new:
        return
    columns = blank(model)
    statement = Statement(
        model, unique, tuple(columns), ("digest", "touched_at"), as_of=timezone.now()
    )
    given = [{name: row[name] for name in row if name in columns} | touched() for row in new]
    using = database_of(model)
    with transaction.atomic(using=using):
        writer_for(using).upsert(using, statement, [columns | row for row in given])


def _known_accounts(sdk_app_id: int, user_ids: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """What is known of those that have rows: {UserID: (raw, gone_at)}."""
    known: dict[str, tuple[Any, Any]] = {}
    for batch in chunks(user_ids, BATCH):
        found = rows(Account, sdk_app_id=sdk_app_id, user_id__in=batch)
        for user_id, raw, gone_at in found.values_list("user_id", "raw", "gone_at"):
            known[user_id] = (raw, gone_at)
    return known


def known_group(sdk_app_id: int, group_id: str) -> Group:
    """The group's row; a new one, marked stale, if there was none."""
    key = {"sdk_app_id": sdk_app_id, "group_id": group_id}
    return rows(Group).get_or_create(**key, defaults={"stale_at": timezone.now()})[0]


def stale(found: models.QuerySet[Any]) -> int:
    """Mark rows of which only a part of a change was heard, or all too late: they are read anew.

    A sync that had asked before now no longer writes them.
    """
    return found.update(stale_at=timezone.now(), **touched())


def unheard(model: type[Mirror], **key: Any) -> bool:
    """Make a row of an object of which we know nothing but that it may be there; it is read soon.

    Until then it is shown as gone. False if there is a row, which is marked stale.
    """
    now = timezone.now()
    defaults = {"stale_at": now, "gone_at": now, "touched_at": now}
    row, new = rows(model).get_or_create(**key, defaults=defaults)
    if not new:
        stale(rows(model, pk=row.pk))
    return new


def count_members(group: Group, change: int) -> None:
    """Add to a group's number of members, and forget that its member list is in step."""
    with transaction.atomic(using=database_of(Group)):
        row = rows(Group).select_for_update().get(pk=group.pk)
        number = max(0, row.member_num + change)
        rows(Group, pk=group.pk).update(member_num=number, members_mark="", **touched())


def group_gone(sdk_app_id: int, group_id: str) -> None:
    """Mark a dissolved group, and who was in it, as gone."""
    groups = rows(Group, sdk_app_id=sdk_app_id, group_id=group_id)
    mark_gone(rows(GroupMember, group__in=list(groups.values_list("pk", flat=True))))
    mark_gone(groups)


def accounts_gone(sdk_app_id: int, user_ids: Iterable[str]) -> None:
    """Mark deleted accounts, and their memberships, as gone."""
    theirs = {"sdk_app_id": sdk_app_id, "user_id__in": list(user_ids)}
    groups = list(rows(GroupMember, gone_at=None, **theirs).values_list("group_id", flat=True))
    mark_gone(rows(GroupMember, **theirs))
    mark_gone(rows(Account, **theirs))
    # Their number of members, too, is not what it was.
    rows(Group, pk__in=groups).update(members_mark="", stale_at=timezone.now(), **touched())


def mark_gone(found: models.QuerySet[Any], now: datetime | None = None) -> int:
    """Mark rows as gone that are not yet; their digest is blanked, for they may come back."""
    return found.filter(gone_at=None).update(gone_at=now or timezone.now(), **touched())


def discover(sdk_app_id: int, user_ids: Iterable[str]) -> None:
    """Note accounts that were met as members or owners; a sync of accounts verifies them."""
    ids = set(user_ids) - {""}
    known = rows(Account, sdk_app_id=sdk_app_id, user_id__in=ids).values_list("user_id", flat=True)
    new = [Account(sdk_app_id=sdk_app_id, user_id=one) for one in sorted(ids.difference(known))]
    rows(Account).bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


# Columns that no part of the object's ``raw`` tells.
_GROUP_KEPT = frozenset(mapping.GROUP_VOLATILE)
_MEMBER_KEPT = frozenset(mapping.MEMBER_VOLATILE)
_KEYED = frozenset({"AppDefinedData", "AppMemberDefinedData"})


def _patched(
    model: type[M],
    key: Mapping[str, Any],
    wire: Mapping[str, Any],
    columns: Callable[[Mapping[str, Any]], dict[str, Any]],
    named: Mapping[str, Any],
    kept: frozenset[str],
) -> M:
    """The row whose remote object has these fields now, and its others as they were."""
    with transaction.atomic(using=database_of(model)):
        row, _new = rows(model).get_or_create(**key)
        row = rows(model).select_for_update().get(pk=row.pk)
        for name, value in columns({**_merged(row.raw, wire), **named}).items():
            if name not in kept:
                setattr(row, name, value)
        row.gone_at = None
        for name, value in touched().items():
            setattr(row, name, value)
        row.save(using=database_of(model))
    return row


def _merged(raw: Mapping[str, Any], wire: Mapping[str, Any]) -> dict[str, Any]:
    """The object with the fields that are given; of custom fields, those with a name given."""
    merged = {**raw, **{name: value for name, value in wire.items() if value is not None}}
    for name in _KEYED & wire.keys() & raw.keys():
        by_key = {field["Key"]: field for field in (*raw[name], *(wire[name] or ()))}
        merged[name] = list(by_key.values())
    return merged
