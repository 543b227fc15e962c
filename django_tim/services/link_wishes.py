"""What the project wants of its accounts: found by their links, and compared with the service's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django_tim.api.accounts import AccountToImport
from django_tim.exceptions import ConfigurationError, TimError
from django_tim.linking import (
    FACE_URL,
    HOST,
    KEEP,
    NICKNAME,
    AccountLink,
    Profile,
    Target,
    link_of,
)
from django_tim.models import Account

logger = logging.getLogger("django_tim.links")

State = Account.State


@dataclass(frozen=True)
class Wish:
    """What the project wants of an account: its state, and its profile while it is active."""

    row: Account
    state: str
    end: str = KEEP
    """What becomes of it if it is not active."""
    profile: Profile | None = None
    owned: Profile | None = None
    """The part of the profile that is the project's."""
    let_go: bool = False
    """Whether its object has another account now."""

    @property
    def user_id(self) -> str:
        return self.row.user_id


def wishes(rows: list[Account]) -> Iterator[tuple[Account, Wish | Exception]]:
    """What the project wants of each account now, or what its link raised."""
    by_label: dict[str, list[Account]] = {}
    for row in rows:
        by_label.setdefault(row.host_model, []).append(row)
    for label, some in by_label.items():
        link = link_of(label)
        objects = link.find({row.host_pk for row in some}) if link else {}
        for row in some:
            try:
                yield row, _wish(row, link, objects.get(row.host_pk))
            except Exception as error:
                if not isinstance(error, TimError):
                    logger.exception("the link of %s failed for %s", label, row.host_pk)
                yield row, error


def _wish(row: Account, link: AccountLink[Any] | None, obj: Any) -> Wish:
    if link is None:
        raise ConfigurationError(f"no link is registered for {row.host_model!r}")
    if obj is None:
        return Wish(row, State.DELETED, link.when_deleted)
    if not _stands_for(row, link.target(obj)):
        return Wish(row, State.DELETED, link.when_deleted, let_go=True)
    if not link.is_active(obj):
        return Wish(row, State.INACTIVE, link.when_deactivated)
    profile = link.profile(obj)
    owned = {tag: value for tag, value in profile.items() if link.owner_of(tag) == HOST}
    return Wish(row, State.ACTIVE, profile=profile, owned=owned)


def _stands_for(row: Account, target: Target | None) -> bool:
    return target is not None and (target.sdk_app_id, target.user_id) == (
        row.sdk_app_id,
        row.user_id,
    )


def not_imported(wish: Wish) -> Profile:
    """The fields of a new account that an import does not take."""
    return {
        tag: value
        for tag, value in (wish.profile or {}).items()
        if tag not in (NICKNAME, FACE_URL) and not _is_blank(value)
    }


def differing(wish: Wish, current: dict[str, Any]) -> Profile:
    """The fields of ours that the service has otherwise. Raises what its profile met."""
    found = current.get(wish.user_id, {})
    if isinstance(found, Exception):
        raise found
    owned = wish.owned or {}
    return {tag: value for tag, value in owned.items() if not same(value, found.get(tag))}


def same(ours: str | int, theirs: Any) -> bool:
    """Whether two values of a field are equal: one that was never set is as good as blank."""
    if _is_blank(ours) and (theirs is None or _is_blank(theirs)):
        return True
    return str(ours) == str(theirs)


def _is_blank(value: str | int) -> bool:
    return value in ("", 0)


def to_import(wish: Wish) -> AccountToImport:
    """What an import takes of a new account."""
    profile = wish.profile or {}
    row: AccountToImport = {"UserID": wish.user_id}
    if profile.get(NICKNAME):
        row["Nick"] = str(profile[NICKNAME])
    if profile.get(FACE_URL):
        row["FaceUrl"] = str(profile[FACE_URL])
    return row
