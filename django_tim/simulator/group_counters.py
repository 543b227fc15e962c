"""A group's counters: read, set, add to, delete."""

from __future__ import annotations

from typing import Final

from django_tim.answers import Envelope, GroupCounterList
from django_tim.catalogue import GROUP_COUNTER_DELETE, GROUP_COUNTER_GET, GROUP_COUNTER_UPDATE

from .body import INT64, Body
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

MOST_KEYS: Final = 20
_MODES: Final = {"Set": 0, "Increase": 1, "Decrease": -1}


class Counters(Part):
    """Each group's counters, for the groups that have some."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.groups: dict[str, dict[str, int]] = {}

    def forget_group(self, group_id: str) -> None:
        self.groups.pop(group_id, None)


@simulates(GROUP_COUNTER_GET)
def get_group_counter(state: State, body: Body) -> GroupCounterList:
    kept = state.part(Counters).groups.get(_group_id(state, body), {})
    keys = body.texts("GroupCounterKeys", None)
    return _answer({key: value for key, value in kept.items() if not keys or key in keys})


@simulates(GROUP_COUNTER_UPDATE)
def update_group_counter(state: State, body: Body) -> GroupCounterList:
    group_id = _group_id(state, body)
    kept = state.part(Counters).groups.get(group_id, {})
    sign = _MODES[body.choice("Mode", _MODES, "Set")]
    changed: dict[str, int] = {}
    for row in body.objects("GroupCounter"):
        key = row.text("Key", most=128)
        given = row.number("Value", least=-INT64 - 1, most=INT64)
        value = changed.get(key, kept.get(key, 0)) + sign * given if sign else given
        if not -INT64 - 1 <= value <= INT64:
            raise body.refusal(f"{key} would leave the range of 64 bits")
        changed[key] = value
    if len(kept.keys() | changed.keys()) > MOST_KEYS:
        raise Refusal(10063, f"a group has at most {MOST_KEYS} counters")
    state.part(Counters).groups[group_id] = kept | changed
    return _answer(changed)


@simulates(GROUP_COUNTER_DELETE)
def delete_group_counter(state: State, body: Body) -> Envelope:
    group_id = _group_id(state, body)
    keys = body.texts("GroupCounterKeys", None)
    kept = state.part(Counters).groups.get(group_id, {})
    for key in keys or list(kept):
        kept.pop(key, None)
    return OK


def _group_id(state: State, body: Body) -> str:
    group = state.group(body.text("GroupId"))
    if group.type == "Community" and group.support_topic:
        raise Refusal(10007, "a Community with topics has no counters")
    return group.group_id


def _answer(counters: dict[str, int]) -> GroupCounterList:
    return {**OK, "GroupCounter": [{"Key": key, "Value": val} for key, val in counters.items()]}
