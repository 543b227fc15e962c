"""The calls that set and read tags and attributes, for both push services.

The older service has no list of failed accounts: with ``strict`` an unknown account refuses
the whole call. The newer one names it in ErrorList and carries out the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django_tim.answers import (
    Envelope,
    PushAccountsChanged,
    PushAttributeNames,
    PushAttributes,
    PushTags,
)

from .body import Body, size
from .push_audience import BAD_ATTRIBUTE, LONGEST, TOO_MANY_TAGS, Audience, check_tag, error_rows
from .refusals import Refusal
from .registry import OK
from .state import State

ACCOUNTS_A_CALL: Final = 100
TAGS_A_CALL: Final = 10
TAGS_OF_ACCOUNT: Final = 100
TAGS_OF_APP: Final = 1000
_NUMBERS: Final = frozenset("0123456789")
_NO_ACCOUNT: Final = 90048


def attribute_names(state: State) -> PushAttributeNames:
    """The app's attributes by number."""
    return {**OK, "AttrNames": dict(state.part(Audience).names)}


def set_attribute_names(state: State, body: Body) -> Envelope:
    """Name attributes; numbers that are not given keep their names."""
    audience = state.part(Audience)
    names, types = body.table("AttrNames"), body.table("AttrTypes", {}, kind=int)
    if not names or not names.keys() <= _NUMBERS or not types.keys() <= names.keys():
        raise body.refusal('AttrNames has keys from "0" to "9", and AttrTypes the same ones')
    result = audience.names | names
    if not all(1 <= size(name) <= LONGEST for name in names.values()):
        raise Refusal(BAD_ATTRIBUTE, f"a name has 1 to {LONGEST} bytes")
    if len(set(result.values())) < len(result):
        raise Refusal(BAD_ATTRIBUTE, "a name stands under two numbers")
    for number, kind in types.items():
        if kind not in (0, 1) or audience.types.get(number, kind) != kind:
            raise Refusal(BAD_ATTRIBUTE, "a type is 0 or 1, and does not change")
    audience.names = result
    audience.types = dict.fromkeys(names, 0) | types | audience.types
    return OK


def get_attributes(state: State, body: Body, *, strict: bool) -> PushAttributes:
    """Accounts' attributes; those whose name the app has taken back are not shown."""
    audience = state.part(Audience)
    accounts = _accounts(body)
    failed = _unknown(audience, accounts, strict=strict)
    named = set(audience.names.values())
    rows: list[Any] = []
    for account in accounts:
        values = audience.attributes.get(account, {})
        if account not in failed:
            shown = {name: value for name, value in values.items() if name in named}
            rows.append({"To_Account": account, "Attrs": shown})
    answer: PushAttributes = {**OK, "UserAttrs": rows}
    if failed:
        answer["ErrorList"] = error_rows(failed)
    return answer


def set_attributes(state: State, body: Body, *, strict: bool) -> PushAccountsChanged:
    """Set accounts' attributes."""
    audience = state.part(Audience)
    given: dict[str, dict[str, str]] = {}
    for row in body.objects("UserAttrs", most=ACCOUNTS_A_CALL):
        given[row.user_id("To_Account")] = values = row.table("Attrs")
        audience.check_attributes(values)
    failed = _unknown(audience, given, strict=strict)
    for account in given.keys() - failed.keys():
        audience.attributes.setdefault(account, {}).update(given[account])
    return _changed(failed)


def remove_attributes(state: State, body: Body, *, strict: bool) -> PushAccountsChanged:
    """Remove accounts' attributes, given by name."""
    audience = state.part(Audience)
    given: dict[str, list[str]] = {}
    for row in body.objects("UserAttrs", most=ACCOUNTS_A_CALL):
        given[row.user_id("To_Account")] = names = row.texts("Attrs")
        audience.check_attributes(dict.fromkeys(names, ""))
    failed = _unknown(audience, given, strict=strict)
    for account in given.keys() - failed.keys():
        for name in given[account]:
            audience.attributes.get(account, {}).pop(name, None)
    return _changed(failed)


def get_tags(state: State, body: Body, *, strict: bool) -> PushTags:
    """Accounts' tags."""
    audience = state.part(Audience)
    accounts = _accounts(body)
    failed = _unknown(audience, accounts, strict=strict)
    rows: list[Any] = [
        {"To_Account": account, "Tags": list(audience.tags.get(account, ()))}
        for account in accounts
        if account not in failed
    ]
    answer: PushTags = {**OK, "UserTags": rows}
    if failed:
        answer["ErrorList"] = error_rows(failed)
    return answer


def add_tags(
    state: State, body: Body, *, strict: bool, replace: bool = False
) -> PushAccountsChanged:
    """Add tags to accounts, or ``replace`` those that they have."""
    audience = state.part(Audience)
    given = _tags(body, TAGS_OF_ACCOUNT if replace else TAGS_A_CALL)
    failed = _unknown(audience, given, strict=strict)
    result: dict[str, list[str]] = {}
    for account in given.keys() - failed.keys():
        before = [] if replace else audience.tags.get(account, [])
        result[account] = list(dict.fromkeys([*before, *given[account]]))
    if any(len(tags) > TAGS_OF_ACCOUNT for tags in result.values()):
        raise Refusal(TOO_MANY_TAGS, f"an account has more than {TAGS_OF_ACCOUNT} tags")
    everything = {**audience.tags, **result}
    if len({tag for tags in everything.values() for tag in tags}) > TAGS_OF_APP:
        raise Refusal(TOO_MANY_TAGS, f"the app has more than {TAGS_OF_APP} tags")
    audience.tags = everything
    return _changed(failed)


def remove_tags(state: State, body: Body, *, strict: bool) -> PushAccountsChanged:
    """Remove tags from accounts."""
    audience = state.part(Audience)
    given = _tags(body, TAGS_OF_ACCOUNT)
    failed = _unknown(audience, given, strict=strict)
    for account in given.keys() & audience.tags.keys():
        kept = [tag for tag in audience.tags[account] if tag not in given[account]]
        audience.tags[account] = kept
    return _changed(failed)


def clear_tags(state: State, body: Body, *, strict: bool) -> PushAccountsChanged:
    """Remove all tags from accounts."""
    audience = state.part(Audience)
    accounts = _accounts(body)
    failed = _unknown(audience, accounts, strict=strict)
    for account in accounts:
        audience.tags.pop(account, None)
    return _changed(failed)


def _accounts(body: Body) -> list[str]:
    body.items("To_Account", most=ACCOUNTS_A_CALL)
    return body.user_ids("To_Account")


def _tags(body: Body, most: int) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for row in body.objects("UserTags", most=ACCOUNTS_A_CALL):
        given[row.user_id("To_Account")] = tags = row.texts("Tags")
        if len(tags) > most:
            raise Refusal(TOO_MANY_TAGS, f"more than {most} tags for an account")
        for tag in tags:
            check_tag(tag)
    return given


def _unknown(audience: Audience, accounts: Iterable[str], *, strict: bool) -> dict[str, int]:
    failed = audience.unknown(accounts)
    if failed and strict:
        raise Refusal(_NO_ACCOUNT, f"no such account: {', '.join(failed)}")
    return failed


def _changed(failed: Mapping[str, int]) -> PushAccountsChanged:
    return {**OK, "ErrorList": error_rows(failed)} if failed else {**OK}
