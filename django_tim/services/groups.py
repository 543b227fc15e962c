"""Groups: create, import, change, give away, dissolve."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from django_tim import conf
from django_tim.answers import ApplyJoinOption, GroupType, InviteJoinOption, OnOff
from django_tim.api.groups import key_values
from django_tim.exceptions import TimError
from django_tim.models import Group
from django_tim.signals import (
    group_created,
    group_dissolved,
    group_modified,
    group_owner_changed,
)

from . import mapping, mirror
from .actor import Actor
from .changes import Change, change

logger = logging.getLogger("django_tim.services")


def create(
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
    members: Sequence[str] | None = None,
    support_topic: bool | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> Group:
    """Create a group with up to 100 members; returns its row.

    Raises what ``Groups.create`` does, and UnsafeTransaction. Page 34895.
    """
    fields: dict[str, Any] = {
        "group_type": group_type,
        "name": name,
        "owner": owner,
        "group_id": group_id,
        "introduction": introduction,
        "notification": notification,
        "face_url": face_url,
        "max_member_count": max_member_count,
        "apply_join_option": apply_join_option,
        "invite_join_option": invite_join_option,
        "custom_fields": custom_fields,
        "members": members,
        "support_topic": support_topic,
    }
    with _about(group_id or "", "group.create", fields, app, actor) as changed:
        group_id = changed.tim.groups.create(**fields)["GroupId"]
        changed.names(group_id)
    return made(changed, {group_id: fields})[0]


def import_one(
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
    app: str = "default",
    actor: Actor | None = None,
) -> Group:
    """Create a group as it was elsewhere, at ``create_time`` in Unix seconds; returns its row.

    Raises what ``Groups.import_one`` does, and UnsafeTransaction. Page 34967.
    """
    fields: dict[str, Any] = {
        "group_type": group_type,
        "name": name,
        "owner": owner,
        "group_id": group_id,
        "create_time": create_time,
        "introduction": introduction,
        "notification": notification,
        "face_url": face_url,
        "max_member_count": max_member_count,
        "apply_join_option": apply_join_option,
        "custom_fields": custom_fields,
    }
    with _about(group_id or "", "group.import", fields, app, actor) as changed:
        group_id = changed.tim.groups.import_one(**fields)["GroupId"]
        changed.names(group_id)
    return made(changed, {group_id: fields})[0]


def modify(
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
    custom_fields: Mapping[str, str] | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> Group:
    """Change what is given of a group's profile; returns its row. An empty text clears a field.

    Raises what ``Groups.modify`` does, and UnsafeTransaction. Page 34962.
    """
    fields: dict[str, Any] = {
        "name": name,
        "introduction": introduction,
        "notification": notification,
        "face_url": face_url,
        "max_member_num": max_member_num,
        "apply_join_option": apply_join_option,
        "invite_join_option": invite_join_option,
        "mute_all_member": mute_all_member,
        "custom_fields": custom_fields,
    }
    with _about(group_id, "group.modify", fields, app, actor) as changed:
        changed.tim.groups.modify(group_id, **fields)
    return modified(changed, group_id, fields)


def modified(changed: Change, group_id: str, fields: Mapping[str, Any]) -> Group:
    """What follows from a change of a group's profile: its row, and a signal."""
    group = mirror.group(changed.sdk_app_id, group_id, _on_the_wire(fields))
    given = [field for field, value in fields.items() if value is not None]
    changed.announce(group_modified, Group, group=group, fields=given)
    return group


def change_owner(
    group_id: str, *, new_owner: str, app: str = "default", actor: Actor | None = None
) -> Group:
    """Give a group to one of its members; returns its row.

    Raises what ``Groups.change_owner`` does, and UnsafeTransaction. Page 34966.
    """
    with _about(group_id, "group.change_owner", {"new_owner": new_owner}, app, actor) as changed:
        changed.tim.groups.change_owner(group_id, new_owner=new_owner)
    group = mirror.group(changed.sdk_app_id, group_id, {"Owner_Account": new_owner})
    for owner in group.members.filter(role="Owner").exclude(user_id=new_owner):
        mirror.member(group, owner.user_id, {"Role": "Member"})
    mirror.member(group, new_owner, {"Role": "Owner"})
    changed.announce(group_owner_changed, Group, group=group, new_owner=new_owner)
    return group


