"""Blacklists: block, unblock, check, list."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django_tim.answers import BlacklistPage, BlacklistsChecked, RelationResults
from django_tim.catalogue import (
    BLACKLIST_ADD,
    BLACKLIST_CHECK,
    BLACKLIST_DELETE,
    BLACKLIST_LIST,
)

from .body import Body
from .refusals import Refusal
from .registry import OK, simulates
from .relations import Friends, answered, others_of, owner_of, rows_of, succeeded, tell_pairs
from .state import Part, State

MOST_BLOCKED = 1_000
BATCH = 1_000
PAGE = 100
_NO, _MINE, _THEIRS, _BOTH = (
    f"BlackCheckResult_Type_{relation}" for relation in ("NO", "AWithB", "BWithA", "BothWay")
)


class Blacklists(Part):
    """Whom each account has blocked, and when; the sequences grow with each change."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._blocked: dict[str, dict[str, int]] = {}
        self._sequences: dict[str, int] = {}

    def of(self, owner: str) -> dict[str, int]:
        """The accounts that ``owner`` has blocked, with the time."""
        return self._blocked.get(owner, {})

    def sequence(self, owner: str) -> int:
        """The number of the last change of a list."""
        return self._sequences.get(owner, 0)

    def add(self, owner: str, other: str) -> None:
        """Block an account."""
        self._blocked.setdefault(owner, {})[other] = self.state.clock.seconds()
        self._sequences[owner] = self.sequence(owner) + 1

    def remove(self, owner: str, other: str) -> None:
        """Unblock an account."""
        if self.of(owner).pop(other, None) is not None:
            self._sequences[owner] = self.sequence(owner) + 1

    def forget_account(self, user_id: str) -> None:
        self._blocked.pop(user_id, None)
        for owner in self._blocked:
            self.remove(owner, user_id)


def is_blocked(state: State, owner: str, other: str) -> bool:
    """Whether ``owner`` has blocked ``other``."""
    return other in state.part(Blacklists).of(owner)


@simulates(BLACKLIST_ADD)
def black_list_add(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)
    blacklists = state.part(Blacklists)

    def block(other: str) -> None:
        if other == owner:
            raise Refusal(30001, "an account can't block itself")
        state.account(other, 30003)
        if is_blocked(state, owner, other):
            raise Refusal(30001, "Err_SNS_BlackListAdd_Already_Exist")
        if len(blacklists.of(owner)) >= MOST_BLOCKED:
            raise Refusal(30013, "the blacklist is full")
        blacklists.add(owner, other)
        _part_ways(state, owner, other)

    rows = rows_of(others_of(body, BATCH), block)
    tell_pairs(state, "Sns.CallbackBlackListAdd", [(owner, one) for one in succeeded(rows)])
    answer: RelationResults = answered(rows)
    return answer


@simulates(BLACKLIST_DELETE)
def black_list_delete(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)

    def unblock(other: str) -> None:
        if not is_blocked(state, owner, other):
            raise Refusal(30001, "Err_SNS_BlackListDelete_Not_Exist")
        state.part(Blacklists).remove(owner, other)

    rows = rows_of(others_of(body, BATCH), unblock)
    tell_pairs(state, "Sns.CallbackBlackListDelete", [(owner, one) for one in succeeded(rows)])
    answer: RelationResults = answered(rows)
    return answer


@simulates(BLACKLIST_CHECK)
def black_list_check(state: State, body: Body) -> BlacklistsChecked:
    owner = owner_of(state, body)
    types = ("BlackCheckResult_Type_Single", "BlackCheckResult_Type_Both")
    both = body.choice("CheckType", types) == types[1]

    def relation(other: str) -> dict[str, Any]:
        if other not in state.accounts:
            return {"Relation": _NO, "ResultCode": 30003, "ResultInfo": "not imported"}
        mine, theirs = is_blocked(state, owner, other), both and is_blocked(state, other, owner)
        return {"Relation": (_BOTH if theirs else _MINE) if mine else _THEIRS if theirs else _NO}

    rows = rows_of(others_of(body, BATCH), relation)
    answer: BlacklistsChecked = answered(rows, "BlackListCheckItem")
    return answer


@simulates(BLACKLIST_LIST)
def black_list_get(state: State, body: Body) -> BlacklistPage:
    owner = owner_of(state, body)
    start, limit = body.number("StartIndex", 0), body.number("MaxLimited", PAGE, least=1)
    known = body.number("LastSequence", 0)
    blacklists = state.part(Blacklists)
    sequence = blacklists.sequence(owner)
    blocked = {} if known and known == sequence else blacklists.of(owner)
    end = start + limit
    rows: list[Any] = [
        {"To_Account": user, "AddBlackTimeStamp": at}
        for user, at in islice(blocked.items(), start, end)
    ]
    return {
        **OK,
        "BlackListItem": rows,
        "StartIndex": end if end < len(blocked) else 0,
        "CurruentSequence": sequence,
        "ErrorDisplay": "",
    }


def _part_ways(state: State, owner: str, other: str) -> None:
    friends = state.part(Friends)
    friends.part_ways(owner, other)
    friends.of(owner).pending.pop(other, None)
    friends.of(other).pending.pop(owner, None)
