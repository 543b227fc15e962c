"""What every event has in common, and which class stands for which command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .fields import Each, Moment, Number, Objects, Text, milliseconds

EVENTS: dict[str, type[Event]] = {}
"""The class of each command that is known."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What the service has told us: also the class of commands that we don't know yet.

    A subclass reads the documented fields of its command as attributes; ``payload`` is the
    whole body as it came.
    """

    command: str
    payload: Mapping[str, Any] = field(repr=False)
    app: str = "default"
    """The alias of the app."""
    sdk_app_id: int = 0
    client_ip: str = ""
    """The address of the client that caused it; "" where the service did."""
    platform: str = ""
    """RESTAPI, Web, Android, iOS …, as the service spells it."""

    family: ClassVar[str] = ""
    """Which signal carries it: "group" is ``signals.group_event``; "" only ``callback``."""
    before: ClassVar[bool] = False
    """Whether the service waits for our answer, which may forbid or change what is to happen."""
    doc: ClassVar[int | None] = None
    """The vendor's page."""
    identity: ClassVar[tuple[str, ...]] = ()
    """The fields that tell it from others of its command, where the whole body would not; the
    last one must be there."""

    time = Moment("EventTime")
    """When it happened; None where the vendor does not say."""

    def __init_subclass__(cls, command: str = "", doc: int | None = None) -> None:
        super().__init_subclass__()
        if command:
            cls.doc = doc
            cls.named = command
            EVENTS[command] = cls

    named: ClassVar[str] = ""
    """The command that the class stands for."""

    @property
    def event_ms(self) -> int | None:
        """When it happened, in milliseconds since 1970."""
        return milliseconds(self.payload.get("EventTime"))


class GroupScoped(Event):
    """Something about a group."""

    family = "group"
    group_id = Text("GroupId", "GroupID")
    group_type = Text("Type")
    operator = Text("Operator_Account")


class Message(Event):
    """A message, in whatever kind of conversation."""

    family = "message"
    msg_body = Objects("MsgBody")
    cloud_custom_data = Text("CloudCustomData")
    msg_id = Text("MsgId")
    msg_seq = Number("MsgSeq")
    msg_random = Number("MsgRandom", "Random")
    msg_time = Moment("MsgTime")
    online_only = Number("OnlineOnlyFlag")

    @property
    def text(self) -> str:
        """The message's text elements, joined; "" if it has none."""
        contents = (one.get("MsgContent") for one in self.msg_body)
        texts = (one.get("Text") for one in contents if isinstance(one, Mapping))
        return "\n".join(text for text in texts if isinstance(text, str))


class MemberList(Event):
    """An event that names members."""

    user_ids = Each("MemberList", "Member_Account")


def parse(
    command: str,
    payload: Mapping[str, Any],
    *,
    app: str = "default",
    sdk_app_id: int = 0,
    client_ip: str = "",
    platform: str = "",
) -> Event:
    """The event that a callback tells of: an instance of its command's class, or of Event."""
    return EVENTS.get(command, Event)(
        command=command,
        payload=payload,
        app=app,
        sdk_app_id=sdk_app_id,
        client_ip=client_ip,
        platform=platform,
    )
