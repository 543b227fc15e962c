"""Group messages: send, import, read, recall, change, receipts."""

from __future__ import annotations

from typing import Any, Final

from django_tim.answers import (
    Envelope,
    GroupHistoryPage,
    GroupMessageSent,
    GroupReceiptPage,
    GroupReceipts,
    MessagesImported,
    MessagesRecalled,
)
from django_tim.catalogue import (
    GROUP_MESSAGE_CLEAR,
    GROUP_MESSAGE_DELETE_BY_SENDER,
    GROUP_MESSAGE_HISTORY,
    GROUP_MESSAGE_IMPORT,
    GROUP_MESSAGE_MODIFY,
    GROUP_MESSAGE_RECALL,
    GROUP_MESSAGE_RECEIPT_DETAIL,
    GROUP_MESSAGE_RECEIPT_GET,
    GROUP_MESSAGE_RECEIPT_SEND,
    GROUP_MESSAGE_SEND,
    GROUP_NOTIFICATION_SEND,
)

from .body import Body
from .elements import IN_GROUP, ONE_TO_ONE, message_elements, texts
from .group_history import DELETED, RECALLED, GroupMessage, Histories
from .group_places import Place, place_of
from .push_callbacks import tell_grouped
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

PRIORITIES: Final = {"High": 1, "Normal": 2, "Low": 3, "Lowest": 4}
MESSAGES_A_SECOND: Final = 40
MOST_MENTIONS: Final = 30
MOST_RECEIVERS: Final = 50
MOST_NOTIFIED: Final = 500
MOST_FOR_RECEIPTS: Final = 200
DELETED_AT_ONCE: Final = 1_000
HISTORY_PAGE: Final = 20
RECEIPT_PAGE: Final = 200
_RECEIPT_TYPES: Final = ("Private", "Public", "ChatRoom")
_CONTROLS: Final = ("NoLastMsg", "NoUnread", "WithMuteNotifications")


@simulates(GROUP_MESSAGE_SEND)
def send_group_msg(state: State, body: Body) -> GroupMessageSent:
    place = place_of(state, body)
    sender = body.user_id("From_Account", None) or state.caller.user_id
    message = _message(state, body, sender, body.number("Random"), state.clock.seconds())
    message.priority = PRIORITIES[body.choice("MsgPriority", PRIORITIES, "Normal")]
    stored, counts = _check_options(place, body)
    if _asks_for_receipts(body):
        _check_receipts(place, stored)
        message.audience = place.others(sender)
    place.refuse_sender(sender)
    double = place.history.double_of(message, message.time)
    if double is not None:
        return {**OK, "MsgTime": double.time, "MsgSeq": double.seq}
    if _is_dropped(state, place, body, message):
        return {**OK, "MsgTime": message.time, "MsgSeq": place.holder.next_msg_seq}
    if not state.rates.take(f"messages of {place.key}", MESSAGES_A_SECOND):
        return _too_many(state, place, body, message)
    place.post(message, stored=stored, counts=counts)
    _tell_sent(state, place, body, message)
    tell_grouped(state, body, place, message)
    return {**OK, "MsgTime": message.time, "MsgSeq": message.seq}


@simulates(GROUP_NOTIFICATION_SEND)
def send_group_system_notification(state: State, body: Body) -> Envelope:
    place = place_of(state, body)
    users = body.items("ToMembers_Account", None, most=MOST_NOTIFIED) or []
    users = body.user_ids("ToMembers_Account") if users else []
    if users and place.group.type == "AVChatRoom":
        raise Refusal(10004, "in an AVChatRoom a notification goes to all")
    text = body.text("Content")
    state.refuse_sensitive(text)
    state.part(Histories).notifications.append(
        {"GroupId": place.key, "Content": text, "ToMembers_Account": users}
    )
    return OK


@simulates(GROUP_MESSAGE_IMPORT)
def import_group_msg(state: State, body: Body) -> MessagesImported:
    place = place_of(state, body)
    _refuse_live(place, 10007)
    body.ignore("RecentContactFlag")
    rows: list[Any] = [_imported(state, place, row) for row in body.objects("MsgList", most=7)]
    place.mark_all_read()
    return {**OK, "ImportMsgResult": rows}


