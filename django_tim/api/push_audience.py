"""Tags and attributes of accounts, by which both push services find whom a push is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django_tim.answers import (
    FailedPushAccount,
    PushAccountsChanged,
    PushAttributeNames,
    PushAttributes,
    PushTags,
)
from django_tim.catalogue import Endpoint
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

from .ids import check_user_id

NAME_BYTES = 50
"""The longest tag, attribute name and attribute value."""
TAGS_A_CALL = 10
CONDITIONS = 10
ATTRIBUTE_NUMBERS = tuple("0123456789")


class PushAudience(Area):
    """What the two push services have in common; each names its own endpoints."""

    _names_get: ClassVar[Endpoint[PushAttributeNames]]
    _attributes_get: ClassVar[Endpoint[PushAttributes]]
    _attributes_set: ClassVar[Endpoint[PushAccountsChanged]]
    _attributes_remove: ClassVar[Endpoint[PushAccountsChanged]]
    _tags_get: ClassVar[Endpoint[PushTags]]
    _tags_add: ClassVar[Endpoint[PushAccountsChanged]]
    _tags_remove: ClassVar[Endpoint[PushAccountsChanged]]
    _tags_clear: ClassVar[Endpoint[PushAccountsChanged]]

    def get_attribute_names(self, *, extra: Extra = None) -> PushAttributeNames:
        """The app's attribute names, by their numbers "0" to "9". Pages 37168 and 60562."""
        return self._call(self._names_get, {}, extra)

    def get_attributes_many(
        self, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[dict[str, str]]:
        """Read accounts' attributes, 100 a call. Pages 37169 and 60564."""

        def read(answer: PushAttributes, keys: list[str]) -> Iterator[Outcome[dict[str, str]]]:
            for row in answer.get("UserAttrs") or ():
                yield Outcome(row["To_Account"], row["Attrs"])
            yield from failures(answer.get("ErrorList"))

        return self._batch(self._attributes_get, self._keyed(user_ids), _accounts, read, extra)

    def set_attributes_many(
        self, attributes: Mapping[str, Mapping[str, str]], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Set attributes, given as {account: {name: value}}, 100 accounts a call.

        The names are set before, with ``set_attribute_names`` (90033 otherwise). A value has
        at most 50 bytes. Pages 37170 and 60565.
        """
        rows = {
            self._check_account(user_id): {"To_Account": user_id, "Attrs": check_attributes(values)}
            for user_id, values in attributes.items()
        }
        return self._change(self._attributes_set, rows, "UserAttrs", extra)

    def remove_attributes_many(
        self, attributes: Mapping[str, Sequence[str]], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Remove attributes, given as {account: [name]}, 100 accounts a call.

        Pages 37171 and 60566.
        """
        rows = {
            self._check_account(user_id): {"To_Account": user_id, "Attrs": check_names(names)}
            for user_id, names in attributes.items()
        }
        return self._change(self._attributes_remove, rows, "UserAttrs", extra)

    def get_tags_many(
        self, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[list[str]]:
        """Read accounts' tags, 100 accounts a call. Pages 37172 and 60567."""

        def read(answer: PushTags, keys: list[str]) -> Iterator[Outcome[list[str]]]:
            for row in answer.get("UserTags") or ():
                yield Outcome(row["To_Account"], row["Tags"])
            yield from failures(answer.get("ErrorList"))

        return self._batch(self._tags_get, self._keyed(user_ids), _accounts, read, extra)

    def add_tags_many(
        self, tags: Mapping[str, Sequence[str]], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Add tags, given as {account: [tag]}, 100 accounts a call.

        At most 10 tags for an account in one call and 100 in all; a tag has at most 50 bytes.
        Pages 37173 and 60568.
        """
        return self._change(self._tags_add, self._tag_rows(tags), "UserTags", extra)

    def remove_tags_many(
        self, tags: Mapping[str, Sequence[str]], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Remove tags, given as {account: [tag]}, 100 accounts a call. Pages 37174 and 60569."""
        return self._change(self._tags_remove, self._tag_rows(tags), "UserTags", extra)

    def clear_tags_many(self, user_ids: Iterable[str], *, extra: Extra = None) -> BatchResult[None]:
        """Remove all tags of accounts, 100 a call. Pages 37175 and 60570."""
        return self._batch(self._tags_clear, self._keyed(user_ids), _accounts, _changed, extra)

    def _check_account(self, user_id: str) -> str:
        return check_user_id(user_id)

    def _keyed(self, user_ids: Iterable[str]) -> dict[str, str]:
        if isinstance(user_ids, str):
            raise InvalidArgument("several accounts are asked for, not one text")
        return {self._check_account(user_id): user_id for user_id in user_ids}

    def _tag_rows(
        self, tags: Mapping[str, Sequence[str]], most: int = TAGS_A_CALL
    ) -> dict[str, dict[str, Any]]:
        return {
            self._check_account(user_id): {"To_Account": user_id, "Tags": check_names(names, most)}
            for user_id, names in tags.items()
        }

    def _change(
        self,
        endpoint: Endpoint[PushAccountsChanged],
        rows: Mapping[str, Any],
        field: str,
        extra: Extra,
    ) -> BatchResult[None]:
        return self._batch(endpoint, rows, lambda chunk: {field: chunk}, _changed, extra)


def condition(
    *,
    tags_or: Sequence[str] | None = None,
    tags_and: Sequence[str] | None = None,
    tags_not: Sequence[str] | None = None,
    attributes_or: Mapping[str, str] | None = None,
    attributes_and: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """The Condition of a push, or None if it is for everybody.

    Raises InvalidArgument for an empty list, which would reach everybody, for tags beside
    attributes, for more than 10 of a kind and for a tag in both ``tags_or`` and ``tags_and``.
    """
    tags = {"TagsOr": tags_or, "TagsAnd": tags_and, "TagsNot": tags_not}
    attributes = {"AttrsOr": attributes_or, "AttrsAnd": attributes_and}
    found: dict[str, Any] = {
        name: check_names(values, CONDITIONS) for name, values in tags.items() if values is not None
    } | {
        name: check_attributes(values, CONDITIONS)
        for name, values in attributes.items()
        if values is not None
    }
    if found.keys() & tags.keys() and found.keys() & attributes.keys():
        raise InvalidArgument(_("a push has conditions by tags or by attributes, not by both"))
    twice = set(tags_or or ()) & set(tags_and or ())
    if twice:
        raise InvalidArgument(
            _("in tags_or and in tags_and: {names}", names=", ".join(sorted(twice)))
        )
    return found or None


def attribute_names(names: Mapping[str, str]) -> dict[str, str]:
    """The AttrNames of a request; raises InvalidArgument for other numbers than "0" to "9"."""
    _check_numbers(names)
    check_names(list(names.values()))
    return dict(names)


def attribute_types(types: Mapping[str, int]) -> dict[str, int]:
    """The AttrTypes of a request: 0 for accounts, 1 for RegistrationIDs."""
    _check_numbers(types)
    if not set(types.values()) <= {0, 1}:
        raise InvalidArgument("an attribute's type is 0 (accounts) or 1 (RegistrationIDs)")
    return dict(types)


def check_names(names: Sequence[str], most: int | None = None) -> list[str]:
    """Tags or attribute names, each once: at least one, at most ``most``, of 1 to 50 bytes."""
    if isinstance(names, str):
        raise InvalidArgument("several tags or names are asked for, not one text")
    found = list(dict.fromkeys(names))
    if not found:
        raise InvalidArgument("there is no tag and no name in an empty list")
    if most is not None and len(found) > most:
        raise InvalidArgument(
            _("at most {most} tags or attributes, not {count}", most=most, count=len(found))
        )
    for name in found:
        if not isinstance(name, str) or not 1 <= utf8_length(name) <= NAME_BYTES:
            raise InvalidArgument(
                _("1 to {most} bytes in UTF-8: {given!r}", most=NAME_BYTES, given=name)
            )
    return found


def check_attributes(values: Mapping[str, str], most: int | None = None) -> dict[str, str]:
    """Attributes by name, their values of at most 50 bytes."""
    check_names(list(values), most)
    for name, value in values.items():
        if not isinstance(value, str) or utf8_length(value) > NAME_BYTES:
            raise InvalidArgument(f"{name}: a text of at most {NAME_BYTES} bytes: {value!r}")
    return dict(values)


def _check_numbers(numbers: Mapping[str, Any]) -> None:
    if not set(numbers) <= set(ATTRIBUTE_NUMBERS):
        raise InvalidArgument(f'attributes have the numbers "0" to "9", not {list(numbers)}')


def _accounts(user_ids: list[str]) -> dict[str, Any]:
    return {"To_Account": user_ids}


def _changed(answer: PushAccountsChanged, keys: list[str]) -> Iterator[Outcome[None]]:
    yield from (Outcome(key) for key in keys)
    yield from failures(answer.get("ErrorList"))


def failures(rows: Iterable[FailedPushAccount] | None) -> Iterator[Outcome[Any]]:
    """What became of the accounts that an answer names as failed; the last word on them."""
    for row in rows or ():
        yield Outcome(row["To_Account"], code=row["ErrorCode"], info=row.get("ErrorInfo") or "")
