"""Group members: list, add, remove, change, mute, ban."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, cast, get_args

from django_tim.answers import (
    BannedMember,
    BannedPage,
    Envelope,
    Member,
    MemberInfos,
    MemberPage,
    MemberRoles,
    MembersAdded,
    MsgFlag,
    MutedMember,
    Role,
    RoleInGroup,
)
from django_tim.catalogue import (
    GROUP_MEMBER_ADD,
    GROUP_MEMBER_BAN,
    GROUP_MEMBER_BANNED,
    GROUP_MEMBER_DELETE,
    GROUP_MEMBER_IMPORT,
    GROUP_MEMBER_INFO,
    GROUP_MEMBER_LIST,
    GROUP_MEMBER_MODIFY,
    GROUP_MEMBER_MUTE,
    GROUP_MEMBER_MUTED,
    GROUP_MEMBER_ROLES,
    GROUP_MEMBER_SET_UNREAD,
    GROUP_MEMBER_UNBAN,
    Endpoint,
    Offset,
)
from django_tim.client.area import Area, Extra, checked_literal, normalised
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .groups import key_values
from .ids import check_group_id, check_user_id, is_community, keyed_users

FOREVER = 4_294_967_295
"""The mute time, in seconds, that never ends."""

MEMBER_FIELDS = (
    "Role",
    "JoinTime",
    "MsgSeq",
    "MsgFlag",
    "LastSendMsgTime",
    "MuteUntil",
    "NameCard",
)

_RENAMED = {"ShutUpUntil": "MuteUntil"}
_SECONDS = 2**32

Added = Literal["added", "already", "pending"]
_ADDED: dict[int, Added] = {1: "added", 2: "already", 3: "pending"}
# The service names the members that it could not add, but gives no reason.
NO_REASON = 10004


class MemberToImport(TypedDict):
    """One member of ``import_many``; ``JoinTime`` in Unix seconds."""

    Member_Account: str
    Role: NotRequired[Literal["Admin"]]
    JoinTime: NotRequired[int]
    UnreadMsgNum: NotRequired[int]


class GroupMembers(Area):
    """The members' part of ``group_open_http_svc``."""

    def get_page(
        self,
        group_id: str,
        *,
        offset: int | None = None,
        next_: str | None = None,
        limit: int | None = None,
        fields: Sequence[str] = MEMBER_FIELDS,
        roles: Sequence[Role] = (),
        custom_keys: Sequence[str] = (),
        extra: Extra = None,
    ) -> MemberPage:
        """One page of a group's members, 100 at most; MemberNum is the whole group's.

        A Community pages by ``next_`` ("" begins, "" ends), every other type by ``offset``.
        An AVChatRoom keeps no list (10007). Page 34948.
        """
        payload = _list_of(group_id, fields, roles, custom_keys)
        payload |= {"Offset": offset, "Next": next_, "Limit": limit}
        return _readable(self._page(GROUP_MEMBER_LIST, payload, extra))

    def iterate_pages(
        self,
        group_id: str,
        *,
        start: int | str | None = None,
        fields: Sequence[str] = MEMBER_FIELDS,
        roles: Sequence[Role] = (),
        custom_keys: Sequence[str] = (),
        extra: Extra = None,
    ) -> Iterator[MemberPage]:
        """All pages of ``get_page``, in the way that the group's type pages."""
        paging = GROUP_MEMBER_LIST.paging
        if is_community(group_id) and isinstance(paging, Offset):
            chosen: Any = paging.community
        else:
            chosen = paging
        payload = _list_of(group_id, fields, roles, custom_keys)
        for page in self._pages(GROUP_MEMBER_LIST, payload, extra, paging=chosen, start=start):
            yield _readable(page)

    def iterate(
        self,
        group_id: str,
        *,
        fields: Sequence[str] = MEMBER_FIELDS,
        roles: Sequence[Role] = (),
        custom_keys: Sequence[str] = (),
        extra: Extra = None,
    ) -> Iterator[Member]:
        """All members of a group. Offsets shift when members leave during the paging."""
        pages = self.iterate_pages(
            group_id, fields=fields, roles=roles, custom_keys=custom_keys, extra=extra
        )
        for page in pages:
            yield from page["MemberList"]

    def get_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        fields: Sequence[str] = MEMBER_FIELDS,
        roles: Sequence[Role] = (),
        custom_keys: Sequence[str] = (),
        extra: Extra = None,
    ) -> BatchResult[Member | None]:
        """Read named members, 50 a call; an account that is no member has no value.

        Nor has one whose role is none of ``roles``. Page 64897.
        """
        fixed = _list_of(group_id, fields, roles, custom_keys)

        def read(answer: MemberInfos, keys: list[str]) -> Iterator[Outcome[Member | None]]:
            found = {
                row["Member_Account"]: _readable_row(row) for row in answer.get("MemberList") or ()
            }
            return (Outcome(key, found.get(key)) for key in keys)

        return self._batch(
            GROUP_MEMBER_INFO,
            keyed_users(user_ids),
            lambda ids: {**fixed, "Member_List_Account": ids},
            read,
            extra,
        )

    def add_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        silence: bool = False,
        extra: Extra = None,
    ) -> BatchResult[Added]:
        """Add members, 20 a call: each is "added", was "already" there, or is "pending".

        Pending means that the invitee has to consent. ``silence`` sends no notices. The
        service gives no reason for one that failed: its code is 10004. Not for AVChatRoom
        (10007); LimitReached (10014) when the group is full. Page 34921.
        """
        check_group_id(group_id)

        def payload(ids: list[str]) -> dict[str, Any]:
            rows = [{"Member_Account": user_id} for user_id in ids]
            quiet = {"Silence": 1} if silence else {}
            return {"GroupId": group_id, "MemberList": rows} | quiet

        return self._batch(GROUP_MEMBER_ADD, keyed_users(user_ids), payload, added, extra)

    def import_many(
        self, group_id: str, members: Iterable[MemberToImport], *, extra: Extra = None
    ) -> BatchResult[Added]:
        """Add members as they were elsewhere, 20 a call: no notice, no callback.

        A JoinTime lies between the group's creation and now. Page 34969.
        """
        check_group_id(group_id)
        rows = {check_user_id(row["Member_Account"]): row for row in members}
        return self._batch(
            GROUP_MEMBER_IMPORT,
            rows,
            lambda chunk: {"GroupId": group_id, "MemberList": chunk},
            added,
            extra,
        )

    def delete_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        silence: bool = False,
        reason: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Remove members, 100 a call; one who is no member counts as removed.

        Not for AVChatRoom (10004): ban there instead. Page 34949.
        """
        more = {"Silence": 1 if silence else None, "Reason": reason}
        return self._for_members(
            GROUP_MEMBER_DELETE, group_id, user_ids, "MemberToDel_Account", more, extra
        )

    def modify(
        self,
        group_id: str,
        user_id: str,
        *,
        role: Literal["Admin", "Member"] | None = None,
        msg_flag: MsgFlag | None = None,
        name_card: str | None = None,
        mute_time: int | None = None,
        custom_fields: Mapping[str, str] | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Change what is given of a member's profile.

        ``name_card``: at most 50 bytes. ``mute_time``: seconds from now, 0 unmutes. The owner
        is changed with ``groups.change_owner``. Page 34900.
        """
        payload = {
            "GroupId": check_group_id(group_id),
            "Member_Account": check_user_id(user_id),
            "Role": checked_literal("Role", role, ("Admin", "Member")),
            "MsgFlag": checked_literal("MsgFlag", msg_flag, get_args(MsgFlag)),
            "NameCard": name_card,
            "MuteTime": None if mute_time is None else check_seconds(mute_time),
            "AppMemberDefinedData": key_values(custom_fields),
        }
        return self._call(GROUP_MEMBER_MODIFY, payload, extra)

    def mute_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        seconds: int,
        topic_id: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Mute members from now on, 500 a call; 0 unmutes, 4294967295 never ends.

        A mute outlives leaving and joining again. Not for Private groups. With ``topic_id``
        it holds in that topic of a Community. Page 34951.
        """
        more = {"MuteTime": check_seconds(seconds), "TopicId": _topic(topic_id)}
        return self._for_members(
            GROUP_MEMBER_MUTE, group_id, user_ids, "Members_Account", more, extra
        )

    def get_muted(
        self, group_id: str, *, topic_id: str | None = None, extra: Extra = None
    ) -> list[MutedMember]:
        """The members that are muted now, in a group or a topic, each with MutedUntil.

        Page 34964.
        """
        payload = {"GroupId": check_group_id(group_id), "TopicId": _topic(topic_id)}
        answer = self._call(GROUP_MEMBER_MUTED, payload, extra)
        rows = answer.get("MutedAccountList") or answer.get("ShuttedUinList") or []
        return [normalised(row, {"ShuttedUntil": "MutedUntil"}) for row in rows]

    def ban_many(
        self,
        group_id: str,
        user_ids: Iterable[str],
        *,
        seconds: int,
        description: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Put members out and keep them out for ``seconds``, 20 a call.

        ``description``: at most 1,000 bytes. Needs a paid plan and a console switch. Page 50296.
        """
        more = {"Duration": check_seconds(seconds), "Description": description}
        return self._for_members(
            GROUP_MEMBER_BAN, group_id, user_ids, "Members_Account", more, extra
        )

    def unban_many(
        self, group_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Let banned accounts join again, 20 a call; nobody is put back. Page 50297."""
        return self._for_members(
            GROUP_MEMBER_UNBAN, group_id, user_ids, "Members_Account", {}, extra
        )

    def get_banned_page(
        self,
        group_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        extra: Extra = None,
    ) -> BannedPage:
        """One page of banned accounts, 100 at most, by the end of their ban. Page 50295."""
        payload = {"GroupId": check_group_id(group_id), "Offset": offset, "Limit": limit}
        return self._page(GROUP_MEMBER_BANNED, payload, extra)

    def iterate_banned(self, group_id: str, *, extra: Extra = None) -> Iterator[BannedMember]:
        """All accounts of ``get_banned_page``."""
        payload = {"GroupId": check_group_id(group_id)}
        for page in self._pages(GROUP_MEMBER_BANNED, payload, extra):
            yield from page["BannedAccountList"]

    def get_roles_many(
        self, group_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[RoleInGroup]:
        """Ask for accounts' roles, 500 a call; "NotMember" for those outside. Page 34963."""
        check_group_id(group_id)

        def read(answer: MemberRoles, keys: list[str]) -> Iterator[Outcome[RoleInGroup]]:
            return (
                Outcome(row["Member_Account"], row["Role"])
                for row in answer.get("UserIdList") or ()
            )

        return self._batch(
            GROUP_MEMBER_ROLES,
            keyed_users(user_ids),
            lambda ids: {"GroupId": group_id, "User_Account": ids},
            read,
            extra,
        )

    def set_unread(
        self, group_id: str, user_id: str, *, number: int, extra: Extra = None
    ) -> Envelope:
        """Set a member's number of unread messages, cut to those there are. Page 34909."""
        payload = {
            "GroupId": check_group_id(group_id),
            "Member_Account": check_user_id(user_id),
            "UnreadMsgNum": number,
        }
        return self._call(GROUP_MEMBER_SET_UNREAD, payload, extra)

    def _for_members(
        self,
        endpoint: Endpoint[Envelope],
        group_id: str,
        user_ids: Iterable[str],
        field: str,
        more: Mapping[str, Any],
        extra: Extra,
    ) -> BatchResult[None]:
        """A change that the service answers as a whole: it holds for every member named."""
        fixed = {"GroupId": check_group_id(group_id), **more}
        return self._batch(
            endpoint,
            keyed_users(user_ids),
            lambda ids: {**fixed, field: ids},
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )


def _topic(topic_id: str | None) -> str | None:
    return None if topic_id is None else check_group_id(topic_id)


def check_seconds(seconds: int) -> int:
    """Return the duration; raise InvalidArgument unless it is an unsigned 32-bit integer."""
    if not isinstance(seconds, int) or not 0 <= seconds < _SECONDS:
        raise InvalidArgument(f"seconds are an integer from 0 to {FOREVER}, not {seconds!r}")
    return seconds


def _list_of(
    group_id: str, fields: Sequence[str], roles: Sequence[Role], custom_keys: Sequence[str]
) -> dict[str, Any]:
    return {
        "GroupId": check_group_id(group_id),
        "MemberInfoFilter": list(fields) or None,
        "MemberRoleFilter": list(roles) or None,
        "AppDefinedDataFilter_GroupMember": list(custom_keys) or None,
    }


def _readable(page: MemberPage) -> MemberPage:
    for row in page["MemberList"]:
        _readable_row(row)
    return page


def _readable_row(row: Member) -> Member:
    if "Role" in row:
        row["Role"] = cast(Role, row["Role"].strip())  # one sample of the vendor's pads it
    return cast(Member, normalised(row, _RENAMED))


def added(answer: MembersAdded, keys: list[str]) -> Iterator[Outcome[Added]]:
    """What became of each member that was to be added."""
    for row in answer.get("MemberList") or ():
        value = _ADDED.get(row["Result"])
        info = "" if value else "the service gave no reason"
        yield Outcome(row["Member_Account"], value, 0 if value else NO_REASON, info)
