"""Single writes to the mirror, after a remote change: what is known of the object, and no more.

Each blanks the row's digest, so that the next sync compares the whole object and heals it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import IntegrityError, connections, models, router, transaction
from django.utils import timezone

from django_tim.client.area import chunks
from django_tim.models import Account, Group, GroupMember
from django_tim.models.base import Mirror, touched

from . import mapping
from .writers.base import Row, Statement
from .writers.selection import writer_for

M = TypeVar("M", bound=Mirror)
R = TypeVar("R", bound=models.Model)
BATCH = 500
ASKED_AT_ONCE = 2000
PATCHED_AT_ONCE = 100
TOUCHED = tuple(touched())


def database_of(model: type[models.Model]) -> str:
    """The database that the model is written to: reads of what is about to be written too."""
    return router.db_for_write(model)


def rows(model: type[Any], **scope: Any) -> models.QuerySet[Any]:
    """The model's rows, on the database that it is written to."""
    return model._default_manager.using(database_of(model)).filter(**scope)


def savepoint(model: type[models.Model]) -> AbstractContextManager[Any]:
    """What a single statement needs that may fail: nothing, unless a transaction is under way."""
    using = database_of(model)
    inside = connections[using].in_atomic_block
    return transaction.atomic(using=using) if inside else nullcontext()


def put(model: type[R], key: Mapping[str, Any], fill: Callable[[R], None]) -> R:
    """The row with this key after ``fill`` has written to it: locked, or new if none is there.

    A new one costs two statements. It is looked for without a lock, for the lock on a row that
    is not there makes others wait, or fail, on some databases.
    """
    using = database_of(model)
    if not rows(model, **key).exists():
        row = model(**key)
        fill(row)
        try:
            with savepoint(model):
                row.save(using=using, force_insert=True)
            return row
        except IntegrityError:
            if not rows(model, **key).exists():
                raise
    with transaction.atomic(using=using):
        found: R = rows(model, **key).select_for_update().get()
        fill(found)
        found.save(using=using)
    return found


def group(sdk_app_id: int, group_id: str, wire: Mapping[str, Any], *, stale: bool = False) -> Group:
    """Note fields of a group, with the wire's own names; a new row if it has none.

    ``stale`` marks it as well, and so do the others: the row is read anew.
    """
    key = {"sdk_app_id": sdk_app_id, "group_id": group_id}
    named = {"GroupId": group_id}
    return _patched(Group, key, wire, mapping.group_columns, named, _GROUP_KEPT, stale)


def member(
    group: Group, user_id: str, wire: Mapping[str, Any], *, stale: bool = False
) -> GroupMember:
    """Note fields of a member, with the wire's own names; a new row if it has none."""
    key = {"sdk_app_id": group.sdk_app_id, "group": group, "user_id": user_id}
    named = {"Member_Account": user_id}
    return _patched(GroupMember, key, wire, mapping.member_columns, named, _MEMBER_KEPT, stale)


def members(group: Group, wires: Mapping[str, Mapping[str, Any]]) -> None:
    """Note fields of many members of a group; new ones cost little."""
    ids = list(wires)
    known = set(
        rows(GroupMember, group=group, user_id__among=ids).values_list("user_id", flat=True)
    )
    now = touched()
    new = [
        mapping.member_columns({"Member_Account": one, **_merged({}, wires[one])}) | now
        for one in sorted(wires.keys() - known)
    ]
    _insert(GroupMember, {"sdk_app_id": group.sdk_app_id, "group_id": group.pk}, new)
    for user_id in known:
        member(group, user_id, wires[user_id])


def joined(group: Group, wires: Mapping[str, Mapping[str, Any]]) -> None:
    """Note members that have no row; they are read anew."""
    fixed = {"sdk_app_id": group.sdk_app_id, "group": group, **touched(), **_stale(True)}
    new = [
        GroupMember(**_without(_MEMBER_KEPT, mapping.member_columns(wire)) | fixed)
        for wire in ({"Member_Account": one, **wires[one]} for one in sorted(wires))
    ]
    rows(GroupMember).bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def account(
    sdk_app_id: int, user_id: str, tags: Mapping[str, Any], *, stale: bool = False
) -> Account:
    """Note profile fields of an account that exists; a new row if it has none."""
    key = {"sdk_app_id": sdk_app_id, "user_id": user_id}

    def columns(profile: Mapping[str, Any]) -> dict[str, Any]:
        return mapping.account_columns(user_id, profile)

    return _patched(Account, key, tags, columns, {}, frozenset(), stale)


