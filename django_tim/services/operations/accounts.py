"""Accounts: import, delete, check, set profiles, log out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django_tim.api.ids import check_user_id
from django_tim.catalogue import (
    ACCOUNT_CHECK,
    ACCOUNT_DELETE,
    ACCOUNT_IMPORT_MANY,
    ACCOUNT_KICK,
    PROFILE_SET,
)
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import Account
from django_tim.services import accounts, profiles
from django_tim.services.changes import Change

from .base import Done, Operation, Work, one

IMPORT_FIELDS = ("UserID", "Nick", "FaceUrl")


class _OfAccounts(Operation):
    """Items: UserIDs, or rows of Account."""

    def item(self, given: Any) -> Any:
        return user_id_of(given)

    def key(self, item: Any) -> str:
        return str(item)


class ImportAccounts(_OfAccounts):
    """Make accounts; those that exist get the nickname and avatar given. Page 34954.

    Items: UserIDs, rows of Account, or mappings with UserID, and Nick and FaceUrl where there
    are any. An empty text counts as none: a file has one wherever nothing was entered.
    """

    kind = "import_accounts"
    endpoint = ACCOUNT_IMPORT_MANY
    action = "account.import"

    def item(self, given: Any) -> dict[str, str]:
        if isinstance(given, Account):
            given = {"UserID": given.user_id, "Nick": given.nickname, "FaceUrl": given.face_url}
        elif isinstance(given, str):
            given = {"UserID": given}
        elif not isinstance(given, Mapping):
            raise InvalidArgument(f"an account is a text or a mapping, not {given!r}")
        unknown = [str(name) for name in given if name not in IMPORT_FIELDS]
        if unknown:
            raise InvalidArgument(f"an account has no field {unknown[0]!r} when it is imported")
        item = {
            name: _text(name, value) for name, value in given.items() if value not in ("", None)
        }
        check_user_id(item.get("UserID", ""))
        return item

    def key(self, item: Any) -> str:
        return str(item["UserID"])

    def send(self, tim: Tim, work: Work) -> BatchResult[None]:
        return tim.accounts.import_many(work.items)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        given = {item["UserID"]: item for call in done for item in call.work.items}
        imported = [one.item for call in done for one in call.result.succeeded]
        accounts.imported(changed, {key: given[key] for key in imported})


class DeleteAccounts(_OfAccounts):
    """Delete accounts and all that is theirs; they stay barred for about three months.

    Page 34955.
    """

    kind = "delete_accounts"
    endpoint = ACCOUNT_DELETE
    action = "account.delete"

    def send(self, tim: Tim, work: Work) -> BatchResult[None]:
        return tim.accounts.delete_many(work.items)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        accounts.deleted(changed, [one.item for call in done for one in call.result.succeeded])


class CheckAccounts(_OfAccounts):
    """Ask which accounts exist, and mark in the mirror those that don't. Page 34956."""

    kind = "check_accounts"
    endpoint = ACCOUNT_CHECK

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        return tim.accounts.check_many(work.items)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        accounts.checked(changed.sdk_app_id, [one for call in done for one in call.result])

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        missing = sum(outcome.value == "NotImported" for outcome in result)
        return {"gone": missing, "unchanged": len(result.succeeded) - missing}


class KickAccounts(_OfAccounts):
    """Log accounts out everywhere: UserSigs made before now no longer work. Page 34957."""

    kind = "kick_accounts"
    endpoint = ACCOUNT_KICK
    action = "account.kick"

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        tim.accounts.kick(work.items[0])
        return one(work.items[0])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for call in done:
            for kicked in call.result.succeeded:
                accounts.kicked(changed, kicked.item)


class SetProfiles(Operation):
    """Set profile fields. Page 34916.

    Items: pairs of a UserID and {tag: value}; or UserIDs and rows of Account, with the
    parameter ``fields``, {tag: value}, for all of them.
    """

    kind = "set_profiles"
    endpoint = PROFILE_SET
    action = "profile.set"

    def check(self) -> None:
        fields = self.params.get("fields")
        if self.params.keys() - {"fields"} or not isinstance(fields, Mapping | None):
            raise InvalidArgument('set_profiles takes only "fields": {tag: value}')

    def item(self, given: Any) -> dict[str, Any]:
        fields = self.params.get("fields") or {}
        if isinstance(given, tuple | list) and len(given) == 2:
            given, own = given
            if not isinstance(own, Mapping):
                raise InvalidArgument(f"a profile's fields are a mapping, not {own!r}")
            fields = {**fields, **own}
        if not fields:
            raise InvalidArgument("no profile field was given")
        return {"user_id": user_id_of(given), "fields": dict(fields)}

    def key(self, item: Any) -> str:
        return str(item["user_id"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        tim.profiles.set(item["user_id"], fields=item["fields"])
        return one(item["user_id"])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        for call in done:
            if call.result:
                item = call.work.items[0]
                profiles.followed(changed, item["user_id"], item["fields"])


def user_id_of(given: Any) -> str:
    """The UserID of a text or of a mirror's row that has one. Raises InvalidArgument."""
    return check_user_id(getattr(given, "user_id", given))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} is a text, not {value!r}")
    return value
