"""A group's attributes: read, change, replace, delete."""

from __future__ import annotations

from typing import Final

from django_tim.answers import Envelope, GroupAttributeList
from django_tim.catalogue import (
    GROUP_ATTRIBUTE_CLEAR,
    GROUP_ATTRIBUTE_DELETE,
    GROUP_ATTRIBUTE_GET,
    GROUP_ATTRIBUTE_MODIFY,
    GROUP_ATTRIBUTE_SET,
)

from .body import Body, size
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

WRITES_A_SECOND: Final = 5
MOST_KEYS: Final = 16
MOST_BYTES: Final = 16_000


class Attributes(Part):
    """Each group's attributes, for the groups that have some."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.groups: dict[str, dict[str, str]] = {}

    def forget_group(self, group_id: str) -> None:
        self.groups.pop(group_id, None)


@simulates(GROUP_ATTRIBUTE_GET)
def get_group_attr(state: State, body: Body) -> GroupAttributeList:
    kept = _kept(state, body)
    return {**OK, "GroupAttrAry": [{"key": key, "value": value} for key, value in kept.items()]}


@simulates(GROUP_ATTRIBUTE_MODIFY)
def modify_group_attr(state: State, body: Body) -> Envelope:
    kept = _kept_to_write(state, body)
    return _write(state, body, "modify", {**kept, **_given(body)})


@simulates(GROUP_ATTRIBUTE_SET)
def set_group_attr(state: State, body: Body) -> Envelope:
    _kept_to_write(state, body)
    return _write(state, body, "set", _given(body))


@simulates(GROUP_ATTRIBUTE_DELETE)
def delete_group_attr(state: State, body: Body) -> Envelope:
    kept = _kept_to_write(state, body)
    keys = [row.text("key") for row in body.objects("GroupAttr")]
    if any(key not in kept for key in keys):
        raise Refusal(10050, "an attribute to delete does not exist")
    left = {key: value for key, value in kept.items() if key not in keys}
    return _write(state, body, "delete", left)


@simulates(GROUP_ATTRIBUTE_CLEAR)
def clear_group_attr(state: State, body: Body) -> Envelope:
    _kept_to_write(state, body)
    return _write(state, body, "clear", {})


def _kept(state: State, body: Body) -> dict[str, str]:
    group = state.group(body.text("GroupId"))
    return state.part(Attributes).groups.get(group.group_id, {})


def _kept_to_write(state: State, body: Body) -> dict[str, str]:
    kept = _kept(state, body)
    if not state.rates.take(f"attributes of {body.text('GroupId')}", WRITES_A_SECOND):
        raise Refusal(10049, "the group's attributes are changed too often")
    return kept


def _given(body: Body) -> dict[str, str]:
    given = {row.text("key"): row.text("value") for row in body.objects("GroupAttr")}
    if any(not 0 < size(key) <= 32 for key in given):
        raise Refusal(10045, "a key has 1 to 32 bytes")
    if any(size(value) > 4000 for value in given.values()):
        raise Refusal(10046, "a value has at most 4000 bytes")
    return given


def _write(state: State, body: Body, kind: str, attributes: dict[str, str]) -> Envelope:
    if len(attributes) > MOST_KEYS:
        raise Refusal(10047, f"a group has at most {MOST_KEYS} attributes")
    if sum(map(size, attributes.values())) > MOST_BYTES:
        raise Refusal(10048, f"a group's attributes have at most {MOST_BYTES} bytes")
    groups = state.part(Attributes).groups
    if attributes:
        groups[body.text("GroupId")] = attributes
    else:
        groups.pop(body.text("GroupId"), None)
    group = state.group(body.text("GroupId"))
    about = {"GroupId": group.group_id, "Type": group.type, "OptionType": kind}
    about |= {"Operator_Account": state.caller.user_id}
    told = {**about, "GroupAttr": body.items("GroupAttr", None) or []}
    state.tell("Group.CallbackAfterGroupAttrChanged", told)
    return OK
