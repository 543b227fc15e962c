"""From another app: another SDKAppID, or another data centre.

The vendor has no list of all accounts: those of the mirror are moved, so the old app is synced
first. Of one-to-one messages it gives out what still roams.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from django_tim import conf
from django_tim.api.ids import is_community
from django_tim.client.area import chunks
from django_tim.connection import tims
from django_tim.exceptions import APIError, InvalidArgument
from django_tim.models import Account, Group, GroupMember
from django_tim.services import mapping
from django_tim.services.mirror import rows

from .sorting import in_order

LISTLESS = "AVChatRoom"
GENERATED = "@TGS#"
READ_AT_ONCE = 100
NICK, FACE_URL = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"
_FRIEND_FIELDS = {
    "Tag_SNS_IM_Remark": "Remark",
    "Tag_SNS_IM_Group": "GroupName",
    "Tag_SNS_IM_AddSource": "AddSource",
    "Tag_SNS_IM_AddTime": "AddTime",
    "Tag_SNS_IM_AddWording": "AddWording",
}
_GROUP_FIELDS = {
    "Type": "group_type",
    "Name": "name",
    "Owner_Account": "owner",
    "Introduction": "introduction",
    "Notification": "notification",
    "FaceUrl": "face_url",
    "CreateTime": "create_time",
    "MaxMemberNum": "max_member_count",
    "ApplyJoinOption": "apply_join_option",
}


class App:
    """An app of ``DJANGO_TIM``, read by its REST API. Raises UnknownAlias."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.sdk_app_id = conf.app_config(alias).sdk_app_id
        self._tim = tims[alias]
        self._keys = conf.app_settings(alias)
        if not self._accounts().exists():
            raise InvalidArgument(
                f"no account of {alias!r} is known, and the vendor has no list of them: "
                f"run tim_sync groups, members and accounts with --app {alias} first"
            )

    def count(self, step: str) -> int | None:
        if step in ("accounts", "profiles"):
            return self._accounts().count()
        if step == "groups":
            return self._groups().count()
        if step == "members":
            return rows(GroupMember, sdk_app_id=self.sdk_app_id, gone_at=None).count()
        return None

    def items(self, step: str) -> Iterator[Any]:
        found: Iterator[Any] = getattr(self, step)()
        return found

    def accounts(self) -> Iterator[dict[str, Any]]:
        """The accounts with their nicknames and avatars."""
        for user_id, profile in self._profiles():
            yield {"UserID": user_id, "Nick": profile.get(NICK), "FaceUrl": profile.get(FACE_URL)}

    def profiles(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What else their profiles hold."""
        for user_id, profile in self._profiles():
            fields = {tag: profile[tag] for tag in profile if tag not in (NICK, FACE_URL)}
            if fields:
                yield user_id, fields

    def friends(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The friends of each account."""
        for user_id in self._user_ids():
            for friend in self._tim.friends.iterate(user_id):
                values = {item["Tag"]: item["Value"] for item in friend.get("ValueItem") or ()}
                row = {name: values[tag] for tag, name in _FRIEND_FIELDS.items() if values.get(tag)}
                yield user_id, {"To_Account": friend["To_Account"], **row}

    def blacklists(self) -> Iterator[tuple[str, str]]:
        """Whom each account has blocked."""
        for user_id in self._user_ids():
            for blocked in self._tim.blacklists.iterate(user_id):
                yield user_id, blocked["To_Account"]

    def messages(self) -> Iterator[dict[str, Any]]:
        """The one-to-one messages that still roam, each once."""
        for user_id, peers in self._peers():
            for peer in peers:
                if user_id < peer or not self._knows(peer):
                    yield from map(_message, self._history(user_id, peer))

    def reads(self) -> Iterator[dict[str, Any]]:
        """The conversations of which an account has read everything."""
        for user_id, peers in self._peers():
            asked = self._tim.messages.get_unread(user_id, peers=peers) if peers else ()
            for outcome in asked:
                if outcome.ok and not outcome.value:
                    yield {"user_id": user_id, "peer": outcome.item}

    def groups(self) -> Iterator[dict[str, Any]]:
        """The groups, less live ones, which can't be imported."""
        for group_ids in chunks(self._group_ids(), 50):
            asked = self._tim.groups.get_many(
                group_ids, fields=mapping.GROUP_FIELDS, custom_keys=self._keys.group_custom_keys
            )
            for found in asked.succeeded:
                if found.value:
                    yield _group(found.item, found.value)

    def group_messages(self) -> Iterator[dict[str, Any]]:
        """The groups' histories, group by group, the oldest message first."""
        return in_order(
            message for group_id in self._group_ids() for message in self._group_history(group_id)
        )

    def members(self) -> Iterator[dict[str, Any]]:
        """The members of the groups, less the owners, who are members by the import."""
        for group_id in self._group_ids():
            for member in self._tim.group_members.iterate(group_id):
                if member.get("Role") != "Owner":
                    yield {
                        "group_id": new_id(group_id),
                        "user_id": member["Member_Account"],
                        "role": member.get("Role") or "Member",
                        "joined_at": member.get("JoinTime") or None,
                    }

    def unread(self) -> Iterator[dict[str, Any]]:
        """None: the service tells no member's number."""
        return iter(())

    def _accounts(self) -> Any:
        return rows(Account, sdk_app_id=self.sdk_app_id, gone_at=None)

    def _groups(self) -> Any:
        return rows(Group, sdk_app_id=self.sdk_app_id, gone_at=None).exclude(type=LISTLESS)

    def _user_ids(self) -> Iterator[str]:
        known = self._accounts().exclude(user_id=self._tim.config.admin)
        yield from known.order_by("user_id").values_list("user_id", flat=True).iterator()

    def _group_ids(self) -> Iterator[str]:
        yield from self._groups().order_by("pk").values_list("group_id", flat=True).iterator()

    def _knows(self, user_id: str) -> bool:
        return bool(self._accounts().filter(user_id=user_id).exists())

    def _profiles(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        tags = (*mapping.PROFILE_TAGS, *self._keys.profile_custom_keys)
        for user_ids in chunks(self._user_ids(), READ_AT_ONCE):
            for found in self._tim.profiles.get_many(user_ids, tags=tags).succeeded:
                yield found.item, found.value or {}

    def _peers(self) -> Iterator[tuple[str, list[str]]]:
        """Whom each account has talked with: the list of conversations lacks imported ones."""
        for user_id in self._user_ids():
            shown = self._tim.conversations.iterate(user_id)
            peers = {row["To_Account"] for row in shown if row.get("To_Account")}
            peers |= {friend["To_Account"] for friend in self._tim.friends.iterate(user_id)}
            yield user_id, sorted(peers)

    def _history(self, user_id: str, peer: str) -> Iterator[Any]:
        now = int(time.time())
        for row in self._tim.messages.iterate_history(user_id, peer, min_time=0, max_time=now):
            if not row["MsgFlagBits"] & 8 and row.get("MsgBody"):  # not those recalled
                yield row

    def _group_history(self, group_id: str) -> Iterator[dict[str, Any]]:
        try:
            # The newest comes first, and what is of one second must come as it was said.
            history = list(self._tim.group_messages.iterate_history(group_id))[::-1]
        except APIError as error:
            yield {"group_id": group_id, "message": f"its history can't be read: {error}"}
            return
        for row in history:
            if row.get("MsgBody") and row.get("From_Account") and not row.get("IsPlaceMsg"):
                yield {
                    "group_id": new_id(group_id),
                    "sender": row["From_Account"],
                    "message": row["MsgBody"],
                    "sent_at": row.get("MsgTimeStamp"),
                    "random": row.get("MsgRandom"),
                    "cloud_custom_data": row.get("CloudCustomData") or None,
                }


def new_id(group_id: str) -> str:
    """The group's id in the new app: one that the service has chosen loses its @TGS#.

    Only the service may give such ids; a Community's is kept.
    """
    return group_id if is_community(group_id) else group_id.removeprefix(GENERATED)


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sender": row["From_Account"],
        "receiver": row["To_Account"],
        "message": row["MsgBody"],
        "sent_at": row["MsgTimeStamp"],
        "msg_seq": row["MsgSeq"],
        "msg_random": row["MsgRandom"],
        "cloud_custom_data": row.get("CloudCustomData") or None,
    }


def _group(group_id: str, info: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: info[wire] for wire, name in _GROUP_FIELDS.items() if info.get(wire)}
    custom = {item["Key"]: item["Value"] for item in info.get("AppDefinedData") or ()}
    return {"group_id": new_id(group_id), **fields, **({"custom_fields": custom} if custom else {})}
