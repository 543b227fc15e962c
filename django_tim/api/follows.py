"""Follows: follow, unfollow, check, list, count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from django_tim.answers import Follow, FollowNumbers, FollowPage
from django_tim.catalogue import (
    FOLLOW_ADD,
    FOLLOW_CHECK,
    FOLLOW_DELETE,
    FOLLOW_INFO,
    FOLLOW_LIST,
)
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult
from django_tim.exceptions import InvalidArgument

from .friends import results
from .ids import check_user_id, keyed_users

FollowKind = Literal["followers", "following", "mutual"]
_KINDS: dict[str, int] = {"followers": 1, "following": 2, "mutual": 3}

FollowRelation = Literal["none", "follower", "following", "mutual"]
_RELATIONS: dict[int, FollowRelation] = {0: "none", 1: "follower", 2: "following", 3: "mutual"}


class Follows(Area):
    """The area ``follow``, which a paid plan and a console switch open (else 30005)."""

    def add_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Let ``user_id`` follow accounts, 20 a call.

        Full lists fail with 32100 (followed by the user), 32101 (the other's followers),
        32102 and 32103 (mutual ones of the user, of the other). Page 70345.
        """
        owner = check_user_id(user_id)
        return self._batch(
            FOLLOW_ADD,
            keyed_users(others),
            lambda ids: {
                "From_Account": owner,
                "FollowItem": [{"To_Account": other} for other in ids],
            },
            lambda answer, keys: results(answer),
            extra,
        )

    def delete_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Let ``user_id`` no longer follow accounts, 20 a call. Page 70346."""
        owner = check_user_id(user_id)
        return self._batch(
            FOLLOW_DELETE,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids},
            lambda answer, keys: results(answer),
            extra,
        )

    def check_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[FollowRelation]:
        """Ask who follows whom, 100 a call.

        What the other is to ``user_id``: a "follower", one that the user is "following",
        both ("mutual") or "none". Page 70349.
        """
        owner = check_user_id(user_id)
        return self._batch(
            FOLLOW_CHECK,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids},
            lambda answer, keys: results(answer, value=lambda row: _RELATIONS[row["FollowType"]]),
            extra,
        )

    def get_page(
        self,
        user_id: str,
        *,
        kind: FollowKind,
        start_cursor: str = "",
        limit: int = 100,
        extra: Extra = None,
    ) -> FollowPage:
        """One page, of 1,000 at most, of those who follow ``user_id`` or are followed.

        NextCursor begins the next page, "" ends. Page 70347.
        """
        payload = {
            "From_Account": check_user_id(user_id),
            "FollowType": _type_of(kind),
            "StartCursor": start_cursor,
            "WantNum": limit,
        }
        return self._page(FOLLOW_LIST, payload, extra)

    def iterate(self, user_id: str, *, kind: FollowKind, extra: Extra = None) -> Iterator[Follow]:
        """All accounts of ``get_page``."""
        payload = {"From_Account": check_user_id(user_id), "FollowType": _type_of(kind)}
        for page in self._pages(FOLLOW_LIST, payload, extra):
            yield from page["FollowItem"]

    def get_numbers_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[FollowNumbers]:
        """Count accounts' followers, followed and mutual ones, 20 a call; ``user_id`` asks.

        Page 70350.
        """
        owner = check_user_id(user_id)
        return self._batch(
            FOLLOW_INFO,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids},
            lambda answer, keys: results(answer, "FollowInfo", lambda row: row),
            extra,
        )


def _type_of(kind: FollowKind) -> int:
    if kind not in _KINDS:
        raise InvalidArgument(f"kind is one of {', '.join(_KINDS)}, not {kind!r}")
    return _KINDS[kind]
