"""Blacklists: block, unblock, check, list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from django_tim.answers import (
    BlacklistCheckType,
    BlacklistPage,
    BlacklistRelation,
    BlockedAccount,
)
from django_tim.catalogue import (
    BLACKLIST_ADD,
    BLACKLIST_CHECK,
    BLACKLIST_DELETE,
    BLACKLIST_LIST,
)
from django_tim.client.area import Area, Extra, checked_literal
from django_tim.client.batch import BatchResult

from .friends import plain, results
from .ids import check_user_id, keyed_users


class Blacklists(Area):
    """The blacklists' part of ``sns``: whom an account does not want to hear from."""

    def add_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Block accounts for ``user_id``, 1,000 a call; friends are friends no longer.

        One who is blocked already fails with 30001; 30013 when the list, of 1,000 accounts,
        is full. Page 34911.
        """
        owner = check_user_id(user_id)
        return self._batch(
            BLACKLIST_ADD,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids},
            plain,
            extra,
        )

    def delete_many(
        self, user_id: str, others: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Unblock accounts, 1,000 a call; one who was not blocked fails with 30001. Page 34912."""
        owner = check_user_id(user_id)
        return self._batch(
            BLACKLIST_DELETE,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids},
            plain,
            extra,
        )

    def check_many(
        self,
        user_id: str,
        others: Iterable[str],
        *,
        check_type: BlacklistCheckType = "BlackCheckResult_Type_Both",
        extra: Extra = None,
    ) -> BatchResult[BlacklistRelation]:
        """Ask who has blocked whom, 1,000 a call; A is ``user_id``, B the other. Page 34913.

        BlackCheckResult_Type_Single looks into A's list only: AWithB or NO.
        """
        owner = check_user_id(user_id)
        chosen = checked_literal("CheckType", check_type, get_args(BlacklistCheckType))
        return self._batch(
            BLACKLIST_CHECK,
            keyed_users(others),
            lambda ids: {"From_Account": owner, "To_Account": ids, "CheckType": chosen},
            lambda answer, keys: results(answer, "BlackListCheckItem", lambda row: row["Relation"]),
            extra,
        )

    def get_page(
        self,
        user_id: str,
        *,
        start_index: int = 0,
        limit: int = 100,
        last_sequence: int = 0,
        extra: Extra = None,
    ) -> BlacklistPage:
        """One page of a blacklist; StartIndex begins the next, 0 ends. Page 34914.

        With ``last_sequence``, the last answer's CurruentSequence, a list that has not changed
        since stays out.
        """
        payload = {
            "From_Account": check_user_id(user_id),
            "StartIndex": start_index,
            "MaxLimited": limit,
            "LastSequence": last_sequence,
        }
        return self._page(BLACKLIST_LIST, payload, extra)

    def iterate(self, user_id: str, *, extra: Extra = None) -> Iterator[BlockedAccount]:
        """All accounts of ``get_page``."""
        payload = {"From_Account": check_user_id(user_id), "LastSequence": 0}
        for page in self._pages(BLACKLIST_LIST, payload, extra):
            yield from page["BlackListItem"]
