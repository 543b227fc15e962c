"""A request's body, however a client frames it: by its length, or in chunks."""

from __future__ import annotations

from email.message import Message
from io import BufferedIOBase
from typing import Final

MOST: Final = 8 * 1024 * 1024
_LONGEST_LINE: Final = 1024


class BadRequest(Exception):
    """The request can't be read; ``status`` is what HTTP calls it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """The body, decoded from its framing. Raises BadRequest."""
    coding = (headers.get("Transfer-Encoding") or "identity").strip().lower()
    if coding == "chunked":
        return b"".join(_chunks(stream))
    if coding != "identity":
        raise BadRequest(501, f"no such transfer coding: {coding}")
    return _exactly(stream, _number(headers.get("Content-Length") or "0", 10))


def _chunks(stream: BufferedIOBase) -> list[bytes]:
    chunks: list[bytes] = []
    left = MOST
    while size := _number(_line(stream).partition(";")[0], 16, left):
        chunks.append(_exactly(stream, size))
        left -= size
        if _line(stream):
            raise BadRequest(400, "a chunk is longer than it says")
    while _line(stream):  # trailers
        pass
    return chunks


def _number(text: str, base: int, most: int = MOST) -> int:
    text = text.strip()
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0 or not text.isalnum():
        raise BadRequest(400, f"no length: {text[:20]!r}")
    if number > most:
        raise BadRequest(413, "the body is too large")
    return number


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise BadRequest(400, "the body ends too early")
    return content


def _line(stream: BufferedIOBase) -> str:
    line = stream.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise BadRequest(400, "the body ends too early")
    return line.decode("latin-1").rstrip("\r\n")
