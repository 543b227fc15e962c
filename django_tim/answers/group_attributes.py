"""A group's attributes."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


class GroupAttribute(TypedDict):
    """Its keys are lower-case on the wire, unlike all others."""

    key: str
    value: str


class GroupAttributeList(Envelope):
    GroupAttrAry: NotRequired[list[GroupAttribute]]
