"""Friends: add, import, change, delete, check, list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, TypeVar, get_args

from django_tim.answers import (
    AddType,
    DeleteType,
    Friend,
    FriendCheckType,
    FriendPage,
    FriendRelation,
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
from django_tim.client.area import Area, Extra, checked_literal
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .ids import check_user_id, keyed_rows, keyed_users

FRIEND_TAGS = (
    "Tag_SNS_IM_Remark",
    "Tag_SNS_IM_Group",
    "Tag_SNS_IM_AddSource",
    "Tag_SNS_IM_AddTime",
    "Tag_SNS_IM_AddWording",
)

PENDING = 30539
NO_FRIEND = 31704

Value = str | int | Sequence[str]
FriendFields = dict[str, str | int | list[str]]
Befriended = Literal["added", "pending"]
Unfriended = Literal["deleted", "no friend"]

T = TypeVar("T")


class FriendToAdd(TypedDict):
    """One friend of ``add_many``; ``AddSource`` is AddSource_Type_ and at most 8 letters.

    ``Remark``: at most 96 bytes. ``GroupName``: one friend group, at most 30 bytes.
    ``AddWording``: at most 256 bytes.
    """

    To_Account: str
    AddSource: NotRequired[str]
    Remark: NotRequired[str]
    GroupName: NotRequired[str]
    AddWording: NotRequired[str]


class CustomItem(TypedDict):
    """A field of the app's own: Tag_SNS_Custom_ and at most 8 letters."""

    Tag: str
    Value: str | int


class FriendToImport(TypedDict):
    """One friend of ``import_many``: as in ``FriendToAdd``, in several groups; Unix seconds."""

    To_Account: str
    AddSource: NotRequired[str]
    Remark: NotRequired[str]
    RemarkTime: NotRequired[int]
    GroupName: NotRequired[list[str]]
    AddWording: NotRequired[str]
    AddTime: NotRequired[int]
    CustomItem: NotRequired[list[CustomItem]]


