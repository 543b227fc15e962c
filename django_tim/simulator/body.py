"""Reading a request's fields as the service does: nulls are missing, types are checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from .refusals import AreaCodes, Refusal


class _Required:
    """Marks a field without a default."""


REQUIRED: Final = _Required()
UINT32: Final = 0xFFFF_FFFF
UINT64: Final = 0xFFFF_FFFF_FFFF_FFFF
INT64: Final = 0x7FFF_FFFF_FFFF_FFFF


class Body:
    """One JSON object of a request.

    Every reader takes the field's name, and a default for one that may be missing (else the
    call is refused), and refuses a value of the wrong type with the code of the area.
    ``command`` is the name that was called: an endpoint may have an older one. ``query`` is
    what stood in the URL, the caller's ``identifier`` in it.
    """

    __slots__ = ("_codes", "_fields", "_read", "command", "query")

    def __init__(
        self,
        fields: Mapping[str, Any],
        codes: AreaCodes,
        command: str = "",
        query: Mapping[str, str] | None = None,
    ) -> None:
        self._fields = fields
        self._codes = codes
        self._read: set[str] = set()
        self.command = command
        self.query: Mapping[str, str] = query or {}

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._read.add(name)
        return self._fields.get(name) is not None

    def value(self, name: str, default: Any = REQUIRED) -> Any:
        """Whatever stands there."""
        return self._value(name, default)

    def text(self, name: str, default: Any = REQUIRED, *, most: int | None = None) -> Any:
        """A string of at most ``most`` bytes of UTF-8."""
        value = self._value(name, default, str, "a string")
        if most is not None and isinstance(value, str) and size(value) > most:
            raise self.refusal(f"{name} is longer than {most} bytes")
        return value

    def number(
        self, name: str, default: Any = REQUIRED, *, least: int = 0, most: int = UINT32
    ) -> Any:
        """An integer."""
        value = self._value(name, default, int, "an integer")
        if isinstance(value, bool):
            raise self.refusal(f"{name} is not an integer")
        if isinstance(value, int) and not least <= value <= most:
            raise self.refusal(f"{name} must be between {least} and {most}")
        return value

    def choice(self, name: str, choices: Collection[str], default: Any = REQUIRED) -> Any:
        """One of ``choices``; a blank one that may be missing is missing."""
        value = self.text(name, default)
        if value == "" and default is not REQUIRED:
            return default
        if value is not default and value not in choices:
            raise self.refusal(f"{name} is none of {', '.join(choices)}")
        return value

    def user_id(self, name: str, default: Any = REQUIRED) -> Any:
        """A UserID; a blank one that may be missing is missing, as some clients send it.

        Another type than a string has a code of its own in every area.
        """
        value = self._value(name, default)
        if value is default or (value == "" and default is not REQUIRED):
            return default
        return self._a_user_id(name, value)

    def user_ids(self, name: str) -> list[str]:
        """A batch of UserIDs."""
        return [self._a_user_id(name, value) for value in self.items(name)]

    def items(self, name: str, default: Any = REQUIRED, *, most: int | None = None) -> Any:
        """A list of at most ``most`` items; a required one is not empty."""
        value = self._value(name, default, list, "an array")
        if default is REQUIRED and not value:
            raise self.refusal(f"{name} is empty")
        if most is not None and isinstance(value, list) and len(value) > most:
            raise Refusal(self._codes.batch, f"{name} holds more than {most} items")
        return value

    def texts(self, name: str, default: Any = REQUIRED, *, most: int | None = None) -> Any:
        """A list of strings."""
        values = self.items(name, default, most=most)
        if values is not default and not all(isinstance(value, str) for value in values):
            raise self.refusal(f"{name} holds something that is not a string")
        return values

    def objects(self, name: str, default: Any = REQUIRED, *, most: int | None = None) -> list[Body]:
        """A list of objects."""
        values = self.items(name, default, most=most)
        if values is None:
            return []
        if not all(isinstance(value, dict) for value in values):
            raise self.refusal(f"{name} holds something that is not an object")
        return [Body(value, self._codes) for value in values]

    def table(self, name: str, default: Any = REQUIRED, *, kind: type = str) -> Any:
        """An object whose names are the sender's own, and whose values are all of one kind."""
        values = self._value(name, default, dict, "an object")
        if values is not default and not all(isinstance(one, kind) for one in values.values()):
            raise self.refusal(f"{name} holds something that is no {kind.__name__}")
        return values

    def part(self, name: str) -> Body | None:
        """An object, or None if it is missing."""
        value = self._value(name, None, dict, "an object")
        return None if value is None else Body(value, self._codes)

    def ignore(self, *names: str) -> None:
        """Take note of fields that the service knows and that change nothing here."""
        self._read.update(names)

    def unread(self) -> list[str]:
        """The fields that no handler asked for: the service would not know them."""
        return sorted(set(self._fields) - self._read)

    def refusal(self, info: str) -> Refusal:
        """The area's refusal of a parameter."""
        return Refusal(self._codes.parameter, info)

    def _value(
        self, name: str, default: Any, kind: type | None = None, words: str = "valid"
    ) -> Any:
        self._read.add(name)
        value = self._fields.get(name)
        if value is None:
            if default is REQUIRED:
                raise self.refusal(f"{name} is missing")
            return default
        if kind is not None and not isinstance(value, kind):
            raise self.refusal(f"{name} is not {words}")
        return value

    def _a_user_id(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise Refusal(60015, f"{name}: a UserID is not a string")
        if not value:
            raise self.refusal(f"{name}: a UserID is empty")
        return value


def size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))
