"""Live groups: who is there, admins, robots, marks, broadcasts.

People join a live group by the client SDK only: a test lets them, by ``Rooms.join``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django_tim.answers import (
    BroadcastSent,
    Envelope,
    LiveAdmins,
    LiveMarked,
    LiveMemberPage,
    LiveMembersChecked,
    OnlineCount,
)
from django_tim.catalogue import (
    LIVE_ADMIN_LIST,
    LIVE_ADMIN_MODIFY,
    LIVE_BROADCAST,
    LIVE_MEMBER_CHECK,
    LIVE_MEMBER_LIST,
    LIVE_MEMBER_MARK,
    LIVE_ONLINE_COUNT,
    LIVE_ROBOT_ADD,
    LIVE_ROBOT_DELETE,
)

from .body import Body
from .elements import IN_GROUP, message_elements, texts
from .group_history import GroupMessage, History
from .records import Group
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

ALWAYS_ONLINE: Final = 500
HIDDEN: Final = 600
FREE_MARKS: Final = 1_000  # from here on
MOST_ADMINS: Final = 5
MOST_MARKS: Final = 10
MOST_MARKED: Final = 1_000
LISTED: Final = 1_000
PAGE: Final = 500


class Room:
    """The people of one live group that have a name here; ``since`` is when each came."""

    def __init__(self) -> None:
        self.admins: dict[str, None] = {}
        self.marks: dict[str, set[int]] = {}
        self.joined: set[str] = set()
        self.since: dict[str, int] = {}

    def settle(self, group: Group, now: int) -> None:
        """Bring who is online, and the group's number of people, up to date."""
        marked = {user for user, marks in self.marks.items() if ALWAYS_ONLINE in marks}
        online = self.joined | marked
        group.audience += len(online) - len(self.since)
        for user in self.since.keys() - online:
            del self.since[user]
        self.since |= dict.fromkeys(sorted(online - self.since.keys()), now)
        self.marks = {user: marks for user, marks in self.marks.items() if user in online}


class Rooms(Part):
    """The live groups that anything is known of, and what was sent to all of them."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._rooms: dict[str, Room] = {}
        self.broadcasts = History()

    def room(self, group_id: str) -> Room:
        """A live group's people, to read from."""
        return self._rooms.get(group_id) or Room()

    def open(self, group_id: str) -> Room:
        """A live group's people, to change."""
        return self._rooms.setdefault(group_id, Room())

    def join(self, group_id: str, *user_ids: str) -> None:
        """What the client SDK does when people come to watch."""
        self.open(group_id).joined.update(user_ids)
        self._settle(group_id)
        self._tell(group_id, "Online", "Join", user_ids)

    def leave(self, group_id: str, *user_ids: str) -> None:
        """And when they go."""
        self.open(group_id).joined.difference_update(user_ids)
        for user_id in user_ids:
            self.open(group_id).marks.pop(user_id, None)
        self._settle(group_id)
        self._tell(group_id, "Offline", "Quit", user_ids)

    def forget_account(self, user_id: str) -> None:
        for group_id, room in self._rooms.items():
            room.admins.pop(user_id, None)
            if user_id in room.since:
                self.leave(group_id, user_id)

    def forget_group(self, group_id: str) -> None:
        self._rooms.pop(group_id, None)

    def _tell(self, group_id: str, kind: str, cause: str, user_ids: Iterable[str]) -> None:
        members = [{"Member_Account": user_id} for user_id in user_ids]
        about = {"GroupId": group_id, "EventType": kind, "EventCause": cause}
        self.state.tell("Group.CallbackOnMemberStateChange", {**about, "MemberList": members})

    def _settle(self, group_id: str) -> None:
        self.open(group_id).settle(self.state.group(group_id), self.state.clock.seconds())


@simulates(LIVE_ONLINE_COUNT)
def get_online_member_num(state: State, body: Body) -> OnlineCount:
    return {**OK, "OnlineMemberNum": _group(state, body).audience}


@simulates(LIVE_MEMBER_LIST)
def get_members(state: State, body: Body) -> LiveMemberPage:
    room = state.part(Rooms).room(_group(state, body).group_id)
    before, mark = body.number("Timestamp", 0), body.number("Mark", None)
    people = [
        (since, user)
        for user, since in room.since.items()
        if HIDDEN not in room.marks.get(user, ()) and _marked(room, user, mark)
    ]
    newest = sorted(people, key=lambda one: -one[0])[:LISTED]
    rest = [one for one in newest if not before or one[0] < before]
    page, following = rest[:PAGE], rest[PAGE:]
    # The mark is a time: who came in the same second stands on the same page.
    page += [one for one in following if one[0] == page[-1][0]]
    more = len(page) < len(rest)
    rows: list[Any] = [_row(state, room, user, since) for since, user in page]
    return {**OK, "MemberList": rows, "NextTimestamp": page[-1][0] if more else 0}


@simulates(LIVE_MEMBER_CHECK)
def check_members(state: State, body: Body) -> LiveMembersChecked:
    room = state.part(Rooms).room(_group(state, body).group_id)
    users = body.user_ids("Member_Account")
    return {**OK, "Member_Account": [user for user in users if user in room.since]}


