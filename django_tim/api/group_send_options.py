"""How a group message is sent: its options, and the fields that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, get_args

from django_tim.answers import ForbidCallbackControl
from django_tim.client.area import checked_literal
from django_tim.exceptions import InvalidArgument

from .elements import Message, OfflinePush, message_body
from .ids import check_group_id, check_user_id, keyed_users, message_number
from .send_options import words

Priority = Literal["High", "Normal", "Low"]
GroupSendControl = Literal["NoUnread", "NoLastMsg"]


class GroupSendOptions(TypedDict, total=False):
    """What ``send`` may be told beside the message."""

    topic_id: str
    """The topic of a Community that it goes to."""
    priority: Priority
    """What is dropped last when a group has too many messages. "Normal" if absent."""
    cloud_custom_data: str
    """Kept and delivered with the message; counts as part of its 12 KB."""
    offline_push: OfflinePush
    """What those who are offline are shown: see ``elements.offline_push``."""
    online_only: bool
    """Delivered to those online, and kept nowhere. Not for an AVChatRoom."""
    control: Sequence[GroupSendControl]
    """NoUnread, NoLastMsg (the conversation does not show it). Not for an AVChatRoom."""
    mentions: Sequence[str]
    """The members who are @-mentioned, in the order of the text; 30 with ``mentions_all``."""
    mentions_all: bool
    """Whether all are. Not in a Community or AVChatRoom."""
    receivers: Sequence[str]
    """Only these members get it, 50 at most. Not for a Community or AVChatRoom; top plan."""
    need_read_receipt: bool
    """Whether its reading is to be counted. Not for a Community or AVChatRoom; 200 members."""
    supports_extensions: bool
    """Whether key-value extensions can be set on it: see ``tim.message_extensions``."""
    forbid_callbacks: Sequence[ForbidCallbackControl]
    """The callbacks to the app that it does not trigger."""


def said_in(group_id: str, topic_id: str | None) -> dict[str, Any]:
    """Where a message is said."""
    topic = {} if topic_id is None else {"TopicId": check_group_id(topic_id)}
    return {"GroupId": check_group_id(group_id)} | topic


def message_fields(
    group_id: str,
    message: Message,
    sender: str | None,
    random: int | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The fields of a message to send; raises TypeError for an unknown option."""
    unknown = options.keys() - GroupSendOptions.__optional_keys__
    if unknown:
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    return {
        **said_in(group_id, options.get("topic_id")),
        "From_Account": None if sender is None else check_user_id(sender),
        "Random": message_number(random),
        "MsgPriority": checked_literal("priority", options.get("priority"), get_args(Priority)),
        "MsgBody": message_body(message, options.get("cloud_custom_data")),
        **_option_fields(options),
    }


def _option_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "CloudCustomData": options.get("cloud_custom_data"),
        "OfflinePushInfo": options.get("offline_push"),
        "OnlineOnlyFlag": 1 if options.get("online_only") else None,
        "SendMsgControl": words("control", options, get_args(GroupSendControl)),
        "GroupAtInfo": _mentioned(options),
        "To_Account": _receivers(options.get("receivers")),
        "NeedReadReceipt": 1 if options.get("need_read_receipt") else None,
        "SupportMessageExtension": 1 if options.get("supports_extensions") else None,
        "ForbidCallbackControl": words(
            "forbid_callbacks", options, get_args(ForbidCallbackControl)
        ),
    }


def _mentioned(options: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    rows: list[dict[str, Any]] = [
        {"GroupAtAllFlag": 0, "GroupAt_Account": user}
        for user in keyed_users(options.get("mentions") or ())
    ]
    return ([{"GroupAtAllFlag": 1}] if options.get("mentions_all") else []) + rows or None


def _receivers(user_ids: Sequence[str] | None) -> list[str] | None:
    """The receivers; None, and not an empty list, stands for all members."""
    users = None if user_ids is None else list(keyed_users(user_ids))
    if users == []:
        raise InvalidArgument("no receiver is named; without receivers it goes to all")
    return users
