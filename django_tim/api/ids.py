"""Identifiers, checked before the wire; what the server explains better is left to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django_tim.client.usersig import check_user_id, utf8_length
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

GROUP_ID_BYTES = 48
TOPIC_ID_BYTES = 96
COMMUNITY_PREFIX = "@TGS#_"
TOPIC_MARK = "@TOPIC#_"

_NUMBER_BITS = 32

__all__ = [
    "check_group_id",
    "check_user_id",
    "is_community",
    "keyed_groups",
    "keyed_rows",
    "keyed_users",
    "message_number",
]


def check_group_id(group_id: str) -> str:
    """Return the group's or topic's id; raise InvalidArgument unless it has 1 to 48 (96) bytes."""
    if not isinstance(group_id, str):
        raise InvalidArgument(f"a group ID is a text, not {type(group_id).__name__}")
    longest = TOPIC_ID_BYTES if TOPIC_MARK in group_id else GROUP_ID_BYTES
    if not 1 <= utf8_length(group_id) <= longest:
        raise InvalidArgument(
            _("a group ID has 1 to {most} bytes in UTF-8: {given!r}", most=longest, given=group_id)
        )
    return group_id


def is_community(group_id: str) -> bool:
    """Whether the group is a Community: only their ids begin like this."""
    return group_id.startswith(COMMUNITY_PREFIX)


def keyed_users(user_ids: Iterable[str]) -> dict[str, str]:
    """The UserIDs, each once, as the items of a batch."""
    if isinstance(user_ids, str):
        raise InvalidArgument("several UserIDs are asked for, not one text")
    return {check_user_id(user_id): user_id for user_id in user_ids}


def keyed_groups(group_ids: Iterable[str]) -> dict[str, str]:
    """The group ids, each once, as the items of a batch."""
    if isinstance(group_ids, str):
        raise InvalidArgument("several group IDs are asked for, not one text")
    return {check_group_id(group_id): group_id for group_id in group_ids}


def message_number(number: int | None = None) -> int:
    """The number given for a MsgSeq, MsgRandom or Random, or else a fresh one.

    Raises InvalidArgument unless it is an unsigned 32-bit integer.
    """
    if number is None:
        return secrets.randbits(_NUMBER_BITS)
    if not isinstance(number, int) or not 0 <= number < 1 << _NUMBER_BITS:
        raise InvalidArgument(f"MsgSeq and MsgRandom are unsigned 32-bit numbers, not {number!r}")
    return number


def keyed_rows(rows: Iterable[Mapping[str, Any]], field: str) -> dict[str, Any]:
    """The rows by one of their fields, each once, as the items of a batch."""
    found: dict[str, Any] = {}
    for row in rows:
        key = row.get(field)
        if not isinstance(key, str):
            raise InvalidArgument(f"{field} is a text, not {type(key).__name__}")
        if found.setdefault(key, row) != row:
            raise InvalidArgument(f"{field} {key!r} is given twice, differently")
    return found
