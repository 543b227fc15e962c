"""Robots: accounts that answer by themselves."""

from __future__ import annotations

from typing import NotRequired

from .envelope import Envelope


class RobotList(Envelope):
    Robot_Account: NotRequired[list[str]]
