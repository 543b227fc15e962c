"""The overview: how each app is, the service's statistics of 30 days, and our own runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from django_tim import conf
from django_tim.client import meter
from django_tim.connection import tims
from django_tim.exceptions import ConfigurationError, TimError
from django_tim.models import AuditEntry, CallbackEvent, Run
from django_tim.pacing.base import interactive
from django_tim.services import health

from . import apps, display, words
from .pages import PageAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VIEW = "view_overview"
KEPT = 600
"""Seconds that the service's statistics are kept in the project's cache: they are of days."""
DAYS = 30
RUNS_AT_MOST = 20_000
SIGNATURE_SOON = timedelta(days=7)
CLOCK_GOOD, CLOCK_BAD = 5.0, 30.0
"""Seconds that our clock may differ: a callback's signature holds for 60 s, and takes its way."""
CHARTS: Mapping[str, tuple[StrOrPromise, tuple[tuple[str, StrOrPromise], ...]]] = {
    "users": (
        gettext_lazy("Users"),
        (
            ("ActiveUserNum", pgettext_lazy("users", "active")),
            ("LoginUserNum", gettext_lazy("logged in")),
            ("RegistUserNumOneDay", gettext_lazy("new")),
        ),
    ),
    "messages": (
        gettext_lazy("Messages"),
        (("UpMsgNum", gettext_lazy("up")), ("DownMsgNum", gettext_lazy("down"))),
    ),
    "groups": (
        gettext_lazy("Groups"),
        (
            ("GroupAllGroupNum", gettext_lazy("all")),
            ("GroupNewGroupNum", gettext_lazy("new")),
            ("GroupDestroyGroupNum", gettext_lazy("dissolved")),
        ),
    ),
}
OUR_CODES: Mapping[int, StrOrPromise] = {
    meter.NO_ANSWER: gettext_lazy("no answer came"),
    meter.NOT_SENT: gettext_lazy("nothing reached the service, or its turn came too late"),
}


class OverviewAdmin(PageAdmin):
    permissions = (VIEW,)
    template = "admin/django_tim/overview.html"

    class Media:
        js = ["django_tim/vendor/chartjs/chart.umd.js", "django_tim/overview.js"]

    def get_urls(self) -> list[Any]:
        return [
            *super().get_urls(),
            self.url("charts/", require_GET(self.charts_view), "charts"),
            self.url("workers/", require_GET(self.workers_view), "workers"),
        ]

    def answer(self, request: HttpRequest, scope: apps.Scope) -> HttpResponse:
        """All apps of the user, and the charts of one of them."""
        return self.show(
            request,
            scope,
            _("Overview"),
            cards=[self._card(request, *one) for one in apps.allowed(request).items()],
            problems=_problems(),
            app_label=apps.label(scope.sdk_app_id) if scope.sdk_app_id else "",
            app=scope.sdk_app_id,
            charts=[
                *((name, title) for name, (title, _rows) in CHARTS.items()),
                ("runs", _("Runs")),
            ]
            if scope.alias
            else [],
            running=scope.alias,
        )

    def _card(self, request: HttpRequest, sdk_app_id: int, alias: str) -> dict[str, Any]:
        """One app's figures, as (name, value, tone)."""
        found = health.of(alias)
        return {
            "label": apps.label(sdk_app_id),
            "url": self.list_url(self.model, app=sdk_app_id),
            "links": self._links(request, sdk_app_id),
            "figures": [
                (_("Last successful call"), display.moment(found.last_success), ""),
                (_("Our clock"), *_clock(found.skew)),
                (_("Calls within the hour"), display.number(found.calls), ""),
                (_("Waited for turns"), _("%s s") % display.number(found.waited, 1), ""),
                (pgettext("UserSig", "Signature"), *_signature(found)),
                (_("Callbacks waiting"), _capped(found.callbacks_waiting), ""),
                (
                    _("Callbacks failed"),
                    _capped(found.callbacks_failed),
                    "bad" if found.callbacks_failed else "",
                ),
                (_("Runs at work"), display.number(found.runs_active), ""),
                *(
                    (words.said(words.RUN_KINDS, kind), *_age(at))
                    for kind, at in found.synced.items()
                ),
            ],
            "errors": [(code, number, _meaning(code)) for code, number in found.errors.items()],
        }

    def _links(self, request: HttpRequest, sdk_app_id: int) -> list[tuple[str, StrOrPromise]]:
        known = {Run: _("Runs"), CallbackEvent: _("Callbacks"), AuditEntry: _("Audit entries")}
        return [
            (self.list_url(model, app=sdk_app_id), text)
            for model, text in known.items()
            if self.may(request, "view", model)
        ]

    @method_decorator(transaction.non_atomic_requests)
    def charts_view(self, request: HttpRequest) -> HttpResponse:
        """The numbers of the charts of one app, as JSON."""
        scope = self._scope(request)
        charts: dict[str, Any] = {"runs": _runs(scope.sdk_app_id or 0)}
        try:
            days = _statistics(scope.alias)
        except TimError as error:
            return JsonResponse({"charts": charts, "problem": words.told(error)})
        return JsonResponse({"charts": _of_service(days) | charts, "problem": ""})

    def workers_view(self, request: HttpRequest) -> HttpResponse:
        """Which workers answer, and which queues they read, as far as the broker can tell."""
        self._scope(request)
        try:
            found = current_app.control.inspect(timeout=1.0).active_queues() or {}
        except Exception:  # noqa: BLE001  (each broker has errors of its own; it is not known, then)
            return JsonResponse({"text": _("The broker can't be asked which workers there are.")})
        queues = sorted({queue["name"] for names in found.values() for queue in names})
        if not found:
            return JsonResponse({"text": _("No worker has answered.")})
        text = ngettext(
            "%(number)s worker answers; it reads: %(queues)s.",
            "%(number)s workers answer; they read: %(queues)s.",
            len(found),
        )
        return JsonResponse({"text": text % {"number": len(found), "queues": ", ".join(queues)}})

    def _scope(self, request: HttpRequest) -> apps.Scope:
        scope = apps.Scope.of(request)
        if not self.has_view_permission(request) or not scope.alias:
            raise PermissionDenied
        return scope


