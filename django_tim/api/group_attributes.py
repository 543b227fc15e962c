"""A group's attributes: key and value pairs that all its members see.

A group has at most 16; a key has at most 32 bytes, a value 4,000, all values 16,000 together.
All changes to one group together may come five times a second (RateLimited, 10049, repeated
by the client). Topics have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django_tim.answers import Envelope
from django_tim.catalogue import (
    GROUP_ATTRIBUTE_CLEAR,
    GROUP_ATTRIBUTE_DELETE,
    GROUP_ATTRIBUTE_GET,
    GROUP_ATTRIBUTE_MODIFY,
    GROUP_ATTRIBUTE_SET,
    Endpoint,
)
from django_tim.client.area import Area, Extra, readable
from django_tim.exceptions import InvalidArgument

from .ids import check_group_id


class GroupAttributes(Area):
    """The attributes' part of ``group_open_http_svc``, and ``group_open_attr_http_svc``."""

    def get(self, group_id: str, *, extra: Extra = None) -> dict[str, str]:
        """A group's attributes. Page 44187."""
        answer = self._call(GROUP_ATTRIBUTE_GET, {"GroupId": check_group_id(group_id)}, extra)
        with readable(GROUP_ATTRIBUTE_GET):
            return {row["key"]: row["value"] for row in answer.get("GroupAttrAry") or ()}

    def modify(
        self, group_id: str, *, attributes: Mapping[str, str], extra: Extra = None
    ) -> Envelope:
        """Give these attributes new values, and keep the others. Page 44188."""
        return self._change(GROUP_ATTRIBUTE_MODIFY, group_id, attributes, extra)

    def replace(
        self, group_id: str, *, attributes: Mapping[str, str], extra: Extra = None
    ) -> Envelope:
        """Make these the group's only attributes: the others are lost. Page 44190."""
        return self._change(GROUP_ATTRIBUTE_SET, group_id, attributes, extra)

    def delete(self, group_id: str, *, keys: Iterable[str], extra: Extra = None) -> Envelope:
        """Delete these attributes. NotFound (10050) where one does not exist. Page 59499."""
        if isinstance(keys, str):
            raise InvalidArgument("several keys are asked for, not one text")
        rows = [{"key": key} for key in keys]
        if not rows:
            raise InvalidArgument("no attribute is named; clear() deletes all")
        payload = {"GroupId": check_group_id(group_id), "GroupAttr": rows}
        return self._call(GROUP_ATTRIBUTE_DELETE, payload, extra)

    def clear(self, group_id: str, *, extra: Extra = None) -> Envelope:
        """Delete all attributes. Page 44189."""
        return self._call(GROUP_ATTRIBUTE_CLEAR, {"GroupId": check_group_id(group_id)}, extra)

    def _change(
        self,
        endpoint: Endpoint[Envelope],
        group_id: str,
        attributes: Mapping[str, str],
        extra: Extra,
    ) -> Envelope:
        if not attributes:
            raise InvalidArgument("no attribute is named; clear() deletes all")
        rows = [{"key": key, "value": value} for key, value in attributes.items()]
        payload = {"GroupId": check_group_id(group_id), "GroupAttr": rows}
        return self._call(endpoint, payload, extra)
