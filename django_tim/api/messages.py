"""One-to-one messages: send, import, read, recall, change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Unpack, overload

from django_tim.answers import (
    Envelope,
    MessageHistory,
    MessagesDeleted,
    MessageSent,
    MessagesSent,
    StoredMessage,
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
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument, OutcomeUnknown

from .elements import Message, message_body
from .ids import check_user_id, keyed_users
from .send_options import SendOptions, SingleSendOptions, message_fields

# The service names keys that are not well-formed, but gives no code.
_MALFORMED_KEY = 90054
# Who counts an imported message: nobody, or the receiver, to whom it is delivered too.
_HISTORY, _LIVE = 2, 5


class Messages(Area):
    """The area ``openim``: one-to-one messages."""

    def send(
        self,
        receiver: str,
        message: Message,
        *,
        sender: str | None = None,
        msg_seq: int | None = None,
        msg_random: int | None = None,
        extra: Extra = None,
        **options: Unpack[SingleSendOptions],
    ) -> MessageSent:
        """Send a message from ``sender`` (none: the administrator); its key is in the answer.

        ``msg_seq`` orders the messages of one second and together with ``msg_random`` tells
        a repeat within the second; not given, they are fresh numbers. It is never sent
        twice: OutcomeUnknown names both numbers in ``sent``, to be looked for in the history.
        Raises NotFound (90012, 20003) for an unknown account, Refused (20012) for a muted
        sender. Neither friendship nor blacklists are looked at. Page 34919.
        """
        known = SingleSendOptions.__optional_keys__
        payload = message_fields(message, sender, msg_seq, msg_random, options, known)
        payload["To_Account"] = check_user_id(receiver)
        with naming(payload, "MsgSeq", "MsgRandom", extra=extra):
            return self._call(MESSAGE_SEND, payload, extra)

    def send_many(
        self,
        receivers: Iterable[str],
        message: Message,
        *,
        sender: str | None = None,
        msg_seq: int | None = None,
        msg_random: int | None = None,
        extra: Extra = None,
        **options: Unpack[SendOptions],
    ) -> BatchResult[str]:
        """Send one message to many, 500 a call; each outcome's value is its MsgKey.

        All calls carry the same two numbers, as with ``send``. An unknown account's outcome
        is 70107, or 90012 where no account of its call was known. No callback of the app
        is triggered. Page 34920.
        """

        def read(answer: MessagesSent, keys: list[str]) -> Iterator[Outcome[str]]:
            failed = {row["To_Account"]: row["ErrorCode"] for row in answer.get("ErrorList") or ()}
            for key in keys:
                code = failed.get(key, 0)
                yield Outcome(key, None if code else answer.get("MsgKey"), code, _said(code))

        fixed = message_fields(message, sender, msg_seq, msg_random, options)
        with naming(fixed, "MsgSeq", "MsgRandom", extra=extra):
            return self._batch(
                MESSAGE_SEND_MANY,
                keyed_users(receivers),
                lambda ids: {**fixed, "To_Account": ids},
                read,
                extra,
            )

    def import_one(
        self,
        sender: str,
        receiver: str,
        message: Message,
        *,
        sent_at: int,
        msg_seq: int | None = None,
        msg_random: int | None = None,
        live: bool = False,
        cloud_custom_data: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Put a message into the history as it was elsewhere, at ``sent_at`` (Unix seconds).

        ``live`` counts it as unread and delivers it. The same numbers and time again, in
        either direction, change nothing: keep them, and an import can be repeated. Page 35014.
        """
        payload = message_fields(message, sender, msg_seq, msg_random, {})
        payload |= {
            "SyncFromOldSystem": _LIVE if live else _HISTORY,
            "To_Account": check_user_id(receiver),
            "MsgTimeStamp": sent_at,
            "CloudCustomData": cloud_custom_data,
            "MsgBody": message_body(message, cloud_custom_data),
        }
        with naming(payload, "MsgSeq", "MsgRandom", extra=extra):
            return self._call(MESSAGE_IMPORT, payload, extra)

    def get_history_page(
        self,
        user_id: str,
        peer: str,
        *,
        min_time: int,
        max_time: int,
        last_msg_key: str | None = None,
        limit: int = 100,
        extra: Extra = None,
    ) -> MessageHistory:
        """One page of what ``user_id`` sees of a conversation, the oldest message first.

        The next page is older: it has this one's LastMsgTime as ``max_time`` and its
        LastMsgKey. A page ends at ``limit`` or at some 13 KB; recalled messages are in it,
        with 8 in MsgFlagBits. Page 35478.
        """
        payload = _history_of(user_id, peer, min_time, max_time)
        payload |= {"MaxCnt": limit, "LastMsgKey": last_msg_key}
        return self._page(MESSAGE_ROAMING, payload, extra)

    def iterate_history(
        self, user_id: str, peer: str, *, min_time: int, max_time: int, extra: Extra = None
    ) -> Iterator[StoredMessage]:
        """All messages of ``get_history_page``, the newest page first, each message once."""
        payload = _history_of(user_id, peer, min_time, max_time)
        before: set[str] = set()
        for page in self._pages(MESSAGE_ROAMING, payload, extra):
            keys = {message["MsgKey"] for message in page["MsgList"]}
            yield from (row for row in page["MsgList"] if row["MsgKey"] not in before)
            before = keys or before

    def recall(self, msg_key: str, *, sender: str, receiver: str, extra: Extra = None) -> Envelope:
        """Take a message back from both sides, however old it is.

        Raises NotFound (20022) for an unknown one, Conflict (20023) for one that was
        recalled before. Page 35015.
        """
        return self._call(MESSAGE_RECALL, _named(msg_key, sender, receiver), extra)

    def modify(
        self,
        msg_key: str,
        *,
        sender: str,
        receiver: str,
        message: Message | None = None,
        cloud_custom_data: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Replace a message's body, its ``cloud_custom_data``, or both.

        What was there before can't be had back. Page 47722.
        """
        if message is None and cloud_custom_data is None:
            raise InvalidArgument("nothing to change: give message or cloud_custom_data")
        payload = _named(msg_key, sender, receiver) | {
            "MsgBody": None if message is None else message_body(message, cloud_custom_data),
            "CloudCustomData": cloud_custom_data,
        }
        return self._call(MESSAGE_MODIFY, payload, extra)

    def delete_many(
        self, user_id: str, peer: str, msg_keys: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Delete messages from one side's history, 30 a call; the peer keeps them.

        The outcome of a malformed key is 90054. Page 101439 (Chinese).
        """
        check_user_id(user_id), check_user_id(peer)

        def read(answer: MessagesDeleted, keys: list[str]) -> Iterator[Outcome[None]]:
            invalid = set(answer.get("InvalidMsgKeyList") or ())
            for key in keys:
                code, info = (_MALFORMED_KEY, "malformed MsgKey") if key in invalid else (0, "")
                yield Outcome(key, code=code, info=info)

        return self._batch(
            MESSAGE_DELETE,
            keyed_messages(msg_keys),
            lambda keys: {"Operator_Account": user_id, "Peer_Account": peer, "MsgKeyList": keys},
            read,
            extra,
        )

    def set_read(
        self, user_id: str, peer: str, *, until: int | None = None, extra: Extra = None
    ) -> Envelope:
        """Mark as read what ``peer`` has sent ``user_id``, up to now or to ``until``.

        ``until`` is in Unix seconds. No read receipt is sent. Page 38996.
        """
        payload = {
            "Report_Account": check_user_id(user_id),
            "Peer_Account": check_user_id(peer),
            "MsgReadTime": until,
        }
        return self._call(MESSAGE_SET_READ, payload, extra)

    def send_receipts(
        self, user_id: str, peer: str, msg_keys: Iterable[str], *, extra: Extra = None
    ) -> Envelope:
        """Report to ``peer`` that ``user_id`` has read these messages of his. Page 77776."""
        keys = keyed_messages(msg_keys)
        if not keys:
            raise InvalidArgument("a receipt names at least one message")
        payload = {
            "Operator_Account": check_user_id(user_id),
            "Peer_Account": check_user_id(peer),
            "C2CMsgInfo": [_named(key, peer, user_id) for key in keys],
        }
        return self._call(MESSAGE_READ_RECEIPT, payload, extra)

    @overload
    def get_unread(self, user_id: str, *, peers: None = None, extra: Extra = None) -> int: ...

    @overload
    def get_unread(
        self, user_id: str, *, peers: Iterable[str], extra: Extra = None
    ) -> BatchResult[int]: ...

    def get_unread(
        self, user_id: str, *, peers: Iterable[str] | None = None, extra: Extra = None
    ) -> int | BatchResult[int]:
        """How many messages an account has not read: in all, or from each of ``peers``.

        Peers are asked for 10 a call; an unknown one's outcome is 70107. Page 41046.
        """
        fixed = {"To_Account": check_user_id(user_id)}
        if peers is None:
            return self._call(MESSAGE_UNREAD, fixed, extra).get("AllC2CUnreadMsgNum", 0)
        return self._batch(
            MESSAGE_UNREAD,
            keyed_users(peers),
            lambda ids: {**fixed, "Peer_Account": ids},
            _unread,
            extra,
        )


def keyed_messages(msg_keys: Iterable[str]) -> dict[str, str]:
    """The MsgKeys, each once, as the items of a batch."""
    if isinstance(msg_keys, str):
        raise InvalidArgument("several MsgKeys are asked for, not one text")
    return {check_msg_key(key): key for key in msg_keys}


def check_msg_key(msg_key: str) -> str:
    """Return the MsgKey; raise InvalidArgument unless it is a text with something in it."""
    if not isinstance(msg_key, str) or not msg_key:
        raise InvalidArgument(f"a MsgKey is a text, not {msg_key!r}")
    return msg_key


@contextmanager
def naming(payload: Mapping[str, Any], *fields: str, extra: Extra = None) -> Iterator[None]:
    """Say in an OutcomeUnknown by which numbers to look for what may have been sent."""
    try:
        yield
    except OutcomeUnknown as error:
        sent = {**payload, **(extra or {})}
        error.sent = {field: sent[field] for field in fields}
        raise


def _named(msg_key: str, sender: str, receiver: str) -> dict[str, Any]:
    return {
        "From_Account": check_user_id(sender),
        "To_Account": check_user_id(receiver),
        "MsgKey": check_msg_key(msg_key),
    }


def _history_of(user_id: str, peer: str, min_time: int, max_time: int) -> dict[str, Any]:
    return {
        "Operator_Account": check_user_id(user_id),
        "Peer_Account": check_user_id(peer),
        "MinTime": min_time,
        "MaxTime": max_time,
    }


def _unread(answer: UnreadNumbers, keys: list[str]) -> Iterator[Outcome[int]]:
    for row in answer.get("C2CUnreadMsgNumList") or ():
        yield Outcome(row["Peer_Account"], row["C2CUnreadMsgNum"])
    for error in answer.get("ErrorList") or ():
        code = error["ErrorCode"]
        yield Outcome(error["Peer_Account"], code=code, info=_said(code))


def _said(code: int) -> str:
    return "the service gave no reason" if code else ""
