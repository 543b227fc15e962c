"""Whom a push finds: accounts and devices with their tags and attributes, and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .body import Body, size
from .refusals import Refusal
from .state import Part, State

LONGEST: Final = 50
CONDITIONS: Final = 10
_USER_ID_BYTES: Final = 32

TAG_TOO_LONG: Final = 90020
TAG_TWICE: Final = 90022
TOO_MANY_TAGS: Final = 90032
BAD_ATTRIBUTE: Final = 90033
NO_DEVICE: Final = 90035
TAGS_BESIDE_ATTRIBUTES: Final = 90039
TAG_EMPTY: Final = 90040
NO_ACCOUNT: Final = 70107


class Audience(Part):
    """The app's attributes, and the tags and attributes of accounts and devices.

    ``devices`` are RegistrationIDs: phones on which nobody has logged in. Both push services
    see the same of all this.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.names: dict[str, str] = {}
        self.types: dict[str, int] = {}
        self.devices: set[str] = set()
        self.tags: dict[str, list[str]] = {}
        self.attributes: dict[str, dict[str, str]] = {}

    def forget_account(self, user_id: str) -> None:
        self.tags.pop(user_id, None)
        self.attributes.pop(user_id, None)

    def unknown(self, accounts: Iterable[str]) -> dict[str, int]:
        """Those that can't be pushed to, each with the code that says why."""
        return {
            one: NO_ACCOUNT if size(one) <= _USER_ID_BYTES else NO_DEVICE
            for one in accounts
            if one not in self.state.accounts and one not in self.devices
        }

    def find(self, condition: Condition) -> Iterator[str]:
        """The accounts and devices that meet a condition."""
        everybody = (*self.state.accounts, *sorted(self.devices))
        return (one for one in everybody if self._meets(one, condition))

    def is_online(self, account: str) -> bool:
        """Whether an account is logged in now."""
        found = self.state.accounts.get(account)
        return found is not None and found.status == "Online"

    def check_attributes(self, values: Mapping[str, str]) -> None:
        """Refuse attributes that the app has not named, and values that are too long."""
        for name, value in values.items():
            if name not in self.names.values():
                raise Refusal(BAD_ATTRIBUTE, f"the app has no attribute {name}")
            if size(value) > LONGEST:
                raise Refusal(BAD_ATTRIBUTE, f"{name} has a value of more than {LONGEST} bytes")

    def _meets(self, account: str, condition: Condition) -> bool:
        tags = set(self.tags.get(account, ()))
        attributes = self.attributes.get(account, {}).items()
        either, every = condition.attributes_or.items(), condition.attributes_and.items()
        return (
            (not condition.tags_or or not tags.isdisjoint(condition.tags_or))
            and tags.issuperset(condition.tags_and)
            and tags.isdisjoint(condition.tags_not)
            and (not either or not attributes.isdisjoint(either))
            and every <= attributes
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """Whom a push is for: those who meet all that is given, or everybody."""

    tags_or: list[str] = field(default_factory=list)
    tags_and: list[str] = field(default_factory=list)
    tags_not: list[str] = field(default_factory=list)
    attributes_or: dict[str, str] = field(default_factory=dict)
    attributes_and: dict[str, str] = field(default_factory=dict)


def read_condition(state: State, body: Body) -> Condition:
    """The Condition of a push; without one it is for everybody."""
    given = body.part("Condition")
    if given is None:
        return Condition()
    found = Condition(
        tags_or=_tags(given, "TagsOr"),
        tags_and=_tags(given, "TagsAnd"),
        tags_not=_tags(given, "TagsNot"),
        attributes_or=_attributes(state, given, "AttrsOr"),
        attributes_and=_attributes(state, given, "AttrsAnd"),
    )
    by_tags = found.tags_or or found.tags_and or found.tags_not
    if by_tags and (found.attributes_or or found.attributes_and):
        raise Refusal(TAGS_BESIDE_ATTRIBUTES, "conditions by tags and by attributes can't be mixed")
    if set(found.tags_or) & set(found.tags_and):
        raise Refusal(TAG_TWICE, "a tag stands in TagsOr and in TagsAnd")
    return found


def check_tag(tag: str) -> None:
    """Refuse a tag that is empty or too long."""
    if not tag:
        raise Refusal(TAG_EMPTY, "a tag is empty")
    if size(tag) > LONGEST:
        raise Refusal(TAG_TOO_LONG, f"a tag is longer than {LONGEST} bytes")


def error_rows(failed: Mapping[str, int]) -> list[Any]:
    """The ErrorList of an answer."""
    return [{"To_Account": account, "ErrorCode": code} for account, code in failed.items()]


def _tags(given: Body, name: str) -> list[str]:
    tags: list[str] | None = given.texts(name, None)
    if tags is None:
        return []
    if not tags:
        raise Refusal(TAG_EMPTY, f"{name} is empty")
    if len(tags) > CONDITIONS:
        raise Refusal(TOO_MANY_TAGS, f"{name} holds more than {CONDITIONS} tags")
    for tag in tags:
        check_tag(tag)
    return tags


def _attributes(state: State, given: Body, name: str) -> dict[str, str]:
    values: dict[str, str] | None = given.table(name, None)
    if values is None:
        return {}
    if not values:
        raise Refusal(BAD_ATTRIBUTE, f"{name} is empty")
    state.part(Audience).check_attributes(values)
    return values
