"""Group members: all of them, those of one group, or one account's memberships."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_tim.models import Account, Group, GroupMember

from . import apps, display, words
from .apps import AppFilter
from .filters import MemberStateFilter, MutedFilter, OfAccountFilter, OfGroupFilter, RoleFilter
from .member_actions import Ban, EditMember, Mute, Remove, Unmute
from .syncing import SyncMixin

PAGES = (EditMember(), Mute(), Unmute(), Remove(), Ban())


def with_nicknames(members: Iterable[Any]) -> None:
    """Set ``nickname`` on members of one app, with one query for all."""
    rows = list(members)
    known = Account.objects.filter(
        sdk_app_id__in={row.sdk_app_id for row in rows}, user_id__in={row.user_id for row in rows}
    )
    names = {(app, user): name for app, user, name in known.values_list(*_NAME_COLUMNS)}
    for row in rows:
        row.nickname = names.get((row.sdk_app_id, row.user_id), "")


_NAME_COLUMNS = ("sdk_app_id", "user_id", "nickname")


def member_state(member: GroupMember) -> str:
    """Muted members are told apart first: that is what operators look for."""
    if member.gone_at is None and member.muted_until and member.muted_until > now():
        until = display.moment(member.muted_until)
        return display.badge("warn", _("muted"), title=str(_("until %s") % until))
    return display.mirror_state(member)


class GroupMemberAdmin(SyncMixin):
    list_display = (
        "user_id",
        "nickname",
        "in_group",
        "role_said",
        "name_card",
        "joined_at",
        "muted",
    )
    list_filter = (
        AppFilter,
        OfGroupFilter,
        OfAccountFilter,
        RoleFilter,
        MutedFilter,
        MemberStateFilter,
    )
    list_select_related = ("group",)
    sortable_by = ("user_id",)
    ordering = ("group_id", "user_id", "sdk_app_id")
    search_fields = ("user_id", "name_card")
    search_help_text = _("Start of a UserID; within one group also part of a name card")
    deferred = ("raw", "group__raw")
    id_field = "user_id"
    sync_kind = "sync_members"
    sync_text = _("Sync group members now")
    fieldsets = (
        (None, {"fields": ("user_link", "group_link", "role_said", "name_card")}),
        (_("Activity"), {"fields": ("joined_at", "last_sent_at", "muted_until")}),
        (_("Mirror"), {"fields": ("app", "state", "synced_at", "stale_at", "gone_at", "raw_json")}),
    )

    actions = PAGES

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete")

    def has_mute_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "mute")

    def has_ban_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "ban")

    def page_context(self, request: HttpRequest, obj: GroupMember) -> dict[str, Any]:
        context = super().page_context(request, obj)
        shown = {} if obj.gone_at else {page.name: page.label for page in PAGES}
        return context | {"page_actions": self.page_actions(request, obj, shown)}

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        with_nicknames(rows)

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        if OfGroupFilter.parameter_name in request.GET:
            return Q(name_card__icontains=term)
        return super().name_condition(request, term)

    def sync_params(self, request: HttpRequest) -> dict[str, Any]:
        """Where the list shows one group, its button syncs that one."""
        number = request.GET.get(OfGroupFilter.parameter_name, "")
        found = apps.visible(request, Group.objects.all())
        group = found.filter(pk=number).first() if number.isdecimal() else None
        return {"ids": [group.group_id]} if group else {}

    @admin.display(description=_("nickname"))
    def nickname(self, member: Any) -> str:
        return str(member.nickname)

    @admin.display(description=pgettext_lazy("chat", "group"))
    def in_group(self, member: GroupMember) -> str:
        return display.link(self.page_url(member.group), member.group)

    @admin.display(description=pgettext_lazy("chat", "group"))
    def group_link(self, member: GroupMember) -> str:
        return self.in_group(member)

    @admin.display(description=_("UserID"))
    def user_link(self, member: GroupMember) -> str:
        url = self.list_url(Account, app=member.sdk_app_id, q=member.user_id)
        return display.link(url, member.user_id)

    @admin.display(description=_("role"))
    def role_said(self, member: GroupMember) -> str:
        return words.said(words.ROLES, member.role)

    @admin.display(description=_("state"))
    def muted(self, member: GroupMember) -> str:
        return member_state(member)