def dissolve(group_id: str, *, app: str = "default", actor: Actor | None = None) -> None:
    """Dissolve a group, which can't be undone; its row and its members' are marked as gone.

    Raises what ``Groups.dissolve`` does, and UnsafeTransaction. Page 34896.
    """
    with _about(group_id, "group.dissolve", {}, app, actor) as changed:
        changed.tim.groups.dissolve(group_id)
    dissolved(changed, group_id)


def dissolved(changed: Change, group_id: str) -> None:
    """What follows when a group was dissolved: rows that are gone, and a signal."""
    mirror.group_gone(changed.sdk_app_id, group_id)
    changed.announce(group_dissolved, Group, group_id=group_id)


def made(changed: Change, groups: Mapping[str, Mapping[str, Any]]) -> list[Group]:
    """What follows when groups were made, {id: fields}: their rows, their members', signals."""
    rows = []
    for group_id, wire in _read(changed, list(groups)).items():
        fields = groups[group_id]
        rows.append(_noted(changed, group_id, wire, fields))
        if fields["group_type"] != "AVChatRoom":  # which keeps no list of its members
            _enter(rows[-1], fields.get("owner"), fields.get("members") or ())
        changed.announce(group_created, Group, group=rows[-1])
    return rows


def _about(
    group_id: str, action: str, fields: Mapping[str, Any], app: str, actor: Actor | None
) -> Any:
    return change(
        action,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details=fields,
    )


def _read(changed: Change, group_ids: list[str]) -> dict[str, Mapping[str, Any]]:
    """Groups that were just made, as the service has filled them in; {} for each unreadable one."""
    found: dict[str, Mapping[str, Any]] = {group_id: {} for group_id in group_ids}
    if not group_ids:
        return found
    keys = conf.app_settings(changed.app).group_custom_keys
    try:
        asked = changed.tim.groups.get_many(
            group_ids, fields=mapping.GROUP_FIELDS, custom_keys=keys
        )
    except TimError as error:
        logger.warning("%d groups were made, but can't be read yet: %s", len(found), error)
        return found
    return found | {one.item: one.value for one in asked.succeeded if one.value}


def _noted(
    changed: Change, group_id: str, wire: Mapping[str, Any], fields: Mapping[str, Any]
) -> Group:
    """The row of a new group; what we asked for, marked stale, where it couldn't be read."""
    if wire:
        return mirror.group(changed.sdk_app_id, group_id, wire)
    group = mirror.group(changed.sdk_app_id, group_id, _on_the_wire(fields))
    mirror.rows(Group, pk=group.pk).update(stale_at=timezone.now())
    return group


def _enter(group: Group, owner: str | None, members: Sequence[str]) -> None:
    mirror.discover(group.sdk_app_id, [owner or "", *members])
    for user_id in members:
        mirror.member(group, user_id, {"Role": "Member"})
    if owner:
        mirror.member(group, owner, {"Role": "Owner"})


_WIRE = {
    "group_type": "Type",
    "name": "Name",
    "owner": "Owner_Account",
    "introduction": "Introduction",
    "notification": "Notification",
    "face_url": "FaceUrl",
    "create_time": "CreateTime",
    "max_member_count": "MaxMemberNum",
    "max_member_num": "MaxMemberNum",
    "apply_join_option": "ApplyJoinOption",
    "invite_join_option": "InviteJoinOption",
    "mute_all_member": "MuteAllMember",
}


def _on_the_wire(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as get_group_info names them."""
    wire = {_WIRE[field]: value for field, value in fields.items() if field in _WIRE}
    return {**wire, "AppDefinedData": key_values(fields.get("custom_fields"))}
