"""The wire's objects as the mirror's columns: pure functions, shared by syncs and services.

Whatever comes in, what goes out can be stored on every database; what can't be, such as an
id that a column would alter, raises :class:`Unmappable`. Fields that move with every message
(``GROUP_VOLATILE`` …) have columns of their own, but are no part of ``raw`` or ``digest``, or
active groups would never be "unchanged".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.utils import timezone

from django_tim.api.group_members import MEMBER_FIELDS as ALL_MEMBER_FIELDS
from django_tim.api.groups import BASE_FIELDS
from django_tim.api.profiles import STANDARD_TAGS
from django_tim.exceptions import TimError

MAPPER_VERSION = 1
"""Part of every digest: raise it when a column is filled in another way, and all rows heal."""

GROUP_FIELDS = BASE_FIELDS
MEMBER_FIELDS = ALL_MEMBER_FIELDS
PROFILE_TAGS = STANDARD_TAGS
GROUP_VOLATILE = ("last_msg_at", "next_msg_seq")
MEMBER_VOLATILE = ("last_sent_at", "msg_seq")

ORIGINAL = "_original"
"""The key that holds, as ASCII text, an object that had to be altered to be storable."""

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

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DEEPEST = 20  # MariaDB takes 32 levels, and the object may itself be put into another
_LARGEST = 2**63 - 1
_LATEST = 253_402_300_799  # the last second of the year 9999


class Unmappable(TimError, ValueError):
    """A remote object without a usable identifier: it can't be mirrored."""


class Storable(dict[str, Any]):
    """An object that every database can store; ``text`` is its JSON, made once for all uses."""

    __slots__ = ("text",)

    def __init__(self, obj: Mapping[str, Any], text: str) -> None:
        super().__init__(obj)
        self.text = text


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


def digest(obj: Any) -> str:
    """The fingerprint of an object: 32 hexadecimal digits, whatever the order of its keys."""
    return _storable(obj)[2]


def storable(obj: Any) -> Any:
    """The object itself if every database can store it as JSON, or else its nearest like.

    NUL and lone surrogates become U+FFFD, NaN and infinities None, and what lies too deep its
    JSON text. An altered dict keeps the original, as ASCII text, under ``ORIGINAL``.
    """
    return _storable(obj)[0]


def _storable(obj: Any) -> tuple[Any, str, str]:
    """What can be stored, its canonical JSON, and the digest of that."""
    try:
        text = _to_json(obj)
        if "\\u0000" not in text and _is_flat(obj, text):
            return obj, text, _digest_of(text)
    except (ValueError, TypeError, RecursionError):  # NaN, surrogates, no JSON at all, too deep
        pass
    safe = _cleaned(obj, _DEEPEST)
    if isinstance(safe, dict) and safe != obj:
        safe[ORIGINAL] = _ascii(obj)
    text = _to_json(safe)
    return safe, text, _digest_of(text)


def _stored(
    obj: Mapping[str, Any], left_out: frozenset[str], key_values: str
) -> tuple[Storable, str]:
    """What is kept as ``raw``, in today's spelling, and its digest."""
    kept = dict(obj)
    for name in left_out:
        kept.pop(name, None)
    for old in _RENAMED.keys() & kept.keys():
        kept.setdefault(_RENAMED[old], kept.pop(old))
    fields = kept.get(key_values)
    if isinstance(fields, list) and len(fields) > 1:
        kept[key_values] = sorted(fields, key=_name_of_field)  # they come in any order
    raw, text, print_ = _storable(kept)
    return Storable(raw, text), print_


def _name_of_field(field: Any) -> str:
    return str(field.get("Key")) if isinstance(field, Mapping) else ""


_SALT = b"%d" % MAPPER_VERSION
_to_json = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode


def _digest_of(text: str) -> str:
    # Encoding refuses lone surrogates.
    return blake2b(text.encode(), digest_size=16, salt=_SALT).hexdigest()


def _is_flat(obj: Any, text: str) -> bool:
    """Whether an object, whose JSON is ``text``, is not too deep for any database."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        return True
    return _depth(obj) <= _DEEPEST


def _depth(obj: Any) -> int:
    if isinstance(obj, Mapping):
        return 1 + max(map(_depth, obj.values()), default=0)
    if isinstance(obj, list | tuple):
        return 1 + max(map(_depth, obj), default=0)
    return 0


def _cleaned(obj: Any, levels: int) -> Any:
    if isinstance(obj, str):
        return _clean_text(obj)
    if isinstance(obj, float):
        return obj if obj - obj == 0 else None  # NaN and infinities differ from themselves
    if obj is None or isinstance(obj, int):
        return obj
    if levels == 0:
        return _ascii(obj)
    if isinstance(obj, Mapping):
        return {_clean_text(str(k)): _cleaned(v, levels - 1) for k, v in obj.items()}
    if isinstance(obj, list | tuple):
        return [_cleaned(value, levels - 1) for value in obj]
    return _clean_text(str(obj))


def _ascii(obj: Any) -> str:
    try:
        return json.dumps(obj, default=str)
    except RecursionError:
        return "(nested too deep to be kept)"


def _clean_text(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def _identifier(obj: Mapping[str, Any], name: str, longest: int) -> str:
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise Unmappable(f"{name} is missing")
    if len(value) > longest or _UNSTORABLE.search(value):
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
