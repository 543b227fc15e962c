"""The vendor's words in people's words: what the wire calls Private, the console calls Work.

A word that is not listed (the vendor adds some) is shown as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from django_tim.client.batch import NOT_CALLED, NOT_KNOWN
from django_tim.client.errors import row_for
from django_tim.exceptions import APIError, Said, TimError, TransportError
from django_tim.services.operations.base import REFUSED

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GROUP_TYPES: Mapping[str, StrOrPromise] = {
    "Private": _("Work (Private)"),
    "Public": pgettext_lazy("group type", "Public"),
    "ChatRoom": _("Meeting (ChatRoom)"),
    "AVChatRoom": _("Live room (AVChatRoom)"),
    "Community": pgettext_lazy("group type", "Community"),
}
ROLES: Mapping[str, StrOrPromise] = {
    "Owner": pgettext_lazy("role", "Owner"),
    "Admin": pgettext_lazy("role", "Admin"),
    "Member": pgettext_lazy("role", "Member"),
}
JOIN_OPTIONS: Mapping[str, StrOrPromise] = {
    "FreeAccess": _("anyone may join"),
    "NeedPermission": _("on approval"),
    "DisableApply": _("nobody may ask to join"),
}
INVITE_OPTIONS: Mapping[str, StrOrPromise] = {
    "FreeAccess": _("every member"),
    "NeedPermission": _("on approval"),
    "DisableInvite": _("nobody"),
}
GENDERS: Mapping[str, StrOrPromise] = {
    "Gender_Type_Unknown": _("not given"),
    "Gender_Type_Female": _("female"),
    "Gender_Type_Male": _("male"),
}
ALLOW_TYPES: Mapping[str, StrOrPromise] = {
    "AllowType_Type_AllowAny": _("anyone"),
    "AllowType_Type_NeedConfirm": _("on approval"),
    "AllowType_Type_DenyAny": _("nobody"),
}
FORBID_TYPES: Mapping[str, StrOrPromise] = {
    "AdminForbid_Type_None": _("may be made"),
    "AdminForbid_Type_SendOut": _("may not be made"),
}
PRIORITIES: Mapping[str, StrOrPromise] = {
    "High": _("high: dropped last"),
    "Normal": _("normal"),
    "Low": _("low"),
    "Lowest": _("lowest: dropped first"),
}
ELEMENTS: Mapping[str, StrOrPromise] = {
    "TIMTextElem": _("text"),
    "TIMImageElem": _("image"),
    "TIMSoundElem": _("sound"),
    "TIMVideoFileElem": _("video"),
    "TIMFileElem": _("file"),
    "TIMFaceElem": _("emoji"),
    "TIMLocationElem": _("location"),
    "TIMCustomElem": _("custom"),
    "TIMRelayElem": _("forwarded messages"),
}
ONLINE: Mapping[str, StrOrPromise] = {
    "Online": _("online"),
    "Offline": _("offline"),
    "PushOnline": _("within reach of push"),
}
RUN_KINDS: Mapping[str, StrOrPromise] = {
    "sync_groups": _("sync groups"),
    "sync_members": _("sync group members"),
    "sync_accounts": _("sync accounts"),
    "import_accounts": _("import accounts"),
    "delete_accounts": _("delete accounts"),
    "check_accounts": _("check accounts"),
    "kick_accounts": _("log accounts out"),
    "set_profiles": _("set profiles"),
    "modify_groups": _("change groups"),
    "dissolve_groups": _("dissolve groups"),
    "create_groups": _("create groups"),
    "import_groups": _("import groups"),
    "add_members": _("add group members"),
    "remove_members": _("remove group members"),
    "mute_members": _("mute group members"),
    "import_members": _("import group members"),
    "send_messages": _("send a message to many"),
    "import_messages": _("import messages"),
    "mark_read": _("mark conversations as read"),
    "send_group_messages": _("send a message to groups"),
    "import_group_messages": _("import group messages"),
    "set_unread": _("set unread numbers"),
    "add_tags": _("add tags"),
    "remove_tags": _("remove tags"),
    "clear_tags": _("clear tags"),
    "set_attributes": _("set attributes"),
    "remove_attributes": _("remove attributes"),
    "add_friends": _("add friends"),
    "import_friends": _("import friends"),
    "delete_friends": _("delete friends"),
    "block_accounts": _("block accounts"),
    "unblock_accounts": _("unblock accounts"),
    "migrate": _("move into this app"),
    "link_accounts": _("link users to accounts"),
    "push_to_all": _("push to everyone"),
    "recall_messages": _("recall messages"),
    "recall_group_messages": _("recall group messages"),
    "recall_recent": _("recall somebody's recent messages"),
    "notify_groups": _("send system notifications"),
    "write_to_owners": _("write to the owners of groups"),
}
OWN_CODES: Mapping[int, StrOrPromise] = {
    0: _("refused before it was sent"),
    NOT_CALLED: _("not sent"),
    NOT_KNOWN: _("sent, and what became of it is not known"),
    REFUSED: _("refused before it was sent"),
}
"""Outcomes that are ours, and none of the vendor's codes."""
AREAS: Mapping[str, StrOrPromise] = {
    "accounts": pgettext_lazy("area", "accounts"),
    "blacklists": pgettext_lazy("area", "blacklists"),
    "conversations": pgettext_lazy("area", "conversations"),
    "files": pgettext_lazy("area", "files"),
    "follows": pgettext_lazy("area", "follows"),
    "friend_groups": pgettext_lazy("area", "friend groups"),
    "friends": pgettext_lazy("area", "friends"),
    "group_attributes": pgettext_lazy("area", "group attributes"),
    "group_counters": pgettext_lazy("area", "group counters"),
    "group_members": pgettext_lazy("area", "group members"),
    "group_messages": pgettext_lazy("area", "group messages"),
    "groups": pgettext_lazy("area", "groups"),
    "live": pgettext_lazy("area", "live rooms"),
    "message_extensions": pgettext_lazy("area", "message extensions"),
    "messages": pgettext_lazy("area", "one-to-one messages"),
    "moderation": pgettext_lazy("area", "moderation"),
    "mutes": pgettext_lazy("area", "mutes"),
    "official_accounts": pgettext_lazy("area", "official accounts"),
    "operations": pgettext_lazy("area", "operations"),
    "permission_groups": pgettext_lazy("area", "permission groups"),
    "profiles": pgettext_lazy("area", "profiles"),
    "push": pgettext_lazy("area", "all-member push"),
    "robots": pgettext_lazy("area", "robots"),
    "streams": pgettext_lazy("area", "streams"),
    "timpush": pgettext_lazy("area", "TIMPush"),
    "topics": pgettext_lazy("area", "topics"),
}
"""The areas of the API, as the console names them."""
SOURCES: Mapping[str, StrOrPromise] = {
    "admin": pgettext_lazy("source", "admin"),
    "task": pgettext_lazy("source", "task"),
    "command": pgettext_lazy("source", "command"),
    "code": pgettext_lazy("source", "code"),
    "callback": pgettext_lazy("source", "callback"),
}


