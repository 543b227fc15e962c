"""Groups: the list, and one group with its first members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from django_tim import conf
from django_tim.models import Account, Group, GroupMember
from django_tim.services import groups
from django_tim.services.actor import Actor
from django_tim.services.live import LIVE

from . import apps, display, words
from .action_pages import NewPage
from .apps import AppFilter
from .base import MirrorChangeList, part_of
from .exporting import ExportMixin
from .filters import (
    GroupSizeFilter,
    GroupTypeFilter,
    LastMessageFilter,
    NameStartFilter,
    OwnerFilter,
    PresenceFilter,
)
from .group_actions import (
    AddMembers,
    BanMembers,
    ChangeOwner,
    DeleteBySender,
    Dissolve,
    EditGroup,
    MuteAll,
    MuteMembers,
    Notify,
    NotifyOwners,
    RecallByNumber,
    RemoveMembers,
    SendMessage,
    UnbanMembers,
    UnmuteAll,
    UnmuteMembers,
)
from .group_forms import ImportGroupForm, NewGroupForm
from .live import LiveMixin
from .recent_messages import RecallRecentOf
from .syncing import SyncMixin
from .topic_actions import AddTopic, DissolveTopics, EditTopic

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGES = (
    EditGroup(),
    SendMessage(),
    Notify(),
    NotifyOwners(),
    AddMembers(),
    RemoveMembers(),
    MuteMembers(),
    UnmuteMembers(),
    BanMembers(),
    UnbanMembers(),
    MuteAll(),
    UnmuteAll(),
    RecallRecentOf(),
    RecallByNumber(),
    DeleteBySender(),
    AddTopic(),
    EditTopic(),
    DissolveTopics(),
    ChangeOwner(),
    Dissolve(),
)


class GroupAdmin(LiveMixin, ExportMixin, SyncMixin):
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
    list_filter = (
        AppFilter,
        GroupTypeFilter,
        GroupSizeFilter,
        LastMessageFilter,
        PresenceFilter,
        OwnerFilter,
        NameStartFilter,
    )
    sortable_by = ("group_id", "name", "owner_account", "member_num", "last_msg_at")
    ordering = ("sdk_app_id", "group_id")
    search_fields = ("group_id", "name", "owner_account")
    search_help_text = _("Start of a group ID, a whole owner's UserID, or part of a name")
    actions = ("sync_selected", "sync_members_of_selected", *PAGES, "export_csv")
    id_field = "group_id"
    exported = (
        "group_id",
        "type",
        "name",
        "owner_account",
        "member_num",
        "max_member_num",
        "apply_join_option",
        "mute_all_member",
        "created_at",
        "last_msg_at",
        "gone_at",
    )
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
                "classes": ("collapse",),
                "fields": (
                    "app",
                    "state",
                    "synced_at",
                    "members_synced_at",
                    "stale_at",
                    "gone_at",
                    "raw_json",
                ),
            },
        ),
    )

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        return Q(owner_account=term) | part_of("name", term)

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

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.may(request, "add")

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "import")

    def has_transfer_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "transfer")

    def has_dissolve_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "dissolve")

    def has_mute_all_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "mute")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tim.send_message")

    def has_add_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add", GroupMember)

    def has_remove_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete", GroupMember)

    def has_mute_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "mute", GroupMember)

    def has_ban_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "ban", GroupMember)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="django_tim_group_import"), *super().get_urls()]

    @method_decorator(transaction.non_atomic_requests)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create a group: by the service, which writes the row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return NewPage(self, _("Create a group"), NewGroupForm, _create, _options)(request)

    @method_decorator(transaction.non_atomic_requests)
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Create a group as it was elsewhere, with the time of its creation."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        return NewPage(self, _("Import a group"), ImportGroupForm, _import, _options)(request)

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        scope, site = apps.Scope.of(request), self.admin_site.name
        tools: list[tuple[str, StrOrPromise]] = []
        if self.has_import_permission(request):
            url = reverse("admin:django_tim_group_import", current_app=site)
            tools.append((f"{url}?app={scope.sdk_app_id}", _("Import a group")))
        if self.has_broadcast_permission(request):
            url = reverse("admin:django_tim_group_broadcast", current_app=site)
            tools.append((f"{url}?app={scope.sdk_app_id}", _("Send to all live rooms")))
        return context | {"list_tools": tools if scope.alias else []}

    def page_context(self, request: HttpRequest, obj: Group) -> dict[str, Any]:
        context = super().page_context(request, obj)
        shown: dict[str, StrOrPromise] = {
            "sync_selected": _("Sync"),
            "sync_members_of_selected": _("Sync members"),
        }
        if obj.gone_at is None:
            pages = [page for page in PAGES if page.name not in self._not_for(obj)]
            context["more_actions"] = self.page_actions(
                request, obj, {page.name: page.label for page in pages if page.rare}
            )
            shown |= {page.name: page.label for page in pages if not page.rare}
        context["page_actions"] = self.page_actions(request, obj, shown)
        context["top_panels"] = [self.live_panel(request, obj)] if obj.type == LIVE else []
        context["panels"] = self.group_panels(request, obj)
        return context

    def _not_for(self, group: Group) -> set[str]:
        """Actions that the service refuses for the group as it is."""
        found = {"mute_all" if group.mute_all_member else "unmute_all"}
        if group.type == LIVE:
            found |= {"add_members", "remove_members", "delete_by_sender"}
        if group.type != "Community":
            found |= {"add_topic", "edit_topic", "dissolve_topics"}
        return found


def _options(app: str) -> dict[str, Any]:
    return {"custom_keys": conf.app_settings(app).group_custom_keys}


def _create(form: Any, app: str, actor: Actor) -> Group:
    return groups.create(**form.given(), app=app, actor=actor)


def _import(form: Any, app: str, actor: Actor) -> Group:
    return groups.import_one(**form.given(), app=app, actor=actor)
