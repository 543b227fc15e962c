"""One-to-one messages: send, import, read, recall, change."""

from __future__ import annotations

import re
from typing import Any, Final

from django_tim.answers import (
    Envelope,
    MessageHistory,
    MessagesDeleted,
    MessageSent,
    MessagesSent,
    UnreadNumbers,
)
from django_tim.catalogue import (
    MESSAGE_DELETE,
    MESSAGE_IMPORT,
    MESSAGE_MODIFY,
    MESSAGE_READ_RECEIPT,
    MESSAGE_RECALL,
    MESSAGE_ROAMING,
    MESSAGE_SEND,
    MESSAGE_SEND_MANY,
    MESSAGE_SET_READ,
    MESSAGE_UNREAD,
)

from .blacklists import is_blocked
from .body import UINT32, UINT64, Body
from .callbacks import Caller
from .chats import RECALLED, Chats, Message
from .elements import message_elements, size_of, texts
from .message_callbacks import (
    AFTER,
    BEFORE,
    ask_before,
    forbidden,
    message_id,
    tell_modified,
    tell_read,
    tell_recalled,
    tell_receipts,
    tell_sent,
)
from .push_callbacks import tell_single
from .records import Account
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

LONGEST_LIFE: Final = 604_800
# A page of the history is cut at about 13 KB.
PAGE_BYTES: Final = 13_000
MOST_RECEIVERS: Final = 500
_CONTROLS: Final = ("NoUnread", "NoLastMsg", "WithMuteNotifications")
_KEY: Final = re.compile(r"\d{1,10}_\d{1,10}_\d{1,10}")


@simulates(MESSAGE_SEND)
def sendmsg(state: State, body: Body) -> MessageSent:
    sender = _sender(state, body)
    message = _new_message(state, body, sender)
    message.receiver = state.account(_one_receiver(body), 90012).user_id
    _refuse_blocked(state, message)
    message.supports_extensions = body.number("SupportMessageExtension", 0) == 1
    if body.number("OnlineOnlyFlag", 0):
        message.is_kept = False
    body.ignore("MsgTimeStamp")
    _deliver(state, message, body)
    return {
        **OK,
        "MsgTime": message.time,
        "MsgKey": message.key,
        "MsgId": message_id(state, message),
    }


@simulates(MESSAGE_SEND_MANY)
def batchsendmsg(state: State, body: Body) -> MessagesSent:
    sender = _sender(state, body)
    message = _new_message(state, body, sender)
    receivers = dict.fromkeys(_receivers(body))
    errors: list[Any] = [
        {"To_Account": user_id, "ErrorCode": 70107}
        for user_id in receivers
        if user_id not in state.accounts
    ]
    if len(errors) == len(receivers):
        raise Refusal(90012, "none of To_Account exists")
    for user_id in receivers:
        if user_id in state.accounts:
            state.part(Chats).take_in(message.to(user_id))
    answer: MessagesSent = {**OK, "MsgKey": message.key, "MsgId": message_id(state, message)}
    if errors:
        answer["ActionStatus"] = "SomeError"
        answer["ErrorList"] = errors
    return answer


@simulates(MESSAGE_IMPORT)
def importmsg(state: State, body: Body) -> Envelope:
    kind = body.value("SyncFromOldSystem", None)
    if kind not in (1, 2, 5):
        raise Refusal(90030, "SyncFromOldSystem is none of 1, 2, 5")
    sender = _known(state, body, "From_Account", 90008)
    message = _new_message(state, body, sender, at=_timestamp(body))
    message.receiver = state.account(_one_receiver(body), 90003).user_id
    message.is_unread = kind != 2
    message.is_shown = kind != 2
    state.part(Chats).take_in(message)
    return OK


@simulates(MESSAGE_ROAMING)
def admin_getroammsg(state: State, body: Body) -> MessageHistory:
    user_id = _known(state, body, "Operator_Account", 90008, old="From_Account").user_id
    peer = _known(state, body, "Peer_Account", 90003, old="To_Account").user_id
    least, most = body.number("MinTime", most=UINT64), body.number("MaxTime", most=UINT64)
    limit = body.number("MaxCnt", least=1)
    found = state.part(Chats).history(user_id, peer, least, most, body.text("LastMsgKey", "") or "")
    page: list[Message] = []
    size = 0
    for message in reversed(found):
        size += size_of(message.body)
        if len(page) == limit or (page and size > PAGE_BYTES):
            break
        page.append(message)
    page.reverse()
    return {
        **OK,
        "Complete": int(len(page) == len(found)),
        "MsgCnt": len(page),
        "LastMsgTime": page[0].time if page else 0,
        "LastMsgKey": page[0].key if page else "",
        "MsgList": [_view(message) for message in page],
    }


