"""The wire's objects as the mirror's columns: pure functions, shared by syncs and services.

Whatever comes in, what goes out can be stored on every database; what can't be, such as an
id that a column would alter, raises :class:`Unmappable`. Fields that move with every message
(``GROUP_VOLATILE`` …) have columns of their own, but are no part of ``raw`` or ``digest``, or
active groups would never be "unchanged".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from django_tim.api.group_members import MEMBER_FIELDS as ALL_MEMBER_FIELDS
from django_tim.api.groups import BASE_FIELDS
from django_tim.api.profiles import STANDARD_TAGS
from django_tim.exceptions import TimError

from .storing import UNSTORABLE, Storable, stored

GROUP_FIELDS = BASE_FIELDS
MEMBER_FIELDS = ALL_MEMBER_FIELDS
PROFILE_TAGS = STANDARD_TAGS
GROUP_VOLATILE = ("last_msg_at", "next_msg_seq")
MEMBER_VOLATILE = ("last_sent_at", "msg_seq")

# The envelope of an item, and what is mirrored in its own column only or not at all.
_NOT_IN_GROUP = frozenset(
    {"ErrorCode", "ErrorInfo", "OnlineMemberNum", "NextMsgSeq", "LastMsgTime", "MemberList"}
)
_NOT_IN_MEMBER = frozenset({"MsgSeq", "LastSendMsgTime", "OnlineStatus"})
_RENAMED = {
    "ShutUpAllMember": "MuteAllMember",
    "ShutUpUntil": "MuteUntil",
    "ShuttedUntil": "MuteUntil",
    "MutedUntil": "MuteUntil",
}

_LARGEST = 2**63 - 1
_LATEST = 253_402_300_799  # the last second of the year 9999


class Unmappable(TimError, ValueError):
    """A remote object without a usable identifier: it can't be mirrored."""


def group_columns(info: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a Group from an item of get_group_info. Raises Unmappable."""
    key = _identifier(info, "GroupId", 128)
    raw, print_ = _stored(info, _NOT_IN_GROUP, "AppDefinedData")
    return {
        "group_id": key,
        "type": _text(raw.get("Type"), 32),
        "name": _text(raw.get("Name"), 255),
        "owner_account": _text(raw.get("Owner_Account"), 64),
        "member_num": _counter(raw.get("MemberNum")),
        "max_member_num": _counter(raw.get("MaxMemberNum")),
        "apply_join_option": _text(raw.get("ApplyJoinOption"), 32),
        "mute_all_member": raw.get("MuteAllMember") == "On",
        "created_at": from_vendor_time(raw.get("CreateTime")),
        "last_info_at": from_vendor_time(raw.get("LastInfoTime")),
        "last_msg_at": from_vendor_time(info.get("LastMsgTime")),
        "next_msg_seq": _counter(info.get("NextMsgSeq")),
        "raw": raw,
        "digest": print_,
    }


def member_columns(member: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a GroupMember, less its group, from an item of MemberList.

    Raises Unmappable.
    """
    key = _identifier(member, "Member_Account", 64)
    raw, print_ = _stored(member, _NOT_IN_MEMBER, "AppMemberDefinedData")
    return {
        "user_id": key,
        "role": _text(raw.get("Role"), 32).strip(),  # an old sample has "Member "
        "name_card": _text(raw.get("NameCard"), 255),
        "joined_at": from_vendor_time(raw.get("JoinTime")),
        "muted_until": from_vendor_time(raw.get("MuteUntil")),
        "last_sent_at": from_vendor_time(member.get("LastSendMsgTime")),
        "msg_seq": _counter(member.get("MsgSeq")),
        "raw": raw,
        "digest": print_,
    }


def account_columns(user_id: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an Account from its profile, {tag: value}. Raises Unmappable."""
    key = _identifier({"UserID": user_id}, "UserID", 64)
    raw, print_ = _stored(profile, frozenset(), "")
    return {
        "user_id": key,
        "nickname": _text(raw.get("Tag_Profile_IM_Nick"), 500),
        "face_url": _text(raw.get("Tag_Profile_IM_Image"), 500),
        "gender": _text(raw.get("Tag_Profile_IM_Gender"), 32),
        "allow_type": _text(raw.get("Tag_Profile_IM_AllowType"), 64),
        "level": _counter(raw.get("Tag_Profile_IM_Level")),
        "role": _counter(raw.get("Tag_Profile_IM_Role")),
        "raw": raw,
        "digest": print_,
    }


def lean(columns: dict[str, Any]) -> dict[str, Any]:
    """The same columns, with the text of ``raw`` in its place: a batch needs no more."""
    columns["raw"] = columns["raw"].text
    return columns


def from_vendor_time(seconds: Any) -> datetime | None:
    """A moment from the vendor's Unix seconds, aware if the project uses time zones.

    None for 0, for none, and for what is no moment up to the year 9999.
    """
    if not seconds:
        return None
    if type(seconds) is not int:
        try:
            seconds = int(seconds)
        except (TypeError, ValueError, OverflowError):
            return None
    if not 0 < seconds <= _LATEST:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment if settings.USE_TZ else _naive(moment)


def _stored(
    obj: Mapping[str, Any], left_out: frozenset[str], key_values: str
) -> tuple[Storable, str]:
    """What is kept as ``raw``, in today's spelling, and its digest."""
    kept = Storable(obj)
    for name in left_out:
        kept.pop(name, None)
    for old in _RENAMED.keys() & kept.keys():
        kept.setdefault(_RENAMED[old], kept.pop(old))
    fields = kept.get(key_values)
    if isinstance(fields, list) and len(fields) > 1:
        kept[key_values] = sorted(fields, key=_name_of_field)  # they come in any order
    return stored(kept)


def _name_of_field(field: Any) -> str:
    return str(field.get("Key")) if isinstance(field, Mapping) else ""


def _identifier(obj: Mapping[str, Any], name: str, longest: int) -> str:
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise Unmappable(f"{name} is missing")
    if len(value) > longest or UNSTORABLE.search(value):
        raise Unmappable(f"{name} can't be stored unaltered: {value[:200]!a}")
    return value


def _text(value: Any, longest: int) -> str:
    """A text that fits its column; the whole of it stays in ``raw``."""
    if value is None:
        return ""
    return str(value)[:longest]


def _counter(value: Any) -> int:
    """A number of at least 0 that fits 64 bits with a sign; 0 for what is no number."""
    if type(value) is int and 0 <= value <= _LARGEST:
        return value
    try:
        return min(max(int(value), 0), _LARGEST)
    except (TypeError, ValueError, OverflowError):
        return 0


def _naive(moment: datetime) -> datetime:
    return timezone.make_naive(moment, timezone.get_default_timezone())