class Friends(Area):
    """The friends' part of ``sns``."""

    def add_many(
        self,
        user_id: str,
        friends: Iterable[FriendToAdd | str],
        *,
        add_type: AddType | None = None,
        force: bool = False,
        add_source: str = "AddSource_Type_Server",
        extra: Extra = None,
    ) -> BatchResult[Befriended]:
        """Make accounts friends of ``user_id``, 1,000 a call: each is "added" or "pending".

        Pending (30539) waits for the other side's consent, which ``force`` does without.
        Both sides become friends unless ``add_type`` is Add_Type_Single. ``add_source`` is
        for the rows without their own. A friend already fails with 30001, a blocked one with
        30515 or 30525, one who denies everybody with 30516. Page 34902.
        """
        more = {
            "From_Account": check_user_id(user_id),
            "AddType": checked_literal("AddType", add_type, get_args(AddType)),
            "ForceAddFlags": 1 if force else None,
        }
        return self._batch(
            FRIEND_ADD,
            _sourced(friends, add_source),
            _with("AddFriendItem", more),
            lambda answer, keys: map(_befriended, plain(answer, keys)),
            extra,
        )

    def import_many(
        self,
        user_id: str,
        friends: Iterable[FriendToImport | str],
        *,
        add_source: str = "AddSource_Type_Server",
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Write friends into the list of ``user_id``, 1,000 a call: one way, no consent, no notice.

        ``add_source`` is for the rows without their own. Page 34903.
        """
        more = {"From_Account": check_user_id(user_id)}
        rows = _sourced(friends, add_source)
        return self._batch(FRIEND_IMPORT, rows, _with("AddFriendItem", more), plain, extra)

    def update_many(
        self,
        user_id: str,
        friends: Mapping[str, Mapping[str, Value]],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Change fields of friends, given as {UserID: {tag: value}}, 100 a call.

        Tags: Tag_SNS_IM_Remark (at most 96 bytes), Tag_SNS_IM_Group (a list of names) and the
        app's own ``Tag_SNS_Custom_…`` (at most 500 bytes). Page 34904.
        """
        more = {"From_Account": check_user_id(user_id)}
        rows = {
            check_user_id(other): {"To_Account": other, "SnsItem": _items(other, fields)}
            for other, fields in friends.items()
        }
        return self._batch(FRIEND_UPDATE, rows, _with("UpdateItem", more), plain, extra)

    def delete_many(
        self,
        user_id: str,
        friend_ids: Iterable[str],
        *,
        delete_type: DeleteType = "Delete_Type_Single",
        extra: Extra = None,
    ) -> BatchResult[Unfriended]:
        """Delete friends of ``user_id``, 1,000 a call: each is "deleted" or was "no friend".

        Delete_Type_Both deletes ``user_id`` from their lists too. Page 34905.
        """
        more = _deletion(user_id, delete_type)
        return self._batch(
            FRIEND_DELETE,
            keyed_users(friend_ids),
            _with("To_Account", more),
            lambda answer, keys: map(_unfriended, plain(answer, keys)),
            extra,
        )

    def delete_all(
        self,
        user_id: str,
        *,
        delete_type: DeleteType = "Delete_Type_Single",
        extra: Extra = None,
    ) -> FriendsDeleted:
        """Delete every friend of ``user_id``; Delete_Type_Both from their lists too. Page 34906."""
        return self._call(FRIEND_DELETE_ALL, _deletion(user_id, delete_type), extra)

    def check_many(
        self,
        user_id: str,
        others: Iterable[str],
        *,
        check_type: FriendCheckType = "CheckResult_Type_Both",
        extra: Extra = None,
    ) -> BatchResult[FriendRelation]:
        """Ask who is whose friend, 1,000 a call; A is ``user_id``, B the other. Page 34907.

        CheckResult_Type_Single looks into A's list only: AWithB or NoRelation.
        """
        more = {
            "From_Account": check_user_id(user_id),
            "CheckType": checked_literal("CheckType", check_type, get_args(FriendCheckType)),
        }
        return self._batch(
            FRIEND_CHECK,
            keyed_users(others),
            _with("To_Account", more),
            lambda answer, keys: results(answer, "InfoItem", lambda row: row["Relation"]),
            extra,
        )

    def get_page(
        self,
        user_id: str,
        *,
        start_index: int = 0,
        standard_sequence: int = 0,
        custom_sequence: int = 0,
        extra: Extra = None,
    ) -> FriendPage:
        """One page of friends with their fields; NextStartIndex begins the next. Page 34908.

        With a sequence of the last answer, fields that have not changed since are left out.
        """
        payload = {
            "From_Account": check_user_id(user_id),
            "StartIndex": start_index,
            "StandardSequence": standard_sequence,
            "CustomSequence": custom_sequence,
        }
        return self._page(FRIEND_LIST, payload, extra)

    def iterate(self, user_id: str, *, extra: Extra = None) -> Iterator[Friend]:
        """All friends of ``get_page``."""
        payload = {
            "From_Account": check_user_id(user_id),
            "StandardSequence": 0,
            "CustomSequence": 0,
        }
        for page in self._pages(FRIEND_LIST, payload, extra):
            yield from page["UserDataItem"]

    def get_many(
        self,
        user_id: str,
        friend_ids: Iterable[str],
        *,
        tags: Iterable[str] = FRIEND_TAGS,
        extra: Extra = None,
    ) -> BatchResult[FriendFields]:
        """Read named friends as {tag: value}, 100 a call; one who is no friend fails with 30001.

        ``tags`` mixes ``Tag_SNS_…`` and ``Tag_Profile_…``; fields never set are left out.
        Page 34910.
        """
        more = {"From_Account": check_user_id(user_id), "TagList": list(tags)}
        return self._batch(
            FRIEND_INFO,
            keyed_users(friend_ids),
            _with("To_Account", more),
            lambda answer, keys: results(answer, "InfoItem", _fields),
            extra,
        )


def results(
    answer: Mapping[str, Any],
    field: str = "ResultItem",
    value: Callable[[Any], T | None] = lambda row: None,
) -> Iterator[Outcome[T]]:
    """The outcome of each account in ``field``; ``value`` reads a row that succeeded.

    Older services name accounts in Fail_Account or Invalid_Account alone, without a reason.
    """
    named = set()
    for row in answer.get(field) or ():
        code, info = row.get("ResultCode") or 0, row.get("ResultInfo") or ""
        named.add(row["To_Account"])
        yield Outcome(row["To_Account"], None if code else value(row), code, info)
    for listed, code in (("Invalid_Account", 30003), ("Fail_Account", 30006)):
        for user_id in answer.get(listed) or ():
            if user_id not in named:
                named.add(user_id)
                yield Outcome(user_id, code=code, info=f"the answer names it in {listed} only")


def plain(answer: RelationResults, keys: list[str]) -> Iterator[Outcome[None]]:
    """The outcomes of a change that answers nothing else."""
    return results(answer)


def _befriended(outcome: Outcome[None]) -> Outcome[Befriended]:
    if outcome.code == PENDING:
        return Outcome(outcome.item, "pending", info=outcome.info)
    return Outcome(outcome.item, "added" if outcome.ok else None, outcome.code, outcome.info)


def _unfriended(outcome: Outcome[None]) -> Outcome[Unfriended]:
    if outcome.code == NO_FRIEND:
        return Outcome(outcome.item, "no friend", info=outcome.info)
    return Outcome(outcome.item, "deleted" if outcome.ok else None, outcome.code, outcome.info)


def _with(field: str, more: Mapping[str, Any]) -> Callable[[list[Any]], dict[str, Any]]:
    return lambda rows: {**more, field: rows}


def _sourced(friends: Iterable[Any], source: str) -> dict[str, dict[str, Any]]:
    if isinstance(friends, str):
        raise InvalidArgument("several friends are asked for, not one text")
    given = [{"To_Account": row} if isinstance(row, str) else row for row in friends]
    full = ({"To_Account": row.get("To_Account"), "AddSource": source, **row} for row in given)
    rows = keyed_rows(full, "To_Account")
    return {check_user_id(user_id): row for user_id, row in rows.items()}


def _items(user_id: str, fields: Mapping[str, Value]) -> list[dict[str, Any]]:
    if not fields:
        raise InvalidArgument(f"no field was given for the friend {user_id!r}")
    return [{"Tag": tag, "Value": value} for tag, value in fields.items()]


def _fields(row: Mapping[str, Any]) -> FriendFields:
    return {item["Tag"]: item["Value"] for item in row.get("SnsProfileItem") or ()}


def _deletion(user_id: str, delete_type: DeleteType) -> dict[str, Any]:
    chosen = checked_literal("DeleteType", delete_type, get_args(DeleteType))
    return {"From_Account": check_user_id(user_id), "DeleteType": chosen}
