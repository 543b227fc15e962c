"""Accounts: import, check, delete, log out, online state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from django_tim.answers import (
    AccountsChecked,
    AccountsDeleted,
    AccountsImported,
    Envelope,
    ImportStatus,
    OnlineStatus,
    OnlineStatuses,
)
from django_tim.catalogue import (
    ACCOUNT_CHECK,
    ACCOUNT_DELETE,
    ACCOUNT_IMPORT,
    ACCOUNT_IMPORT_MANY,
    ACCOUNT_KICK,
    ACCOUNT_ONLINE_STATUS,
)
from django_tim.client.area import Area, Extra, normalised
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .ids import check_user_id, keyed_users

if TYPE_CHECKING:
    from collections.abc import Iterator

# multiaccount_import names the accounts that failed, but gives no reason.
NO_REASON = 70402


class AccountToImport(TypedDict):
    """One account of ``import_many``: its UserID, nickname and avatar's URL."""

    UserID: str
    Nick: NotRequired[str]
    FaceUrl: NotRequired[str]


class Accounts(Area):
    """The area ``im_open_login_svc``, and the online state of ``openim``."""

    def import_one(
        self,
        user_id: str,
        *,
        nick: str | None = None,
        face_url: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Make an account, or set the nickname and avatar of one that exists.

        ``user_id``: 1 to 32 bytes. ``nick`` and ``face_url``: at most 500 bytes each.
        Raises LimitReached (70398) in a full trial app, NotPermitted (70399) for an account
        that was deleted within three months. Page 34953.
        """
        payload = {"UserID": check_user_id(user_id), "Nick": nick, "FaceUrl": face_url}
        return self._call(ACCOUNT_IMPORT, payload, extra)

    def import_many(
        self, accounts: Iterable[AccountToImport | str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Make accounts, 100 a call. It overwrites nickname and avatar of those that exist.

        The service names those that failed without a reason: their code is 70402. Page 34954.
        """

        def read(answer: AccountsImported, keys: list[str]) -> Iterator[Outcome[None]]:
            failed = set(answer.get("FailAccounts") or ())
            for key in keys:
                code, info = (NO_REASON, "not imported") if key in failed else (0, "")
                yield Outcome(key, code=code, info=info)

        return self._batch(
            ACCOUNT_IMPORT_MANY, _keyed(accounts), lambda rows: {"AccountList": rows}, read, extra
        )

    def delete_many(self, user_ids: Iterable[str], *, extra: Extra = None) -> BatchResult[None]:
        """Delete accounts with their profile, friends, groups and conversations, 100 a call.

        They stay barred from a new import for about three months. An app may forbid it in
        the console (71000). Page 34955.
        """

        def read(answer: AccountsDeleted, keys: list[str]) -> Iterator[Outcome[None]]:
            for row in answer.get("ResultItem") or ():
                info = row.get("ResultInfo") or ""
                yield Outcome(row["UserID"], code=row["ResultCode"], info=info)

        return self._batch(
            ACCOUNT_DELETE,
            keyed_users(user_ids),
            lambda ids: {"DeleteItem": _rows(ids)},
            read,
            extra,
        )

    def check_many(
        self, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[ImportStatus]:
        """Ask which accounts exist ("Imported" or "NotImported"), 100 a call. Page 34956."""

        def read(answer: AccountsChecked, keys: list[str]) -> Iterator[Outcome[ImportStatus]]:
            for row in answer.get("ResultItem") or ():
                code, info = row["ResultCode"], row.get("ResultInfo") or ""
                yield Outcome(row["UserID"], row.get("AccountStatus"), code, info)

        return self._batch(
            ACCOUNT_CHECK, keyed_users(user_ids), lambda ids: {"CheckItem": _rows(ids)}, read, extra
        )

    def kick(self, user_id: str, *, extra: Extra = None) -> Envelope:
        """Log an account out everywhere: the UserSigs made before now no longer work.

        One made afterwards does. Raises NotFound (70107) for an unknown account. Page 34957.
        """
        return self._call(ACCOUNT_KICK, {"UserID": check_user_id(user_id)}, extra)

    def online_status_many(
        self, user_ids: Iterable[str], *, details: bool = False, extra: Extra = None
    ) -> BatchResult[OnlineStatus]:
        """Ask who is online, 500 a call; ``details`` adds the state of each platform.

        PushOnline, kept for 7 days, means offline but within reach of push. An unknown
        account's outcome is 70107. Page 35477.
        """

        def read(answer: OnlineStatuses, keys: list[str]) -> Iterator[Outcome[OnlineStatus]]:
            for row in answer.get("QueryResult") or ():
                yield Outcome(row["To_Account"], normalised(row, {"State": "Status"}))
            for error in answer.get("ErrorList") or ():
                yield Outcome(error["To_Account"], code=error["ErrorCode"], info="no such account")

        def payload(ids: list[str]) -> dict[str, Any]:
            return {"To_Account": ids} | ({"IsNeedDetail": 1} if details else {})

        return self._batch(ACCOUNT_ONLINE_STATUS, keyed_users(user_ids), payload, read, extra)


def _keyed(accounts: Iterable[AccountToImport | str]) -> dict[str, AccountToImport]:
    if isinstance(accounts, str):
        raise InvalidArgument("several accounts are asked for, not one text")
    rows: dict[str, AccountToImport] = {}
    for account in accounts:
        row: AccountToImport = {"UserID": account} if isinstance(account, str) else account
        rows[check_user_id(row["UserID"])] = row
    return rows


def _rows(user_ids: list[str]) -> list[dict[str, str]]:
    return [{"UserID": user_id} for user_id in user_ids]
