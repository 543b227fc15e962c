"""The audit trail: who did what to which remote object, and what came of it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from django_tim.models import Account, AuditEntry, Group

from . import display, words
from .apps import AppFilter
from .base import MirrorAdmin
from .filters import AuditOutcomeFilter, AuditWhenFilter, OfObjectFilter

TONES: dict[str, str] = {
    AuditEntry.Outcome.STARTED: "busy",
    AuditEntry.Outcome.SUCCEEDED: "good",
    AuditEntry.Outcome.PARTIAL: "warn",
    AuditEntry.Outcome.FAILED: "bad",
    AuditEntry.Outcome.UNKNOWN: "warn",
}
_PAGES = {"account": Account, "group": Group}


class AuditEntryAdmin(MirrorAdmin):
    list_display = ("started_at", "who", "action", "target", "outcome_badge", "code", "source_said")
    list_filter = (AppFilter, OfObjectFilter, AuditWhenFilter, AuditOutcomeFilter)
    sortable_by = ("started_at",)
    ordering = ("-pk",)
    search_fields = ("object_id",)
    search_help_text = _("Start of an object's ID")
    deferred = ("details", "info")
    id_field = "object_id"
    fieldsets = (
        (None, {"fields": ("started_at", "who", "source_said", "remote_addr", "app")}),
        (_("Action"), {"fields": ("action", "object_type", "target", "details_json")}),
        (_("Outcome"), {"fields": ("outcome_badge", "finished_at", "code", "meaning", "info")}),
    )

    @admin.display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        return entry.actor_name or words.said(words.SOURCES, entry.source)

    @admin.display(description=_("object"))
    def target(self, entry: AuditEntry) -> str:
        model = _PAGES.get(entry.object_type)
        if model is None or not entry.object_id:
            return entry.object_id or display.EMPTY
        url = self.list_url(model, app=entry.sdk_app_id, q=entry.object_id)
        return display.link(url, entry.object_id)

    @admin.display(description=_("outcome"))
    def outcome_badge(self, entry: AuditEntry) -> str:
        tone = TONES.get(entry.outcome, "quiet")
        return display.badge(tone, entry.get_outcome_display())

    @admin.display(description=_("by way of"))
    def source_said(self, entry: AuditEntry) -> str:
        return words.said(words.SOURCES, entry.source)

    @admin.display(description=_("meaning"))
    def meaning(self, entry: AuditEntry) -> str:
        return words.error_meaning(entry.code) or display.EMPTY

    @admin.display(description=_("details"))
    def details_json(self, entry: AuditEntry) -> str:
        return display.pretty_json(entry.details)
