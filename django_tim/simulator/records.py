"""What the simulated service keeps of an account, a group and a member.

Slots and no dataclass defaults in dicts: a million of them must fit. A seeded record computes
its profile or its members from the seed when it is asked, and keeps them once they change.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol

FOR_EVER: Final = 0xFFFF_FFFF


class AccountSource(Protocol):
    """Where a seeded account's profile and devices come from."""

    def tags(self, account: Account) -> dict[str, str | int]: ...

    def devices(self, account: Account) -> dict[str, str]: ...


class Account:
    """An imported account; ``tags`` is its profile and ``devices`` its state by platform."""

    __slots__ = (
        "_devices",
        "_source",
        "_tags",
        "asks_before_joining",
        "imported_at",
        "kicked_at",
        "mute_group_until",
        "mute_message_until",
        "number",
        "user_id",
    )

    def __init__(
        self, user_id: str, imported_at: int, number: int, source: AccountSource | None = None
    ) -> None:
        self.user_id = user_id
        self.imported_at = imported_at
        self.number = number
        self.kicked_at = 0
        self.asks_before_joining = False
        self.mute_group_until = 0
        self.mute_message_until = 0
        self._source = source
        self._tags: dict[str, str | int] | None = None
        self._devices: dict[str, str] | None = None

    @property
    def tags(self) -> dict[str, str | int]:
        """The profile: {tag: value}, with the tags that were ever set."""
        if self._tags is None:
            self._tags = self._source.tags(self) if self._source else {}
        return self._tags

    def peek_tags(self) -> dict[str, str | int]:
        """The profile to read from: a seeded one is not kept."""
        if self._tags is None and self._source:
            return self._source.tags(self)
        return self.tags

    @property
    def devices(self) -> dict[str, str]:
        """{platform: "Online" or "PushOnline"}; a platform that is not there is offline."""
        if self._devices is None:
            self._devices = self._source.devices(self) if self._source else {}
        return self._devices

    @property
    def status(self) -> str:
        """Online if any device is; a seeded one's devices are not kept."""
        devices = self._devices
        if devices is None:
            devices = self._source.devices(self) if self._source else {}
        states = devices.values()
        return "Online" if "Online" in states else "PushOnline" if states else "Offline"

    def log_in(self, platform: str = "iPhone", state: str = "Online") -> None:
        """What the client SDK does when the account's user logs in."""
        self.devices[platform] = state


class Member:
    """A member of a group. ``number`` grows in the order of joining."""

    __slots__ = (
        "custom",
        "join_time",
        "last_send_time",
        "msg_flag",
        "msg_seq",
        "mute_until",
        "name_card",
        "number",
        "role",
        "user_id",
    )

    def __init__(self, user_id: str, role: str, join_time: int, number: int) -> None:
        self.user_id = user_id
        self.role = role
        self.join_time = join_time
        self.number = number
        self.msg_seq = 0
        self.msg_flag = "AcceptAndNotify"
        self.last_send_time = 0
        self.mute_until = 0
        self.name_card = ""
        self.custom: dict[str, str] = {}


class MemberSource(Protocol):
    """Where a seeded group's members come from."""

    def member(self, group: Group, place: int) -> Member: ...

    def place(self, group: Group, user_id: str) -> int | None: ...


class Group:
    """A group. ``number`` grows in the order of creation and never comes again."""

    __slots__ = (
        "_member_number",
        "_members",
        "_seeded",
        "_source",
        "apply_join",
        "audience",
        "bans",
        "create_time",
        "custom",
        "default_permission",
        "enable_permission",
        "face_url",
        "first_account",
        "group_id",
        "history_before_join",
        "info_seq",
        "introduction",
        "invite_join",
        "last_info_time",
        "last_msg_time",
        "max_members",
        "mute_all",
        "mutes_of_others",
        "name",
        "next_msg_seq",
        "notification",
        "number",
        "owner",
        "support_topic",
        "type",
    )

    def __init__(self, group_id: str, group_type: str, name: str, create_time: int) -> None:
        self.group_id = group_id
        self.type = group_type
        self.name = name
        self.create_time = self.last_info_time = create_time
        self.number = 0
        self.introduction = self.notification = self.face_url = self.owner = ""
        self.info_seq = 1
        self.last_msg_time = 0
        self.next_msg_seq = 1
        self.max_members = 0
        self.apply_join = "NeedPermission"
        self.invite_join = "FreeAccess"
        self.mute_all = "Off"
        self.history_before_join = "Off"
        self.support_topic = self.enable_permission = self.default_permission = 0
        self.custom: dict[str, str] = {}
        # People in a live group, of whom no list is kept.
        self.audience = 0
        self.bans: dict[str, int] | None = None
        # Mutes outlive leaving, and live groups have no members to note them on.
        self.mutes_of_others: dict[str, int] | None = None
        self._members: dict[str, Member] | None = None
        self._member_number = 0
        self._source: MemberSource | None = None
        self._seeded = 0
        self.first_account = 0

    def seed_members(self, source: MemberSource, count: int, first_account: int) -> None:
        """Let ``source`` tell the members, until one of them changes."""
        self._source, self._seeded, self.first_account = source, count, first_account
        self._members = None
        self._member_number = count

    @property
    def members(self) -> dict[str, Member]:
        """The members by UserID, in the order of joining; from now on they are kept."""
        if self._members is None:
            self._members = {member.user_id: member for member in self.walk()}
            self._source = None
        return self._members

    @property
    def member_count(self) -> int:
        if self._members is not None:
            return len(self._members)
        return self._seeded + self.audience

    def walk(self, start: int = 0) -> Iterator[Member]:
        """The members to read from, from place ``start`` on."""
        if self._members is not None:
            return islice(self._members.values(), start, None)
        if self._source is not None:
            source = self._source
            return (source.member(self, place) for place in range(start, self._seeded))
        return iter(())

    def walk_after(self, number: int) -> Iterator[Member]:
        """The members to read from who joined after the one with this number."""
        if self._members is None:
            return self.walk(number + 1)
        return (member for member in self._members.values() if member.number > number)

    def member(self, user_id: str) -> Member | None:
        """A member to read from, or None."""
        if self._members is not None:
            return self._members.get(user_id)
        if self._source is not None:
            place = self._source.place(self, user_id)
            return None if place is None else self._source.member(self, place)
        return None

    def join(self, user_id: str, join_time: int, role: str = "Member") -> Member:
        """Add a member; a mute from an earlier stay still holds."""
        members = self.members
        member = Member(user_id, role, join_time, self._member_number)
        member.msg_seq = self.next_msg_seq - 1
        self._member_number += 1
        if self.mutes_of_others:
            member.mute_until = self.mutes_of_others.pop(user_id, 0)
        members[user_id] = member
        return member

    def leave(self, user_id: str) -> None:
        """Take a member out, if he is one; an owner leaves the group without one."""
        if self.member(user_id) is None:
            return
        member = self.members.pop(user_id)
        if member.mute_until:
            self._note_mute(user_id, member.mute_until)
        if self.owner == user_id:
            self.owner = ""

    def mute(self, user_id: str, until: int) -> None:
        """Mute until a time, 0 to unmute."""
        if self.member(user_id) is not None:
            self.members[user_id].mute_until = until
        else:
            self._note_mute(user_id, until)

    def _note_mute(self, user_id: str, until: int) -> None:
        if self.mutes_of_others is None:
            self.mutes_of_others = {}
        self.mutes_of_others[user_id] = until

    def changed(self, now: int) -> None:
        """Note that the profile has changed."""
        self.info_seq += 1
        self.last_info_time = now
