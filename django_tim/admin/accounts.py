"""Accounts: the list, and one account with its groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from django_tim.models import Account, GroupMember

from . import display, words
from .apps import AppFilter
from .filters import AccountStateFilter
from .syncing import SyncMixin

SHOWN = 20
"""Rows of a panel; a link leads to the rest."""


class AccountAdmin(SyncMixin):
    list_display = ("user_id", "nickname", "gender_said", "state", "synced_at")
    list_filter = (AppFilter, AccountStateFilter)
    sortable_by = ("user_id", "nickname", "synced_at")
    ordering = ("sdk_app_id", "user_id")
    search_fields = ("user_id", "nickname")
    search_help_text = _("Start of a UserID, or part of a nickname")
    actions = ("sync_selected",)
    id_field = "user_id"
    audit_type = "account"
    sync_kind = "sync_accounts"
    sync_text = _("Sync accounts now")
    fieldsets = (
        (None, {"fields": ("user_id", "nickname", "avatar", "gender_said", "allow_said")}),
        (_("In the app"), {"fields": ("app", "level", "role")}),
        (_("Mirror"), {"fields": ("state", "synced_at", "stale_at", "gone_at", "raw_json")}),
    )

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        return Q(nickname__icontains=term)

    @admin.display(description=_("gender"))
    def gender_said(self, account: Account) -> str:
        return words.said(words.GENDERS, account.gender) or display.EMPTY

    @admin.display(description=_("who may add as a friend"))
    def allow_said(self, account: Account) -> str:
        return words.said(words.ALLOW_TYPES, account.allow_type) or display.EMPTY

    @admin.display(description=_("avatar URL"))
    def avatar(self, account: Account) -> str:
        return display.outside_link(account.face_url)

    @admin.action(description=_("Sync the selected accounts"), permissions=["sync"])
    def sync_selected(
        self, request: HttpRequest, queryset: QuerySet[Account]
    ) -> HttpResponse | None:
        return self.start_chosen(request, self.sync_kind, queryset, "user_id")

    def page_context(self, request: HttpRequest, obj: Account) -> dict[str, Any]:
        context = super().page_context(request, obj)
        context["page_actions"] = self.page_actions(request, obj, {"sync_selected": _("Sync")})
        if self.may(request, "view", GroupMember):
            context["panels"] = [self._groups_panel(obj)]
        return context

    def _groups_panel(self, account: Account) -> dict[str, Any]:
        found = GroupMember.objects.filter(
            sdk_app_id=account.sdk_app_id, user_id=account.user_id, gone_at=None
        )
        rows = list(
            found.select_related("group").defer("raw", "group__raw").order_by("pk")[: SHOWN + 1]
        )
        return {
            "title": _("Groups joined"),
            "empty": _("No group is known that this account is a member of."),
            "heads": [_("group"), _("type"), _("role"), _("joined")],
            "rows": [self._group_cells(member) for member in rows[:SHOWN]],
            "more": len(rows) > SHOWN,
            "url": self.list_url(GroupMember, app=account.sdk_app_id, user=account.user_id),
        }

    def _group_cells(self, member: GroupMember) -> list[str]:
        group = member.group
        return [
            display.link(self.page_url(group), group),
            words.said(words.GROUP_TYPES, group.type),
            words.said(words.ROLES, member.role),
            display.moment(member.joined_at),
        ]
