"""What became of each target of a message to many: on its page, and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from django_tim.models import Run
from django_tim.services import outcomes
from django_tim.services.outcomes import Mark, Outcome

from . import display, words
from .exporting import csv_lines
from .runs import RunAdmin, meanings_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN = 50
ASKED, AFTER = "outcome", "after"
OUTCOMES: Mapping[str, tuple[StrOrPromise, str]] = {
    Outcome.DONE: (pgettext_lazy("message", "sent"), "good"),
    Outcome.FAILED: (gettext_lazy("failed"), "bad"),
    Outcome.UNKNOWN: (gettext_lazy("outcome unknown"), "warn"),
    Outcome.WAITING: (gettext_lazy("not sent"), "quiet"),
}
"""What an outcome is called, and the tone of its badge."""


class OutcomesMixin(RunAdmin):
    """Adds the panel of targets to a run's page, and the file of them all."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_GET(self.targets_view))
        return [
            path("<int:pk>/targets.csv", view, name=self._name("targets")),
            *super().get_urls(),
        ]

    def targets_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """All targets, or those of one outcome, as a CSV file."""
        run = self._run(request, pk)
        heads = [_("Target"), _("Outcome"), _("Code"), _("Meaning"), _("What the service said")]
        return StreamingHttpResponse(
            csv_lines([*heads, _("Sent at")], _lines(run, _asked(request))),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="run-{run.pk}-targets.csv"'},
        )

    def targets_panel(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        """The next targets of the outcome that the address asks for."""
        asked = _asked(request)
        after = Mark.read(request.GET.get(AFTER, ""))
        found, more = outcomes.page(run, asked, after, SHOWN)
        file = self._reverse("targets", run.pk)
        return {
            "rows": [
                {
                    "name": one.name,
                    "badge": display.badge(OUTCOMES[one.outcome][1], OUTCOMES[one.outcome][0]),
                    "code": one.code or "",
                    "meaning": words.failure_meaning(one.code) if _is_failure(one) else "",
                    "info": one.info,
                }
                for one in found
            ],
            "choices": [
                (_address(name), text, name == asked)
                for name, text in [
                    ("", _("all")),
                    *((name, text) for name, (text, _tone) in OUTCOMES.items()),
                ]
            ],
            "first": _address(asked) if after != Mark() else "",
            "next": _address(asked, more) if more else "",
            "file": f"{file}?{urlencode({ASKED: asked})}" if asked else file,
        }


def _asked(request: HttpRequest) -> str:
    asked = request.GET.get(ASKED, "")
    return asked if asked in OUTCOMES else ""


def _is_failure(target: outcomes.Target) -> bool:
    return target.outcome in (Outcome.FAILED, Outcome.UNKNOWN)


def _address(asked: str, after: Mark | None = None) -> str:
    given = {ASKED: asked, AFTER: str(after) if after else ""}
    return f"?{urlencode({name: value for name, value in given.items() if value})}#tim-targets"


def _lines(run: Run, asked: str) -> Iterable[tuple[Any, ...]]:
    """Written when the request is over, in the language that it had."""
    said = {name: str(text) for name, (text, _tone) in OUTCOMES.items()}
    meanings = meanings_of(run)
    return (
        (one.name, said[one.outcome], one.code or "", _meaning(one, meanings), one.info, one.at)
        for _mark, one in outcomes.iterate(run, asked)
    )


def _meaning(target: outcomes.Target, meanings: Mapping[int, str]) -> str:
    return meanings.get(target.code, "") if _is_failure(target) else ""
