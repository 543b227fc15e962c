"""Where a group message is said: in a group, or in a topic of a Community."""

from __future__ import annotations

from typing import Any

from .body import Body
from .group_history import GroupMessage, Histories
from .group_types import TYPES
from .live import Rooms
from .records import Group
from .refusals import Refusal
from .state import State
from .topics import MARK, Topic, Topics


class Place:
    """A group, or a topic with the members of its Community."""

    def __init__(self, state: State, group: Group, topic: Topic | None) -> None:
        self._state = state
        self.group = group
        self.topic = topic
        self.holder: Group | Topic = topic or group  # of the numbers, the times and the mute
        self.key = topic.topic_id if topic else group.group_id
        self._names = group.group_id, topic.topic_id if topic else ""
        self.history = state.part(Histories).peek(*self._names)

    @property
    def about(self) -> dict[str, Any]:
        """How callbacks about it begin."""
        topic = {"TopicId": self.topic.topic_id} if self.topic else {}
        return {"GroupId": self.group.group_id, "Type": self.group.type, **topic}

    @property
    def created(self) -> int:
        """When it was created."""
        return self.holder.create_time

    @property
    def newest(self) -> int:
        """When the newest message was sent, 0 without one."""
        return self.holder.last_msg_time

    def others(self, user_id: str) -> tuple[str, ...]:
        """The members but one."""
        return tuple(one.user_id for one in self.group.walk() if one.user_id != user_id)

    def refuse_sender(self, user_id: str) -> None:
        """Raise the Refusal of one who may not say anything here; an administrator may."""
        account = self._state.account(user_id)
        if user_id in self._state.admins:
            return
        member, now = self.group.member(user_id), self._state.clock.time()
        if (self.group.bans or {}).get(user_id, 0) > now:
            raise Refusal(10007, f"{user_id} is banned from the group")
        if member is None and TYPES[self.group.type].lists_members:
            raise Refusal(10007, f"{user_id} is no member of the group")
        muted = self.group.mutes_of_others or {}
        until = member.mute_until if member else muted.get(user_id, 0)
        here = self.topic.mutes.get(user_id, 0) if self.topic else 0
        if max(until, here, account.mute_group_until) > now:
            raise Refusal(10017, f"{user_id} is muted")
        if "On" in (self.group.mute_all, self.holder.mute_all) and not self._leads(user_id):
            raise Refusal(10017, "all members are muted")

    def mute(self, user_id: str, until: int) -> None:
        """Mute until a time, 0 to unmute."""
        if self.topic:
            self.topic.mutes[user_id] = until
        else:
            self.group.mute(user_id, until)

    def mutes(self) -> dict[str, int]:
        """Until when each account is, or was, muted here."""
        if self.topic:
            return self.topic.mutes
        members = {one.user_id: one.mute_until for one in self.group.walk()}
        return members | (self.group.mutes_of_others or {})

    def post(self, message: GroupMessage, *, stored: bool = True, counts: bool = True) -> None:
        """Give the message its number, and move what a message moves."""
        self.history = self._state.part(Histories).of(*self._names)
        message.seq = self.holder.next_msg_seq
        self.holder.next_msg_seq += 1
        if stored:
            self.history.messages.append(message)
        self.history.note(message, self._state.clock.seconds())
        if counts:
            self.holder.last_msg_time = message.time
        self._said_by(message)

    def mark_all_read(self) -> None:
        """Set every member's unread number to 0."""
        newest = self.holder.next_msg_seq - 1
        if self.topic:
            self.topic.all_read = newest
            return
        for member in self.group.members.values():
            member.msg_seq = newest

    def _said_by(self, message: GroupMessage) -> None:
        if self.group.member(message.sender) is None:
            return
        member = self.group.members[message.sender]
        member.last_send_time = message.time
        if self.topic:
            self.topic.read[message.sender] = message.seq
        else:
            member.msg_seq = message.seq

    def _leads(self, user_id: str) -> bool:
        member = self.group.member(user_id)
        led = member is not None and member.role in ("Owner", "Admin")
        admins = self._state.part(Rooms).room(self.group.group_id).admins
        return led or user_id == self.group.owner or user_id in admins


def place_of(state: State, body: Body) -> Place:
    """The group that a request names, or its topic; some clients name it in GroupId."""
    given, topic_id = body.text("GroupId"), body.text("TopicId", "")
    group_id, mark, _ = given.partition(MARK)
    topic_id = topic_id or (given if mark else "")
    group = state.group(group_id)
    return Place(state, group, state.part(Topics).topic(group_id, topic_id) if topic_id else None)
