"""Live groups (AVChatRoom): who is there, admins, robots, marks, broadcasts.

Most of it needs the top plan and the console's switch for the list of those online.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from django_tim.answers import (
    BroadcastSent,
    Envelope,
    LiveAdmin,
    LiveMarked,
    LiveMember,
    LiveMemberPage,
    LiveMembersChecked,
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
    Endpoint,
)
from django_tim.client.area import Area, Extra, readable
from django_tim.client.batch import BatchResult, Outcome

from .elements import Message, message_body
from .group_members import NO_REASON
from .ids import check_group_id, check_user_id, keyed_users, message_number

ALWAYS_ONLINE: Final = 500
"""The mark of one who counts as online, for three days at most: a robot."""

HIDDEN: Final = 600
"""The mark of one who is left out of the list."""

_SET: Final = 1
_REMOVE: Final = 2


class Live(Area):
    """``group_open_avchatroom_http_svc``, and the broadcast to all live groups."""

    def get_online_count(self, group_id: str, *, extra: Extra = None) -> int:
        """How many people are in a live group, 10 to 40 seconds ago. Page 38521."""
        answer = self._call(LIVE_ONLINE_COUNT, {"GroupId": check_group_id(group_id)}, extra)
        with readable(LIVE_ONLINE_COUNT):
            return answer["OnlineMemberNum"]

    def get_members_page(
        self,
        group_id: str,
        *,
        timestamp: int = 0,
        mark: int | None = None,
        extra: Extra = None,
    ) -> LiveMemberPage:
        """One page of the people in a live group, about 500, the newest first.

        ``timestamp`` is the last page's NextTimestamp; 0 begins and ends. Only the newest
        1,000 can be had (30 in smaller plans). ``mark`` asks for those who have it.
        """
        payload = {"GroupId": check_group_id(group_id), "Timestamp": timestamp, "Mark": mark}
        return self._page(LIVE_MEMBER_LIST, payload, extra)

    def iterate_members(
        self, group_id: str, *, mark: int | None = None, extra: Extra = None
    ) -> Iterator[LiveMember]:
        """All people of ``get_members_page``."""
        payload = {"GroupId": check_group_id(group_id), "Mark": mark}
        for page in self._pages(LIVE_MEMBER_LIST, payload, extra):
            yield from page["MemberList"]

    def check_members_many(
        self, group_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[bool]:
        """Whether each account is in the live group, about 40 seconds ago. Page 60523."""

        def read(answer: LiveMembersChecked, keys: list[str]) -> Iterator[Outcome[bool]]:
            there = set(answer.get("Member_Account") or ())
            return (Outcome(key, key in there) for key in keys)

        return self._batch(
            LIVE_MEMBER_CHECK,
            keyed_users(user_ids),
            _people(group_id, "Member_Account"),
            read,
            extra,
        )

    def mark_many(
        self,
        group_id: str,
        marks: Mapping[str, Iterable[int]],
        *,
        remove: bool = False,
        extra: Extra = None,
    ) -> BatchResult[list[int]]:
        """Give people marks, or take these from them, 500 a call: ``{UserID: marks}``.

        Marks from 1000 on are the app's own, at most 10 in a group and 1,000 people for
        each; ALWAYS_ONLINE and HIDDEN have a meaning. Who is not online fails, and loses
        his marks on leaving.
        """
        rows = {
            check_user_id(user): {"Member_Account": user, "Marks": list(given)}
            for user, given in marks.items()
        }
        payload = _people(group_id, "MemberList", CommandType=_REMOVE if remove else _SET)
        return self._batch(LIVE_MEMBER_MARK, rows, payload, _marked, extra)

    def add_robots_many(
        self, group_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Let accounts count as online, as the mark ALWAYS_ONLINE does. Page 60527."""
        payload = _people(group_id, "Member_Account")
        return self._for_people(LIVE_ROBOT_ADD, user_ids, payload, extra)

    def delete_robots_many(
        self, group_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Undo ``add_robots_many``. Page 60526."""
        payload = _people(group_id, "Member_Account")
        return self._for_people(LIVE_ROBOT_DELETE, user_ids, payload, extra)

    def get_admins(self, group_id: str, *, extra: Extra = None) -> list[LiveAdmin]:
        """A live group's admins. Page 60524."""
        answer = self._call(LIVE_ADMIN_LIST, {"GroupId": check_group_id(group_id)}, extra)
        return list(answer.get("Admin_List") or ())

    def modify_admins_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        remove: bool = False,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Make accounts admins, or ordinary people again; a group has 5 admins at most.

        They need not be in the group. Page 60525.
        """
        payload = _people(group_id, "Admin_Account", CommandType=_REMOVE if remove else _SET)
        return self._for_people(LIVE_ADMIN_MODIFY, user_ids, payload, extra)

    def broadcast(
        self,
        message: Message,
        *,
        sender: str | None = None,
        random: int | None = None,
        cloud_custom_data: str | None = None,
        extra: Extra = None,
    ) -> BroadcastSent:
        """Send a message to every live group of the app, once a second at most.

        The service drops what has the same ``random`` and content within five minutes.
        Needs the top plan and a console switch. Page 49440.
        """
        payload = {
            "From_Account": None if sender is None else check_user_id(sender),
            "Random": message_number(random),
            "MsgBody": message_body(message, cloud_custom_data),
            "CloudCustomData": cloud_custom_data,
        }
        return self._call(LIVE_BROADCAST, payload, extra)

    def _for_people(
        self,
        endpoint: Endpoint[Envelope],
        user_ids: Iterable[str],
        payload: Callable[[list[Any]], Mapping[str, Any]],
        extra: Extra,
    ) -> BatchResult[None]:
        """A change that the service answers as a whole: it holds for everyone named."""
        return self._batch(
            endpoint,
            keyed_users(user_ids),
            payload,
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )


def _people(group_id: str, field: str, **more: Any) -> Callable[[list[Any]], Mapping[str, Any]]:
    """What makes the payload of one call from its people."""
    fixed = {"GroupId": check_group_id(group_id), **more}
    return lambda people: {**fixed, field: people}


def _marked(answer: LiveMarked, keys: list[str]) -> Iterator[Outcome[list[int]]]:
    done = {row["Member_Account"]: row.get("Marks") or [] for row in answer.get("MemberList") or ()}
    for key in keys:
        info = "" if key in done else "not online in the group"
        yield Outcome(key, done.get(key), 0 if key in done else NO_REASON, info)
