"""Push to all members: messages by condition, tags and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django_tim.answers import Envelope, Pushed
from django_tim.catalogue import (
    PUSH_ATTRIBUTE_GET,
    PUSH_ATTRIBUTE_NAMES_GET,
    PUSH_ATTRIBUTE_NAMES_SET,
    PUSH_ATTRIBUTE_REMOVE,
    PUSH_ATTRIBUTE_SET,
    PUSH_SEND,
    PUSH_TAG_ADD,
    PUSH_TAG_CLEAR,
    PUSH_TAG_GET,
    PUSH_TAG_REMOVE,
)
from django_tim.client.area import Extra
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

from .elements import Message, OfflinePush, message_body
from .ids import check_user_id, message_number
from .messages import naming
from .push_audience import PushAudience, attribute_names, condition

LONGEST_LIFE = 7 * 86_400


class Push(PushAudience):
    """The area ``all_member_push``."""

    _names_get = PUSH_ATTRIBUTE_NAMES_GET
    _attributes_get = PUSH_ATTRIBUTE_GET
    _attributes_set = PUSH_ATTRIBUTE_SET
    _attributes_remove = PUSH_ATTRIBUTE_REMOVE
    _tags_get = PUSH_TAG_GET
    _tags_add = PUSH_TAG_ADD
    _tags_remove = PUSH_TAG_REMOVE
    _tags_clear = PUSH_TAG_CLEAR

    def send(
        self,
        message: Message,
        *,
        tags_or: Sequence[str] | None = None,
        tags_and: Sequence[str] | None = None,
        attributes_or: Mapping[str, str] | None = None,
        attributes_and: Mapping[str, str] | None = None,
        sender: str | None = None,
        life_time: int | None = None,
        msg_random: int | None = None,
        offline_push: OfflinePush | None = None,
        extra: Extra = None,
    ) -> Pushed:
        """Send a message to all accounts, or to those that meet every condition given.

        ``life_time``: seconds that it waits for those who are offline, at most 7 days; without
        it only those online get it. It can't be recalled and stands in no history. Keep
        ``msg_random`` for a repeat: within 7 days the same number is the same push. One push
        a second (90024), 100 a day (RateLimited, 90047). Page 37166.
        """
        payload = {
            "From_Account": None if sender is None else check_user_id(sender),
            "MsgRandom": message_number(msg_random),
            "Condition": condition(
                tags_or=tags_or,
                tags_and=tags_and,
                attributes_or=attributes_or,
                attributes_and=attributes_and,
            ),
            "MsgLifeTime": _check_life(life_time),
            "MsgBody": message_body(message),
            "OfflinePushInfo": offline_push,
        }
        with naming(payload, "MsgRandom"):
            return self._call(PUSH_SEND, payload, extra)

    def set_attribute_names(self, names: Mapping[str, str], *, extra: Extra = None) -> Envelope:
        """Name the app's attributes, by their numbers "0" to "9", before any has a value.

        A name has at most 50 bytes. Numbers that are not given keep their names. Page 37167.
        """
        return self._call(PUSH_ATTRIBUTE_NAMES_SET, {"AttrNames": attribute_names(names)}, extra)


def _check_life(seconds: int | None) -> int | None:
    if seconds is not None and not 0 <= seconds <= LONGEST_LIFE:
        raise InvalidArgument(
            _(
                "a push lives from 0 to {most} seconds, not {given}",
                most=LONGEST_LIFE,
                given=seconds,
            )
        )
    return seconds
