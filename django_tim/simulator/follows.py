"""Follows: follow, unfollow, check, list, count."""

from __future__ import annotations

from typing import Any

from django_tim.answers import FollowInfos, FollowPage, FollowResults, FollowsChecked
from django_tim.catalogue import (
    FOLLOW_ADD,
    FOLLOW_CHECK,
    FOLLOW_DELETE,
    FOLLOW_INFO,
    FOLLOW_LIST,
)

from .body import Body
from .refusals import Refusal
from .registry import OK, simulates
from .relations import others_of, owner_of, rows_of, succeeded
from .state import Part, State

CHANGE_BATCH = 20
CHECK_BATCH = 100
PAGE, MOST_PAGE = 100, 1_000
FOLLOWERS, FOLLOWING, MUTUAL = 1, 2, 3


class Follows(Part):
    """Who follows whom, and since when, from both sides."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._following: dict[str, dict[str, int]] = {}
        self._followers: dict[str, dict[str, int]] = {}

    def following(self, user_id: str) -> dict[str, int]:
        """Whom an account follows."""
        return self._following.get(user_id, {})

    def followers(self, user_id: str) -> dict[str, int]:
        """Who follows an account."""
        return self._followers.get(user_id, {})

    def mutual(self, user_id: str) -> dict[str, int]:
        """Whom an account follows and is followed by."""
        followers = self.followers(user_id)
        return {other: at for other, at in self.following(user_id).items() if other in followers}

    def add(self, user_id: str, other: str) -> None:
        """Follow an account; one that is followed already stays so since then."""
        now = self.state.clock.seconds()
        self._following.setdefault(user_id, {}).setdefault(other, now)
        self._followers.setdefault(other, {}).setdefault(user_id, now)

    def remove(self, user_id: str, other: str) -> None:
        """Follow an account no longer."""
        self.following(user_id).pop(other, None)
        self.followers(other).pop(user_id, None)

    def forget_account(self, user_id: str) -> None:
        for other in list(self.following(user_id)):
            self.remove(user_id, other)
        for other in list(self.followers(user_id)):
            self.remove(other, user_id)


@simulates(FOLLOW_ADD)
def follow_add(state: State, body: Body) -> FollowResults:
    owner = owner_of(state, body)
    users = [row.user_id("To_Account") for row in body.objects("FollowItem", most=CHANGE_BATCH)]

    def follow(other: str) -> None:
        if other == owner:
            raise Refusal(30001, "an account can't follow itself")
        state.account(other, 30003)
        state.part(Follows).add(owner, other)

    rows = rows_of(users, follow)
    _tell(state, "Follow.CallbackAfterFollowAdd", owner, rows)
    return {**OK, "ResultItem": rows, "ErrorDisplay": ""}


@simulates(FOLLOW_DELETE)
def follow_delete(state: State, body: Body) -> FollowResults:
    owner = owner_of(state, body)

    def unfollow(other: str) -> None:
        state.account(other, 30003)
        state.part(Follows).remove(owner, other)

    rows = rows_of(others_of(body, CHANGE_BATCH), unfollow)
    _tell(state, "Follow.CallbackAfterFollowDelete", owner, rows)
    return {**OK, "ResultItem": rows, "ErrorDisplay": ""}


@simulates(FOLLOW_CHECK)
def follow_check(state: State, body: Body) -> FollowsChecked:
    owner = owner_of(state, body)
    follows = state.part(Follows)

    def relation(other: str) -> dict[str, Any]:
        state.account(other, 30003)
        is_follower, is_followed = (
            other in follows.followers(owner),
            other in follows.following(owner),
        )
        return {"FollowType": FOLLOWERS * is_follower + FOLLOWING * is_followed}

    rows = rows_of(others_of(body, CHECK_BATCH), relation)
    return {**OK, "ResultItem": rows, "ErrorDisplay": ""}


@simulates(FOLLOW_LIST)
def follow_get(state: State, body: Body) -> FollowPage:
    owner, follows = owner_of(state, body), state.part(Follows)
    lists = {FOLLOWERS: follows.followers, FOLLOWING: follows.following, MUTUAL: follows.mutual}
    kind = body.number("FollowType", least=FOLLOWERS, most=MUTUAL)
    mark = body.text("StartCursor", "") or "0"
    limit = body.number("WantNum", PAGE, least=1, most=MOST_PAGE)
    if not mark.isdecimal():
        raise body.refusal("StartCursor is none that the service gave")
    found = list(lists[kind](owner).items())
    start, end = int(mark), int(mark) + limit
    rows: list[Any] = [
        {"To_Account": user, "FollowTime": at, "ProfileItem": _profile(state, user)}
        for user, at in found[start:end]
    ]
    return {**OK, "FollowItem": rows, "NextCursor": str(end) if end < len(found) else ""}


@simulates(FOLLOW_INFO)
def follow_get_info(state: State, body: Body) -> FollowInfos:
    owner_of(state, body)
    follows = state.part(Follows)

    def numbers(other: str) -> dict[str, Any]:
        state.account(other, 30003)
        return {
            "FollowerCount": len(follows.followers(other)),
            "FollowingCount": len(follows.following(other)),
            "MutualFollowingCount": len(follows.mutual(other)),
        }

    rows = rows_of(others_of(body, CHANGE_BATCH), numbers)
    return {**OK, "FollowInfo": rows, "ErrorDisplay": ""}


def _tell(state: State, command: str, owner: str, rows: list[Any]) -> None:
    listed = [{"To_Account": user_id} for user_id in succeeded(rows)]
    if listed:
        state.tell(command, {"From_Account": owner, "FollowList": listed})


def _profile(state: State, user_id: str) -> list[Any]:
    return [
        {"Tag": tag, "Value": value} for tag, value in state.accounts[user_id].peek_tags().items()
    ]
