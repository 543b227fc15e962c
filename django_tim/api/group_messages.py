"""Group messages: send, import, read, recall, change, receipts.

A message is known by its group (and topic) and its MsgSeq. ``topic_id`` stands for a topic of
a Community in every call that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NotRequired, TypedDict, Unpack

from django_tim.answers import (
    Envelope,
    GroupHistoryPage,
    GroupMessage,
    GroupMessageSent,
    GroupReceipt,
    GroupReceiptPage,
    GroupReceipts,
    ImportedMessage,
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
from django_tim.client.area import Area, Extra, normalised, readable
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.errors import error_for
from django_tim.exceptions import InvalidArgument

from .elements import Message, message_body
from .group_send_options import GroupSendOptions, message_fields, said_in
from .ids import check_group_id, check_user_id, keyed_users, message_number
from .messages import naming

HISTORY_PAGE = 20
RECEIPT_PAGE = 200
# What the service says of the calls that it refuses for the same reason.
_GROUP_RATE = 10023
_RENAMED = {"IsFinished": "IsFinish"}


class MessageToImport(TypedDict):
    """One message of ``import_many``; ``SendTime`` in Unix seconds."""

    From_Account: str
    SendTime: int
    MsgBody: Message
    Random: NotRequired[int]
    CloudCustomData: NotRequired[str]


class GroupMessages(Area):
    """The messages' part of ``group_open_http_svc``, and ``modify_group_msg``."""

    def send(
        self,
        group_id: str,
        message: Message,
        *,
        sender: str | None = None,
        random: int | None = None,
        extra: Extra = None,
        **options: Unpack[GroupSendOptions],
    ) -> GroupMessageSent:
        """Send a message from ``sender`` (none: the administrator); its MsgSeq is in the answer.

        The service drops what has the same sender, ``random`` and content within five
        minutes: so a repeat within them is safe, and OutcomeUnknown names the number in
        ``sent``. Not given, it is fresh. Raises RateLimited (10023) above 40 messages a
        second in the group, also where the service only says that it dropped the message;
        Refused (10017) for a muted sender; NotPermitted (10007) for one who is no member.
        Page 34959.
        """
        payload = message_fields(group_id, message, sender, random, options)
        with naming(payload, "Random"):
            answer = self._call(GROUP_MESSAGE_SEND, payload, extra)
        reason = answer.get("MsgDropReason")
        if reason:
            said = {"ErrorCode": _GROUP_RATE, "ErrorInfo": f"the message was dropped: {reason}"}
            raise error_for(GROUP_MESSAGE_SEND, said)
        return answer

    def notify(
        self,
        group_id: str,
        content: str,
        *,
        user_ids: Iterable[str] | None = None,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Send a system notification to these members, 500 at most, or to all.

        An AVChatRoom's goes to all. It has no number, and is never sent twice. Page 34958.
        """
        users = None if user_ids is None else list(keyed_users(user_ids))
        if users == []:
            raise InvalidArgument("no member is named; None stands for all")
        payload = said_in(group_id, topic_id) | {"Content": content, "ToMembers_Account": users}
        return self._call(GROUP_NOTIFICATION_SEND, payload, extra)

    def import_many(
        self,
        group_id: str,
        messages: Iterable[MessageToImport],
        *,
        refresh_conversations: bool = False,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[ImportedMessage]:
        """Put messages into the history as they were elsewhere, 7 a call, the oldest first.

        Each SendTime is later than the one before, than the group's creation and its newest
        message; 10004 is the outcome of one that is not. The outcomes are named by the
        messages' places, from "0". All members' unread numbers become 0. Page 34968.
        """
        fixed = said_in(group_id, topic_id)
        fixed["RecentContactFlag"] = 1 if refresh_conversations else None
        rows = {str(place): _to_import(row) for place, row in enumerate(messages)}
        return self._batch(
            GROUP_MESSAGE_IMPORT,
            rows,
            lambda chunk: {**fixed, "MsgList": chunk},
            _imported,
            extra,
        )

    def get_history_page(
        self,
        group_id: str,
        *,
        newest: int | None = None,
        limit: int = HISTORY_PAGE,
        with_recalled: bool = True,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> GroupHistoryPage:
        """One page of a group's history, the newest message first, 20 at most.

        ``newest`` is the highest MsgSeq wanted. Deleted and recalled messages are in it
        without their MsgBody: see IsPlaceMsg. An AVChatRoom has none (10007). Page 34971.
        """
        payload = _history_of(group_id, with_recalled, topic_id)
        payload |= {"ReqMsgSeq": newest, "ReqMsgNumber": limit}
        return self._page(GROUP_MESSAGE_HISTORY, payload, extra)

    def iterate_history(
        self,
        group_id: str,
        *,
        newest: int | None = None,
        with_recalled: bool = True,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> Iterator[GroupMessage]:
        """All messages of ``get_history_page``, each once, the newest first.

        Without the recalled ones, a page of nothing else would look like the end.
        """
        payload = _history_of(group_id, with_recalled, topic_id)
        lowest = 1 << 32
        for page in self._pages(GROUP_MESSAGE_HISTORY, payload, extra, start=newest):
            with readable(GROUP_MESSAGE_HISTORY):
                new = [message for message in page["RspMsgList"] if message["MsgSeq"] < lowest]
                lowest = min([lowest, *(message["MsgSeq"] for message in new)])
            yield from new

    def recall_many(
        self,
        group_id: str,
        seqs: Iterable[int],
        *,
        reason: str | None = None,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Take messages back from everyone, 10 a call, however old they are.

        ``reason``: at most 100 bytes. An outcome's code is 10030 for a message that does
        not exist, 10031 for one too old, 10032 for one that can't be recalled. Page 34965.
        """
        fixed = said_in(group_id, topic_id) | {"Reason": reason}

        def read(answer: MessagesRecalled, keys: list[str]) -> Iterator[Outcome[None]]:
            for row in answer.get("RecallRetList") or ():
                yield Outcome(str(row["MsgSeq"]), code=row["RetCode"])

        return self._batch(GROUP_MESSAGE_RECALL, _keyed(seqs), _with_seqs(fixed), read, extra)

    def delete_by_sender(
        self, group_id: str, user_id: str, *, topic_id: str | None = None, extra: Extra = None
    ) -> Envelope:
        """Delete what an account has said among the group's newest 1,000 messages.

        Clients learn it only when they read the history. An AVChatRoom has no history: it
        answers OK. Page 34970.
        """
        payload = said_in(group_id, topic_id) | {"Sender_Account": check_user_id(user_id)}
        return self._call(GROUP_MESSAGE_DELETE_BY_SENDER, payload, extra)

    def clear(self, group_id: str, *, up_to: int | None = None, extra: Extra = None) -> Envelope:
        """Hide the history from the clients, up to a MsgSeq or all; the admin still reads it.

        Not for Communities (10007). Page 65970.
        """
        payload = {"GroupId": check_group_id(group_id), "MsgSeq": up_to}
        return self._call(GROUP_MESSAGE_CLEAR, payload, extra)

    def modify(
        self,
        group_id: str,
        seq: int,
        *,
        message: Message | None = None,
        cloud_custom_data: str | None = None,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Give a message another body, other custom data, or both: the old are lost.

        Not for AVChatRooms. Page 47948.
        """
        if message is None and cloud_custom_data is None:
            raise InvalidArgument("neither a message nor custom data is given")
        body = None if message is None else message_body(message, cloud_custom_data)
        payload = said_in(group_id, topic_id) | {
            "MsgSeq": seq,
            "MsgBody": body,
            "CloudCustomData": cloud_custom_data,
        }
        return self._call(GROUP_MESSAGE_MODIFY, payload, extra)

    def send_receipts_many(
        self, group_id: str, seqs: Iterable[int], *, reader: str, extra: Extra = None
    ) -> BatchResult[None]:
        """Report that a member has read these messages, 50 a call.

        Page 107478 of the Chinese documentation.
        """
        fixed = {"GroupId": check_group_id(group_id), "From_Account": check_user_id(reader)}
        return self._batch(
            GROUP_MESSAGE_RECEIPT_SEND,
            _keyed(seqs),
            _with_seqs(fixed),
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )

    def get_receipts_many(
        self, group_id: str, seqs: Iterable[int], *, extra: Extra = None
    ) -> BatchResult[GroupReceipt]:
        """How many have read each of these messages, and how many have not.

        10062 is the outcome of a message that did not ask for receipts.
        Page 77694 of the Chinese documentation.
        """
        fixed = {"GroupId": check_group_id(group_id)}
        return self._batch(
            GROUP_MESSAGE_RECEIPT_GET, _keyed(seqs), _with_seqs(fixed), _receipts, extra
        )

    def get_receipts_page(
        self,
        group_id: str,
        seq: int,
        *,
        unread: bool = False,
        cursor: str = "",
        limit: int = RECEIPT_PAGE,
        extra: Extra = None,
    ) -> GroupReceiptPage:
        """One page of those who have read a message, or of those who have not; 200 at most.

        ``cursor`` is the last page's Cursor; IsFinish 1 ends. Raises NotFound (10062) for a
        message that did not ask for receipts. Page 77693 of the Chinese documentation.
        """
        payload = _receipt_of(group_id, seq, unread) | {"Cursor": cursor, "Count": limit}
        return _readable(self._page(GROUP_MESSAGE_RECEIPT_DETAIL, payload, extra))

    def iterate_receipts(
        self, group_id: str, seq: int, *, unread: bool = False, extra: Extra = None
    ) -> Iterator[str]:
        """The UserIDs of all pages of ``get_receipts_page``."""
        payload = _receipt_of(group_id, seq, unread)
        for answer in self._pages(GROUP_MESSAGE_RECEIPT_DETAIL, payload, extra):
            page = _readable(answer)
            with readable(GROUP_MESSAGE_RECEIPT_DETAIL):
                readers = [row["Read_Account"] for row in page["ReadList"]]
                others = [row["Unread_Account"] for row in page.get("UnreadList") or ()]
            yield from others if unread else readers


def _to_import(row: MessageToImport) -> dict[str, Any]:
    custom = row.get("CloudCustomData")
    return {
        **row,
        "From_Account": check_user_id(row["From_Account"]),
        "Random": message_number(row.get("Random")),
        "MsgBody": message_body(row["MsgBody"], custom),
    }


def _imported(answer: MessagesImported, keys: list[str]) -> Iterator[Outcome[ImportedMessage]]:
    for key, row in zip(keys, answer.get("ImportMsgResult") or (), strict=False):
        code = row["Result"]
        yield Outcome(key, None if code else row, code)


def _history_of(group_id: str, with_recalled: bool, topic_id: str | None) -> dict[str, Any]:
    return said_in(group_id, topic_id) | {"WithRecalledMsg": 1 if with_recalled else None}


def _keyed(seqs: Iterable[int]) -> dict[str, dict[str, int]]:
    """The messages, each once, as the items of a batch."""
    if isinstance(seqs, str):
        raise InvalidArgument("several MsgSeqs are asked for, not one text")
    numbers = list(seqs)
    if None in numbers:
        raise InvalidArgument("a MsgSeq is missing")
    return {str(message_number(seq)): {"MsgSeq": seq} for seq in numbers}


def _with_seqs(fixed: Mapping[str, Any]) -> Callable[[list[Any]], Mapping[str, Any]]:
    return lambda rows: {**fixed, "MsgSeqList": rows}


def _receipts(answer: GroupReceipts, keys: list[str]) -> Iterator[Outcome[GroupReceipt]]:
    for row in answer.get("GroupMsgReceiptList") or ():
        code = row.get("Code", 0)
        yield Outcome(str(row["MsgSeq"]), None if code else row, code)


def _receipt_of(group_id: str, seq: int, unread: bool) -> dict[str, Any]:
    return {"GroupId": check_group_id(group_id), "MsgSeq": seq, "Filter": int(unread)}


def _readable(page: GroupReceiptPage) -> GroupReceiptPage:
    normalised(page, _RENAMED)
    return page
