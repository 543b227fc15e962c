"""Accounts: the list, and one account with its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from django_tim.exceptions import TimError
from django_tim.linking import user_of, users_of
from django_tim.models import Account, GroupMember
from django_tim.pacing.base import interactive
from django_tim.services import accounts
from django_tim.services.actor import Actor

from . import apps, display, words
from .account_actions import (
    AddToGroup,
    Ban,
    Delete,
    EditProfile,
    Kick,
    Mute,
    SendMessage,
)
from .account_forms import NewAccountForm
from .action_pages import Chosen, NewPage
from .apps import AppFilter
from .base import MirrorChangeList, part_of
from .exporting import ExportMixin, json_file
from .filters import AccountStateFilter, BehindFilter
from .finding import FindMixin
from .hosts import host_link
from .importing import ImportMixin
from .person import PersonMixin
from .recent_messages import RecallRecent
from .syncing import SyncMixin

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ASKED_AT_ONCE = 500
"""Accounts whose online state is asked for in one call."""
PAGES = (
    EditProfile(),
    SendMessage(),
    AddToGroup(),
    Mute(),
    Ban(),
    Kick(),
    RecallRecent(),
    Delete(),
)


class AccountAdmin(PersonMixin, FindMixin, ImportMixin, ExportMixin, SyncMixin):
    list_display = ("user_id", "nickname", "picture", "host_user", "online", "state", "synced_at")
    list_filter = (AppFilter, AccountStateFilter, BehindFilter)
    sortable_by = ("user_id", "nickname", "synced_at")
    ordering = ("sdk_app_id", "user_id")
    search_fields = ("user_id", "nickname")
    search_help_text = _("Start of a UserID, or part of a nickname")
    actions = ("sync_selected", "ask_online", *PAGES, "export_csv", "export_person")
    id_field = "user_id"
    exported = (
        "user_id",
        "nickname",
        "face_url",
        "gender",
        "allow_type",
        "level",
        "role",
        "synced_at",
        "gone_at",
    )
    audit_type = "account"
    sync_kind = "sync_accounts"
    sync_text = _("Sync accounts now")
    fieldsets = (
        (
            None,
            {"fields": ("user_id", "host_user", "nickname", "avatar", "gender_said", "allow_said")},
        ),
        (_("In the app"), {"fields": ("app", "online", "level", "role")}),
        (
            _("Mirror"),
            {
                "classes": ("collapse",),
                "fields": (
                    *("state", "synced_at", "stale_at", "gone_at", "behind_since"),
                    *("link_due_at", "link_error", "raw_json"),
                ),
            },
        ),
    )

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        return part_of("nickname", term)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        users = users_of(rows)
        for row in rows:
            row.user = users.get(row.pk)

    @admin.display(description=_("online"))
    def online(self, account: Account) -> str:
        """As the last callback or question told; the page and an action ask anew."""
        if not account.online_status:
            return display.EMPTY
        tone = {"Online": "good", "PushOnline": "busy"}.get(account.online_status, "quiet")
        said = words.said(words.ONLINE, account.online_status)
        return display.badge(tone, said, title=display.moment(account.online_at))

    @admin.action(description=_("Ask who is online"), permissions=["view"])
    def ask_online(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Ask TIM about the chosen accounts, and note what it says."""
        chosen = Chosen(self, request, queryset)
        problem = chosen.problem()
        if not problem and chosen.count > ASKED_AT_ONCE:
            problem = str(_("Select at most %d rows.") % ASKED_AT_ONCE)
        if problem:
            self.message_user(request, problem, messages.WARNING)
            return
        ids = list(queryset.values_list("user_id", flat=True))
        try:
            with interactive():
                found = accounts.ask_online(ids, app=chosen.app)
        except TimError as error:
            self.message_user(request, words.told(error), messages.ERROR)
        else:
            text = _("%(online)s of %(all)s are online.")
            said = text % {"online": found, "all": display.number(len(ids))}
            self.message_user(request, said, messages.SUCCESS)

    @admin.display(description=_("linked user"))
    def host_user(self, account: Any) -> str:
        user = account.user if hasattr(account, "user") else user_of(account)
        return host_link(self.admin_site, user)

    @admin.display(description=_("gender"))
    def gender_said(self, account: Account) -> str:
        return words.said(words.GENDERS, account.gender) or display.EMPTY

    @admin.display(description=_("who may add as a friend"))
    def allow_said(self, account: Account) -> str:
        return words.said(words.ALLOW_TYPES, account.allow_type) or display.EMPTY

    @admin.display(description=_("avatar"))
    def picture(self, account: Account) -> str:
        return display.avatar(account.face_url, with_url=False)

    @admin.display(description=_("avatar URL"))
    def avatar(self, account: Account) -> str:
        return display.avatar(account.face_url)

    @admin.action(description=_("Sync the selected accounts"), permissions=["sync"])
    def sync_selected(
        self, request: HttpRequest, queryset: QuerySet[Account]
    ) -> HttpResponse | None:
        return self.start_chosen(request, self.sync_kind, queryset, "user_id")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.may(request, "add")

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tim.send_message")

    def has_add_members_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add", GroupMember)

    def has_kick_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "kick")

    def has_mute_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "mute")

    def has_ban_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "ban")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete")

    @method_decorator(transaction.non_atomic_requests)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create an account: by the service, which writes the row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return NewPage(self, _("Create an account"), NewAccountForm, self._create)(request)

    def _create(self, form: Any, app: str, actor: Actor) -> Account:
        given = form.cleaned_data
        nick, face_url = given["nick"] or None, given["face_url"] or None
        return accounts.import_one(
            given["user_id"], nick=nick, face_url=face_url, app=app, actor=actor
        )

    @admin.action(description=_("Export all that is known"), permissions=["export"])
    def export_person(
        self, request: HttpRequest, queryset: QuerySet[Account]
    ) -> HttpResponse | None:
        """One account, its groups, mutes and bans, and what was done to it, as JSON."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Select one row only."), messages.WARNING)
            return None
        self.note_export(request, queryset, chosen[0].user_id)
        return json_file(f"account-{chosen[0].pk}", self.all_known(request, chosen[0]))

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        scope = apps.Scope.of(request)
        if scope.alias and self.has_import_permission(request):
            url = reverse("admin:django_tim_account_import", current_app=self.admin_site.name)
            context["list_tools"] = [(f"{url}?app={scope.sdk_app_id}", _("Import from a file"))]
        return context

    def page_context(self, request: HttpRequest, obj: Account) -> dict[str, Any]:
        context = super().page_context(request, obj)
        shown: dict[str, StrOrPromise] = {"sync_selected": _("Sync"), "export_person": _("Export")}
        if obj.gone_at is None:
            shown |= {page.name: page.label for page in PAGES}
        context["page_actions"] = self.page_actions(request, obj, shown)
        context["top_panels"] = [self.restrictions_panel(request, obj)]
        context["panels"] = self.person_panels(request, obj)
        return context