@simulates(GROUP_MESSAGE_HISTORY)
def group_msg_get_simple(state: State, body: Body) -> GroupHistoryPage:
    place = place_of(state, body)
    _refuse_live(place, 10007)
    asked = body.number("ReqMsgNumber", least=1)
    highest = body.number("ReqMsgSeq", 0) or place.holder.next_msg_seq
    body.ignore("WithRecalledMsg")
    found = place.history.up_to(highest, min(asked, HISTORY_PAGE) + 1)
    shown = found[:HISTORY_PAGE][:asked]
    cut = asked > HISTORY_PAGE and len(found) > len(shown)
    rows: list[Any] = [_row(message) for message in shown]
    return {**OK, "GroupId": place.group.group_id, "IsFinished": int(not cut), "RspMsgList": rows}


@simulates(GROUP_MESSAGE_RECALL)
def group_msg_recall(state: State, body: Body) -> MessagesRecalled:
    place = place_of(state, body)
    body.text("Reason", None, most=100)
    rows: list[Any] = [
        {"MsgSeq": seq, "RetCode": _recall(place, seq)} for seq in _numbers(body, most=10)
    ]
    done = [{"MsgSeq": row["MsgSeq"]} for row in rows if not row["RetCode"]]
    if done:
        told = {"Operator_Account": state.caller.user_id, **place.about, "MsgSeqList": done}
        state.tell("Group.CallbackAfterRecallMsg", told)
    return {**OK, "RecallRetList": rows}


@simulates(GROUP_MESSAGE_DELETE_BY_SENDER)
def delete_group_msg_by_sender(state: State, body: Body) -> Envelope:
    place = place_of(state, body)
    sender = body.user_id("Sender_Account")
    for message in place.history.messages[-DELETED_AT_ONCE:]:
        if message.sender == sender:
            message.gone = message.gone or DELETED
    return OK


@simulates(GROUP_MESSAGE_CLEAR)
def clear_group_msg(state: State, body: Body) -> Envelope:
    place = place_of(state, body)
    if place.group.type == "Community":
        raise Refusal(10007, "the messages of a Community can't be cleared")
    newest = place.holder.next_msg_seq - 1
    place.history.cleared_to = min(newest, body.number("MsgSeq", newest))
    return OK


@simulates(GROUP_MESSAGE_MODIFY)
def modify_group_msg(state: State, body: Body) -> Envelope:
    place = place_of(state, body)
    _refuse_live(place, 10007)
    message = place.history.find(body.number("MsgSeq"))
    elements = message_elements(body, ONE_TO_ONE) if body.has("MsgBody") else None
    state.refuse_sensitive(*texts(elements or []))
    custom = body.text("CloudCustomData", None)
    if elements is None and custom is None:
        raise Refusal(90001, "neither MsgBody nor CloudCustomData is there")
    if message is None or message.gone:
        raise Refusal(20001, "the message does not exist")
    message.body = message.body if elements is None else elements
    message.cloud_custom_data = message.cloud_custom_data if custom is None else custom
    told = {
        "Operator_Account": state.caller.user_id,
        "GroupId": place.group.group_id,
        "TopicId": place.topic.topic_id if place.topic else "",
        "MsgSeq": message.seq,
        "MsgBody": message.body,
    }
    state.tell("Group.CallbackAfterModifyMsg", told)
    return {**OK, "ErrorInfo": "succeed"}


@simulates(GROUP_MESSAGE_RECEIPT_SEND)
def group_msg_receipt(state: State, body: Body) -> Envelope:
    place = _receipt_place(state, body)
    reader = body.user_id("From_Account")
    if place.group.member(reader) is None:
        raise Refusal(10007, f"{reader} is no member of the group")
    messages = [place.history.find(seq) for seq in _numbers(body, most=50)]
    read = [one for one in messages if one is not None and reader in (one.audience or ())]
    for message in read:
        message.readers[reader] = None
    if read:
        members = {"ReadReceiptMembers": [{"Member_Account": reader}]}
        rows = [_read_by(message) | members for message in read]
        state.tell("Group.CallbackAfterReadReceipt", {**place.about, "GroupMsgReceiptList": rows})
    return OK


@simulates(GROUP_MESSAGE_RECEIPT_GET)
def get_group_msg_receipt(state: State, body: Body) -> GroupReceipts:
    place = _receipt_place(state, body)
    rows: list[Any] = [_receipt(place, seq) for seq in _numbers(body)]
    return {**OK, "GroupMsgReceiptList": rows}


