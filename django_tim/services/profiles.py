"""Profiles: the fields of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from django_tim.models import Account
from django_tim.signals import profile_set

from . import mirror
from .actor import Actor
from .changes import Change, change


def set(
    user_id: str,
    *,
    fields: Mapping[str, str | int],
    app: str = "default",
    actor: Actor | None = None,
) -> Account:
    """Set fields of a profile, given as {tag: value}; returns the account's row.

    Raises what ``Profiles.set`` does, and UnsafeTransaction. Page 34916.
    """
    with change(
        "profile.set",
        app=app,
        actor=actor,
        object_type="account",
        object_id=user_id,
        details={"fields": dict(fields)},
    ) as changed:
        changed.tim.profiles.set(user_id, fields=fields)
    return followed(changed, user_id, fields)


def followed(changed: Change, user_id: str, fields: Mapping[str, str | int]) -> Account:
    """What follows from a change of a profile: the account's row, and a signal."""
    account = mirror.account(changed.sdk_app_id, user_id, fields)
    changed.announce(profile_set, Account, account=account, fields=list(fields))
    return account
