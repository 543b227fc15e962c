"""Objects as every database can store them, and the digests that tell whether they changed.

With the extra ``speed``, orjson makes the texts: it takes a sixth of the time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

MAPPER_VERSION = 1
"""Part of every digest: raise it when a column is filled in another way, and all rows heal."""

ORIGINAL = "_original"
"""The key that holds, as ASCII text, an object that had to be altered to be storable."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DEEPEST = 20  # MariaDB takes 32 levels, and the object may itself be put into another


class JSONText(str):
    """The JSON of a storable object, where that itself is not needed.

    Python's collector of garbage, which looks at every object of a batch again and again, has
    nothing to look at in it.
    """

    __slots__ = ()


class Storable(dict[str, Any]):
    """An object that every database can store; ``text`` is its JSON, made once for all uses."""

    __slots__ = ("text",)
    text: JSONText


def stored(obj: Storable) -> tuple[Storable, str]:
    """What JSON was read into, or its nearest like, with its text; and its digest."""
    text = _plain_text(obj)
    if text is not None:
        obj.text = JSONText(text)
        return obj, _digest_of(text)
    safe, text, print_ = _storable(obj)
    found = safe if safe is obj else Storable(safe)
    found.text = JSONText(text)
    return found, print_


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


def _plain_text(obj: Storable) -> str | None:
    """The text by orjson of what it writes as ``json`` does; None for anything else."""
    if orjson is None or not _is_plain(obj.values(), _DEEPEST):
        return None
    try:
        text = orjson.dumps(obj, None, orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # a lone surrogate, or a number of more than 64 bits
        return None
    return None if "\\u0000" in text else text


def _is_plain(values: Collection[Any], levels: int) -> bool:
    """Whether they are texts, whole numbers and the like, and so few levels of such."""
    kinds = set(map(type, values)) - _PLAIN
    if not kinds:
        return True
    return (
        levels > 1
        and kinds <= {dict, list}
        and all(
            _is_plain(one.values() if type(one) is dict else one, levels - 1)
            for one in values
            if type(one) not in _PLAIN
        )
    )


_PLAIN = {str, int, bool, type(None)}
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
    return UNSTORABLE.sub("\ufffd", text)
