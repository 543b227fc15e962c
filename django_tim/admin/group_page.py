"""A group's page: its first members, and what TIM tells of it on demand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.models import Account, Group, GroupMember
from django_tim.services import group_messages
from django_tim.services.mapping import from_vendor_time

from . import display, words
from .asking import AskingMixin, Panel, Question
from .group_members import member_state, with_nicknames
from .message_panels import group_row
from .recalling import RecallingMixin

if TYPE_CHECKING:
    from django_tim.client.tim import Tim
    from django_tim.services.actor import Actor

SHOWN = 20
"""Rows of a panel; a link leads to the rest."""
ASKED = 100
"""Accounts that are asked for at once."""


def muted(admin: GroupPageMixin, request: HttpRequest, group: Group, tim: Tim) -> Panel:
    """The members that are muted now."""
    rows = [
        [admin.account_link(group, one["Member_Account"]), until(one["MutedUntil"])]
        for one in tim.group_members.get_muted(group.group_id)[:ASKED]
    ]
    return {"heads": [_("UserID"), _("until")], "rows": rows, "empty": _("Nobody is muted.")}


def banned(admin: GroupPageMixin, request: HttpRequest, group: Group, tim: Tim) -> Panel:
    """The accounts that are kept out."""
    rows = [
        [admin.account_link(group, one["Member_Account"]), until(one.get("BannedUntil"))]
        for one in islice(tim.group_members.iterate_banned(group.group_id), ASKED)
    ]
    return {"heads": [_("UserID"), _("until")], "rows": rows, "empty": _("Nobody is banned.")}


def topics(admin: GroupPageMixin, request: HttpRequest, group: Group, tim: Tim) -> Panel:
    """A Community's topics, as its owner sees them."""
    found = tim.topics.iterate(group.group_id, user_id=group.owner_account)
    rows = []
    for one in islice(found, ASKED):
        told: Any = one.get("TopicInfo") or {}
        rows.append(
            [told.get("TopicId", ""), told.get("TopicName", ""), told.get("Introduction", "")]
        )
    heads = [_("topic"), _("name"), _("introduction")]
    return {"heads": heads, "rows": rows, "empty": _("No topics.")}


def until(seconds: Any) -> str:
    """The end of a mute or ban, from the vendor's Unix seconds."""
    never = datetime.fromtimestamp(2**32 - 1, UTC).timestamp()
    if seconds and int(seconds) >= never:
        return _("without an end")
    return display.moment(from_vendor_time(seconds))


def history(admin: GroupPageMixin, request: HttpRequest, group: Group, tim: Tim) -> Panel:
    """A page of the history, the newest message first."""
    asked = request.GET.get("newest", "")
    newest = int(asked) if asked.isdecimal() and len(asked) < 12 else None
    page = tim.group_messages.get_history_page(group.group_id, newest=newest)
    rows = [group_row(message) for message in page["RspMsgList"]]
    lowest = min((int(row["key"]) for row in rows), default=0)
    return {
        "template": "admin/django_tim/includes/messages.html",
        "messages": rows,
        "empty": _("No messages."),
        "may_recall": admin.has_recall_permission(request),
        "recall_url": admin.recall_url(group),
        "older_url": admin.ask_url(group, "history", newest=lowest - 1) if lowest > 1 else "",
    }


class GroupPageMixin(RecallingMixin, AskingMixin):
    """The panels of a group's page."""

    questions = {
        "history": Question(gettext_lazy("Messages"), history),
        "muted": Question(gettext_lazy("Muted members"), muted),
        "banned": Question(gettext_lazy("Banned accounts"), banned),
        "topics": Question(gettext_lazy("Topics"), topics),
    }

    def group_panels(self, request: HttpRequest, group: Group) -> list[Panel]:
        panels = []
        if self.may(request, "view", GroupMember) and group.type != "AVChatRoom":
            panels.append(self.members_panel(group))
        left_out = {"topics"} if group.type != "Community" else set()
        left_out |= {"history"} if group.type == "AVChatRoom" else set()  # it keeps none
        asked = [name for name in self.questions if name not in left_out]
        return [*panels, *self.asking_panels(request, group, *asked)]

    def members_panel(self, group: Group) -> Panel:
        found = GroupMember.objects.filter(group=group, gone_at=None).defer("raw")
        rows = list(found.order_by("user_id")[: SHOWN + 1])
        with_nicknames(rows)
        return {
            "title": _("Members"),
            "empty": _("No members are known yet: sync them."),
            "heads": [_("UserID"), _("nickname"), _("name card"), _("role"), _("state")],
            "rows": [self._member_cells(group, member) for member in rows[:SHOWN]],
            "more": len(rows) > SHOWN,
            "url": self.list_url(GroupMember, app=group.sdk_app_id, group=group.pk),
        }

    def recall(
        self, request: HttpRequest, obj: Group, chosen: list[str], app: str, actor: Actor
    ) -> int:
        seqs = [int(one) for one in chosen if one.isdecimal()]
        if not seqs:
            return 0
        result = group_messages.recall(obj.group_id, seqs, app=app, actor=actor)
        result.raise_for_failures()
        return len(result)

    def account_link(self, group: Group, user_id: str) -> str:
        url = self.list_url(Account, app=group.sdk_app_id, q=user_id)
        return display.link(url, user_id)

    def _member_cells(self, group: Group, member: Any) -> list[str]:
        return [
            display.link(self.page_url(member), member.user_id),
            member.nickname,
            member.name_card,
            words.said(words.ROLES, member.role),
            member_state(member),
        ]
