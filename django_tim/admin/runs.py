"""Runs: the list, and one run's page with its progress, controls and failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from django_tim import tasks
from django_tim.exceptions import TimError
from django_tim.models import Run, RunFailure
from django_tim.services import bulk, outgoing, runs
from django_tim.services.actor import Actor

from . import display, words
from .apps import AppFilter
from .base import CappedPaginator, MirrorAdmin
from .exporting import csv_lines
from .filters import RunKindFilter, RunStatusFilter
from .run_progress import TONES, Sample, progress_of
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FAILURES_A_PAGE = 50
FAILURES_PARAMETER = "failures"


def _sent(run: Run, actor: Actor) -> None:
    bulk.settle_unknown(run, carried_out=True, actor=actor)


def _not_sent(run: Run, actor: Actor) -> None:
    bulk.settle_unknown(run, carried_out=False, actor=actor)


def _retry(run: Run, actor: Actor) -> None:
    bulk.retry_failed(run, actor=actor)


REPAIRS: dict[str, Callable[[Run, Actor], None]] = {
    "retry": _retry,
    "settle_sent": _sent,
    "settle_not_sent": _not_sent,
}
"""What can be done about the failures of a bulk run that is over."""


class RunAdmin(MirrorAdmin):
    list_display: tuple[str, ...] = (
        "number",
        "kind_said",
        "status_badge",
        "bar",
        "failed",
        "who",
        "queued_at",
    )
    list_filter: ClassVar[Any] = (AppFilter, RunKindFilter, RunStatusFilter)
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("pk",)
    search_help_text = gettext_lazy("A run's number")
    deferred: tuple[str, ...] = ("params", "cursor", "error")
    change_form_template = "admin/django_tim/run/change_form.html"
    fieldsets = (
        (None, {"fields": ("kind_said", "app", "params_json", "who", "source_said")}),
        (
            gettext_lazy("Times"),
            {"fields": ("queued_at", "due_at", "started_at", "heartbeat_at", "finished_at")},
        ),
        (gettext_lazy("Inside"), {"classes": ("collapse",), "fields": ("cursor_json",)}),
    )

    class Media:
        js = ["django_tim/run.js"]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/progress/",
                wrap(require_GET(self.progress_view)),
                name=self._name("progress"),
            ),
            path(
                "<int:pk>/failures.csv",
                wrap(require_GET(self.failures_view)),
                name=self._name("failures"),
            ),
            path(
                "<int:pk>/control/",
                wrap(require_POST(self.control_view)),
                name=self._name("control"),
            ),
            *super().get_urls(),
        ]

    def _name(self, view: str) -> str:
        return f"django_tim_{self.opts.model_name}_{view}"

    def _reverse(self, view: str, *args: Any) -> str:
        name = f"admin:{self._name(view)}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def has_control_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "control")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        term = search_term.strip().lstrip("#")
        if not term:
            return queryset, False
        number = int(term) if term.isdecimal() and len(term) < 19 else 0
        return queryset.filter(pk=number), False

    # Views

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What moves on the page, as JSON."""
        return JsonResponse(progress_of(self._run(request, pk), Sample.of(request.GET)))

    def control_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause, resume or cancel, then back to the page."""
        run = self._run(request, pk)
        asked = request.POST.get("do", "")
        if not self._may(request, run, asked):
            raise PermissionDenied
        try:
            done = self._control(run, asked, actor_of(request))
        except TimError as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            if not done:
                return HttpResponseBadRequest(_("Unknown control."))
        return HttpResponseRedirect(self.page_url(run))

    def _control(self, run: Run, asked: str, actor: Actor) -> bool:
        if asked == "pause":
            runs.request_pause(run)
        elif asked == "cancel":
            runs.request_cancel(run)
        elif asked == "submit":
            bulk.submit(run, actor=actor)
            tasks.enqueue(run)
        elif asked == "resume":
            runs.request_resume(run)
            tasks.enqueue(run)
        elif asked in REPAIRS:
            REPAIRS[asked](run, actor)
            tasks.enqueue(run)
        else:
            return False
        return True

    def _may(self, request: HttpRequest, run: Run, asked: str) -> bool:
        if asked in REPAIRS:
            return self.has_retry_permission(request)
        return self._may_control(request, run)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "retry")

    def failures_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """All failures as a CSV file, with what their codes mean to the reader."""
        run = self._run(request, pk)
        found = RunFailure.objects.filter(run=run).order_by("item", "pk")
        meanings = meanings_of(run)
        rows = (
            (one.item, one.code or "", meanings.get(one.code, ""), one.info)
            for one in found.iterator(2000)
        )
        heads = [_("Item"), _("Code"), _("Meaning"), _("What the service said")]
        return StreamingHttpResponse(
            csv_lines(heads, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="run-{run.pk}-failures.csv"'},
        )

    def _may_control(self, request: HttpRequest, run: Run) -> bool:
        """Who made a draft may start or drop it; for all else there is a permission."""
        if run.status == Run.Status.DRAFT and run.kind in outgoing.KINDS:
            return False  # its own page asks more before it is sent
        own_draft = run.status == Run.Status.DRAFT and run.started_by_id == request.user.pk
        return own_draft or self.has_control_permission(request)

    def _run(self, request: HttpRequest, pk: int) -> Run:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_queryset(request).filter(pk=pk).first()
        if run is None:
            raise Http404(_("There is no such run."))
        return run

    # The page

    def page_context(self, request: HttpRequest, obj: Run) -> dict[str, Any]:
        return super().page_context(request, obj) | {
            "subtitle": f"{self.kind_said(obj)} {self.number(obj)}",
            "list_url": self.list_url(self.model),
            "counts_rows": obj.kind not in outgoing.KINDS,
            "progress": progress_of(obj),
            "progress_url": self._reverse("progress", obj.pk),
            "control_url": self._reverse("control", obj.pk),
            "may_control": self._may_control(request, obj),
            "may_retry": self.has_retry_permission(request),
            "failures": self._failures(request, obj),
            "failures_url": self._reverse("failures", obj.pk),
        }

    def tools(self, request: HttpRequest, obj: Run) -> list[tuple[str, StrOrPromise]]:
        found = super().tools(request, obj)
        if obj.kind not in outgoing.KINDS or self.opts.model_name == "outgoingmessage":
            return found
        url = display.page_url(self.admin_site, "outgoingmessage", obj.pk)
        return [(url, _("The message")), *found]

    def _failures(self, request: HttpRequest, run: Run) -> Any:
        found = RunFailure.objects.filter(run=run).order_by("item", "pk")
        page = CappedPaginator(found, FAILURES_A_PAGE).get_page(request.GET.get(FAILURES_PARAMETER))
        page.object_list = list(page.object_list)
        for failure in page.object_list:
            failure.meaning = words.failure_meaning(failure.code)
        return page

    # Columns and fields

    @admin.display(description=gettext_lazy("run"))
    def number(self, run: Run) -> str:
        return f"#{run.pk}"

    @admin.display(description=gettext_lazy("kind"))
    def kind_said(self, run: Run) -> str:
        return words.said(words.RUN_KINDS, run.kind)

    @admin.display(description=gettext_lazy("status"))
    def status_badge(self, run: Run) -> str:
        return display.badge(TONES.get(run.status, "quiet"), run.get_status_display())

    @admin.display(description=gettext_lazy("progress"))
    def bar(self, run: Run) -> str:
        if run.status not in Run.ACTIVE:
            return display.number(run.done)
        return display.progress(run.done, run.total)

    @admin.display(description=gettext_lazy("started by"))
    def who(self, run: Run) -> str:
        return run.started_by_name or words.said(words.SOURCES, run.source)

    @admin.display(description=gettext_lazy("asked for by way of"))
    def source_said(self, run: Run) -> str:
        return words.said(words.SOURCES, run.source)

    @admin.display(description=gettext_lazy("parameters"))
    def params_json(self, run: Run) -> str:
        return display.pretty_json(run.params) if run.params else display.EMPTY

    @admin.display(description=gettext_lazy("cursor"))
    def cursor_json(self, run: Run) -> str:
        return display.pretty_json(run.cursor) if run.cursor else display.EMPTY


def meanings_of(run: Run) -> dict[int, str]:
    """What the codes of a run's failures mean, in the language of this moment."""
    codes = RunFailure.objects.filter(run=run).order_by().values_list("code", flat=True).distinct()
    return {code: words.failure_meaning(code) for code in codes}
