"""Message bodies as the service reads them: what an element is, and how much a message holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .body import Body
from .refusals import Refusal

MESSAGE_BYTES: Final = 12 * 1024

Elements = list[dict[str, Any]]

_KNOWN: Final = {
    "TIMTextElem",
    "TIMLocationElem",
    "TIMFaceElem",
    "TIMCustomElem",
    "TIMSoundElem",
    "TIMImageElem",
    "TIMFileElem",
    "TIMVideoFileElem",
    "TIMRelayElem",
}
_FLAGS: Final = ("Download_Flag", "VideoDownloadFlag", "ThumbDownloadFlag")
_BY_URL: Final = 2


@dataclass(frozen=True, slots=True)
class BodyCodes:
    """What a service answers to a body that is no array, no message, or too long."""

    no_array: int
    malformed: int
    too_long: int


ONE_TO_ONE: Final = BodyCodes(no_array=90007, malformed=90010, too_long=93000)
IN_GROUP: Final = BodyCodes(no_array=10004, malformed=10004, too_long=80002)


def message_elements(
    body: Body, codes: BodyCodes = ONE_TO_ONE, *, most: int = MESSAGE_BYTES
) -> Elements:
    """The request's MsgBody, or the Refusal of one that no client could show."""
    found = body.value("MsgBody", None)
    if not isinstance(found, list):
        raise Refusal(codes.no_array, "MsgBody is not an array")
    if not found or not all(_is_element(element) for element in found):
        raise Refusal(codes.malformed, "MsgBody does not follow the format of elements")
    if sum(element["MsgType"] == "TIMCustomElem" for element in found) > 1:
        raise Refusal(codes.malformed, "a message has at most one TIMCustomElem")
    custom: str = body.text("CloudCustomData", "")
    if size_of(found) + len(custom.encode("utf-8", "surrogatepass")) > most:
        raise Refusal(codes.too_long, f"the message is longer than {most} bytes")
    return found


def texts(elements: Elements) -> Iterator[str]:
    """What the content check reads."""
    for element in elements:
        if element["MsgType"] == "TIMTextElem":
            yield element["MsgContent"]["Text"]


def size_of(elements: Any) -> int:
    """Bytes of JSON in UTF-8."""
    text = json.dumps(elements, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def _is_element(element: Any) -> bool:
    kind = element.get("MsgType") if isinstance(element, dict) else None
    if not isinstance(kind, str) or kind not in _KNOWN:
        return False
    content = element.get("MsgContent")
    if not isinstance(content, dict):
        return False
    if element["MsgType"] == "TIMTextElem" and not isinstance(content.get("Text"), str):
        return False
    if element["MsgType"] == "TIMImageElem" and not isinstance(content.get("ImageInfoArray"), list):
        return False
    return all(content.get(flag, _BY_URL) == _BY_URL for flag in _FLAGS)