@simulates(MESSAGE_RECALL)
def admin_msgwithdraw(state: State, body: Body) -> Envelope:
    message = _message(state, body)
    if message.flags & RECALLED:
        raise Refusal(20023, "the message was recalled before")
    message.flags |= RECALLED
    message.is_unread = False
    tell_recalled(state, message)
    return OK


@simulates(MESSAGE_MODIFY)
def modify_c2c_msg(state: State, body: Body) -> Envelope:
    message = _message(state, body)
    if not body.has("MsgBody") and not body.has("CloudCustomData"):
        raise body.refusal("neither MsgBody nor CloudCustomData is given")
    if body.has("MsgBody"):
        elements = message_elements(body)
        state.refuse_sensitive(*texts(elements))
        message.body = elements
    message.custom = body.text("CloudCustomData", message.custom)
    tell_modified(state, message)
    return {**OK, "ErrorInfo": "succeed"}


@simulates(MESSAGE_DELETE)
def delete_c2c_msg_ramble(state: State, body: Body) -> MessagesDeleted:
    user_id = _known(state, body, "Operator_Account", 90008).user_id
    peer = _known(state, body, "Peer_Account", 90003).user_id
    keys = body.texts("MsgKeyList", most=30)
    invalid = [key for key in keys if not _KEY.fullmatch(key)]
    for key in keys:
        message = state.part(Chats).find(user_id, peer, key)
        if message is not None:
            message.hide_from(user_id)
    answer: MessagesDeleted = {**OK}
    if invalid:
        answer["InvalidMsgKeyList"] = invalid
    return answer


@simulates(MESSAGE_SET_READ)
def admin_set_msg_read(state: State, body: Body) -> Envelope:
    user_id = _known(state, body, "Report_Account", 90008).user_id
    peer = _known(state, body, "Peer_Account", 90003).user_id
    until = body.value("MsgReadTime", None)
    if isinstance(until, str) and until.isdigit():
        until = int(until)
    elif until is not None:
        until = body.number("MsgReadTime", most=UINT64)
    until = state.clock.seconds() if until is None else until
    state.part(Chats).set_read(user_id, peer, until)
    tell_read(state, user_id, peer, until)
    return OK


@simulates(MESSAGE_READ_RECEIPT)
def c2c_msg_read_receipt(state: State, body: Body) -> Envelope:
    user_id = _known(state, body, "Operator_Account", 20003).user_id
    peer = _known(state, body, "Peer_Account", 20003).user_id
    found = []
    for row in body.objects("C2CMsgInfo"):
        if (row.user_id("From_Account"), row.user_id("To_Account")) != (peer, user_id):
            raise Refusal(20001, "a receipt is for messages from Peer_Account to Operator_Account")
        message = state.part(Chats).find(user_id, peer, row.text("MsgKey"))
        if message is None or message.sender != peer:
            raise Refusal(20001, "there is no such message")
        found.append(message)
    for message in found:
        message.is_peer_read = True
    tell_receipts(state, user_id, peer, found)
    return OK


@simulates(MESSAGE_UNREAD)
def get_c2c_unread_msg_num(state: State, body: Body) -> UnreadNumbers:
    user_id = _known(state, body, "To_Account", 90003).user_id
    chats = state.part(Chats)
    if not body.items("Peer_Account", None, most=10):
        return {**OK, "AllC2CUnreadMsgNum": chats.unread(user_id)}
    peers = body.user_ids("Peer_Account")
    numbers: list[Any] = [
        {"Peer_Account": peer, "C2CUnreadMsgNum": chats.unread(user_id, peer)}
        for peer in peers
        if peer in state.accounts
    ]
    errors: list[Any] = [
        {"Peer_Account": peer, "ErrorCode": 70107} for peer in peers if peer not in state.accounts
    ]
    answer: UnreadNumbers = {**OK, "C2CUnreadMsgNumList": numbers}
    if errors:
        answer["ErrorList"] = errors
    return answer


def random_number(body: Body, name: str = "MsgRandom") -> int:
    """The number by which repeats are known, which every message has."""
    given = body.value(name, None)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= UINT32:
        raise Refusal(90005, f"{name} is missing or no unsigned 32-bit integer")
    return given


def sequence_number(state: State, body: Body) -> int:
    """The number by which the messages of a second are ordered; a new one if none is given."""
    given = body.value("MsgSeq", None)
    if given is None:
        return state.part(Chats).next_seq()
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= UINT32:
        raise Refusal(90004, "MsgSeq is no unsigned 32-bit integer")
    return given


