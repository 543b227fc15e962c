"""The buttons under messages: take the chosen ones back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from django_tim.exceptions import TimError
from django_tim.pacing.base import interactive

from . import apps, display, words
from .base import MirrorAdmin
from .syncing import actor_of

if TYPE_CHECKING:
    from django_tim.services.actor import Actor


class RecallingMixin(MirrorAdmin):
    """Adds the URL that recalls messages; the permission is ``recall_message``."""

    def has_recall_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tim.recall_message")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.recall_view))
        name = f"django_tim_{self.opts.model_name}_recall"
        return [path("<path:object_id>/recall/", view, name=name), *super().get_urls()]

    @method_decorator(transaction.non_atomic_requests)
    def recall_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        alias = apps.allowed(request).get(obj.sdk_app_id)
        if alias is None or not self.has_recall_permission(request):
            raise PermissionDenied
        chosen = request.POST.getlist("message")
        try:
            with interactive():
                number = self.recall(request, obj, chosen, alias, actor_of(request))
        except TimError as error:
            self.message_user(request, words.told(error), messages.ERROR)
        else:
            text = _("%s messages were recalled.") % display.number(number)
            self.message_user(request, text, messages.SUCCESS if number else messages.WARNING)
        return HttpResponseRedirect(self.page_url(obj))

    def recall(
        self, request: HttpRequest, obj: Any, chosen: list[str], app: str, actor: Actor
    ) -> int:
        """Take these messages back; returns how many. Raises TimError."""
        raise NotImplementedError

    def recall_url(self, obj: Any, query: str = "") -> str:
        url = reverse(
            f"admin:django_tim_{self.opts.model_name}_recall",
            args=[obj.pk],
            current_app=self.admin_site.name,
        )
        return f"{url}?{query}" if query else url
