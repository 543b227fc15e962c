"""The push service (TIMPush): pushes to lists of accounts."""

from __future__ import annotations

from typing import NotRequired

from .envelope import Envelope
from .push import FailedPushAccount


class PushedToMany(Envelope):
    """TaskId is empty where the push failed."""

    TaskId: str
    ErrorList: NotRequired[list[FailedPushAccount]]
