"""Tags and attributes of accounts, for pushes to those who have them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django_tim.api.push_audience import TAGS_A_CALL, PushAudience, check_attributes, check_names
from django_tim.catalogue import (
    PUSH_ATTRIBUTE_REMOVE,
    PUSH_ATTRIBUTE_SET,
    PUSH_TAG_ADD,
    PUSH_TAG_CLEAR,
    PUSH_TAG_REMOVE,
    TIMPUSH_ATTRIBUTE_REMOVE,
    TIMPUSH_ATTRIBUTE_SET,
    TIMPUSH_TAG_ADD,
    TIMPUSH_TAG_CLEAR,
    TIMPUSH_TAG_REMOVE,
    Endpoint,
)
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work

SERVICES = ("push", "timpush")


class _OfAudience(Operation):
    """Items: pairs of an account and its tags or attributes; or accounts, with a parameter.

    The parameter ``service`` is "push" (to all members, the default) or "timpush".
    """

    given: ClassVar[str] = ""
    """The parameter that holds for all accounts: "tags", "attributes" or "names"."""
    endpoints: ClassVar[tuple[Endpoint[Any], Endpoint[Any]]]
    """The one of each service."""
    replaces = False

    def check(self) -> None:
        unknown = self.params.keys() - {"service", self.given}
        if unknown:
            raise InvalidArgument(f"{self.kind} has no parameter {min(unknown)!r}")
        service = self.params.get("service", "push")
        if service not in SERVICES:
            raise InvalidArgument(f"service is one of {', '.join(SERVICES)}, not {service!r}")
        self.service = service
        self.endpoint = self.endpoints[SERVICES.index(service)]
        if self.given in self.params:
            self.checked(self.params[self.given])

    def item(self, given: Any) -> list[Any]:
        value = self.params.get(self.given)
        if isinstance(given, tuple | list) and len(given) == 2:
            given, value = given
        if value is None:
            raise InvalidArgument(f"no {self.given} were given for {given!r}")
        return [user_id_of(given), self.checked(value)]

    def checked(self, value: Any) -> Any:
        """The tags or attributes. Raises InvalidArgument."""
        return check_names(value, TAGS_A_CALL)

    def key(self, item: Any) -> str:
        return str(item[0])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        audience: PushAudience = tim.push if self.service == "push" else tim.timpush
        return self.call(audience)(dict(work.items))

    @abstractmethod
    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        """The method that takes {account: what is given}."""

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no tags."""


class AddTags(_OfAudience):
    """Add tags. Pages 37173 and 60568."""

    kind = "add_tags"
    given = "tags"
    endpoint = PUSH_TAG_ADD
    endpoints = (PUSH_TAG_ADD, TIMPUSH_TAG_ADD)
    action = "push.add_tags"

    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        return audience.add_tags_many


class RemoveTags(_OfAudience):
    """Remove tags. Pages 37174 and 60569."""

    kind = "remove_tags"
    given = "tags"
    endpoint = PUSH_TAG_REMOVE
    endpoints = (PUSH_TAG_REMOVE, TIMPUSH_TAG_REMOVE)
    action = "push.remove_tags"

    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        return audience.remove_tags_many


class ClearTags(_OfAudience):
    """Remove all tags of accounts. Items: UserIDs or rows. Pages 37175 and 60570."""

    kind = "clear_tags"
    endpoint = PUSH_TAG_CLEAR
    endpoints = (PUSH_TAG_CLEAR, TIMPUSH_TAG_CLEAR)
    action = "push.clear_tags"

    def item(self, given: Any) -> list[Any]:
        return [user_id_of(given), None]

    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        return audience.clear_tags_many


class SetAttributes(_OfAudience):
    """Set attributes, {name: value}, whose names were set before. Pages 37170 and 60565."""

    kind = "set_attributes"
    given = "attributes"
    endpoint = PUSH_ATTRIBUTE_SET
    endpoints = (PUSH_ATTRIBUTE_SET, TIMPUSH_ATTRIBUTE_SET)
    action = "push.set_attributes"

    def checked(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InvalidArgument(f"attributes are a mapping, not {value!r}")
        return check_attributes(value)

    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        return audience.set_attributes_many


class RemoveAttributes(_OfAudience):
    """Remove attributes, by their names. Pages 37171 and 60566."""

    kind = "remove_attributes"
    given = "names"
    endpoint = PUSH_ATTRIBUTE_REMOVE
    endpoints = (PUSH_ATTRIBUTE_REMOVE, TIMPUSH_ATTRIBUTE_REMOVE)
    action = "push.remove_attributes"

    def checked(self, value: Any) -> Any:
        return check_names(value)

    def call(self, audience: PushAudience) -> Callable[[dict[str, Any]], BatchResult[Any]]:
        return audience.remove_attributes_many
