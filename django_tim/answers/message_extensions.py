"""Key-value extensions of messages, one-to-one and in groups."""

from __future__ import annotations

from typing import TypedDict

from .envelope import Envelope


class Extension(TypedDict):
    """A key of a message's extensions; Seq is its version."""

    Key: str
    Value: str
    Seq: int


class ExtensionPage(Envelope):
    """What was there up to ClearSeq has been cleared; CompleteFlag 1: the last page."""

    CompleteFlag: int
    LatestSeq: int
    ClearSeq: int
    ExtensionList: list[Extension]


class ExtensionChanged(TypedDict):
    """ErrorCode 23001: another version is there, which Extension shows."""

    ErrorCode: int
    Extension: Extension


class ExtensionsChanged(Envelope):
    ExtensionList: list[ExtensionChanged]
