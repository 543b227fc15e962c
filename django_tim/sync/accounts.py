"""Accounts that we know of: verified by account_check, filled by portrait_get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db.models import Q

from django_tim.catalogue import ACCOUNT_CHECK, PROFILE_GET
from django_tim.client.tim import Tim
from django_tim.models import Account
from django_tim.services import mapping, runs
from django_tim.services.mirror import database_of, mark_gone
from django_tim.services.passing import raise_passing

from .base import Fetched, Piece, Sync
from .writers import Table, one_batch, upsert

CHECKED_AT_ONCE = 100
ACCOUNTS = Table(Account, scope=("sdk_app_id",), key=("user_id",))


@dataclass
class Answers:
    """What the service said of a batch: profiles by UserID, who is unknown, what failed."""

    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    failures: list[tuple[str, int, str]] = field(default_factory=list)


class AccountSync(Sync[Answers]):
    """Parameters: ``ids`` (only these accounts)."""

    kind = "sync_accounts"
    buffered = 20

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
        return ask(self.tim, piece.keys, self.app.profile_custom_keys)

    def size(self, answer: Answers) -> int:
        return len(answer.profiles) + len(answer.unknown)

    def write(self, batch: list[Fetched[Answers]]) -> runs.Counts:
        rows, failures = rows_of([part.answer for part in batch])
        unknown = [user_id for part in batch for user_id in part.answer.unknown]
        as_of = min(part.as_of for part in batch)
        with one_batch(Account):
            written = upsert(ACCOUNTS, rows, {"sdk_app_id": self.run.sdk_app_id}, as_of=as_of)
            failures += [(user_id, 0, said) for user_id, said in written.refused]
            untouched = Q(touched_at=None) | Q(touched_at__lt=as_of)
            lost = mark_gone(self._accounts().filter(untouched, user_id__in=unknown))
            failed = runs.record_failures(self.run, failures)
        return {
            "done": sum(len(part.piece.keys) for part in batch),
            "created": written.created,
            "updated": written.updated,
            "unchanged": written.unchanged,
            "gone": lost,
            "failed": failed,
        }

    def _accounts(self) -> Any:
        rows = Account.objects.using(database_of(Account))
        return rows.filter(sdk_app_id=self.run.sdk_app_id)


def ask(tim: Tim, user_ids: Iterable[str], custom_keys: Iterable[str]) -> Answers:
    """Whether these accounts exist, and the profiles of those that do.

    Raises what passes by itself; other failures are in the answers.
    """
    answers, known = Answers(), []
    statuses = tim.accounts.check_many(user_ids)
    raise_passing(ACCOUNT_CHECK, statuses)
    for checked in statuses:
        if checked.code:
            answers.failures.append((checked.item, checked.code, checked.info))
        elif checked.value == "Imported":
            known.append(checked.item)
        else:
            answers.unknown.append(checked.item)
    if known:
        profiles = tim.profiles.get_many(known, tags=[*mapping.PROFILE_TAGS, *custom_keys])
        raise_passing(PROFILE_GET, profiles)
        for profile in profiles:
            if profile.value is None:
                answers.failures.append((profile.item, profile.code, profile.info))
            else:
                answers.profiles[profile.item] = dict(profile.value)
    return answers


def rows_of(answers: list[Answers]) -> tuple[list[dict[str, Any]], list[tuple[str, int, str]]]:
    """The columns of the profiles that came, and the failures."""
    rows = []
    failures = [failure for answer in answers for failure in answer.failures]
    for user_id, profile in chain(*(answer.profiles.items() for answer in answers)):
        try:
            rows.append(mapping.lean(mapping.account_columns(user_id, profile)))
        except mapping.Unmappable as error:
            failures.append((user_id, 0, str(error)))
    return rows, failures
