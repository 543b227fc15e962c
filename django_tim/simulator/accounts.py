"""Accounts: import, check, delete, log out, online state."""

from __future__ import annotations

from typing import Any

from django_tim.answers import AccountsChecked, AccountsDeleted, AccountsImported, Envelope
from django_tim.answers import OnlineStatuses as Statuses
from django_tim.catalogue import (
    ACCOUNT_CHECK,
    ACCOUNT_DELETE,
    ACCOUNT_IMPORT,
    ACCOUNT_IMPORT_MANY,
    ACCOUNT_KICK,
    ACCOUNT_ONLINE_STATUS,
)

from .body import Body, size
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

LONGEST_ID = 32
LONGEST_TEXT = 500


@simulates(ACCOUNT_IMPORT)
def account_import(state: State, body: Body) -> Envelope:
    user_id = _imported_id(body)
    state.add_account(user_id, _text(body, "Nick"), _text(body, "FaceUrl"))
    body.ignore("Type")
    return OK


@simulates(ACCOUNT_IMPORT_MANY)
def multiaccount_import(state: State, body: Body) -> AccountsImported:
    failed = []
    for row in _rows(body):
        user_id = row["UserID"]
        try:
            if not user_id or size(user_id) > LONGEST_ID:
                raise Refusal(70402, "UserID has no valid length")
            state.add_account(user_id, row["Nick"], row["FaceUrl"])
        except Refusal:
            failed.append(user_id)
    return {**OK, "FailAccounts": failed}


@simulates(ACCOUNT_DELETE)
def account_delete(state: State, body: Body) -> AccountsDeleted:
    results: list[Any] = []
    for row in body.objects("DeleteItem", most=100):
        user_id = row.user_id("UserID")
        if user_id not in state.accounts:
            results.append(_result(user_id, 70107, "Err_TLS_PT_Open_Login_Account_Not_Exist"))
        elif user_id in state.admins:
            results.append(_result(user_id, 70402, "an administrator can't be deleted"))
        else:
            state.remove_account(user_id)
            results.append(_result(user_id))
    return {**OK, "ResultItem": results}


@simulates(ACCOUNT_CHECK)
def account_check(state: State, body: Body) -> AccountsChecked:
    ids = [row.user_id("UserID") for row in body.objects("CheckItem", most=100)]
    results: list[Any] = [
        _result(user_id)
        | {"AccountStatus": "Imported" if user_id in state.accounts else "NotImported"}
        for user_id in ids
    ]
    return {**OK, "ResultItem": results}


@simulates(ACCOUNT_KICK)
def kick(state: State, body: Body) -> Envelope:
    account = state.account(_imported_id(body), 70107)
    account.kicked_at = state.clock.seconds()
    gone = list(account.devices)
    account.devices.clear()
    for _device in gone:
        state.tell_state(account.user_id, "Logout", "Unregister")
    return OK


@simulates(ACCOUNT_ONLINE_STATUS)
def query_online_status(state: State, body: Body) -> Statuses:
    detailed = body.number("IsNeedDetail", 0) == 1
    if len(body.items("To_Account")) > 500:
        raise Refusal(90011, "more than 500 accounts")
    found: list[Any] = []
    errors: list[Any] = []
    for user_id in body.user_ids("To_Account"):
        account = state.accounts.get(user_id)
        if account is None:
            errors.append({"To_Account": user_id, "ErrorCode": 70107})
            continue
        # The old name's answer, which some pages still show for the new one.
        name = "State" if body.command == "querystate" else "Status"
        row: dict[str, Any] = {"To_Account": user_id, name: account.status}
        if detailed and account.devices:
            row["Detail"] = [{"Platform": p, "Status": s} for p, s in account.devices.items()]
        found.append(row)
    answer: Statuses = {**OK, "QueryResult": found}
    if errors:
        answer["ErrorList"] = errors
    return answer


def _imported_id(body: Body) -> str:
    user_id: str | None = body.user_id("UserID", None) or body.user_id("Identifier", None)
    if user_id is None:
        raise Refusal(70402, "UserID is missing")
    if size(user_id) > LONGEST_ID:
        raise Refusal(70402, f"UserID is longer than {LONGEST_ID} bytes")
    return user_id


def _rows(body: Body) -> list[dict[str, Any]]:
    if body.has("AccountList"):
        found = body.objects("AccountList", most=100)
        return [
            {"UserID": row.user_id("UserID"), "Nick": _text(row, "Nick")}
            | {"FaceUrl": _text(row, "FaceUrl")}
            for row in found
        ]
    ids = body.texts("Accounts", most=100)
    return [{"UserID": user_id, "Nick": None, "FaceUrl": None} for user_id in ids]


def _text(body: Body, name: str) -> str | None:
    value: str | None = body.text(name, None, most=LONGEST_TEXT)
    return value


def _result(user_id: str, code: int = 0, info: str = "") -> dict[str, Any]:
    return {"UserID": user_id, "ResultCode": code, "ResultInfo": info}
