"""What was marked stale is read anew: a few calls for all that callbacks have named meanwhile.

A row waits until nothing was heard of it for ``QUIET``: what comes in bursts is asked once. What
is written is as of the moment of asking, so a row that something touches meanwhile stays stale
for the next time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar, cast

from django.utils import timezone

from django_tim import conf
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.models import Account, Group, GroupMember
from django_tim.models.base import Mirror
from django_tim.services import mapping, mirror

from .accounts import ACCOUNTS, ask, rows_of
from .groups import GONE, GROUPS, mapped
from .members import LISTLESS, MEMBERS, untouched
from .writers import upsert

M = TypeVar("M", bound=Mirror)
QUIET = timedelta(seconds=5)
BATCH = 500

logger = logging.getLogger("django_tim.sync")


def refetch(app: str = "default") -> int:
    """Read the app's stale rows anew, the oldest first; returns how many were asked for.

    At most ``BATCH`` of each kind. What can't be read stays stale; what passes by itself is
    raised.
    """
    tim = tims[app]
    return refetch_groups(tim) + refetch_members(tim) + refetch_accounts(tim)


def refetch_groups(tim: Tim) -> int:
    """Groups, 50 a call."""
    found, as_of = _stale(Group, tim), timezone.now()
    if not found:
        return 0
    ids = [group.group_id for group in found]
    keys = conf.app_settings(tim.config.alias).group_custom_keys
    said = mapped(tim.groups.get_many(ids, fields=mapping.GROUP_FIELDS, custom_keys=keys))
    upsert(GROUPS, said.rows, _scope(tim), as_of=as_of)
    mirror.discover(tim.config.sdk_app_id, (row["owner_account"] for row in said.rows))
    lost = [group for group in found if group.group_id in said.gone]
    mirror.mark_gone(untouched(mirror.rows(GroupMember, group__in=lost), as_of))
    _lose(Group, lost, as_of)
    _put_off(Group, found, said.failures, as_of)
    return len(found)


def refetch_members(tim: Tim) -> int:
    """Members, 50 a call and group."""
    found = _stale(GroupMember, tim)
    for _, members in groupby(found, lambda member: member.group_id):
        _refetch_members_of(tim, list(members))
    return len(found)


def refetch_accounts(tim: Tim) -> int:
    """Accounts: whether they exist, their profiles, and who is online."""
    found, as_of = _stale(Account, tim), timezone.now()
    if not found:
        return 0
    keys = conf.app_settings(tim.config.alias).profile_custom_keys
    answers = ask(tim, [account.user_id for account in found], keys)
    rows, failures = rows_of([answers])
    if answers.profiles:
        for status in tim.accounts.online_status_many(answers.profiles):
            _note_status(tim, status.item, status.value, as_of)
    upsert(ACCOUNTS, rows, _scope(tim), as_of=as_of)
    _lose(Account, [one for one in found if one.user_id in answers.unknown], as_of)
    _put_off(Account, found, failures, as_of)
    return len(found)


def _refetch_members_of(tim: Tim, found: list[GroupMember]) -> None:
    group, as_of = found[0].group, timezone.now()
    if group.type == LISTLESS:
        _lose(GroupMember, found, as_of)
        return
    answers = tim.group_members.get_many(group.group_id, [one.user_id for one in found])
    raw = {one.user_id: one.raw for one in found}
    rows, absent, failures = [], [], []
    for answer in answers:
        if answer.code in GONE:
            absent.append(answer.item)
        elif answer.code:
            failures.append((answer.item, answer.code, answer.info))
        elif answer.value is None:
            absent.append(answer.item)
        else:
            # Its custom fields are in the list only, so they stay as they were.
            wire = {**raw[answer.item], **cast("dict[str, Any]", answer.value)}
            rows.append({**mapping.member_columns(wire), "group_id": group.pk})
    upsert(MEMBERS, rows, _scope(tim), as_of=as_of)
    _lose(GroupMember, [one for one in found if one.user_id in absent], as_of)
    _put_off(GroupMember, found, failures, as_of)


def _scope(tim: Tim) -> dict[str, Any]:
    return {"sdk_app_id": tim.config.sdk_app_id}


def _stale(model: type[M], tim: Tim) -> list[M]:
    """The app's stale rows that nothing was heard of for a while, members by group."""
    until = timezone.now() - QUIET
    rows = mirror.rows(model, **_scope(tim), stale_at__lte=until).order_by("stale_at")
    if model is GroupMember:
        rows = rows.select_related("group")
        return sorted(rows[:BATCH], key=lambda one: (one.group_id, one.user_id))
    return list(rows[:BATCH])


def _lose(model: type[Mirror], found: Iterable[Mirror], as_of: datetime) -> None:
    """The service does not know these: they are gone, and that is no longer in doubt."""
    rows = untouched(mirror.rows(model, pk__in=[row.pk for row in found]), as_of)
    rows.filter(gone_at=None).update(gone_at=as_of, digest="")
    rows.update(stale_at=None)


def _put_off(
    model: type[Mirror],
    found: Iterable[Mirror],
    failures: list[tuple[str, int, str]],
    as_of: datetime,
) -> None:
    """Say what could not be read; it stays stale, behind what was marked since."""
    if not failures:
        return
    logger.warning("%s could not be read: %s", model._meta.verbose_name_plural, failures[:5])
    rows = mirror.rows(model, pk__in=[row.pk for row in found], stale_at__lt=as_of)
    rows.update(stale_at=as_of)


def _note_status(tim: Tim, user_id: str, status: Any, as_of: datetime) -> None:
    rows = mirror.rows(Account, **_scope(tim), user_id=user_id)
    changed = untouched(rows, as_of).exclude(online_status=status["Status"] if status else "")
    if status:
        changed.update(online_status=status["Status"], online_at=as_of)