def said(words: Mapping[str, StrOrPromise], word: str) -> str:
    """The word for people; the vendor's own where none is known."""
    return str(words.get(word, word))


def told(error: TimError) -> str:
    """What went wrong, for the reader of a page: with the code's meaning in their language."""
    if not isinstance(error, APIError):
        return _sentence(error)
    said = [text for text in (error_meaning(error.code), error.info) if text]
    return f"{error.code}: {'; '.join(said)}" if said else str(error)


def _sentence(error: TimError) -> str:
    """What an exception of ours says, translated where its sentence is one for people."""
    text = error.args[0] if error.args else ""
    if not isinstance(text, Said):
        return str(error)
    shown = _translated(text)
    endpoint = error.endpoint if isinstance(error, TransportError) else ""
    return f"{endpoint}: {shown}" if endpoint else shown


def _translated(part: Any) -> Any:
    """A sentence in the reader's language, with the sentences that are its parts."""
    if not isinstance(part, Said):
        return part
    parts = {name: _translated(one) for name, one in part.parts.items()}
    template = gettext(part.template)
    return template.format(**parts) if parts else template


def failure_meaning(code: int | None, service: str = "") -> str:
    """What the code of an item's failure means, in the reader's language."""
    own = OWN_CODES.get(code or 0)
    return error_meaning(code, service) if own is None else str(own)


def error_meaning(code: int | None, service: str = "") -> str:
    """What an error code means, in the reader's language; "" for an unlisted code."""
    row = row_for(code, service) if code else None
    if row is None:
        return ""
    return (row.meaning_zh if chinese() else row.meaning) or row.meaning


def chinese() -> bool:
    """Whether the reader's language is Chinese, in which the vendor's own texts come too."""
    return (get_language() or "").startswith("zh")