@simulates(GROUP_MESSAGE_RECEIPT_DETAIL)
def get_group_msg_receipt_detail(state: State, body: Body) -> GroupReceiptPage:
    place = _receipt_place(state, body)
    seq, unread = body.number("MsgSeq"), body.number("Filter", most=1) == 1
    message = place.history.find(seq)
    if message is None or message.audience is None:
        raise Refusal(10062, "the message has no read receipts")
    count = min(body.number("Count", least=1), RECEIPT_PAGE)
    cursor = body.text("Cursor", "")
    start = int(cursor) if cursor.isdecimal() else 0
    users = [one for one in message.audience if one not in message.readers]
    users = users if unread else list(message.readers)
    end = start + count
    last = end >= len(users)
    key, name = ("UnreadList", "Unread_Account") if unread else ("ReadList", "Read_Account")
    answer: Any = {**OK, "Cursor": "" if last else str(end), "IsFinish": int(last), "MsgSeq": seq}
    answer[key] = [{name: user} for user in users[start:end]]
    page: GroupReceiptPage = answer
    return page


def _message(state: State, body: Body, sender: str, random: int, time: int) -> GroupMessage:
    elements = message_elements(body, IN_GROUP)
    state.refuse_sensitive(*texts(elements))
    message = GroupMessage(sender, random, time, state.part(Histories).shared(elements))
    message.cloud_custom_data = body.text("CloudCustomData", None)
    message.extensible = bool(body.number("SupportMessageExtension", 0, most=1))
    return message


def _check_options(place: Place, body: Body) -> tuple[bool, bool]:
    """Whether the message is stored, and whether it becomes the conversation's last."""
    live = place.group.type == "AVChatRoom"
    online = bool(body.number("OnlineOnlyFlag", 0))
    controls = body.texts("SendMsgControl", None) or []
    receivers = body.items("To_Account", None, most=MOST_RECEIVERS)
    if any(one not in _CONTROLS for one in controls):
        raise Refusal(10004, f"SendMsgControl is none of {', '.join(_CONTROLS)}")
    if live and (online or controls):
        raise Refusal(10004, "OnlineOnlyFlag and SendMsgControl are not for AVChatRooms")
    if online and controls:
        raise Refusal(10004, "SendMsgControl and OnlineOnlyFlag exclude each other")
    if receivers and place.group.type not in _RECEIPT_TYPES:
        raise Refusal(10004, "To_Account is not for groups of this type")
    if receivers:
        body.user_ids("To_Account")
    _check_mentions(place, body)
    body.texts("ForbidCallbackControl", None)
    body.part("OfflinePushInfo")
    return not live and not online, not online and "NoLastMsg" not in controls


def _check_mentions(place: Place, body: Body) -> None:
    mentions = body.objects("GroupAtInfo", None)
    if len(mentions) > MOST_MENTIONS:
        raise Refusal(10053, f"more than {MOST_MENTIONS} mentions")
    for mention in mentions:
        if not mention.number("GroupAtAllFlag", 0, most=1):
            mention.user_id("GroupAt_Account")
        elif place.group.type in ("AVChatRoom", "Community"):
            raise Refusal(10004, "not all can be mentioned in groups of this type")


def _asks_for_receipts(body: Body) -> bool:
    flags = (body.number(name, 0) for name in ("NeedReadReceipt", "IsNeedReadReceipt"))
    return any(list(flags))


def _check_receipts(place: Place, stored: bool) -> None:
    if place.group.type not in _RECEIPT_TYPES:
        raise Refusal(10004, "there are no read receipts in groups of this type")
    if not stored:
        raise Refusal(10061, "messages to those online have no read receipts")
    if place.group.member_count > MOST_FOR_RECEIPTS:
        raise Refusal(10060, f"more than {MOST_FOR_RECEIPTS} members: no read receipts")


def _is_dropped(state: State, place: Place, body: Body, message: GroupMessage) -> bool:
    """Ask the app for leave: it may rewrite the message, or drop it unsaid."""
    if "ForbidBeforeSendMsgCallback" in (body.texts("ForbidCallbackControl", None) or ()):
        return False
    leave = state.ask("Group.CallbackBeforeSendMsg", _told(state, place, body, message))
    message.body = message.body if leave.msg_body is None else leave.msg_body
    if leave.cloud_custom_data is not None:
        message.cloud_custom_data = leave.cloud_custom_data
    return leave.dropped


def _tell_sent(state: State, place: Place, body: Body, message: GroupMessage) -> None:
    if "ForbidAfterSendMsgCallback" in (body.texts("ForbidCallbackControl", None) or ()):
        return
    mentions = body.items("GroupAtInfo", None)
    told = _told(state, place, body, message) | {"MsgSeq": message.seq, "MsgTime": message.time}
    told |= {"GroupAtInfo": mentions} if mentions else {}
    state.tell("Group.CallbackAfterSendMsg", told)