def _deliver(state: State, message: Message, body: Body) -> None:
    """Ask the app, deliver the message, and tell; a repeat of the same second is none of it."""
    chats, unwanted = state.part(Chats), forbidden(body)
    if chats.known(message) is not None:
        return
    if BEFORE not in unwanted and not ask_before(state, message):
        return
    chats.take_in(message)
    if AFTER not in unwanted:
        tell_sent(state, message)
    tell_single(state, body, message)


def _new_message(state: State, body: Body, sender: Account, at: int | None = None) -> Message:
    """The message that a body asks for, without a receiver."""
    elements = message_elements(body)
    state.refuse_sensitive(*texts(elements))
    message = Message(
        sender.user_id,
        sequence_number(state, body),
        random_number(body),
        state.clock.seconds() if at is None else at,
        elements,
    )
    message.custom = body.text("CloudCustomData", "")
    message.wants_receipt = body.number("IsNeedReadReceipt", 0) == 1
    controls = body.texts("SendMsgControl", None) or ()
    if not set(controls) <= set(_CONTROLS):
        raise body.refusal(f"SendMsgControl is none of {', '.join(_CONTROLS)}")
    message.is_unread = "NoUnread" not in controls
    message.is_shown = "NoLastMsg" not in controls
    message.is_kept = _life_time(body) > 0
    sync = body.value("SyncOtherMachine", None)
    if sync is not None and sync not in (1, 2):
        raise Refusal(90031, "SyncOtherMachine is neither 1 nor 2")
    if sync == 2:
        message.hide_from(sender.user_id)
    if not isinstance(body.value("OfflinePushInfo", None), dict | None):
        raise Refusal(90043, "OfflinePushInfo is no object")
    return message


def _sender(state: State, body: Body) -> Account:
    """Who sends it: the account named, or the administrator who calls. He must not be muted."""
    named = body.user_id("From_Account", None)
    sender = state.account(named or state.caller.user_id, 20003)
    if sender.mute_message_until > state.clock.time():
        raise Refusal(20012, f"{sender.user_id} is muted")
    return sender


def _refuse_blocked(state: State, message: Message) -> None:
    """Blacklists hold for what users send by the app; REST calls do not look at them."""
    by_rest = state.caller.platform == Caller().platform
    if not by_rest and is_blocked(state, message.receiver, message.sender):
        raise Refusal(20007, f"{message.receiver} has blocked {message.sender}")


def _known(state: State, body: Body, name: str, code: int, *, old: str | None = None) -> Account:
    given = body.user_id(name, None)
    if given is None and old is not None:
        given = body.user_id(old, None)
    if given is None:
        raise Refusal(code, f"{name} is missing")
    return state.account(given, code)


def _one_receiver(body: Body) -> str:
    given = body.value("To_Account", None)
    if not isinstance(given, str) or not given:
        raise Refusal(90003, "Invalid format of To_Account")
    return given


def _receivers(body: Body) -> list[str]:
    given = body.value("To_Account", None)
    if not isinstance(given, list):
        raise Refusal(90028, "To_Account is not an array")
    if not given:
        raise Refusal(90029, "To_Account is empty")
    if len(given) > MOST_RECEIVERS:
        raise Refusal(90011, f"more than {MOST_RECEIVERS} receivers")
    return body.user_ids("To_Account")


def _timestamp(body: Body) -> int:
    given = body.value("MsgTimeStamp", None)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= UINT32:
        raise Refusal(90006, "MsgTimeStamp is missing or no integer")
    return given


def _life_time(body: Body) -> int:
    given = body.value("MsgLifeTime", None)
    if given is None:
        return LONGEST_LIFE
    if isinstance(given, bool) or not isinstance(given, int):
        raise Refusal(90044, "MsgLifeTime is no integer")
    if not 0 <= given <= LONGEST_LIFE:
        raise Refusal(90026, "MsgLifeTime is longer than seven days")
    return given


def _message(state: State, body: Body) -> Message:
    """The message that From_Account, To_Account and MsgKey name."""
    sender = _known(state, body, "From_Account", 90008).user_id
    receiver = _known(state, body, "To_Account", 90003).user_id
    key = body.value("MsgKey", None)
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Refusal(90054, "MsgKey is missing or malformed")
    message = state.part(Chats).find(sender, receiver, key)
    if message is None or message.sender != sender:
        raise Refusal(20022, "there is no such message")
    return message


def _view(message: Message) -> Any:
    row: dict[str, Any] = {
        "From_Account": message.sender,
        "To_Account": message.receiver,
        "MsgSeq": message.seq,
        "MsgRandom": message.random,
        "MsgTimeStamp": message.time,
        "MsgFlagBits": message.flags,
        "IsPeerRead": int(message.is_peer_read),
        "MsgKey": message.key,
        "MsgBody": message.body,
    }
    return row | ({"CloudCustomData": message.custom} if message.custom else {})