def accounts(sdk_app_id: int, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Note profile fields of many accounts that exist; those that change nothing cost a read."""
    known = _known_accounts(sdk_app_id, profiles)
    now = touched()
    new = [
        mapping.account_columns(one, _merged({}, profiles[one])) | now
        for one in sorted(profiles.keys() - known.keys())
    ]
    _insert(Account, {"sdk_app_id": sdk_app_id}, new)
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


def _insert(
    model: type[Mirror], scope: Row, new: list[Row], updated: Iterable[str] = TOUCHED
) -> None:
    """Insert rows of objects that had none; one that has got one meanwhile is only touched."""
    if not new:
        return
    unique = (*scope, "user_id")
    statement = Statement.like(
        model, new[0], scope, unique=unique, updated=updated, as_of=timezone.now()
    )
    using = database_of(model)
    writer_for(using).insert(using, statement, new)


def _known_accounts(sdk_app_id: int, user_ids: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """What is known of those that have rows: {UserID: (raw, gone_at)}."""
    known: dict[str, tuple[Any, Any]] = {}
    for batch in chunks(user_ids, ASKED_AT_ONCE):
        found = rows(Account, sdk_app_id=sdk_app_id, user_id__among=batch)
        for user_id, raw, gone_at in found.values_list("user_id", "raw", "gone_at"):
            known[user_id] = (raw, gone_at)
    return known


def known_group(sdk_app_id: int, group_id: str) -> Group:
    """The group's row; a new one, marked stale, if there was none."""
    key = {"sdk_app_id": sdk_app_id, "group_id": group_id}
    return rows(Group).get_or_create(**key, defaults={"stale_at": timezone.now()})[0]


def stale(found: models.QuerySet[Any], **fields: Any) -> int:
    """Mark rows of which only a part of a change was heard, or all too late: they are read anew.

    ``fields`` are what was heard. A sync that had asked before now no longer writes the rows.
    """
    return found.update(stale_at=timezone.now(), **touched(), **fields)


def met(model: type[M], **key: Any) -> tuple[M, bool]:
    """The row of an object that was named, and whether it is new.

    Of a new one we know nothing but that it may be there: it is read soon, and until then it is
    shown as gone.
    """
    now = timezone.now()
    defaults = {"stale_at": now, "gone_at": now, "touched_at": now}
    return rows(model).get_or_create(**key, defaults=defaults)


def unheard(model: type[M], **key: Any) -> M:
    """The row of an object of which something was heard that we can't tell; it is read anew."""
    row, new = met(model, **key)
    if not new:
        stale(rows(model, pk=row.pk))
    return row


def count_members(group: Group, change: int, *, stale: bool = False) -> None:
    """Add to a group's number of members, and forget that its member list is in step."""
    # No column without a sign may be below zero on its way.
    number = models.Case(
        models.When(member_num__lt=-change, then=0), default=models.F("member_num") + change
    )
    fields = {"member_num": number, "members_mark": "", **touched(), **_stale(stale)}
    rows(Group, pk=group.pk).update(**fields)


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


def mark_gone_of(found: models.QuerySet[Any], pks: Sequence[int]) -> int:
    """Mark those of a query's rows as gone that have one of these primary keys."""
    batches = (pks[at : at + BATCH] for at in range(0, len(pks), BATCH))
    return sum(mark_gone(found.filter(pk__in=batch)) for batch in batches)


def discover(sdk_app_id: int, user_ids: Iterable[str]) -> None:
    """Note accounts that were met as members or owners; a sync of accounts verifies them."""
    ids = set(user_ids) - {""}
    known = rows(Account, sdk_app_id=sdk_app_id, user_id__among=ids)
    new = sorted(ids.difference(known.values_list("user_id", flat=True)))
    _insert(Account, {"sdk_app_id": sdk_app_id}, [{"user_id": one} for one in new], updated=())


class Discovery:
    """Notes the accounts that a sync meets, and remembers them: it meets most of them often."""

    REMEMBERED = 100_000

    def __init__(self, sdk_app_id: int) -> None:
        self._sdk_app_id = sdk_app_id
        self._met: set[str] = set()

    def note(self, user_ids: Iterable[str]) -> None:
        """Note those that were not met before, in the transaction that is open."""
        new = set(user_ids) - self._met - {""}
        discover(self._sdk_app_id, new)
        transaction.on_commit(partial(self._remember, new), using=database_of(Account))

    def _remember(self, user_ids: set[str]) -> None:
        if len(self._met) + len(user_ids) > self.REMEMBERED:
            self._met.clear()
        self._met |= user_ids


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
    stale: bool,
) -> M:
    """The row whose remote object has these fields now, and its others as they were."""

    def fill(row: M) -> None:
        fields = _without(kept, columns({**_merged(row.raw, wire), **named}))
        for name, value in {**fields, "gone_at": None, **touched(), **_stale(stale)}.items():
            setattr(row, name, value)

    return put(model, key, fill)


def _without(kept: frozenset[str], columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if name not in kept}


def _stale(is_stale: bool) -> dict[str, Any]:
    return {"stale_at": timezone.now()} if is_stale else {}


def _merged(raw: Mapping[str, Any], wire: Mapping[str, Any]) -> dict[str, Any]:
    """The object with the fields that are given; of custom fields, those with a name given."""
    merged = {**raw, **{name: value for name, value in wire.items() if value is not None}}
    for name in _KEYED & wire.keys() & raw.keys():
        by_key = {field["Key"]: field for field in (*raw[name], *(wire[name] or ()))}
        merged[name] = list(by_key.values())
    return merged
