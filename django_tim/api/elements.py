"""The elements that a message's body is made of. Pages 33527 and 35014."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from django_tim.client.wire import encode
from django_tim.exceptions import InvalidArgument

MESSAGE_BYTES = 12 * 1024


class Element(TypedDict):
    """One element of a message's body, as the wire has it."""

    MsgType: str
    MsgContent: Mapping[str, Any]


Message = str | Element | Sequence[Element]


def text(content: str) -> Element:
    """A text."""
    return {"MsgType": "TIMTextElem", "MsgContent": {"Text": content}}


def message_body(message: Message) -> list[Element]:
    """The MsgBody of a message: a plain text is a text element.

    Raises InvalidArgument for an empty message and for one of more than 12 KB in UTF-8.
    """
    if isinstance(message, str):
        message = [text(message)]
    elif isinstance(message, Mapping):
        message = [message]
    body = list(message)
    if not body:
        raise InvalidArgument("a message has at least one element")
    size = len(encode({"MsgBody": body}))
    if size > MESSAGE_BYTES:
        raise InvalidArgument(f"a message has at most {MESSAGE_BYTES} bytes in UTF-8, not {size}")
    return body