def _told(state: State, place: Place, body: Body, message: GroupMessage) -> dict[str, Any]:
    """A message, as callbacks have it."""
    custom = message.cloud_custom_data
    return {
        **place.about,
        "From_Account": message.sender,
        "Operator_Account": state.caller.user_id,
        "Random": message.random,
        "OnlineOnlyFlag": int(bool(body.number("OnlineOnlyFlag", 0))),
        "MsgBody": message.body,
        **({} if custom is None else {"CloudCustomData": custom}),
    }


def _too_many(state: State, place: Place, body: Body, message: GroupMessage) -> GroupMessageSent:
    said = {"ErrorCode": 10023, "ErrorInfo": "the group has too many messages"}
    told = _told(state, place, body, message) | said
    state.tell("Group.CallbackSendMsgException", told)
    if place.group.type != "AVChatRoom":
        raise Refusal(10023, f"more than {MESSAGES_A_SECOND} messages a second in one group")
    return {**OK, "MsgTime": message.time, "MsgSeq": 0, "MsgDropReason": "MsgFreqCtrl"}


def _imported(state: State, place: Place, row: Body) -> dict[str, int]:
    """What became of one message; a refusal is its result and does not stop the others."""
    time = 0
    try:
        sender, time = row.user_id("From_Account"), row.number("SendTime")
        message = _message(state, row, sender, row.number("Random", 0), time)
        if sender not in state.accounts:
            raise Refusal(10004, f"account {sender} does not exist")
        keyed = row.has("Random")
        double = place.history.double_of(message, state.clock.seconds()) if keyed else None
        if double is not None:
            return {"MsgSeq": double.seq, "MsgTime": double.time, "Result": 0}
        if not max(place.created, place.newest + 1) <= time <= state.clock.time():
            raise Refusal(10004, "SendTime does not rise, or lies in the future")
    except Refusal as refusal:
        return {"MsgSeq": 0, "MsgTime": time, "Result": refusal.code}
    place.post(message)
    return {"MsgSeq": message.seq, "MsgTime": time, "Result": 0}


def _recall(place: Place, seq: int) -> int:
    """The RetCode. A live group keeps no messages, but can take them back."""
    if place.group.type == "AVChatRoom":
        return 0 if 0 < seq < place.holder.next_msg_seq else 10030
    message = place.history.find(seq)
    if message is None or message.gone == DELETED:
        return 10030
    message.gone = RECALLED
    return 0


def _row(message: GroupMessage) -> dict[str, Any]:
    row: dict[str, Any] = {
        "From_Account": message.sender,
        "IsPlaceMsg": message.gone,
        "MsgBody": [] if message.gone else message.body,
        "MsgPriority": message.priority,
        "MsgRandom": message.random,
        "MsgSeq": message.seq,
        "MsgTimeStamp": message.time,
    }
    if message.cloud_custom_data is not None and not message.gone:
        row["CloudCustomData"] = message.cloud_custom_data
    return row


def _receipt(place: Place, seq: int) -> dict[str, int]:
    message = place.history.find(seq)
    if message is None or message.audience is None:
        return {"Code": 10062, "MsgSeq": seq}
    return {"Code": 0} | _read_by(message)


def _read_by(message: GroupMessage) -> dict[str, Any]:
    """How many have read a message that asked for receipts."""
    read, audience = len(message.readers), len(message.audience or ())
    return {"MsgSeq": message.seq, "ReadNum": read, "UnreadNum": audience - read}


def _receipt_place(state: State, body: Body) -> Place:
    place = place_of(state, body)
    if place.group.type not in _RECEIPT_TYPES:
        raise Refusal(10007, "there are no read receipts in groups of this type")
    return place


def _refuse_live(place: Place, code: int) -> None:
    if place.group.type == "AVChatRoom":
        raise Refusal(code, "an AVChatRoom keeps no messages")


def _numbers(body: Body, most: int | None = None) -> list[int]:
    return [_number(row) for row in body.objects("MsgSeqList", most=most)]


def _number(row: Body) -> int:
    """A MsgSeq, which some clients send as a text."""
    given = row.value("MsgSeq")
    if isinstance(given, str) and given.isascii() and given.isdecimal():
        return int(given)
    number: int = row.number("MsgSeq")
    return number
