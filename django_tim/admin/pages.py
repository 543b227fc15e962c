"""Pages that are no lists: each stands where a list would, with permissions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator

from . import apps
from .base import MirrorAdmin
from .head import head_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAIN = "changelist"
"""The admin's index leads to the URL of this name."""


class PageAdmin(MirrorAdmin):
    """One page; ``answer`` is its view, called for who has any of the ``permissions``."""

    permissions: tuple[str, ...] = ()
    template = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(self.allows(request, codename) for codename in self.permissions)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def allows(self, request: HttpRequest, codename: str) -> bool:
        """Whether the user has a permission of ours."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    def get_urls(self) -> list[Any]:
        return [self.url("", self.page_view, MAIN)]

    def url(self, route: str, view: Any, name: str) -> Any:
        """A URL of this page, and its name."""
        wrapped = self.admin_site.admin_view(view)
        return path(route, wrapped, name=f"django_tim_{self.opts.model_name}_{name}")

    @method_decorator(transaction.non_atomic_requests)
    def page_view(self, request: HttpRequest) -> HttpResponse:
        """The page itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.answer(request, apps.Scope.of(request))

    def answer(self, request: HttpRequest, scope: apps.Scope) -> HttpResponse:
        """Answer a request of someone who may see the page."""
        raise NotImplementedError

    def show(
        self, request: HttpRequest, scope: apps.Scope, title: StrOrPromise, **context: Any
    ) -> TemplateResponse:
        """The page's template, with what all pages have in common."""
        found = {
            **self.shared_context(request, title),
            "tim_head": head_of(scope.sdk_app_id),
            **context,
        }
        return TemplateResponse(request, self.template, found)
