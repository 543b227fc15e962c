"""Files that were sent: signing, banning, allowing them."""

from __future__ import annotations

from typing import TypedDict

from .envelope import Envelope


class SignedFile(TypedDict):
    """A file's URL, signed for 15 minutes. Status: 0 normal, 1 banned, 2 gone."""

    ResourceID: int
    Code: int
    Desc: str
    PreSigURL: str
    Status: int


class FilesSigned(Envelope):
    PreSigURLs: list[SignedFile]
