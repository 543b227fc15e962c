"""How a one-to-one message is sent: its options, and the fields that they become."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypedDict, get_args

from django_tim.answers import ForbidCallbackControl, SendMsgControl
from django_tim.client.area import checked_literal
from django_tim.exceptions import InvalidArgument

from .elements import Message, OfflinePush, message_body
from .ids import check_user_id, message_number


class SendOptions(TypedDict, total=False):
    """What ``send`` and ``send_many`` may be told beside the message."""

    cloud_custom_data: str
    """Kept and delivered with the message; counts as part of its 12 KB."""
    offline_push: OfflinePush
    """What those who are offline are shown: see ``elements.offline_push``."""
    sync_to_sender: bool
    """True: to the sender's devices and history. False: to neither. Absent: history only."""
    life_time: int
    """Seconds that it is kept for those offline, 604800 at most; 0 reaches only those online."""
    control: Sequence[SendMsgControl]
    """NoUnread, NoLastMsg (the conversation does not show it), WithMuteNotifications."""
    need_read_receipt: bool
    """Whether the receiver's reading is to be reported."""


class SingleSendOptions(SendOptions, total=False):
    """What only ``send`` may be told: a batch knows none of it."""

    online_only: bool
    """Delivered to those online, and kept nowhere."""
    supports_extensions: bool
    """Whether key-value extensions can be set on it: see ``tim.message_extensions``."""
    forbid_callbacks: Sequence[ForbidCallbackControl]
    """The callbacks to the app that it does not trigger."""


def message_fields(
    message: Message,
    sender: str | None,
    msg_seq: int | None,
    msg_random: int | None,
    options: Mapping[str, Any],
    known: Collection[str] = SendOptions.__optional_keys__,
) -> dict[str, Any]:
    """The fields that all ways of sending share; raises TypeError for an unknown option."""
    unknown = options.keys() - set(known)
    if unknown:
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    return {
        "From_Account": None if sender is None else check_user_id(sender),
        "MsgSeq": message_number(msg_seq),
        "MsgRandom": message_number(msg_random),
        "MsgBody": message_body(message, options.get("cloud_custom_data")),
        **_option_fields(options),
    }


def _option_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    sync = options.get("sync_to_sender")
    return {
        "SyncOtherMachine": None if sync is None else 1 if sync else 2,
        "MsgLifeTime": options.get("life_time"),
        "SendMsgControl": words("control", options, get_args(SendMsgControl)),
        "IsNeedReadReceipt": 1 if options.get("need_read_receipt") else None,
        "OnlineOnlyFlag": 1 if options.get("online_only") else None,
        "SupportMessageExtension": 1 if options.get("supports_extensions") else None,
        "ForbidCallbackControl": words(
            "forbid_callbacks", options, get_args(ForbidCallbackControl)
        ),
        "CloudCustomData": options.get("cloud_custom_data"),
        "OfflinePushInfo": options.get("offline_push"),
    }


def words(name: str, options: Mapping[str, Any], allowed: Sequence[str]) -> list[str | None] | None:
    """An option that is several of the vendor's words, each checked; None if it is absent."""
    given = options.get(name)
    if isinstance(given, str):
        raise InvalidArgument(f"{name} is several words, not one text")
    return [checked_literal(name, word, allowed) for word in given or ()] or None
