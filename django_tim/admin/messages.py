"""The archive of messages: searched, read and exported, each of it on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.html import format_html
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
"""How many messages of the list one search looks through; "older" goes on from there."""
SEARCHED_ON_POSTGRESQL = 100_000
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


class BeforeFilter(PinnedFilter):
    """The messages that were archived before one: where a search goes on."""

    title = gettext_lazy("archived before")
    parameter_name = "before"

    def condition(self, value: str) -> Q:
        return Q(pk__lt=int(value)) if value.isdecimal() else Q()


@dataclass(frozen=True)
class Looked:
    """What a search by words has looked through: so many, and the first and last of them."""

    number: int
    newest: Message | None = None
    oldest: Message | None = None
    is_all: bool = True


class MessageAdmin(MirrorAdmin):
    list_display = ("sent_at", "from_account", "where", "said", "state_said", "source")
    list_filter = (AppFilter, SentFilter, InGroupFilter, ByUserFilter, BeforeFilter)
    sortable_by = ()
    ordering = ("-sent_at", "-pk")
    search_fields = ("text",)
    search_help_text = gettext_lazy(
        "A UserID, a group ID, or words: the newest first, and then older ones"
    )
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
        """By account or group; by words among so many, the newest first. It is on record."""
        term = search_term.strip()
        if not term:
            return queryset, False
        scope = apps.Scope.of(request)
        self._audit(request, "message.search", scope.sdk_app_id or 0, search=term)
        exact = Q(from_account=term) | Q(to_account=term) | Q(group_id=term)
        if queryset.filter(exact).exists():
            return queryset.filter(exact), False
        looked = _looked_through(queryset)
        request.tim_looked = looked  # type: ignore[attr-defined]  # for the page, which tells it
        if looked.oldest is None:
            return queryset.none(), False
        return queryset.filter(pk__gte=looked.oldest.pk, text__icontains=term), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; a search by words says what it has looked through, and where it goes on."""
        changelist = super().get_changelist_instance(request)
        looked: Looked | None = getattr(request, "tim_looked", None)
        if looked is not None and looked.oldest is not None and request.method == "GET":
            self.message_user(request, _told(request, looked), messages.INFO)
        return changelist

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


def _looked_through(queryset: QuerySet[Message]) -> Looked:
    """The newest messages of the list, in the order in which they were archived."""
    is_postgresql = connections[queryset.db].vendor == "postgresql"
    most = SEARCHED_ON_POSTGRESQL if is_postgresql else SEARCHED
    newest = queryset.order_by("-pk")
    ids = list(newest.values_list("pk", flat=True)[: most + 1])
    if not ids:
        return Looked(0)
    looked = ids[:most]
    edges = queryset.order_by().in_bulk([looked[0], looked[-1]])
    return Looked(len(looked), edges[looked[0]], edges[looked[-1]], len(ids) <= most)


def _told(request: HttpRequest, looked: Looked) -> str:
    assert looked.newest is not None and looked.oldest is not None  # noqa: S101, PT018
    said = _("%(number)s messages were looked through, archived from %(first)s to %(last)s.") % {
        "number": looked.number,
        "first": display.moment(looked.oldest.noted_at),
        "last": display.moment(looked.newest.noted_at),
    }
    if looked.is_all:
        return format_html("{} {}", said, _("There are no older ones."))
    query = request.GET.copy()
    query.pop("p", None)
    query["before"] = str(looked.oldest.pk)
    return format_html('{} <a href="?{}">{}</a>', said, query.urlencode(), _("Search older ones"))
