"""A group's counters: named integers that all its members see.

A group has at most 20; a key has at most 128 bytes, a value is a signed 64-bit integer.
Communities have none. They need a paid plan (10059).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from django_tim.answers import Envelope, GroupCounterList
from django_tim.catalogue import (
    GROUP_COUNTER_DELETE,
    GROUP_COUNTER_GET,
    GROUP_COUNTER_UPDATE,
    Endpoint,
)
from django_tim.client.area import Area, Extra, checked_literal, readable
from django_tim.exceptions import InvalidArgument

from .ids import check_group_id

CounterMode = Literal["Set", "Increase", "Decrease"]


class GroupCounters(Area):
    """The counters' part of ``group_open_http_svc``."""

    def get(
        self, group_id: str, *, keys: Iterable[str] | None = None, extra: Extra = None
    ) -> dict[str, int]:
        """These counters of a group, or all. Page 53427."""
        payload = {"GroupId": check_group_id(group_id), "GroupCounterKeys": _named(keys)}
        answer = self._call(GROUP_COUNTER_GET, payload, extra)
        return _counters(GROUP_COUNTER_GET, answer)

    def update(
        self,
        group_id: str,
        *,
        counters: Mapping[str, int],
        mode: CounterMode,
        extra: Extra = None,
    ) -> dict[str, int]:
        """Set counters, or add to or subtract from them; return their new values.

        A counter that does not exist is made, from 0. Only "Set" may be repeated when the
        outcome is not known. More than 20 in a group: 10063. Page 53428.
        """
        if not counters:
            raise InvalidArgument("no counter is named")
        payload = {
            "GroupId": check_group_id(group_id),
            "GroupCounter": [{"Key": key, "Value": value} for key, value in counters.items()],
            "Mode": checked_literal("Mode", mode, get_args(CounterMode)),
        }
        answer = self._call(GROUP_COUNTER_UPDATE, payload, extra)
        return _counters(GROUP_COUNTER_UPDATE, answer)

    def delete(
        self, group_id: str, *, keys: Iterable[str] | None = None, extra: Extra = None
    ) -> Envelope:
        """Delete these counters, or all. Page 53429."""
        payload = {"GroupId": check_group_id(group_id), "GroupCounterKeys": _named(keys)}
        return self._call(GROUP_COUNTER_DELETE, payload, extra)


def _named(keys: Iterable[str] | None) -> list[str] | None:
    """The keys; None, and not an empty list, stands for all."""
    if isinstance(keys, str):
        raise InvalidArgument("several keys are asked for, not one text")
    named = None if keys is None else list(keys)
    if named == []:
        raise InvalidArgument("no counter is named; None stands for all")
    return named


def _counters(endpoint: Endpoint[GroupCounterList], answer: GroupCounterList) -> dict[str, int]:
    with readable(endpoint):
        return {row["Key"]: row["Value"] for row in answer.get("GroupCounter") or ()}
