"""Friend groups: an account's own lists of friends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django_tim.answers import FriendGroups as FriendGroupsAnswer
from django_tim.answers import FriendGroupsDeleted
from django_tim.catalogue import FRIEND_GROUP_ADD, FRIEND_GROUP_DELETE, FRIEND_GROUP_LIST
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument

from .friends import plain
from .ids import check_user_id, keyed_users

NAME_BYTES = 30


class FriendGroups(Area):
    """The friend groups' part of ``sns``."""

    def add_many(
        self,
        user_id: str,
        names: Iterable[str],
        *,
        friend_ids: Iterable[str] = (),
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Make friend groups, and put friends into each of them; the result is the friends'.

        ``names``: 1 to 30 bytes each, 32 groups for an account (LimitReached, 30011). One
        who is no friend fails with 32216. Page 34950.
        """
        fixed = {"From_Account": check_user_id(user_id), "GroupName": _names(names)}
        friends = keyed_users(friend_ids)
        if not friends:
            self._call(FRIEND_GROUP_ADD, fixed, extra)
            return BatchResult()
        return self._batch(
            FRIEND_GROUP_ADD, friends, lambda ids: {**fixed, "To_Account": ids}, plain, extra
        )

    def delete(
        self, user_id: str, names: Iterable[str], *, extra: Extra = None
    ) -> FriendGroupsDeleted:
        """Delete friend groups; their friends stay friends. Page 34926."""
        payload = {"From_Account": check_user_id(user_id), "GroupName": _names(names)}
        return self._call(FRIEND_GROUP_DELETE, payload, extra)

    def get(
        self,
        user_id: str,
        *,
        names: Iterable[str] | None = None,
        with_friends: bool = False,
        last_sequence: int = 0,
        extra: Extra = None,
    ) -> FriendGroupsAnswer:
        """The friend groups, or those of ``names``, each with its number of friends.

        ``with_friends`` names the friends too. With ``last_sequence``, the last answer's
        CurrentSequence, groups that have not changed since stay out. Page 40123.
        """
        payload: dict[str, Any] = {
            "From_Account": check_user_id(user_id),
            "LastSequence": last_sequence,
            "NeedFriend": "Need_Friend_Type_Yes" if with_friends else None,
            "GroupName": None if names is None else _names(names),
        }
        answer = self._call(FRIEND_GROUP_LIST, payload, extra)
        answer["ResultItem"] = answer.get("ResultItem") or []
        return answer


def _names(names: Iterable[str]) -> list[str]:
    if isinstance(names, str):
        raise InvalidArgument("several names are asked for, not one text")
    found = list(dict.fromkeys(names))
    if not found:
        raise InvalidArgument("no friend group was named")
    for name in found:
        if not isinstance(name, str) or not 1 <= utf8_length(name) <= NAME_BYTES:
            raise InvalidArgument(f"a friend group's name has 1 to {NAME_BYTES} bytes: {name!r}")
    return found