@simulates(LIVE_MEMBER_MARK)
def modify_user_info(state: State, body: Body) -> LiveMarked:
    group = _group(state, body)
    room = state.part(Rooms).open(group.group_id)
    command = body.number("CommandType", least=1, most=2)
    asked = {
        row.user_id("Member_Account"): set(_marks(row))
        for row in body.objects("MemberList", most=500)
    }
    able = {
        user: marks
        for user, marks in asked.items()
        if user in room.since or (command == 1 and ALWAYS_ONLINE in marks)
    }
    if not able:
        raise Refusal(10004, "none of the accounts is online in the group")
    if command == 1:
        _check_room_for_marks(room, able)
    for user, marks in able.items():
        kept = room.marks.get(user, set())
        room.marks[user] = kept | marks if command == 1 else kept - marks
    room.settle(group, state.clock.seconds())
    rows: list[Any] = [
        {"Member_Account": user, "Marks": sorted(marks)} for user, marks in able.items()
    ]
    return {**OK, "CommandType": command, "MemberList": rows}


@simulates(LIVE_ROBOT_ADD)
def add_robots(state: State, body: Body) -> Envelope:
    group = _group(state, body)
    room = state.part(Rooms).open(group.group_id)
    for user in body.user_ids("Member_Account"):
        room.marks.setdefault(user, set()).add(ALWAYS_ONLINE)
    room.settle(group, state.clock.seconds())
    return OK


@simulates(LIVE_ROBOT_DELETE)
def del_robots(state: State, body: Body) -> Envelope:
    group = _group(state, body)
    room = state.part(Rooms).open(group.group_id)
    for user in body.user_ids("Member_Account"):
        room.marks.get(user, set()).discard(ALWAYS_ONLINE)
    room.settle(group, state.clock.seconds())
    return OK


@simulates(LIVE_ADMIN_LIST)
def get_admin_list(state: State, body: Body) -> LiveAdmins:
    room = state.part(Rooms).room(_group(state, body).group_id)
    rows: list[Any] = [{"Admin_Account": user} | _face(state, user) for user in room.admins]
    return {**OK, "Admin_List": rows}


@simulates(LIVE_ADMIN_MODIFY)
def modify_admin(state: State, body: Body) -> Envelope:
    room = state.part(Rooms).open(_group(state, body).group_id)
    command = body.number("CommandType", least=1, most=2)
    body.items("Admin_Account", most=MOST_ADMINS)
    users = body.user_ids("Admin_Account")
    if command == 2:
        room.admins = {user: None for user in room.admins if user not in users}
        return OK
    for user in users:
        state.account(user)
    if len(room.admins.keys() | set(users)) > MOST_ADMINS:
        raise Refusal(10004, f"a live group has at most {MOST_ADMINS} admins")
    room.admins |= dict.fromkeys(users)
    return OK


@simulates(LIVE_BROADCAST)
def send_broadcast_msg(state: State, body: Body) -> BroadcastSent:
    sent, now = state.part(Rooms).broadcasts, state.clock.seconds()
    sender = body.user_id("From_Account", None) or state.caller.user_id
    state.account(sender)
    elements = message_elements(body, IN_GROUP)
    state.refuse_sensitive(*texts(elements))
    message = GroupMessage(sender, body.number("Random"), now, elements)
    message.cloud_custom_data = body.text("CloudCustomData", None)
    double = sent.double_of(message, now)
    if double is None:
        message.seq = len(sent.messages) + 1
        sent.messages.append(message)
        sent.note(message, now)
    return {**OK, "MsgSeq": (double or message).seq}


def _group(state: State, body: Body) -> Group:
    group = state.group(body.text("GroupId"))
    if group.type != "AVChatRoom":
        raise Refusal(10007, "only for AVChatRooms")
    return group


def _marked(room: Room, user: str, mark: int | None) -> bool:
    return mark is None or mark in room.marks.get(user, ())


def _marks(row: Body) -> Iterable[int]:
    for mark in row.items("Marks"):
        allowed = isinstance(mark, int) and (mark in (ALWAYS_ONLINE, HIDDEN) or mark >= FREE_MARKS)
        if not allowed:
            raise row.refusal("a mark is 500, 600, or 1000 and more")
        yield mark


def _check_room_for_marks(room: Room, asked: dict[str, set[int]]) -> None:
    """Refuse an eleventh kind of mark in the group, and a mark's 1,001st member."""
    after = {
        user: room.marks.get(user, set()) | asked.get(user, set())
        for user in room.marks.keys() | asked.keys()
    }
    holders: dict[int, int] = {}
    for marks in after.values():
        for mark in marks:
            holders[mark] = holders.get(mark, 0) + 1
    free = {mark: count for mark, count in holders.items() if mark >= FREE_MARKS}
    if len(free) > MOST_MARKS or any(count > MOST_MARKED for count in free.values()):
        raise Refusal(10004, f"at most {MOST_MARKS} marks, of {MOST_MARKED} members each")


def _row(state: State, room: Room, user: str, since: int) -> dict[str, Any]:
    row = {"Member_Account": user, "JoinTime": since} | _face(state, user)
    marks = sorted(room.marks.get(user, ()))
    return row | ({"Marks": marks} if marks else {})


def _face(state: State, user: str) -> dict[str, Any]:
    account = state.accounts.get(user)
    tags = account.peek_tags() if account else {}
    return {
        "NickName": tags.get("Tag_Profile_IM_Nick", ""),
        "Avatar": tags.get("Tag_Profile_IM_Image", ""),
    }
