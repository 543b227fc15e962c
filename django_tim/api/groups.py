"""Groups: list, read, create, import, change, dissolve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, get_args

from django_tim.answers import (
    ApplyJoinOption,
    Envelope,
    FoundGroup,
    FoundGroups,
    GroupCreated,
    GroupInfo,
    GroupInfos,
    GroupPage,
    GroupType,
    InviteJoinOption,
    JoinedGroup,
    JoinedGroupPage,
    KeyValue,
    OnOff,
)
from django_tim.catalogue import (
    GROUP_CHANGE_OWNER,
    GROUP_CREATE,
    GROUP_DISSOLVE,
    GROUP_IMPORT,
    GROUP_INFO,
    GROUP_JOINED_LIST,
    GROUP_LIST,
    GROUP_MODIFY,
    GROUP_SEARCH,
)
from django_tim.client.area import Area, Extra, checked_literal, normalised
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

from .ids import check_group_id, check_user_id, keyed_groups

# Every base field that the service knows, and no members: without a filter it would answer
# with every member of up to 50 groups.
BASE_FIELDS = (
    "Type",
    "Name",
    "Introduction",
    "Notification",
    "FaceUrl",
    "Owner_Account",
    "CreateTime",
    "InfoSeq",
    "LastInfoTime",
    "LastMsgTime",
    "NextMsgSeq",
    "MemberNum",
    "MaxMemberNum",
    "ApplyJoinOption",
    "InviteJoinOption",
    "MuteAllMember",
    "SupportTopic",
)

_RENAMED = {"ShutUpAllMember": "MuteAllMember"}
_TYPES = get_args(GroupType)
_APPLY = get_args(ApplyJoinOption)
_INVITE = get_args(InviteJoinOption)
_ON_OFF = get_args(OnOff)


class NewMember(TypedDict):
    """A member of a group that is created; only "Admin" can be given as a Role."""

    Member_Account: str
    Role: NotRequired[Literal["Admin"]]
    AppMemberDefinedData: NotRequired[Sequence[KeyValue]]


class Groups(Area):
    """The groups of ``group_open_http_svc``."""

    def create(
        self,
        *,
        group_type: GroupType,
        name: str,
        owner: str | None = None,
        group_id: str | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        max_member_count: int | None = None,
        apply_join_option: ApplyJoinOption | None = None,
        invite_join_option: InviteJoinOption | None = None,
        custom_fields: Mapping[str, str] | None = None,
        members: Sequence[str | NewMember] | None = None,
        support_topic: bool | None = None,
        enable_permission: bool | None = None,
        default_permission: int | None = None,
        extra: Extra = None,
    ) -> GroupCreated:
        """Create a group and return its id.

        Without ``group_id`` the service chooses one, and a repeat makes a second group; an
        own id has at most 48 printable ASCII bytes and does not begin with @TGS# (a
        Community's begins with @TGS#_). ``name``: 30 to 100 bytes by the page read;
        ``members``: at most 100, none for an AVChatRoom. A Community may have topics, and
        ``enable_permission`` lets its permission groups decide who may do what, and
        ``default_permission`` (bits) decide for all others. Raises Conflict (10021, 10025)
        for an id in use, NotFound (10019) for an account never imported. Page 34895.
        """
        payload = _new_group(group_type, name, owner, group_id, apply_join_option, custom_fields)
        payload |= {
            "Introduction": introduction,
            "Notification": notification,
            "FaceUrl": face_url,
            "MaxMemberCount": max_member_count,
            "InviteJoinOption": checked_literal("InviteJoinOption", invite_join_option, _INVITE),
            "MemberList": [_new_member(member) for member in members or ()] or None,
            "SupportTopic": _flag(support_topic),
            "EnablePermission": _flag(enable_permission),
            "DefaultPermission": default_permission,
        }
        return self._call(GROUP_CREATE, payload, extra)

    def import_one(
        self,
        *,
        group_type: GroupType,
        name: str,
        owner: str | None = None,
        group_id: str | None = None,
        create_time: int | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        max_member_count: int | None = None,
        apply_join_option: ApplyJoinOption | None = None,
        custom_fields: Mapping[str, str] | None = None,
        support_topic: bool | None = None,
        extra: Extra = None,
    ) -> GroupCreated:
        """Create a group as it was elsewhere: no callback, no notice, its own creation time.

        ``create_time`` is in Unix seconds. Not for AVChatRoom (10007). Page 34967.
        """
        payload = _new_group(group_type, name, owner, group_id, apply_join_option, custom_fields)
        payload |= {
            "CreateTime": create_time,
            "Introduction": introduction,
            "Notification": notification,
            "FaceUrl": face_url,
            "MaxMemberCount": max_member_count,
            "SupportTopic": _flag(support_topic),
        }
        return self._call(GROUP_IMPORT, payload, extra)

    def dissolve(self, group_id: str, *, extra: Extra = None) -> Envelope:
        """Dissolve a group, which can't be undone. Page 34896."""
        return self._call(GROUP_DISSOLVE, {"GroupId": check_group_id(group_id)}, extra)

    def modify(
        self,
        group_id: str,
        *,
        name: str | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        max_member_num: int | None = None,
        apply_join_option: ApplyJoinOption | None = None,
        invite_join_option: InviteJoinOption | None = None,
        mute_all_member: OnOff | None = None,
        history_before_join: OnOff | None = None,
        enable_permission: bool | None = None,
        default_permission: int | None = None,
        custom_fields: Mapping[str, str] | None = None,
        operator: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Change what is given of a group's profile; an empty text clears a field.

        ``mute_all_member`` mutes all but owner, group admins and app admins.
        ``history_before_join``: whether members read what was said before they joined; not
        for AVChatRooms and Communities. ``operator`` is the account shown as the one who
        changed it. The permissions are a Community's: see ``create``. Page 34962.
        """
        payload = {
            "GroupId": check_group_id(group_id),
            "Name": name,
            "Introduction": introduction,
            "Notification": notification,
            "FaceUrl": face_url,
            "MaxMemberNum": max_member_num,
            "ApplyJoinOption": checked_literal("ApplyJoinOption", apply_join_option, _APPLY),
            "InviteJoinOption": checked_literal("InviteJoinOption", invite_join_option, _INVITE),
            "MuteAllMember": checked_literal("MuteAllMember", mute_all_member, _ON_OFF),
            "HistoryMsgBeforeJoin": checked_literal(
                "HistoryMsgBeforeJoin", history_before_join, _ON_OFF
            ),
            "EnablePermission": _flag(enable_permission),
            "DefaultPermission": default_permission,
            "From_Account": check_user_id(operator) if operator else None,
            "AppDefinedData": key_values(custom_fields),
        }
        return self._call(GROUP_MODIFY, payload, extra)

    def change_owner(
        self, group_id: str, *, new_owner: str, operator: str | None = None, extra: Extra = None
    ) -> Envelope:
        """Give a group to one of its members, or an owner to a group without one.

        ``operator`` is the account shown as the one who did it. Page 34966.
        """
        payload = {
            "GroupId": check_group_id(group_id),
            "NewOwner_Account": check_user_id(new_owner),
            "From_Account": check_user_id(operator) if operator else None,
        }
        return self._call(GROUP_CHANGE_OWNER, payload, extra)

    def get_page(
        self,
        *,
        limit: int | None = None,
        next_: int | None = None,
        group_type: GroupType | None = None,
        extra: Extra = None,
    ) -> GroupPage:
        """One page of the ids of all groups: at most 10,000, the default, one call a second.

        ``next_`` is the last answer's Next, a 64-bit integer; 0 or none begins, and a Next of
        0 ends. TotalCount counts the groups on all pages. Page 34960.
        """
        payload = {
            "Limit": limit,
            "Next": next_,
            "GroupType": checked_literal("GroupType", group_type, _TYPES),
        }
        page = self._page(GROUP_LIST, payload, extra)
        page.setdefault("Next", 0)
        return page

    def iterate_pages(
        self, *, start: int = 0, group_type: GroupType | None = None, extra: Extra = None
    ) -> Iterator[GroupPage]:
        """All pages of ``get_page`` from the mark ``start`` on."""
        payload = {"GroupType": checked_literal("GroupType", group_type, _TYPES)}
        return self._pages(GROUP_LIST, payload, extra, start=start)

    def iterate(self, *, group_type: GroupType | None = None, extra: Extra = None) -> Iterator[str]:
        """The ids of all groups, or of one type."""
        for page in self.iterate_pages(group_type=group_type, extra=extra):
            for row in page["GroupIdList"]:
                yield row["GroupId"]

    def get_many(
        self,
        group_ids: Iterable[str],
        *,
        fields: Sequence[str] = BASE_FIELDS,
        custom_keys: Sequence[str] = (),
        member_fields: Sequence[str] = (),
        member_custom_keys: Sequence[str] = (),
        extra: Extra = None,
    ) -> BatchResult[GroupInfo]:
        """Read groups' profiles, 50 a call; a group that is gone has the outcome 10010.

        Only what is named comes: base ``fields``, the app's own ``custom_keys``, and the
        members (all of them, so at most 1 MB, else 10018) only with ``member_fields``.
        Page 34961.
        """
        wanted = {
            "GroupBaseInfoFilter": list(fields) or ["Type"],  # an empty filter is no filter
            "AppDefinedDataFilter_Group": list(custom_keys),
            "MemberInfoFilter": list(member_fields),
            "AppDefinedDataFilter_GroupMember": list(member_custom_keys),
        }
        response_filter = {name: names for name, names in wanted.items() if names}

        def read(answer: GroupInfos, keys: list[str]) -> Iterator[Outcome[GroupInfo]]:
            for row in answer.get("GroupInfo") or ():
                code, info = row.get("ErrorCode") or 0, row.get("ErrorInfo") or ""
                group = None if code else normalised(row, _RENAMED)
                yield Outcome(row["GroupId"], group, code, info)

        return self._batch(
            GROUP_INFO,
            keyed_groups(group_ids),
            lambda ids: {"GroupIdList": ids, "ResponseFilter": response_filter},
            read,
            extra,
        )

    def get_joined_page(
        self,
        user_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        group_type: GroupType | None = None,
        fields: Sequence[str] = (),
        self_fields: Sequence[str] = (),
        with_live_groups: bool = False,
        with_inactive_groups: bool = False,
        support_topic: bool | None = None,
        extra: Extra = None,
    ) -> JoinedGroupPage:
        """One page of the groups that an account is in; without ``fields`` only their ids.

        ``self_fields`` asks for the account's own Role, JoinTime, MsgFlag, MsgSeq in each.
        AVChatRooms and Private groups without a message come only when asked for.
        ``support_topic`` picks the Communities with topics, or those without. Page 34925.
        """
        payload = _joined(
            user_id, group_type, fields, self_fields, with_live_groups, with_inactive_groups
        )
        payload["SupportTopic"] = _flag(support_topic)
        payload |= {"Offset": offset, "Limit": limit}
        return _readable(self._page(GROUP_JOINED_LIST, payload, extra))

    def iterate_joined(
        self,
        user_id: str,
        *,
        group_type: GroupType | None = None,
        fields: Sequence[str] = (),
        self_fields: Sequence[str] = (),
        with_live_groups: bool = False,
        with_inactive_groups: bool = False,
        support_topic: bool | None = None,
        extra: Extra = None,
    ) -> Iterator[JoinedGroup]:
        """All groups of ``get_joined_page``."""
        payload = _joined(
            user_id, group_type, fields, self_fields, with_live_groups, with_inactive_groups
        )
        payload["SupportTopic"] = _flag(support_topic)
        for page in self._pages(GROUP_JOINED_LIST, payload, extra):
            yield from _readable(page)["GroupIdList"]

    def search(
        self,
        keywords: Sequence[str],
        *,
        count: int = 100,
        cursor: str = "",
        group_types: Sequence[GroupType] = (),
        match_all: bool = False,
        extra: Extra = None,
    ) -> FoundGroups:
        """One page of the groups whose name holds a keyword, or whose id is one.

        ``count``: at most 100. ``cursor`` is the last answer's; IsFinish ends. ``match_all``
        asks for every keyword at once. A paid plug-in (cloud search), in China and Singapore
        only; not for AVChatRooms. Page 114549 of the Chinese documentation.
        """
        payload = _searched(keywords, group_types, match_all) | {"Count": count, "Cursor": cursor}
        return self._page(GROUP_SEARCH, payload, extra)

    def iterate_search(
        self,
        keywords: Sequence[str],
        *,
        group_types: Sequence[GroupType] = (),
        match_all: bool = False,
        extra: Extra = None,
    ) -> Iterator[FoundGroup]:
        """All groups that ``search`` finds."""
        payload = _searched(keywords, group_types, match_all)
        for page in self._pages(GROUP_SEARCH, payload, extra):
            yield from page["Groups"]


def key_values(fields: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Custom fields as the wire has them."""
    return [{"Key": key, "Value": value} for key, value in fields.items()] if fields else None


def _readable(page: JoinedGroupPage) -> JoinedGroupPage:
    for row in page["GroupIdList"]:
        normalised(row, _RENAMED)
    return page


def _new_group(
    group_type: GroupType,
    name: str,
    owner: str | None,
    group_id: str | None,
    apply_join_option: ApplyJoinOption | None,
    custom_fields: Mapping[str, str] | None,
) -> dict[str, Any]:
    if not name:
        raise InvalidArgument(_("a group needs a name"))
    return {
        "Type": checked_literal("Type", group_type, _TYPES),
        "Name": name,
        "Owner_Account": check_user_id(owner) if owner else None,
        "GroupId": check_group_id(group_id) if group_id else None,
        "ApplyJoinOption": checked_literal("ApplyJoinOption", apply_join_option, _APPLY),
        "AppDefinedData": key_values(custom_fields),
    }


def _joined(
    user_id: str,
    group_type: GroupType | None,
    fields: Sequence[str],
    self_fields: Sequence[str],
    with_live_groups: bool,
    with_inactive_groups: bool,
) -> dict[str, Any]:
    wanted = {"GroupBaseInfoFilter": list(fields), "SelfInfoFilter": list(self_fields)}
    return {
        "Member_Account": check_user_id(user_id),
        "GroupType": checked_literal("GroupType", group_type, _TYPES),
        "WithHugeGroups": int(with_live_groups),
        "WithNoActiveGroups": int(with_inactive_groups),
        "ResponseFilter": {name: names for name, names in wanted.items() if names} or None,
    }


def _searched(
    keywords: Sequence[str], group_types: Sequence[GroupType], match_all: bool
) -> dict[str, Any]:
    if isinstance(keywords, str) or not keywords:
        raise InvalidArgument("a search needs a list of keywords")
    kinds = [checked_literal("GroupType", kind, _TYPES) for kind in group_types]
    return {
        "Keywords": list(keywords),
        "GroupType": kinds or None,
        "KeywordMatchType": 1 if match_all else None,
    }


def _new_member(member: str | NewMember) -> Mapping[str, Any]:
    row: Mapping[str, Any] = {"Member_Account": member} if isinstance(member, str) else member
    check_user_id(row["Member_Account"])
    return row


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)
