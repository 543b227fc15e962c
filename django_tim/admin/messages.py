"""The archive of messages: searched, read and exported, each of it on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from django_tim.models import Message
from django_tim.services import evidence

from . import apps, display
from .apps import AppFilter
from .base import MirrorAdmin
from .filters import FixedFilter, PinnedFilter
from .syncing import actor_of

SEARCHED = 10_000
"""The newest messages of the list whose text a search looks through."""
SUMMARY = 120


class SentFilter(FixedFilter):
    title = pgettext_lazy("time", "sent")
    parameter_name = "sent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("1", _("within a day")),
            ("7", _("within 7 days")),
            ("30", _("within 30 days")),
        ]

    def condition(self, value: str) -> Q:
        return Q(sent_at__gte=now() - timedelta(days=int(value)))


class InGroupFilter(PinnedFilter):
    """The messages of one group."""

    title = pgettext_lazy("chat", "group")
    parameter_name = "group"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(group_id=self.value()) if self.value() else queryset


class ByUserFilter(PinnedFilter):
    """The messages from or to one account."""

    title = gettext_lazy("account")
    parameter_name = "user"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        user_id = self.value()
        either = Q(from_account=user_id) | Q(to_account=user_id)
        return queryset.filter(either) if user_id else queryset


class MessageAdmin(MirrorAdmin):
    list_display = ("sent_at", "from_account", "where", "said", "state_said", "source")
    list_filter = (AppFilter, SentFilter, InGroupFilter, ByUserFilter)
    sortable_by = ()
    ordering = ("-sent_at", "-pk")
    search_fields = ("text",)
    search_help_text = gettext_lazy("A UserID, a group ID, or words of the newest messages")
    id_field = "from_account"
    deferred = ("body", "cloud_custom_data")
    actions = ("export_evidence",)
    fieldsets = (
        (None, {"fields": ("sent_at", "from_account", "where", "text", "body_json")}),
        (
            gettext_lazy("Record"),
            {
                "fields": (
                    *("msg_seq", "msg_key", "cloud_custom_data", "modified_at", "recalled_at"),
                    *("source", "noted_at", "app"),
                )
            },
        ),
    )

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "export")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By account or group; by words among the newest. What was searched is on record."""
        term = search_term.strip()
        if not term:
            return queryset, False
        scope = apps.Scope.of(request)
        self._audit(request, "message.search", scope.sdk_app_id or 0, search=term)
        exact = Q(from_account=term) | Q(to_account=term) | Q(group_id=term)
        if queryset.filter(exact).exists():
            return queryset.filter(exact), False
        newest = queryset.order_by("-sent_at", "-pk").values_list("pk", flat=True)[:SEARCHED]
        return queryset.filter(pk__in=list(newest), text__icontains=term), False

    def page_context(self, request: HttpRequest, obj: Message) -> dict[str, Any]:
        self._audit(request, "message.read", obj.sdk_app_id, key=obj.key)
        return super().page_context(request, obj)

    @admin.action(permissions=["export"], description=gettext_lazy("Export as evidence"))
    def export_evidence(
        self, request: HttpRequest, queryset: QuerySet[Message]
    ) -> FileResponse | None:
        """A zip with the chosen messages and a manifest of sums."""
        chosen = Message.objects.filter(pk__in=queryset.values("pk").order_by())
        sdk_app_id = chosen[0].sdk_app_id
        app = apps.configured().get(sdk_app_id, "")
        try:
            content = evidence.export(
                chosen, app=app, sdk_app_id=sdk_app_id, actor=actor_of(request)
            )
        except evidence.TooMuch as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        response = FileResponse(content, as_attachment=True, filename="evidence.zip")
        response["Cache-Control"] = "no-store"
        return response

    def _audit(self, request: HttpRequest, action: str, sdk_app_id: int, **details: Any) -> None:
        evidence.audit_read(
            action,
            app=apps.configured().get(sdk_app_id, ""),
            sdk_app_id=sdk_app_id,
            actor=actor_of(request),
            details=details,
        )

    @admin.display(description=gettext_lazy("to"))
    def where(self, row: Message) -> str:
        return row.topic_id or row.group_id or row.to_account

    @admin.display(description=gettext_lazy("text"))
    def said(self, row: Message) -> str:
        text = row.text
        return (text if len(text) <= SUMMARY else f"{text[:SUMMARY]}…") or display.EMPTY

    @admin.display(description=gettext_lazy("state"))
    def state_said(self, row: Message) -> str:
        if row.recalled_at:
            return display.badge("bad", _("recalled"), title=display.moment(row.recalled_at))
        if row.modified_at:
            return display.badge("warn", _("edited"), title=display.moment(row.modified_at))
        return display.badge("good", _("sent"))

    @admin.display(description=gettext_lazy("elements"))
    def body_json(self, row: Message) -> str:
        return display.pretty_json(row.body) if row.body else display.EMPTY
