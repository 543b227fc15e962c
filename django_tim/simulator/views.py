"""Groups and members as the answers show them, narrowed by the request's filters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .body import Body
from .records import Group, Member
from .state import State

MEMBER_NAMES = {"ShutUpUntil": "MuteUntil"}


def group_view(state: State, group: Group, wanted: Body | None) -> dict[str, Any]:
    """A group's profile: all of it and its members without a filter."""
    base = _group_base(state, group)
    if wanted is None:
        base["MemberList"] = [member_view(member, keys=member.custom) for member in group.walk()]
        if group.custom:
            base["AppDefinedData"] = key_values(group.custom)
        return base
    fields = wanted.texts("GroupBaseInfoFilter", None)
    view = base if not fields else {name: base[name] for name in base if name in fields}
    if fields and "ShutUpAllMember" in fields:
        view["ShutUpAllMember"] = group.mute_all
    keys = wanted.texts("AppDefinedDataFilter_Group", None) or ()
    if keys:
        view["AppDefinedData"] = key_values(group.custom, keys)
    shown = wanted.texts("MemberInfoFilter", None)
    keys = wanted.texts("AppDefinedDataFilter_GroupMember", None) or ()
    if shown:
        view["MemberList"] = [member_view(member, shown, keys) for member in group.walk()]
    return view


def member_view(
    member: Member, fields: Collection[str] | None = None, keys: Collection[str] = ()
) -> dict[str, Any]:
    """A member: all fields without a filter."""
    every = {
        "Role": member.role,
        "JoinTime": member.join_time,
        "MsgSeq": member.msg_seq,
        "MsgFlag": member.msg_flag,
        "LastSendMsgTime": member.last_send_time,
        "MuteUntil": member.mute_until,
        "NameCard": member.name_card,
    }
    asked = {MEMBER_NAMES.get(name, name) for name in fields or every}
    view: dict[str, Any] = {"Member_Account": member.user_id}
    view |= {name: every[name] for name in every if name in asked}
    custom = key_values(member.custom, keys)
    return view | ({"AppMemberDefinedData": custom} if custom else {})


def key_values(
    custom: Mapping[str, str], keys: Collection[str] | None = None
) -> list[dict[str, str]]:
    """Custom fields as the wire has them."""
    return [
        {"Key": key, "Value": value} for key, value in custom.items() if keys is None or key in keys
    ]


def _group_base(state: State, group: Group) -> dict[str, Any]:
    return {
        "Type": group.type,
        "Name": group.name,
        "Appid": state.sdk_app_id,
        "Introduction": group.introduction,
        "Notification": group.notification,
        "FaceUrl": group.face_url,
        "Owner_Account": group.owner,
        "CreateTime": group.create_time,
        "InfoSeq": group.info_seq,
        "LastInfoTime": group.last_info_time,
        "LastMsgTime": group.last_msg_time,
        "NextMsgSeq": group.next_msg_seq,
        "MemberNum": group.member_count,
        "MaxMemberNum": group.max_members,
        "ApplyJoinOption": group.apply_join,
        "InviteJoinOption": group.invite_join,
        "MuteAllMember": group.mute_all,
        "SupportTopic": group.support_topic,
        "EnablePermission": group.enable_permission,
        "DefaultPermission": group.default_permission,
    }
