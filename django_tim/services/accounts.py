"""Accounts: import, check, delete, log out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from django_tim.answers import Envelope, ImportStatus
from django_tim.api.accounts import AccountToImport
from django_tim.api.ids import keyed_users
from django_tim.client.batch import BatchResult, Outcome
from django_tim.connection import tims
from django_tim.models import Account
from django_tim.models.base import touched
from django_tim.signals import account_deleted, account_imported, account_kicked

from . import mirror
from .actor import Actor
from .changes import Change, change, change_many

NICK, FACE_URL = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"


def import_one(
    user_id: str,
    *,
    nick: str | None = None,
    face_url: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> Account:
    """Make an account, or set the nickname and avatar of one that exists; returns its row.

    Raises what ``Accounts.import_one`` does, and UnsafeTransaction. Page 34953.
    """
    details = {"nick": nick, "face_url": face_url}
    with change(
        "account.import",
        app=app,
        actor=actor,
        object_type="account",
        object_id=user_id,
        details=details,
    ) as changed:
        changed.tim.accounts.import_one(user_id, nick=nick, face_url=face_url)
    account = mirror.account(changed.sdk_app_id, user_id, {NICK: nick, FACE_URL: face_url})
    changed.announce(account_imported, Account, user_ids=[user_id])
    return account


def import_many(
    accounts: Iterable[AccountToImport | str],
    *,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Make accounts, 100 a call; those that exist get the nickname and avatar given.

    For more than some thousand, a bulk run is the way. Returns each one's outcome. Raises
    what ``Accounts.import_many`` does, and UnsafeTransaction. Page 34954.
    """
    given = accounts if isinstance(accounts, str) else list(accounts)  # a text is refused below
    fields = {_user_id(account): account for account in given}

    def follow(changed: Change, result: BatchResult[None]) -> None:
        imported(changed, {outcome.item: fields[outcome.item] for outcome in result.succeeded})

    return change_many(
        "account.import",
        lambda tim: tim.accounts.import_many(given),
        follow,
        app=app,
        actor=actor,
        object_type="account",
        object_id=_only(fields),
    )


def delete(
    user_ids: Iterable[str], *, app: str = "default", actor: Actor | None = None
) -> BatchResult[None]:
    """Delete accounts, 100 a call, with their profile, friends, groups and conversations.

    They stay barred from a new import for about three months. Their rows, and those of their
    memberships, are marked as gone. Raises what ``Accounts.delete_many`` does, and
    UnsafeTransaction. Page 34955.
    """
    ids = list(keyed_users(user_ids))

    def follow(changed: Change, result: BatchResult[None]) -> None:
        deleted(changed, [outcome.item for outcome in result.succeeded])

    return change_many(
        "account.delete",
        lambda tim: tim.accounts.delete_many(ids),
        follow,
        app=app,
        actor=actor,
        object_type="account",
        object_id=_only(ids),
        details={"user_ids": ids},
    )


def check(user_ids: Iterable[str], *, app: str = "default") -> BatchResult[ImportStatus]:
    """Ask which accounts exist, 100 a call, and mark in the mirror those that don't.

    Raises what ``Accounts.check_many`` does. Page 34956.
    """
    result = tims[app].accounts.check_many(user_ids)
    checked(tims[app].config.sdk_app_id, result)
    return result


def imported(changed: Change, accounts: Mapping[str, AccountToImport | str]) -> None:
    """What follows from an import: rows of these accounts, by UserID, and a signal."""
    profiles = {user_id: _tags(account) for user_id, account in accounts.items()}
    mirror.accounts(changed.sdk_app_id, profiles)
    _announce(changed, account_imported, list(profiles))


def deleted(changed: Change, user_ids: list[str]) -> None:
    """What follows from a deletion: rows that are marked as gone, and a signal."""
    mirror.accounts_gone(changed.sdk_app_id, user_ids)
    _announce(changed, account_deleted, user_ids)


def checked(sdk_app_id: int, result: Iterable[Outcome[ImportStatus]]) -> None:
    """What follows from a check: the mirror knows those that exist, and that others don't."""
    result = list(result)
    imported = [outcome.item for outcome in result if outcome.value == "Imported"]
    missing = [outcome.item for outcome in result if outcome.value == "NotImported"]
    mirror.discover(sdk_app_id, imported)
    back = mirror.rows(Account, sdk_app_id=sdk_app_id, user_id__in=imported)
    back.exclude(gone_at=None).update(gone_at=None, stale_at=timezone.now(), **touched())
    mirror.accounts_gone(sdk_app_id, missing)


def kicked(changed: Change, user_id: str) -> None:
    """What follows from a log-out: a signal."""
    changed.announce(account_kicked, Account, user_id=user_id)


def ask_online(user_ids: Iterable[str], *, app: str = "default") -> int:
    """Ask who is online, 500 a call, and note it; returns how many are. Page 35477.

    Raises what ``Accounts.online_status_many`` does.
    """
    tim = tims[app]
    result = tim.accounts.online_status_many(user_ids)
    now = timezone.now()
    by_state: dict[str, list[str]] = {}
    for outcome in result.succeeded:
        state: str = outcome.value.get("Status", "") if outcome.value else ""
        by_state.setdefault(state, []).append(outcome.item)
    for state, ids in by_state.items():
        rows = mirror.rows(Account, sdk_app_id=tim.config.sdk_app_id, user_id__in=ids)
        rows.update(online_status=state, online_at=now)
    return len(by_state.get("Online", ()))


def kick(user_id: str, *, app: str = "default", actor: Actor | None = None) -> Envelope:
    """Log an account out everywhere: the UserSigs made before now no longer work.

    Raises what ``Accounts.kick`` does, and UnsafeTransaction. Page 34957.
    """
    with change(
        "account.kick", app=app, actor=actor, object_type="account", object_id=user_id
    ) as changed:
        answer = changed.tim.accounts.kick(user_id)
    kicked(changed, user_id)
    return answer


def _user_id(account: AccountToImport | str) -> str:
    return account if isinstance(account, str) else account["UserID"]


def _tags(account: AccountToImport | str) -> dict[str, Any]:
    if isinstance(account, str):
        return {}
    return {NICK: account.get("Nick"), FACE_URL: account.get("FaceUrl")}


def _only(ids: Iterable[str]) -> str:
    """The one that it is about, if it is about one."""
    found = list(ids)
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def _announce(changed: Change, signal: Any, user_ids: list[str]) -> None:
    if user_ids:
        changed.announce(signal, Account, user_ids=user_ids)
