"""Friends: add, import, change, delete, check, list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from django_tim.answers import (
    FriendInfos,
    FriendPage,
    FriendsChecked,
    FriendsDeleted,
    RelationResults,
)
from django_tim.catalogue import (
    FRIEND_ADD,
    FRIEND_CHECK,
    FRIEND_DELETE,
    FRIEND_DELETE_ALL,
    FRIEND_IMPORT,
    FRIEND_INFO,
    FRIEND_LIST,
    FRIEND_UPDATE,
)

from .blacklists import is_blocked
from .body import Body, size
from .refusals import Refusal
from .registry import OK, simulates
from .relations import (
    CUSTOM,
    GROUP,
    Fields,
    Friends,
    Pair,
    Request,
    answered,
    others_of,
    owner_of,
    rows_of,
    tell_added,
    tell_pairs,
)
from .state import State

BATCH = 1_000
INFO_BATCH = 100
PAGE = 100
LONGEST_NAME = 30
_SOURCE = re.compile(r"AddSource_Type_[A-Za-z]{1,8}")
_ADD_TYPES = ("Add_Type_Single", "Add_Type_Both")
_DELETE_TYPES = ("Delete_Type_Single", "Delete_Type_Both")
_CHECK_TYPES = ("CheckResult_Type_Single", "CheckResult_Type_Both")
_NO, _MINE, _THEIRS, _BOTH = (
    f"CheckResult_Type_{relation}" for relation in ("NoRelation", "AWithB", "BWithA", "BothWay")
)


@simulates(FRIEND_ADD)
def friend_add(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)
    both = body.choice("AddType", _ADD_TYPES, _ADD_TYPES[1]) == _ADD_TYPES[1]
    forced = body.number("ForceAddFlags", 0) == 1
    items = _by_account(body, "AddFriendItem")
    refused = _ask(state, owner, items, both=both, forced=forced)
    new: list[Pair] = []

    def add(other: str) -> Fields | None:
        if other in refused:
            raise Refusal(*refused[other])
        request = Request(_new_friend(state, items[other]), both)
        _check(state, owner, other, request)
        if not forced and _needs_consent(state, owner, other):
            state.part(Friends).of(other).ask(owner, request)
            return {"ResultCode": 30539, "ResultInfo": "Err_SNS_FriendAdd_Need_Confirm"}
        new.extend(state.part(Friends).befriend(owner, other, request))
        return None

    answer: RelationResults = answered(rows_of(items, add))
    tell_added(state, new, owner, "friend_add", forced=forced)
    return answer


@simulates(FRIEND_IMPORT)
def friend_import(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)
    items = _by_account(body, "AddFriendItem")

    def write(other: str) -> None:
        item = items[other]
        fields = _new_friend(state, item) | _custom(item)
        fields["Tag_SNS_IM_AddTime"] = item.number("AddTime", fields["Tag_SNS_IM_AddTime"])
        item.ignore("RemarkTime")
        _refuse_stranger(state, owner, other)
        friends = state.part(Friends)
        if friends.are(owner, other):
            raise Refusal(30001, "Err_SNS_FriendImport_Friend_Exist")
        friends.befriend(owner, other, Request(fields, both=False))

    answer: RelationResults = answered(rows_of(items, write))
    return answer


@simulates(FRIEND_UPDATE)
def friend_update(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)
    items = _by_account(body, "UpdateItem")
    friends = state.part(Friends)

    def update(other: str) -> None:
        changes = {item.text("Tag"): item for item in items[other].objects("SnsItem")}
        fields = {tag: _changed(tag, item) for tag, item in changes.items()}
        if not friends.are(owner, other):
            raise Refusal(30001, "Err_SNS_FriendUpdate_Friend_Not_Exist")
        state.refuse_sensitive(*(value for value in fields.values() if isinstance(value, str)))
        friends.of(owner).add(other, fields)

    answer: RelationResults = answered(rows_of(items, update))
    return answer


@simulates(FRIEND_DELETE)
def friend_delete(state: State, body: Body) -> RelationResults:
    owner = owner_of(state, body)
    both = _deletes_both(body)
    gone: list[Pair] = []

    def delete(other: str) -> None:
        pairs = state.part(Friends).part_ways(owner, other, both=both)
        if not pairs:
            raise Refusal(31704, "Err_SNS_FriendDelete_Not_Friend")
        gone.extend(pairs)

    answer: RelationResults = answered(rows_of(others_of(body, BATCH), delete))
    tell_pairs(state, "Sns.CallbackFriendDelete", gone)
    return answer


@simulates(FRIEND_DELETE_ALL)
def friend_delete_all(state: State, body: Body) -> FriendsDeleted:
    owner = owner_of(state, body)
    both = _deletes_both(body)
    friends = state.part(Friends)
    gone: list[Pair] = []
    for other in list(friends.of(owner).friends):
        gone += friends.part_ways(owner, other, both=both)
    tell_pairs(state, "Sns.CallbackFriendDelete", gone)
    return {**OK, "ErrorDisplay": ""}


@simulates(FRIEND_CHECK)
def friend_check(state: State, body: Body) -> FriendsChecked:
    owner = owner_of(state, body)
    both = body.choice("CheckType", _CHECK_TYPES) == _CHECK_TYPES[1]
    friends = state.part(Friends)

    def relation(other: str) -> Fields:
        if other not in state.accounts:
            return {"Relation": _NO, "ResultCode": 30003, "ResultInfo": "not imported"}
        mine, theirs = friends.are(owner, other), both and friends.are(other, owner)
        return {"Relation": (_BOTH if theirs else _MINE) if mine else _THEIRS if theirs else _NO}

    answer: FriendsChecked = answered(rows_of(others_of(body, BATCH), relation), "InfoItem")
    return answer


@simulates(FRIEND_LIST)
def friend_get(state: State, body: Body) -> FriendPage:
    owner = state.part(Friends).of(owner_of(state, body))
    start = body.number("StartIndex", 0)
    known_standard = body.number("StandardSequence", 0) or None
    known_custom = body.number("CustomSequence", 0) or None
    standard = known_standard != owner.standard_sequence
    custom = known_custom != owner.custom_sequence
    end = start + PAGE
    page = islice(owner.friends.items(), start, end) if standard or custom else ()
    rows: list[Any] = [
        {"To_Account": user, "ValueItem": _shown(fields, standard=standard, custom=custom)}
        for user, fields in page
    ]
    last = end >= len(owner.friends) or not (standard or custom)
    return {
        **OK,
        "UserDataItem": rows,
        "StandardSequence": owner.standard_sequence,
        "CustomSequence": owner.custom_sequence,
        "FriendNum": len(owner.friends),
        "CompleteFlag": int(last),
        "NextStartIndex": 0 if last else end,
        "ErrorDisplay": "",
    }


@simulates(FRIEND_INFO)
def friend_get_list(state: State, body: Body) -> FriendInfos:
    owner = owner_of(state, body)
    tags = body.texts("TagList")
    friends = state.part(Friends)

    def read(other: str) -> Fields:
        if not friends.are(owner, other):
            raise Refusal(30001, "Err_SNS_FriendGetList_Friend_Not_Exist")
        known = state.accounts[other].peek_tags() | friends.of(owner).friends[other]
        return {"SnsProfileItem": _values(known, tags)}

    answer: FriendInfos = answered(rows_of(others_of(body, INFO_BATCH), read), "InfoItem")
    return answer


def _ask(
    state: State, owner: str, items: dict[str, Body], *, both: bool, forced: bool
) -> Mapping[str, tuple[int, str]]:
    """Whom the app's backend refuses to a user, with its codes; of REST calls it is not asked."""
    if not state.caller.is_user:
        return {}
    names = ("To_Account", "Remark", "GroupName", "AddSource", "AddWording")
    asked = {
        "Requester_Account": state.caller.user_id,
        "From_Account": owner,
        "FriendItem": [
            {name: item.value(name) for name in names if item.has(name)} for item in items.values()
        ],
        "AddType": _ADD_TYPES[both],
        "ForceAddFlags": int(forced),
    }
    return state.ask("Sns.CallbackPrevFriendAdd", asked).codes


