"""The vendor's words in people's words: what the wire calls Private, the console calls Work.

A word that is not listed (the vendor adds some) is shown as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from django_tim.client.errors import row_for

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
RUN_KINDS: Mapping[str, StrOrPromise] = {
    "sync_groups": _("sync groups"),
    "sync_members": _("sync group members"),
    "sync_accounts": _("sync accounts"),
}
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


def error_meaning(code: int | None) -> str:
    """What an error code means, in the reader's language; "" for an unlisted code."""
    row = row_for(code) if code else None
    if row is None:
        return ""
    chinese = (get_language() or "").startswith("zh")
    return (row.meaning_zh if chinese else row.meaning) or row.meaning
