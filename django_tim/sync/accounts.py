"""Accounts that we know of: verified by account_check, filled by portrait_get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django_tim.catalogue import ACCOUNT_CHECK, PROFILE_GET
from django_tim.models import Account
from django_tim.services import mapping, runs
from django_tim.services.mirror import database_of, mark_gone

from .base import Piece, Sync, raise_passing
from .writers import upsert

CHECKED_AT_ONCE = 100


@dataclass
class Answers:
    """What the service said of a batch: profiles by UserID, who is unknown, what failed."""

    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    failures: list[tuple[str, int, str]] = field(default_factory=list)


class AccountSync(Sync[Answers]):
    """Parameters: ``ids`` (only these accounts)."""

    kind = "sync_accounts"

    def pieces(self) -> Iterator[Piece]:
        last = self.run.cursor.get("after", 0)
        rows = self._accounts()
        if self.run.params.get("ids"):
            rows = rows.filter(user_id__in=self.run.params["ids"])
        self.run.total = self.run.done + rows.filter(pk__gt=last).count()
        wanted = rows.order_by("pk").values_list("pk", "user_id")
        while batch := list(wanted.filter(pk__gt=last)[:CHECKED_AT_ONCE]):
            last = batch[-1][0]
            yield Piece([user_id for _, user_id in batch], {"after": last})

    def fetch(self, piece: Piece) -> Answers:
        answers, known = Answers(), []
        statuses = self.tim.accounts.check_many(piece.keys)
        raise_passing(ACCOUNT_CHECK, statuses)
        for checked in statuses:
            if checked.code:
                answers.failures.append((checked.item, checked.code, checked.info))
            elif checked.value == "Imported":
                known.append(checked.item)
            else:
                answers.unknown.append(checked.item)
        if known:
            tags = [*mapping.PROFILE_TAGS, *self.app.profile_custom_keys]
            profiles = self.tim.profiles.get_many(known, tags=tags)
            raise_passing(PROFILE_GET, profiles)
            for profile in profiles:
                if profile.value is None:
                    answers.failures.append((profile.item, profile.code, profile.info))
                else:
                    answers.profiles[profile.item] = dict(profile.value)
        return answers

    def write(self, piece: Piece, fetched: Answers) -> None:
        rows = []
        for user_id, profile in fetched.profiles.items():
            try:
                rows.append(mapping.account_columns(user_id, profile))
            except mapping.Unmappable as error:
                fetched.failures.append((user_id, 0, str(error)))
        scope = {"sdk_app_id": self.run.sdk_app_id}
        written = upsert(Account, rows, key="user_id", scope=scope)
        self.run.gone += mark_gone(self._accounts().filter(user_id__in=fetched.unknown))
        self.run.failed += runs.record_failures(self.run, fetched.failures)
        self.run.created += written.created
        self.run.updated += written.updated
        self.run.unchanged += written.unchanged
        self.run.done += len(piece.keys)

    def _accounts(self) -> Any:
        rows = Account.objects.using(database_of(Account))
        return rows.filter(sdk_app_id=self.run.sdk_app_id)
