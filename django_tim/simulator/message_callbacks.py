"""What the app's backend is told of one-to-one messages, and asked before one is sent."""

from __future__ import annotations

from typing import Any, Final

from .body import Body
from .chats import Chats, Message
from .state import State

BEFORE, AFTER = "ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"
FORBIDDABLE: Final = (BEFORE, AFTER)
_SENT: Final = "C2C.CallbackAfterSendMsg"


def message_id(state: State, message: Message) -> str:
    """The clients' name of a message."""
    sender = state.accounts.get(message.sender)
    tiny_id = 144_115_233_000_000_000 + (sender.number if sender else 0)
    return f"{tiny_id}-{message.time}-{message.random}"


def forbidden(body: Body) -> list[str]:
    """The callbacks that a request does not want."""
    controls: list[str] = body.texts("ForbidCallbackControl", None) or []
    if not set(controls) <= set(FORBIDDABLE):
        raise body.refusal(f"ForbidCallbackControl is none of {', '.join(FORBIDDABLE)}")
    return controls


def ask_before(state: State, message: Message) -> bool:
    """Whether the message is to be delivered; the app may have changed it.

    Raises Refusal where the app forbids it.
    """
    leave = state.ask("C2C.CallbackBeforeSendMsg", _message(state, message))
    message.body = leave.msg_body or message.body
    if leave.cloud_custom_data is not None:
        message.custom = leave.cloud_custom_data
    return not leave.dropped


def tell_sent(state: State, message: Message) -> None:
    """Tell of a message that was sent."""
    if not state.callbacks.wants(_SENT):
        return  # the receiver's unread messages need not be counted
    done = {"SendMsgResult": 0, "ErrorInfo": "send msg succeed"}
    body = _message(state, message) | done | _unread(state, message.receiver)
    state.tell(_SENT, body)


def tell_read(state: State, user_id: str, peer: str, until: int) -> None:
    """Tell that an account has read what a peer sent."""
    about = {"Report_Account": user_id, "Peer_Account": peer, "LastReadTime": until}
    state.tell("C2C.CallbackAfterMsgReport", about | _unread(state, user_id))


def tell_recalled(state: State, message: Message) -> None:
    """Tell of a message that was taken back."""
    about = _pair(message) | {"MsgKey": message.key} | _unread(state, message.receiver)
    state.tell("C2C.CallbackAfterMsgWithDraw", about)


def tell_receipts(state: State, user_id: str, peer: str, messages: list[Message]) -> None:
    """Tell of read receipts."""
    rows = [{**_pair(one), "MsgKey": one.key, "MsgId": message_id(state, one)} for one in messages]
    about = {"Operator_Account": user_id, "Peer_Account": peer, "C2CMsgInfo": rows}
    state.tell("C2C.CallbackAfterMsgReadReceipt", about)


def tell_modified(state: State, message: Message) -> None:
    """Tell of a message that was changed."""
    about = _message(state, message) | {"Operator_Account": state.caller.user_id}
    del about["MsgId"], about["OnlineOnlyFlag"]
    state.tell("C2C.CallbackAfterModifyMsg", about)


def _message(state: State, message: Message) -> dict[str, Any]:
    return {
        **_pair(message),
        "MsgSeq": message.seq,
        "MsgRandom": message.random,
        "MsgTime": message.time,
        "MsgKey": message.key,
        "MsgId": message_id(state, message),
        "OnlineOnlyFlag": int(not message.is_kept),
        "MsgBody": message.body,
        "CloudCustomData": message.custom,
    }


def _pair(message: Message) -> dict[str, Any]:
    return {"From_Account": message.sender, "To_Account": message.receiver}


def _unread(state: State, user_id: str) -> dict[str, int]:
    return {"UnreadMsgNum": state.part(Chats).unread(user_id)}
