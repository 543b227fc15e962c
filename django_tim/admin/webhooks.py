"""Callbacks: what the service has told, what came of it, and the replay of what failed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_tim.models import CallbackEvent
from django_tim.services.mapping import from_vendor_time
from django_tim.webhooks.events import EVENTS

from . import display
from .apps import AppFilter
from .base import MirrorAdmin
from .filters import FixedFilter, PinnedFilter

TONES: dict[str, str] = {
    CallbackEvent.State.WAITING: "quiet",
    CallbackEvent.State.CLAIMED: "busy",
    CallbackEvent.State.DONE: "good",
    CallbackEvent.State.FAILED: "bad",
}
SUMMARY = 120


class CallbackStateFilter(FixedFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return CallbackEvent.State.choices

    def condition(self, value: str) -> Q:
        return Q(state=value)


class CommandFilter(FixedFilter):
    title = gettext_lazy("command")
    parameter_name = "command"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        after = [command for command, event in EVENTS.items() if not event.before]
        return [(command, command) for command in sorted(after)]

    def condition(self, value: str) -> Q:
        return Q(command=value)


class AboutFilter(PinnedFilter):
    """The events about one group or account, by its ID."""

    title = gettext_lazy("object")
    parameter_name = "object"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_id=self.value()) if self.value() else queryset


class CallbackEventAdmin(MirrorAdmin):
    list_display = ("number", "received_at", "command", "object_id", "summary", "badge", "repeats")
    list_filter = (AppFilter, CallbackStateFilter, CommandFilter, AboutFilter)
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("object_id",)
    search_help_text = gettext_lazy("Start of a group's or an account's ID")
    id_field = "object_id"
    deferred = ("outcome", "error")
    actions = ("replay_selected",)
    fieldsets = (
        (None, {"fields": ("command", "object_id", "event_time", "received_at", "app")}),
        (
            gettext_lazy("Outcome"),
            {"fields": ("badge", "attempts", "due_at", "handled_at", "steps", "traceback")},
        ),
        (
            gettext_lazy("As it came"),
            {"fields": ("payload_json", "platform", "client_ip", "repeats")},
        ),
    )

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "replay")

    @admin.action(permissions=["replay"], description=gettext_lazy("Handle again"))
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[CallbackEvent]) -> None:
        """Queue what has ended; what waits or is being handled is left alone."""
        from django_tim import tasks
        from django_tim.webhooks import inbox

        number = inbox.replay(CallbackEvent.objects.filter(pk__in=queryset.values("pk").order_by()))
        tasks.enqueue_callbacks()
        text = ngettext(
            "%(number)d callback was queued.", "%(number)d callbacks were queued.", number
        )
        self.message_user(request, text % {"number": number}, messages.SUCCESS)

    @admin.display(description=gettext_lazy("callback"))
    def number(self, row: CallbackEvent) -> str:
        return f"#{row.pk}"

    @admin.display(description=gettext_lazy("state"))
    def badge(self, row: CallbackEvent) -> str:
        return display.badge(TONES.get(row.state, "quiet"), row.get_state_display())

    @admin.display(description=gettext_lazy("what it says"))
    def summary(self, row: CallbackEvent) -> str:
        shown = {k: v for k, v in row.payload.items() if k not in ("CallbackCommand", "EventTime")}
        text = json.dumps(shown, ensure_ascii=False)
        return text if len(text) <= SUMMARY else f"{text[:SUMMARY]}…"

    @admin.display(description=gettext_lazy("happened"))
    def event_time(self, row: CallbackEvent) -> str:
        if row.event_ms is None:
            return display.EMPTY
        return display.moment(from_vendor_time(row.event_ms // 1000))

    @admin.display(description=gettext_lazy("receivers"))
    def steps(self, row: CallbackEvent) -> str:
        if not row.outcome:
            return display.EMPTY
        tones = {"done": ("good", _("done")), "failed": ("bad", _("failed"))}
        items = (
            (display.badge(*tones.get(outcome, ("quiet", outcome))), name)
            for name, outcome in row.outcome.items()
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} {}</li>", items))

    @admin.display(description=gettext_lazy("traceback"))
    def traceback(self, row: CallbackEvent) -> str:
        if not row.error:
            return display.EMPTY
        return format_html('<pre class="tim-json">{}</pre>', row.error)

    @admin.display(description=gettext_lazy("payload"))
    def payload_json(self, row: CallbackEvent) -> str:
        return display.pretty_json(row.payload)