def _check(state: State, owner: str, other: str, request: Request) -> None:
    _refuse_stranger(state, owner, other)
    friends = state.part(Friends)
    if friends.are(owner, other) and (not request.both or friends.are(other, owner)):
        raise Refusal(30001, "Err_SNS_FriendAdd_Friend_Exist")
    friends.refuse_full(owner, other, both=request.both)


def _needs_consent(state: State, owner: str, other: str) -> bool:
    """Whether the other side has to be asked; refuses what it would never be asked for."""
    mine, theirs = state.account(owner).peek_tags(), state.account(other).peek_tags()
    if mine.get("Tag_Profile_IM_AdminForbidType") == "AdminForbid_Type_SendOut":
        raise Refusal(30009, "Err_SNS_FriendAdd_Forbid_By_Admin")
    if is_blocked(state, owner, other):
        raise Refusal(30515, "Err_SNS_FriendAdd_Peer_In_Own_Blacklist")
    if is_blocked(state, other, owner):
        raise Refusal(30525, "Err_SNS_FriendAdd_In_Peer_Blacklist")
    allowed = theirs.get("Tag_Profile_IM_AllowType", "AllowType_Type_AllowAny")
    if allowed == "AllowType_Type_DenyAny":
        raise Refusal(30516, "Err_SNS_FriendAdd_Peer_Deny_Any")
    has_asked = other in state.part(Friends).of(owner).pending
    return allowed == "AllowType_Type_NeedConfirm" and not has_asked


