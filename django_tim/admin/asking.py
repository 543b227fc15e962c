"""Panels that ask TIM when a person opens them: what is mirrored nowhere, or changes too fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET

from django_tim.connection import tims
from django_tim.exceptions import TimError
from django_tim.pacing.base import interactive

from . import apps, display, words
from .base import MirrorAdmin
from .head import head_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.client.tim import Tim

Panel = dict[str, Any]
"""What ``includes/panel.html`` shows: title, heads, rows of cells, empty, url, more, error."""


PANEL = "admin/django_tim/includes/panel.html"


@dataclass(frozen=True)
class Question:
    """What a panel is called, how it is answered, and with which permission."""

    title: StrOrPromise
    answer: Callable[[Any, HttpRequest, Any, Tim], Panel]
    permission: str = "view"
    shown: bool = True
    """Whether the page has it from the start; others are led to by links."""


class AskingMixin(MirrorAdmin):
    """Adds panels that are filled on demand; without JavaScript they open as a page."""

    questions: Mapping[str, Question] = {}

    class Media:
        js = ["django_tim/pages.js"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_GET(self.ask_view))
        name = f"django_tim_{self.opts.model_name}_ask"
        return [path("<path:object_id>/ask/<slug:question>/", view, name=name), *super().get_urls()]

    @method_decorator(transaction.non_atomic_requests)
    def ask_view(self, request: HttpRequest, object_id: str, question: str) -> HttpResponse:
        """One panel: alone for the page's script, else on a page of its own."""
        asked = self.questions.get(question)
        obj = self.get_object(request, object_id)
        if asked is None or obj is None:
            raise Http404
        if not self.has_view_permission(request, obj) or not self.may(request, asked.permission):
            raise PermissionDenied
        panel = self._answered(request, obj, asked)
        if request.headers.get("X-Requested-With") == "fetch":
            return TemplateResponse(request, panel.get("template", PANEL), {"panel": panel})
        context = {
            **self.shared_context(request, str(obj)),
            "tim_head": head_of(obj.sdk_app_id),
            "panel": panel,
            "about": display.link(self.page_url(obj), obj),
        }
        return TemplateResponse(request, "admin/django_tim/panel_page.html", context)

    def _answered(self, request: HttpRequest, obj: Any, asked: Question) -> Panel:
        alias = apps.allowed(request).get(obj.sdk_app_id)
        if alias is None:
            raise Http404
        try:
            with interactive():
                return {"title": asked.title, **asked.answer(self, request, obj, tims[alias])}
        except TimError as error:
            return {"title": asked.title, "error": words.told(error), "again": request.path}

    def asking_panels(self, request: HttpRequest, obj: Any, *names: str) -> list[Panel]:
        """The panels as they stand on the page before they are opened."""
        if obj.sdk_app_id not in apps.allowed(request):
            return []
        asked = {name: self.questions[name] for name in names or self.questions}
        return [
            {"title": question.title, "ask_url": self.ask_url(obj, name)}
            for name, question in asked.items()
            if question.shown and self.may(request, question.permission)
        ]

    def ask_url(self, obj: Any, name: str, **query: Any) -> str:
        url = reverse(
            f"admin:django_tim_{self.opts.model_name}_ask",
            args=[obj.pk, name],
            current_app=self.admin_site.name,
        )
        return f"{url}?{urlencode(query)}" if query else url
