"""Friend groups: an account's own lists of friends."""

from __future__ import annotations

from typing import Any

from django_tim.answers import FriendGroups, FriendGroupsAdded, FriendGroupsDeleted
from django_tim.catalogue import FRIEND_GROUP_ADD, FRIEND_GROUP_DELETE, FRIEND_GROUP_LIST

from .body import Body
from .friends import check_group_name
from .refusals import Refusal
from .registry import OK, simulates
from .relations import GROUP, FriendList, Friends, answered, others_of, owner_of, rows_of
from .state import State

BATCH = 1_000


@simulates(FRIEND_GROUP_ADD)
def group_add(state: State, body: Body) -> FriendGroupsAdded:
    owner = _list_of(state, body)
    names = body.texts("GroupName")
    users = others_of(body, BATCH) if body.items("To_Account", None) else None
    for name in names:
        check_group_name(body, name)
    state.refuse_sensitive(*names)
    owner.add_groups(names)

    def put(other: str) -> None:
        if other not in owner.friends:
            raise Refusal(32216, "Err_SNS_GroupAdd_ToTinyId_Not_Friend")
        groups = [*owner.friends[other].get(GROUP, ()), *names]
        owner.add(other, {GROUP: list(dict.fromkeys(groups))})

    if users is None:
        return {**OK, "CurrentSequence": owner.group_sequence, "ErrorDisplay": ""}
    rows = rows_of(users, put)
    answer: FriendGroupsAdded = answered(rows, CurrentSequence=owner.group_sequence)
    return answer


@simulates(FRIEND_GROUP_DELETE)
def group_delete(state: State, body: Body) -> FriendGroupsDeleted:
    owner = _list_of(state, body)
    owner.remove_groups(body.texts("GroupName"))
    return {**OK, "CurrentSequence": owner.group_sequence, "ErrorDisplay": ""}


@simulates(FRIEND_GROUP_LIST)
def group_get(state: State, body: Body) -> FriendGroups:
    owner = _list_of(state, body)
    known = body.number("LastSequence", 0)
    names = body.texts("GroupName", None)
    choices = ("Need_Friend_Type_Yes", "Need_Friend_Type_No")
    named = body.choice("NeedFriend", choices, choices[1]) == choices[0]
    unchanged = bool(known) and known == owner.group_sequence
    shown = [name for name in owner.groups if name in names] if names else owner.groups
    answer: FriendGroups = {**OK, "CurrentSequence": owner.group_sequence, "ErrorDisplay": ""}
    if names or not unchanged:
        answer["ResultItem"] = [_row(owner, name, named=named) for name in shown]
    return answer


def _list_of(state: State, body: Body) -> FriendList:
    return state.part(Friends).of(owner_of(state, body))


def _row(owner: FriendList, name: str, *, named: bool) -> Any:
    members = owner.members(name)
    row = {"GroupName": name, "FriendNumber": len(members)}
    return row | ({"To_Account": members} if named else {})
