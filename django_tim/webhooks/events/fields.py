"""The fields of events: read from the payload when asked for, whatever the vendor sent.

A field that is missing, or of another type than documented, is the type's empty value: an event
can always be handled, and ``event.payload`` holds what came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

if TYPE_CHECKING:
    from .base import Event

V = TypeVar("V")
# As seconds this is the year 5138, as milliseconds it is 1973.
_FIRST_MILLISECONDS = 100_000_000_000
_LATEST = 253_402_300_799_999


class Field(Generic[V]):
    """A field under the names that the vendor has for it; a dot goes into an object."""

    def __init__(self, *names: str) -> None:
        self.names = names

    @overload
    def __get__(self, event: None, owner: type) -> Self: ...

    @overload
    def __get__(self, event: Event, owner: type) -> V: ...

    def __get__(self, event: Event | None, owner: type) -> Self | V:
        return self if event is None else self.read(self.find(event.payload))

    def find(self, payload: Mapping[str, Any]) -> Any:
        """What the payload has under the first name that it knows."""
        for name in self.names:
            value: Any = payload
            for part in name.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            if value is not None:
                return value
        return None

    def read(self, value: Any) -> V:
        """The value as its type says."""
        raise NotImplementedError


class Text(Field[str]):
    """A text; "" if there is none."""

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


class Number(Field[int]):
    """A whole number, also one in quotes; 0 if there is none."""

    def read(self, value: Any) -> int:
        return whole_number(value) or 0


class Moment(Field[datetime | None]):
    """A time in UTC, from seconds or milliseconds; None if there is none."""

    def read(self, value: Any) -> datetime | None:
        stamp = milliseconds(value)
        return None if stamp is None else datetime.fromtimestamp(stamp / 1000, UTC)


class Objects(Field[tuple[dict[str, Any], ...]]):
    """A list of objects, each as the wire has it."""

    def read(self, value: Any) -> tuple[dict[str, Any], ...]:
        items = value if isinstance(value, list) else []
        return tuple(item for item in items if isinstance(item, dict))


class Texts(Field[tuple[str, ...]]):
    """A list of texts; a text that stands alone is a list of one."""

    def read(self, value: Any) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value
        return tuple(item for item in _items(items) if isinstance(item, str))


class Each(Field[tuple[str, ...]]):
    """One field of every object of a list, as texts: ``Each("MemberList", "Member_Account")``."""

    def __init__(self, name: str, *keys: str) -> None:
        super().__init__(name)
        self._key = Text(*keys)

    def read(self, value: Any) -> tuple[str, ...]:
        objects = (item for item in _items(value) if isinstance(item, dict))
        return tuple(text for item in objects if (text := self._key.read(self._key.find(item))))


class Pairs(Field[dict[str, Any]]):
    """A list of objects that each name a key and its value, as a dict."""

    def __init__(self, name: str, key: str, value: str) -> None:
        super().__init__(name)
        self._key, self._value = key, value

    def read(self, value: Any) -> dict[str, Any]:
        objects = (item for item in _items(value) if isinstance(item, dict))
        return {
            item[self._key]: item.get(self._value)
            for item in objects
            if isinstance(item.get(self._key), str)
        }


def whole_number(value: Any) -> int | None:
    """A whole number from what stands for one; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    try:
        return int(value) if isinstance(value, str | float) else None
    except (ValueError, OverflowError):
        return None


def milliseconds(value: Any) -> int | None:
    """A Unix time in milliseconds, from seconds or milliseconds; None for what is no time."""
    stamp = whole_number(value)
    if stamp is None or stamp <= 0:
        return None
    if stamp < _FIRST_MILLISECONDS:
        stamp *= 1000
    return stamp if stamp <= _LATEST else None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
