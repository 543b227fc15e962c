"""Messages that arrive piece by piece, as a language model writes them."""

from __future__ import annotations

from typing import NotRequired

from .envelope import Envelope


class StreamSent(Envelope):
    """StreamMsgID names the message in the calls that go on with it."""

    StreamMsgID: str
    MsgKey: NotRequired[str]


class RobotStreamSent(Envelope):
    """MsgKey names the message in the calls that go on with it."""

    MsgKey: str