def _statistics(alias: str) -> list[dict[str, str]]:
    """The last 30 days, the oldest first; from the cache if they were asked for lately."""
    key = f"django_tim:statistics:{tims[alias].config.sdk_app_id}"
    found: list[dict[str, str]] | None = cache.get(key)
    if found is None:
        with interactive():
            found = sorted(tims[alias].operations.get_statistics(), key=lambda day: day["Date"])
        cache.set(key, found, KEPT)
    return found


def _of_service(days: list[dict[str, str]]) -> dict[str, Any]:
    labels = [f"{day['Date'][4:6]}-{day['Date'][6:]}" for day in days]
    return {
        name: {
            "labels": labels,
            "series": [
                {"label": str(text), "data": [_number(day.get(row)) for day in days]}
                for row, text in rows
            ],
        }
        for name, (_title, rows) in CHARTS.items()
    }


def _runs(sdk_app_id: int) -> dict[str, Any]:
    """The items that our runs have done, and those that failed, by day."""
    since = now() - timedelta(days=DAYS - 1)
    found = Run.objects.filter(sdk_app_id=sdk_app_id, queued_at__gte=since).order_by("-pk")
    done: defaultdict[str, int] = defaultdict(int)
    failed: defaultdict[str, int] = defaultdict(int)
    for at, all_done, not_done in found.values_list("queued_at", "done", "failed")[:RUNS_AT_MOST]:
        day = _day(at)
        done[day] += all_done - not_done
        failed[day] += not_done
    labels = [_day(since + timedelta(days=number)) for number in range(DAYS)]
    return {
        "labels": labels,
        "series": [
            {"label": _("done"), "data": [done[day] for day in labels]},
            {"label": _("failed"), "data": [failed[day] for day in labels]},
        ],
    }


def _day(moment: Any) -> str:
    return f"{localtime(moment) if moment.tzinfo else moment:%m-%d}"


def _number(text: Any) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _clock(skew: float | None) -> tuple[str, str]:
    """How far our clock is from the service's; an answer tells it to a second."""
    if skew is None:
        return _("not known yet"), ""
    if abs(skew) < CLOCK_GOOD:
        return _("right"), ""
    said = display.duration(abs(skew))
    text = _("%s ahead of the service's") if skew > 0 else _("%s behind the service's")
    if abs(skew) < CLOCK_BAD:
        return text % said, "warn"
    return _("%s: set it, or UserSigs and callbacks are refused") % (text % said), "bad"


def _signature(found: health.Health) -> tuple[str, str]:
    if found.signature_problem:
        return found.signature_problem, "bad"
    if found.signature_ends is None:
        return _("renewed by itself"), ""
    left = found.signature_ends - now()
    tone = "bad" if left <= timedelta(0) else "warn" if left < SIGNATURE_SOON else ""
    return _("until %s") % display.moment(found.signature_ends), tone


def _age(at: Any) -> tuple[str, str]:
    if at is None:
        return _("never"), "warn"
    return _("%s ago") % display.duration((now() - at).total_seconds()), ""


def _capped(number: int) -> str:
    if number > health.COUNTED:
        return _("more than %s") % display.number(health.COUNTED)
    return display.number(number)


def _meaning(code: int) -> str:
    return str(OUR_CODES[code]) if code in OUR_CODES else words.error_meaning(code)


def _problems() -> list[str]:
    """What is wrong with the settings of apps, which have no card therefore."""
    try:
        return [one.text for alias in conf.aliases() for one in conf.problems(alias)]
    except ConfigurationError as error:
        return [words.told(error)]
