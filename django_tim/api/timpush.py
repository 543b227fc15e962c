"""The push service (TIMPush): pushes by condition or to accounts, tags and attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from django_tim.answers import Envelope, Pushed, PushedToMany
from django_tim.catalogue import (
    TIMPUSH_ATTRIBUTE_GET,
    TIMPUSH_ATTRIBUTE_NAMES_GET,
    TIMPUSH_ATTRIBUTE_NAMES_SET,
    TIMPUSH_ATTRIBUTE_REMOVE,
    TIMPUSH_ATTRIBUTE_SET,
    TIMPUSH_REVOKE,
    TIMPUSH_SEND,
    TIMPUSH_SEND_MANY,
    TIMPUSH_TAG_ADD,
    TIMPUSH_TAG_CLEAR,
    TIMPUSH_TAG_GET,
    TIMPUSH_TAG_REMOVE,
)
from django_tim.client.area import Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument

from .elements import Message, OfflinePush, message_body
from .ids import message_number
from .messages import naming
from .push_audience import (
    TAGS_A_CALL,
    PushAudience,
    attribute_names,
    attribute_types,
    condition,
    failures,
)

REPLACED_TAGS = 100
DATA_ID_BYTES = 64
# The service says that the push failed as a whole by an empty TaskId, without a code.
NO_TASK = 90001


class TIMPush(PushAudience):
    """The area ``timpush``. An account is a UserID or the RegistrationID of a device."""

    _names_get = TIMPUSH_ATTRIBUTE_NAMES_GET
    _attributes_get = TIMPUSH_ATTRIBUTE_GET
    _attributes_set = TIMPUSH_ATTRIBUTE_SET
    _attributes_remove = TIMPUSH_ATTRIBUTE_REMOVE
    _tags_get = TIMPUSH_TAG_GET
    _tags_add = TIMPUSH_TAG_ADD
    _tags_remove = TIMPUSH_TAG_REMOVE
    _tags_clear = TIMPUSH_TAG_CLEAR

    def send(
        self,
        offline_push: OfflinePush | None,
        *,
        message: Message | None = None,
        tags_or: Sequence[str] | None = None,
        tags_and: Sequence[str] | None = None,
        tags_not: Sequence[str] | None = None,
        attributes_or: Mapping[str, str] | None = None,
        attributes_and: Mapping[str, str] | None = None,
        sender: str | None = None,
        msg_random: int | None = None,
        data_id: str | None = None,
        online_only: bool = False,
        extra: Extra = None,
    ) -> Pushed:
        """Push to all accounts, or to those that meet every condition given.

        ``message``, in apps with chat, is also put into their conversations unless it is
        ``online_only``; with it, ``offline_push`` may be None. ``data_id``, at most 64 bytes,
        comes back in callbacks. One push a second (90024), 100 a day (RateLimited, 90047).
        Page 60561.
        """
        if offline_push is None and message is None:
            raise InvalidArgument("a push has offline_push, a message or both")
        payload = {
            "From_Account": sender,
            "MsgRandom": message_number(msg_random),
            "Condition": condition(
                tags_or=tags_or,
                tags_and=tags_and,
                tags_not=tags_not,
                attributes_or=attributes_or,
                attributes_and=attributes_and,
            ),
            "MsgBody": None if message is None else message_body(message),
            "OnlineOnlyFlag": 1 if online_only else None,
            "OfflinePushInfo": offline_push,
            "DataId": _check_data_id(data_id),
        }
        with naming(payload, "MsgRandom"):
            return self._call(TIMPUSH_SEND, payload, extra)

    def send_many(
        self,
        user_ids: Iterable[str],
        offline_push: OfflinePush,
        *,
        sender: str,
        msg_random: int | None = None,
        data_id: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[str]:
        """Push to the accounts named, 500 a call; each one's value is its call's TaskId.

        ``msg_random`` is the first call's, the next has the next number: within a second the
        same number is the same push. ``data_id``: at most 64 bytes. Page 67553.
        """
        fixed = {
            "From_Account": sender,
            "OfflinePushInfo": offline_push,
            **({} if data_id is None else {"DataId": _check_data_id(data_id)}),
        }
        numbers = count(message_number(msg_random))

        def payload(ids: list[str]) -> dict[str, Any]:
            return {**fixed, "To_Account": ids, "MsgRandom": next(numbers) % 2**32}

        return self._batch(TIMPUSH_SEND_MANY, self._keyed(user_ids), payload, _pushed, extra)

    def revoke(
        self, task_id: str, *, offline_push: OfflinePush | None = None, extra: Extra = None
    ) -> Envelope:
        """Take back a push of the last 24 hours, or show ``offline_push`` in its place.

        Raises NotFound (90049) for an unknown task, Conflict (90050) for one taken back
        already, NotPermitted (90052) for an older one. One call a second. Page 60571.
        """
        payload = {"TaskId": task_id, "OfflinePushInfo": offline_push}
        return self._call(TIMPUSH_REVOKE, payload, extra)

    def set_attribute_names(
        self,
        names: Mapping[str, str],
        *,
        types: Mapping[str, int] | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Name the app's attributes, by their numbers "0" to "9", before any has a value.

        ``types``, by the same numbers: 0 for attributes of accounts, 1 for those of
        RegistrationIDs; a type can't be changed later. A name has at most 50 bytes. Page 60563.
        """
        payload = {
            "AttrNames": attribute_names(names),
            "AttrTypes": None if types is None else attribute_types(types),
        }
        return self._call(TIMPUSH_ATTRIBUTE_NAMES_SET, payload, extra)

    def add_tags_many(
        self,
        tags: Mapping[str, Sequence[str]],
        *,
        replace: bool = False,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Add tags, given as {account: [tag]}, or ``replace`` all that an account has.

        100 accounts a call; at most 10 tags for an account in one call (100 to replace) and
        100 in all; a tag has at most 50 bytes. Page 60568.
        """
        rows = self._tag_rows(tags, REPLACED_TAGS if replace else TAGS_A_CALL)
        replacing = {"Replace": 1} if replace else {}
        return self._change(self._tags_add, rows, "UserTags", {**replacing, **(extra or {})})

    def _check_account(self, user_id: str) -> str:
        if not isinstance(user_id, str) or not user_id:
            raise InvalidArgument(f"a UserID or RegistrationID is a text, not {user_id!r}")
        return user_id


def _check_data_id(data_id: str | None) -> str | None:
    if data_id is not None and utf8_length(data_id) > DATA_ID_BYTES:
        raise InvalidArgument(f"DataId has at most {DATA_ID_BYTES} bytes: {data_id!r}")
    return data_id


def _pushed(answer: PushedToMany, keys: list[str]) -> Iterator[Outcome[str]]:
    task = answer.get("TaskId") or None
    code, info = (0, "") if task else (NO_TASK, "the push failed: its TaskId is empty")
    yield from (Outcome(key, task, code, info) for key in keys)
    yield from failures(answer.get("ErrorList"))
