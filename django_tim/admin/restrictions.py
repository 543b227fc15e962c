"""Mutes and bans: who is held back, why, until when, and whether the service knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim import tasks
from django_tim.models import Account, Restriction
from django_tim.services import restrictions

from . import display, words
from .action_pages import ActionPage, Chosen
from .apps import AppFilter
from .base import MirrorAdmin
from .filters import FixedFilter, OfAccountFilter
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

State = Restriction.State
TONES: dict[str, str] = {
    State.APPLYING: "busy",
    State.ACTIVE: "warn",
    State.LIFTING: "busy",
    State.LIFTED: "quiet",
    State.FAILED: "bad",
}


def noted(chosen: Chosen, number: int) -> None:
    """Let a worker tell the service of what was noted, and say so."""
    tasks.enqueue_restrictions()
    text = _("%s were noted and are in force; a worker tells the service.")
    chosen.admin.message_user(chosen.request, text % display.number(number), messages.SUCCESS)


class KindFilter(FixedFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Restriction.Kind.choices

    def condition(self, value: str) -> Q:
        return Q(kind=value)


class RestrictionStateFilter(FixedFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("in_force", gettext_lazy("in force")),
            ("unsettled", gettext_lazy("the service has still to be told")),
            ("over", gettext_lazy("over")),
        ]

    def condition(self, value: str) -> Q:
        states = {
            "in_force": Restriction.IN_FORCE,
            "unsettled": Restriction.UNSETTLED,
            "over": (State.LIFTED, State.FAILED),
        }
        return Q(state__in=states[value])


class EndsFilter(FixedFilter):
    title = gettext_lazy("ends")
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("today", gettext_lazy("today")),
            ("week", gettext_lazy("within 7 days")),
            ("never", gettext_lazy("never")),
        ]

    def condition(self, value: str) -> Q:
        if value == "never":
            return Q(until=None, state__in=Restriction.IN_FORCE)
        return ending_within(1 if value == "today" else 7)


def ending_within(days: int) -> Q:
    """What is in force and ends today, or within so many days, today included."""
    here = now()
    today = localtime(here) if here.tzinfo else here
    end = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return Q(state__in=Restriction.IN_FORCE, until__lt=end)


class Lift(ActionPage):
    name = "lift"
    permission = "lift"
    label = gettext_lazy("Lift mutes and bans")

    def consequences(self, chosen: Chosen) -> list[StrOrPromise]:
        return [_("They can send and log in again, unless another mute or ban says otherwise.")]

    def perform(self, row: Restriction, form: Any, app: str, actor: Actor) -> StrOrPromise:
        restrictions.lift(row, actor=actor)
        return _("%s was lifted.") % row

    def run(self, chosen: Chosen, form: Any) -> None:
        noted(chosen, restrictions.lift_many(chosen.rows, actor=actor_of(chosen.request)))


class RestrictionAdmin(MirrorAdmin):
    list_display = ("user_link", "kind", "state_badge", "reason", "until_said", "who", "created_at")
    list_filter = (AppFilter, OfAccountFilter, RestrictionStateFilter, KindFilter, EndsFilter)
    list_display_links = None
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user_id",)
    search_help_text = gettext_lazy("Start of a UserID")
    deferred = ("error",)
    id_field = "user_id"
    audit_type = "account"
    actions = (Lift(),)
    fieldsets = (
        (None, {"fields": ("user_link", "kind", "state_badge", "reason", "app")}),
        (
            gettext_lazy("Times"),
            {"fields": ("created_at", "applied_at", "until_said", "lifted_at")},
        ),
        (gettext_lazy("By"), {"fields": ("who", "source_said", "lifted_by_name")}),
        (
            gettext_lazy("What the service has still to be told"),
            {"fields": ("attempts", "next_try_at", "code", "meaning", "error")},
        ),
    )

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "lift")

    @admin.display(description=gettext_lazy("account"))
    def user_link(self, row: Restriction) -> str:
        url = self.list_url(Account, app=row.sdk_app_id, q=row.user_id)
        return display.link(url, row.user_id)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, row: Restriction) -> str:
        return state_badge(row)

    @admin.display(description=gettext_lazy("until"))
    def until_said(self, row: Restriction) -> str:
        return display.moment(row.until) if row.until else _("without an end")

    @admin.display(description=gettext_lazy("who"))
    def who(self, row: Restriction) -> str:
        return row.actor_name or words.said(words.SOURCES, row.source)

    @admin.display(description=gettext_lazy("by way of"))
    def source_said(self, row: Restriction) -> str:
        return words.said(words.SOURCES, row.source)

    @admin.display(description=gettext_lazy("meaning"))
    def meaning(self, row: Restriction) -> str:
        return words.error_meaning(row.code) or display.EMPTY


def state_badge(row: Restriction) -> str:
    """The state, with the last error where the service was not told yet."""
    return display.badge(TONES.get(row.state, "quiet"), row.get_state_display(), title=row.error)
