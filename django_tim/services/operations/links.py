"""The project's own objects: compared with their accounts, and adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django_tim.catalogue import ACCOUNT_CHECK, PROFILE_GET
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.linking import AccountLink, link_of
from django_tim.models import Account
from django_tim.services import accounts, adoption
from django_tim.services.adoption import Compared, Seen
from django_tim.services.changes import Change
from django_tim.services.passing import raise_passing

from .base import REFUSED, Done, Operation, Work

COUNTS = {
    adoption.NEW: "created",
    adoption.ADOPTED: "updated",
    adoption.DIFFERS: "updated",
    adoption.IN_STEP: "unchanged",
    adoption.ENDED: "gone",
    adoption.NOTHING: "skipped",
}
"""What the run counts each as: made, adopted or told, in step, to be ended, without account."""


class LinkAccounts(Operation):
    """Tie accounts to the objects that they stand for, and note those that are behind.

    It reads only: of 100 objects a call, which accounts exist and how their profiles differ.
    Items: objects of the linked model, or rows of Account whose object is lost. Parameters:
    ``model``, its label; ``dry_run``, to note nothing. Pages 34956 and 34917.
    """

    kind = "link_accounts"
    endpoint = ACCOUNT_CHECK

    def check(self) -> None:
        unknown = self.params.keys() - {"model", "dry_run", adoption.FOUND}
        if unknown:
            raise InvalidArgument(f"{self.kind} has no parameter {min(unknown)!r}")
        if link_of(str(self.params.get("model"))) is None:
            raise InvalidArgument(f"no link is registered for {self.params.get('model')!r}")

    @property
    def link(self) -> AccountLink[Any]:
        """The link of the model that the run is about."""
        found = link_of(str(self.params["model"]))
        assert found is not None  # noqa: S101  (checked when it was made)
        return found

    def item(self, given: Any) -> Any:
        if isinstance(given, Account):
            return {"user_id": given.user_id, "key": given.host_pk, "tags": []}
        if not isinstance(given, self.link.model):
            raise InvalidArgument(f"{given!r} is no {self.link.label}")
        target = self.link.target(given)
        if target is None:
            raise InvalidArgument(f"{self.link.label} {given.pk} has no account")
        tags = list(self.link.profile(given)) if self.link.is_active(given) else []
        return {"user_id": target.user_id, "key": str(given.pk), "tags": tags}

    def key(self, item: Any) -> str:
        return f"{item['user_id']} ({item['key']})"

    def send(self, tim: Tim, work: Work) -> BatchResult[Seen]:
        ids = [item["user_id"] for item in work.items]
        checked = tim.accounts.check_many(ids)
        raise_passing(ACCOUNT_CHECK, checked)
        existing = [one.item for one in checked.succeeded if one.value == "Imported"]
        profiles = self._profiles(tim, work, existing)
        by_id = {one.item: self._seen(one, profiles.get(one.item)) for one in checked}
        return BatchResult([by_id[i["user_id"]]._replace(item=self.key(i)) for i in work.items])

    def _profiles(self, tim: Tim, work: Work, existing: list[str]) -> dict[str, Outcome[Any]]:
        tags = sorted({tag for item in work.items for tag in item["tags"]})
        if not tags or not existing:
            return {}
        found = tim.profiles.get_many(existing, tags=tags)
        raise_passing(PROFILE_GET, found)
        return {one.item: one for one in found}

    def _seen(self, checked: Outcome[Any], profile: Outcome[Any] | None) -> Outcome[Seen]:
        failed = next((one for one in (checked, profile) if one and not one.ok), None)
        if failed is not None:
            return failed._replace(value=None)
        fields = profile.value if profile else None
        return Outcome(checked.item, Seen(checked.value == "Imported", dict(fields or {})))

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for call in done:
            self._follow(changed, call)

    def _follow(self, changed: Change, call: Done) -> None:
        items = {self.key(item): item for item in call.work.items}
        seen = {one.item: one.value for one in call.result.succeeded if one.value}
        found = adoption.compare(
            self.link,
            changed.sdk_app_id,
            [(items[key]["user_id"], items[key]["key"], one) for key, one in seen.items()],
        )
        if not self.params.get("dry_run"):
            adoption.adopt(self.link, changed.sdk_app_id, found)
            accounts.checked(changed.sdk_app_id, map(_status, found))
        adoption.note(changed.entry.object_id, found)
        errors = dict(zip(seen, (one.error for one in found), strict=True))
        for place, outcome in enumerate(call.result.outcomes):
            error = errors.get(outcome.item)
            if error is not None:
                failed: Outcome[Any] = Outcome(
                    outcome.item, code=REFUSED, info=adoption.said(error)
                )
                call.result.outcomes[place] = failed

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        gained = dict.fromkeys(COUNTS.values(), 0)
        for outcome in result.succeeded:
            if outcome.value:
                gained[COUNTS[outcome.value.came_to]] += 1
        return gained


def _status(one: Compared) -> Outcome[Any]:
    return Outcome(one.user_id, "Imported" if one.seen.exists else "NotImported")
