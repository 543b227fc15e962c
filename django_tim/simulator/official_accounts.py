"""Official accounts: profiles, subscribers, broadcast messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django_tim.answers import (
    Envelope,
    OfficialAccountCreated,
    OfficialAccountInfos,
    OfficialMessagePage,
    OfficialMessageSent,
    OfficialMessagesRecalled,
    SubscribedPage,
    SubscriberPage,
    SubscribersChanged,
)
from django_tim.catalogue import (
    OFFICIAL_ACCOUNT_CREATE,
    OFFICIAL_ACCOUNT_DESTROY,
    OFFICIAL_ACCOUNT_INFO,
    OFFICIAL_ACCOUNT_MODIFY,
    OFFICIAL_ACCOUNT_SUBSCRIBED_LIST,
    OFFICIAL_MESSAGE_HISTORY,
    OFFICIAL_MESSAGE_RECALL,
    OFFICIAL_MESSAGE_SEND,
    SUBSCRIBER_ADD,
    SUBSCRIBER_DELETE,
    SUBSCRIBER_LIST,
    SUBSCRIBER_MODIFY,
)

from .body import Body
from .callbacks import Leave
from .elements import IN_GROUP, message_elements, texts
from .messages import random_number
from .official_records import Message, OfficialAccount, OfficialAccounts, Subscriber
from .push_tasks import offline_push
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

PAGE: Final = 200
HISTORY_PAGE: Final = 20
FAILED, DONE, NOTHING_TO_DO = 0, 1, 2
_ID: Final = re.compile(r"@TOA#_[!-~]{1,42}")
_BYTES: Final = {
    "Name": 150,
    "Introduction": 400,
    "FaceUrl": 500,
    "Organization": 500,
    "CustomString": 3000,
}
_TOLD: Final = frozenset({"Name", "Introduction", "FaceUrl", "Organization"})
_RECALLED: Final = 2

BAD_ID: Final = 130007
ID_IN_USE: Final = 130008
FULL: Final = 130006
NOT_SUBSCRIBED: Final = 131003
NO_MESSAGE: Final = 10030


@simulates(OFFICIAL_ACCOUNT_CREATE)
def create_official_account(state: State, body: Body) -> OfficialAccountCreated:
    accounts = state.part(OfficialAccounts)
    owner = body.user_id("Owner_Account")
    given = body.text("OfficialAccountUserID", None) or None
    profile = {"Name": body.text("Name", most=_BYTES["Name"]), **_profile(body)}
    most = body.number("MaxSubscriberNum", None)
    if not profile["Name"]:
        raise body.refusal("Name is empty")
    if given is not None and not _ID.fullmatch(given):
        raise Refusal(BAD_ID, "the ID of an official account begins with @TOA#_")
    if given in accounts.by_id:
        raise Refusal(ID_IN_USE, "the ID is in use")
    state.account(owner, 10004)
    state.refuse_sensitive(*profile.values())
    about = {"Operator_Account": state.caller.user_id, "Owner_Account": owner}
    about["Name"] = profile["Name"]
    state.ask("OfficialAccount.CallbackBeforeCreateOfficialAccount", about)
    account = OfficialAccount(given or accounts.new_id(), owner, state.clock.seconds())
    account.profile.update(profile)
    account.most = account.most if most is None else most
    accounts.by_id[account.account_id] = account
    _tell(state, account, "AfterCreateOfficialAccount", about)
    return {**OK, "OfficialAccountUserID": account.account_id}


@simulates(OFFICIAL_ACCOUNT_DESTROY)
def destroy_official_account(state: State, body: Body) -> Envelope:
    account = _account(state, body)
    del state.part(OfficialAccounts).by_id[account.account_id]
    about = {"Owner_Account": account.owner, "Name": account.profile["Name"]}
    _tell(state, account, "AfterOfficialAccountDestroyed", about)
    return OK


@simulates(OFFICIAL_ACCOUNT_MODIFY)
def modify_official_account_base_info(state: State, body: Body) -> Envelope:
    account = _account(state, body)
    profile = _profile(body)
    most = body.number("MaxSubscriberNum", None)
    if profile.get("Name") == "":
        raise body.refusal("Name is empty")
    state.refuse_sensitive(*profile.values())
    account.profile.update(profile)
    account.most = account.most if most is None else most
    told = {name: value for name, value in profile.items() if name in _TOLD}
    if told:
        operator = {"Operator_Account": state.caller.user_id}
        _tell(state, account, "AfterOfficialAccountInfoChanged", {**operator, **told})
    return OK


@simulates(OFFICIAL_ACCOUNT_INFO)
def get_official_account_info(state: State, body: Body) -> OfficialAccountInfos:
    ids = [row.text("Official_Account") for row in body.objects("OfficialAccountIdList", most=50)]
    fields = _filter(body, "OfficialAccountBaseInfoFilter")
    rows: list[Any] = []
    for account_id in ids:
        try:
            account = state.part(OfficialAccounts).get(account_id)
            row = {"Official_Account": account_id, "ErrorCode": 0, "ErrorInfo": ""}
            rows.append(row | account.view(fields))
        except Refusal as refusal:
            code = {"ErrorCode": refusal.code, "ErrorInfo": refusal.info}
            rows.append({"Official_Account": account_id, **code})
    return {**OK, "OfficialAccountInfoList": rows}


@simulates(SUBSCRIBER_ADD)
def add_subscriber(state: State, body: Body) -> SubscribersChanged:
    account = _account(state, body)
    users = [row.user_id("Subscriber_Account") for row in body.objects("SubscriberList", most=100)]
    new = {user for user in users if user in state.accounts and user not in account.subscribers}
    if len(account.subscribers) + len(new) > account.most:
        raise Refusal(FULL, "the official account has as many subscribers as it may")
    about = {"Official_Account": account.account_id, **_subscribers(state, users)}
    refused = state.ask("OfficialAccount.CallbackBeforeAddSubscriber", about).refused
    rows: list[Any] = []
    for user in users:
        result = NOTHING_TO_DO if user in account.subscribers else FAILED
        if user in new - refused and result == FAILED:
            account.subscribers[user] = Subscriber(user, state.clock.seconds())
            result = DONE
        rows.append({"Subscriber_Account": user, "Result": result})
    _tell_subscribers(state, account, "AfterAddSubscriber", rows)
    if len(account.subscribers) == account.most:
        _tell(state, account, "AfterOfficialAccountFull", {})
    return {**OK, "SubscriberList": rows}


@simulates(SUBSCRIBER_DELETE)
def delete_subscriber(state: State, body: Body) -> SubscribersChanged:
    account = _account(state, body)
    rows: list[Any] = []
    for user in body.user_ids("SubscriberToDel_Account"):
        gone = account.subscribers.pop(user, None)
        rows.append({"Subscriber_Account": user, "Result": DONE if gone else NOTHING_TO_DO})
    _tell_subscribers(state, account, "AfterDeleteSubscriber", rows)
    return {**OK, "SubscriberList": rows}


@simulates(SUBSCRIBER_MODIFY)
def modify_subscriber_info(state: State, body: Body) -> Envelope:
    account = _account(state, body)
    subscriber = account.subscribers.get(body.user_id("Subscriber_Account"))
    custom = body.text("CustomString", None, most=_BYTES["CustomString"])
    if subscriber is None:
        raise Refusal(NOT_SUBSCRIBED, "the account has not subscribed")
    subscriber.custom = subscriber.custom if custom is None else custom
    return OK


@simulates(SUBSCRIBER_LIST)
def get_subscriber_info(state: State, body: Body) -> SubscriberPage:
    account = _account(state, body)
    limit = body.number("Limit", PAGE, least=1, most=PAGE)
    mark = body.text("Next", "")
    start = int(mark) if mark.isdecimal() else 0
    every = list(account.subscribers.values())
    end = start + limit
    rows: list[Any] = [one.view() for one in every[start:end]]
    following = str(end) if end < len(every) else ""
    return {**OK, "SubscriberNum": len(every), "SubscriberList": rows, "Next": following}


@simulates(OFFICIAL_ACCOUNT_SUBSCRIBED_LIST)
def get_subscribed_official_account_list(state: State, body: Body) -> SubscribedPage:
    user = body.user_id("Subscriber_Account")
    limit = body.number("Limit", PAGE, least=1, most=PAGE)
    offset = body.number("Offset", 0)
    fields = _filter(body, "OfficialAccountBaseInfoFilter")
    own_fields = _filter(body, "SelfInfoFilter")
    every = list(state.part(OfficialAccounts).subscribed_by(user))
    end = offset + limit
    rows: list[Any] = [
        {"Official_Account": account.account_id}
        | account.view(fields)
        | {"SelfInfo": account.subscribers[user].own_view(own_fields)}
        for account in every[offset:end]
    ]
    answer: SubscribedPage = {
        **OK,
        "TotalCount": len(every),
        "CompleteFlag": int(end >= len(every)),
        "OfficialAccountInfoList": rows,
    }
    if end < len(every):
        answer["Next"] = end
    return answer


@simulates(OFFICIAL_MESSAGE_SEND)
def send_official_account_msg(state: State, body: Body) -> OfficialMessageSent:
    account = _account(state, body)
    random = random_number(body, "Random")
    elements = message_elements(body, IN_GROUP)
    custom = body.text("CloudCustomData", "")
    offline_push(body)
    forbidden = body.texts("ForbidCallbackControl", [])
    is_shown = "NoLastMsg" not in body.texts("SendMsgControl", [])
    online_only = body.number("OnlineOnlyFlag", 0)
    state.refuse_sensitive(*texts(elements))
    now = state.clock.seconds()
    double = account.double(elements, random, now)
    if double is not None:
        return {**OK, "MsgTime": double.time, "MsgKey": double.key}
    about = {"OnlineOnlyFlag": online_only, "MsgBody": elements, "CloudCustomData": custom}
    leave = Leave()
    if "ForbidBeforeSendMsgCallback" not in forbidden:
        asked = {"Official_Account": account.account_id, **about}
        leave = state.ask("OfficialAccount.CallbackBeforeSendMsg", asked)
    message = Message(account.next_seq(), random, now, elements, custom)
    account.note(message)
    if not leave.dropped:
        message.rewrite(leave.msg_body, leave.cloud_custom_data)
        account.send(message, is_kept=not online_only, is_shown=is_shown)
        if "ForbidAfterSendMsgCallback" not in forbidden:
            about |= {"MsgKey": message.key, "MsgTime": message.time}
            about |= {"MsgBody": message.elements, "CloudCustomData": message.custom}
            _tell(state, account, "AfterSendMsg", about)
    return {**OK, "MsgTime": message.time, "MsgKey": message.key}


@simulates(OFFICIAL_MESSAGE_HISTORY)
def official_account_msg_get_simple(state: State, body: Body) -> OfficialMessagePage:
    account = _account(state, body)
    limit = body.number("ReqMsgNumber", least=1, most=HISTORY_PAGE)
    recalled = body.number("WithRecalledMsg", 0) == 1
    found = account.history(body.text("LastMsgKey", ""), recalled=recalled)
    shown = found[:limit]
    rows: list[Any] = [_message_view(account, message) for message in shown]
    answer: OfficialMessagePage = {
        **OK,
        "Official_Account": account.account_id,
        "IsFinished": int(len(found) <= limit),
        "RspMsgList": rows,
    }
    if shown:
        answer["LastMsgKey"] = shown[-1].key
    return answer


@simulates(OFFICIAL_MESSAGE_RECALL)
def official_account_msg_recall(state: State, body: Body) -> OfficialMessagesRecalled:
    account = _account(state, body)
    keys = body.texts("MsgKeyList", most=10)
    body.text("Reason", None, most=100)
    rows: list[Any] = []
    for key in keys:
        message = account.messages.get(key)
        if message is not None:
            message.recalled = True
        rows.append({"MsgKey": key, "RetCode": NO_MESSAGE if message is None else 0})
    recalled = [{"MsgKey": row["MsgKey"]} for row in rows if not row["RetCode"]]
    if recalled:
        _tell(state, account, "AfterMsgWithDraw", {"WithdrawMsgList": recalled})
    return {**OK, "RecallRetList": rows}


def _account(state: State, body: Body) -> OfficialAccount:
    given = body.text("Official_Account", None) or body.text("OfficialAccount")
    return state.part(OfficialAccounts).get(given)


def _tell(state: State, account: OfficialAccount, what: str, more: Mapping[str, Any]) -> None:
    about = {"Official_Account": account.account_id, **more}
    state.tell(f"OfficialAccount.Callback{what}", about)


def _tell_subscribers(
    state: State, account: OfficialAccount, what: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    done = [row["Subscriber_Account"] for row in rows if row["Result"] == DONE]
    if done:
        _tell(state, account, what, _subscribers(state, done))


def _subscribers(state: State, users: Iterable[str]) -> dict[str, Any]:
    rows = [{"Subscriber_Account": user} for user in users]
    return {"Operator_Account": state.caller.user_id, "SubscribeAccountList": rows}


def _profile(body: Body) -> dict[str, str]:
    given = {name: body.text(name, None, most=most) for name, most in _BYTES.items()}
    return {name: value for name, value in given.items() if value is not None}


def _filter(body: Body, name: str) -> list[str] | None:
    given = body.part("ResponseFilter")
    found: list[str] | None = given.texts(name, None) if given else None
    return found


def _message_view(account: OfficialAccount, message: Message) -> dict[str, Any]:
    return {
        "From_Account": account.account_id,
        "IsPlaceMsg": _RECALLED if message.recalled else 0,
        "IsSystemMsg": 0,
        "MsgBody": [] if message.recalled else message.elements,
        "MsgKey": message.key,
        "MsgPriority": 1,
        "MsgRandom": message.random,
        "MsgSeq": message.seq,
        "MsgTimeStamp": message.time,
        **({"CloudCustomData": message.custom} if message.custom else {}),
    }
