"""Key-value extensions of messages, one-to-one and in groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from django_tim.answers import Extension, ExtensionPage, ExtensionsChanged
from django_tim.catalogue import (
    GROUP_MESSAGE_EXTENSIONS_GET,
    GROUP_MESSAGE_EXTENSIONS_SET,
    MESSAGE_EXTENSIONS_GET,
    MESSAGE_EXTENSIONS_SET,
    Endpoint,
)
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument

from .ids import check_group_id, check_user_id
from .messages import check_msg_key

KEY_BYTES, VALUE_BYTES = 100, 1000

Operation = Literal["set", "delete", "clear"]
_OPERATIONS: dict[str, int] = {"set": 1, "delete": 2, "clear": 3}
_CONFLICT = "another version is there"


class MessageExtensions(Area):
    """The area ``openim_msg_ext_http_svc``.

    Only messages sent with ``supports_extensions`` take them (23002 for others); 300 keys a
    message, 200 changes a minute (23003). Needs the largest plan and a switch in the console.
    """

    def get_page(
        self,
        msg_key: str,
        *,
        sender: str,
        receiver: str,
        start_seq: int | None = None,
        extra: Extra = None,
    ) -> ExtensionPage:
        """Up to 200 extensions of a one-to-one message, by version, from ``start_seq`` on.

        Raises NotFound (23004) for an unknown message.
        """
        payload = _message(msg_key, sender, receiver) | {"StartSeq": start_seq}
        return self._page(MESSAGE_EXTENSIONS_GET, payload, extra)

    def iterate(
        self, msg_key: str, *, sender: str, receiver: str, extra: Extra = None
    ) -> Iterator[Extension]:
        """All extensions of a one-to-one message, each once."""
        payload = _message(msg_key, sender, receiver)
        return _once(self._pages(MESSAGE_EXTENSIONS_GET, payload, extra))

    def change_many(
        self,
        msg_key: str,
        extensions: Mapping[str, str] | Iterable[str],
        *,
        sender: str,
        receiver: str,
        operation: Operation = "set",
        extra: Extra = None,
    ) -> BatchResult[Extension]:
        """Set keys to values, delete the keys named, or clear them all (``()``); 20 a call.

        Each outcome's value is what is there now; 23001 is a key of another version. Keys
        have at most 100 bytes, values 1,000.
        """
        payload = _message(msg_key, sender, receiver)
        return self._change(MESSAGE_EXTENSIONS_SET, payload, extensions, operation, extra)

    def get_group_page(
        self,
        group_id: str,
        msg_seq: int,
        *,
        start_seq: int | None = None,
        extra: Extra = None,
    ) -> ExtensionPage:
        """Up to 200 extensions of a group's message, by version, from ``start_seq`` on."""
        payload = _group_message(group_id, msg_seq) | {"StartSeq": start_seq}
        return self._page(GROUP_MESSAGE_EXTENSIONS_GET, payload, extra)

    def iterate_group(
        self, group_id: str, msg_seq: int, *, extra: Extra = None
    ) -> Iterator[Extension]:
        """All extensions of a group's message, each once."""
        payload = _group_message(group_id, msg_seq)
        return _once(self._pages(GROUP_MESSAGE_EXTENSIONS_GET, payload, extra))

    def change_group_many(
        self,
        group_id: str,
        msg_seq: int,
        extensions: Mapping[str, str] | Iterable[str],
        *,
        operation: Operation = "set",
        extra: Extra = None,
    ) -> BatchResult[Extension]:
        """As ``change_many``, for a group's message. Not for AVChatRoom."""
        payload = _group_message(group_id, msg_seq)
        return self._change(GROUP_MESSAGE_EXTENSIONS_SET, payload, extensions, operation, extra)

    def _change(
        self,
        endpoint: Endpoint[ExtensionsChanged],
        message: dict[str, Any],
        extensions: Mapping[str, str] | Iterable[str],
        operation: Operation,
        extra: Extra,
    ) -> BatchResult[Extension]:
        if operation not in _OPERATIONS:
            raise InvalidArgument(f"operation is one of {', '.join(_OPERATIONS)}")
        fixed = message | {"OperateType": _OPERATIONS[operation]}
        rows = _rows(extensions, operation)
        if operation == "clear":
            self._call(endpoint, fixed, extra)
            return BatchResult()
        return self._batch(
            endpoint, rows, lambda chunk: {**fixed, "ExtensionList": chunk}, _changed, extra
        )


def _rows(
    extensions: Mapping[str, str] | Iterable[str], operation: Operation
) -> dict[str, dict[str, str]]:
    fits = {
        "set": isinstance(extensions, Mapping),
        "delete": not isinstance(extensions, str | Mapping),
        "clear": not extensions,
    }
    if not fits[operation]:
        raise InvalidArgument("set takes keys with values, delete takes keys, clear takes nothing")
    values = extensions if isinstance(extensions, Mapping) else dict.fromkeys(extensions, "")
    for key, value in values.items():
        if not 1 <= utf8_length(key) <= KEY_BYTES or utf8_length(value) > VALUE_BYTES:
            raise InvalidArgument(
                f"keys have 1 to {KEY_BYTES} bytes, values at most {VALUE_BYTES}: {key!r}"
            )
    return {key: {"Key": key, "Value": value} for key, value in values.items()}


def _changed(answer: ExtensionsChanged, keys: list[str]) -> Iterator[Outcome[Extension]]:
    for row in answer.get("ExtensionList") or ():
        now, code = row["Extension"], row["ErrorCode"]
        yield Outcome(now["Key"], now, code, _CONFLICT if code else "")


def _once(pages: Iterator[ExtensionPage]) -> Iterator[Extension]:
    """A page begins with the version that the last one ended with."""
    seen: set[str] = set()
    for page in pages:
        for extension in page["ExtensionList"]:
            if extension["Key"] not in seen:
                seen.add(extension["Key"])
                yield extension


def _message(msg_key: str, sender: str, receiver: str) -> dict[str, Any]:
    return {
        "From_Account": check_user_id(sender),
        "To_Account": check_user_id(receiver),
        "MsgKey": check_msg_key(msg_key),
    }


def _group_message(group_id: str, msg_seq: int) -> dict[str, Any]:
    return {"GroupId": check_group_id(group_id), "MsgSeq": msg_seq}