def _refuse_stranger(state: State, owner: str, other: str) -> None:
    if other == owner:
        raise Refusal(30001, "an account can't be its own friend")
    state.account(other, 30003)


def _by_account(body: Body, name: str) -> dict[str, Body]:
    return {row.user_id("To_Account"): row for row in body.objects(name, most=BATCH)}


def _new_friend(state: State, item: Body) -> Fields:
    source = item.text("AddSource")
    if not _SOURCE.fullmatch(source):
        raise item.refusal("AddSource is not AddSource_Type_ and 1 to 8 letters")
    given = {
        "Tag_SNS_IM_AddSource": source,
        "Tag_SNS_IM_Remark": item.text("Remark", "", most=96),
        "Tag_SNS_IM_Group": _names(item, "GroupName"),
        "Tag_SNS_IM_AddWording": item.text("AddWording", "", most=256),
        "Tag_SNS_IM_AddTime": state.clock.seconds(),
    }
    state.refuse_sensitive(given["Tag_SNS_IM_Remark"], given["Tag_SNS_IM_AddWording"])
    return {tag: value for tag, value in given.items() if value}


def _names(item: Body, field: str) -> list[str]:
    """Friend groups: one name or a list of them, whichever of the two calls it is.

    Some clients send an empty name for none.
    """
    value = item.value(field, "")
    names: list[str] = [value] if isinstance(value, str) else item.texts(field)
    for name in filter(None, names):
        check_group_name(item, name)
    return [name for name in dict.fromkeys(names) if name]


def check_group_name(body: Body, name: str) -> None:
    """Refuse a name that no friend group can have."""
    if not 1 <= size(name) <= LONGEST_NAME:
        raise body.refusal(f"a friend group's name has 1 to {LONGEST_NAME} bytes")


def _custom(item: Body) -> Fields:
    found = {row.text("Tag"): row for row in item.objects("CustomItem", None)}
    for tag, row in found.items():
        if not tag.startswith(CUSTOM):
            raise row.refusal(f"{tag} is no custom field")
    return {tag: _changed(tag, row) for tag, row in found.items()}


def _changed(tag: str, item: Body) -> Any:
    if tag == GROUP:
        return _names(item, "Value")
    if tag == "Tag_SNS_IM_Remark":
        return item.text("Value", most=96)
    if not tag.startswith(CUSTOM):
        raise item.refusal(f"{tag} does not exist or can't be changed")
    if isinstance(item.value("Value"), str):
        return item.text("Value", most=500)
    return item.number("Value")


def _deletes_both(body: Body) -> bool:
    chosen: str = body.choice("DeleteType", _DELETE_TYPES, _DELETE_TYPES[0])
    return chosen == _DELETE_TYPES[1]


def _shown(fields: Fields, *, standard: bool, custom: bool) -> list[Any]:
    return _values(
        fields, [tag for tag in fields if (custom if tag.startswith(CUSTOM) else standard)]
    )


def _values(fields: Fields, tags: list[str]) -> list[Any]:
    return [{"Tag": tag, "Value": fields[tag]} for tag in tags if tag in fields]
