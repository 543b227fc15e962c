"""Groups: the list, and one group with its first members."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from django_tim.models import Account, Group, GroupMember

from . import display, words
from .apps import AppFilter
from .filters import GroupSizeFilter, GroupTypeFilter, LastMessageFilter, PresenceFilter
from .group_members import member_state, with_nicknames
from .syncing import SyncMixin

SHOWN = 20
"""Rows of a panel; a link leads to the rest."""


class GroupAdmin(SyncMixin):
    list_display = (
        "group_id",
        "name",
        "type_said",
        "owner_account",
        "member_num",
        "last_msg_at",
        "state",
        "synced_at",
    )
    list_filter = (AppFilter, GroupTypeFilter, GroupSizeFilter, LastMessageFilter, PresenceFilter)
    sortable_by = ("group_id", "name", "owner_account", "member_num", "last_msg_at")
    ordering = ("sdk_app_id", "group_id")
    search_fields = ("group_id", "name", "owner_account")
    search_help_text = _("Start of a group ID, a whole owner's UserID, or part of a name")
    actions = ("sync_selected", "sync_members_of_selected")
    id_field = "group_id"
    audit_type = "group"
    sync_kind = "sync_groups"
    sync_text = _("Sync groups now")
    fieldsets = (
        (None, {"fields": ("group_id", "name", "type_said", "owner_link", "members")}),
        (_("Rules"), {"fields": ("join_said", "mute_all_member")}),
        (_("Activity"), {"fields": ("created_at", "last_info_at", "last_msg_at", "next_msg_seq")}),
        (
            _("Mirror"),
            {
                "fields": (
                    "app",
                    "state",
                    "synced_at",
                    "members_synced_at",
                    "stale_at",
                    "gone_at",
                    "raw_json",
                )
            },
        ),
    )

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        return Q(owner_account=term) | Q(name__icontains=term)

    @admin.display(description=_("type"))
    def type_said(self, group: Group) -> str:
        return words.said(words.GROUP_TYPES, group.type)

    @admin.display(description=_("how to join"))
    def join_said(self, group: Group) -> str:
        return words.said(words.JOIN_OPTIONS, group.apply_join_option) or display.EMPTY

    @admin.display(description=_("owner"))
    def owner_link(self, group: Group) -> str:
        if not group.owner_account:
            return display.EMPTY
        url = self.list_url(Account, app=group.sdk_app_id, q=group.owner_account)
        return display.link(url, group.owner_account)

    @admin.display(description=_("members"))
    def members(self, group: Group) -> str:
        most = display.number(group.max_member_num) if group.max_member_num else "∞"
        return f"{display.number(group.member_num)} / {most}"

    @admin.action(description=_("Sync the selected groups"), permissions=["sync"])
    def sync_selected(self, request: HttpRequest, queryset: QuerySet[Group]) -> HttpResponse | None:
        return self.start_chosen(request, self.sync_kind, queryset, "group_id")

    @admin.action(
        description=_("Sync the members of the selected groups"), permissions=["sync_members"]
    )
    def sync_members_of_selected(
        self, request: HttpRequest, queryset: QuerySet[Group]
    ) -> HttpResponse | None:
        return self.start_chosen(request, "sync_members", queryset, "group_id")

    def has_sync_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "sync", GroupMember)

    def page_context(self, request: HttpRequest, obj: Group) -> dict[str, Any]:
        context = super().page_context(request, obj)
        buttons = {"sync_selected": _("Sync"), "sync_members_of_selected": _("Sync members")}
        context["page_actions"] = self.page_actions(request, obj, buttons)
        if self.may(request, "view", GroupMember):
            context["panels"] = [self._members_panel(obj)]
        return context

    def _members_panel(self, group: Group) -> dict[str, Any]:
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

    def _member_cells(self, group: Group, member: Any) -> list[str]:
        return [
            display.link(self.page_url(member), member.user_id),
            member.nickname,
            member.name_card,
            words.said(words.ROLES, member.role),
            member_state(member),
        ]
