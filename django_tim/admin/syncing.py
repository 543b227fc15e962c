"""The ways to a sync: a button over a list, an action for chosen rows, a button on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from django_tim.exceptions import TimError
from django_tim.models import Run

from . import apps, display
from .base import MirrorAdmin, MirrorChangeList

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

CHOSEN_AT_MOST = 1000
"""Ids that one run takes from a list; more are what a sync of everything is for."""


def actor_of(request: HttpRequest) -> Actor:
    """Who asked, for the run and the audit trail."""
    from django_tim.services.actor import Actor

    user = request.user
    return Actor(
        source="admin",
        user=user,
        name=user.get_username(),
        remote_addr=request.META.get("REMOTE_ADDR", ""),
    )


class SyncMixin(MirrorAdmin):
    """Adds the syncs of one kind of object; the permission is "sync" on the model."""

    sync_kind = ""
    sync_text: StrOrPromise = ""

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "sync")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.sync_view))
        name = f"django_tim_{self.opts.model_name}_sync"
        return [path("sync/", view, name=name), *super().get_urls()]

    def sync_view(self, request: HttpRequest) -> HttpResponse:
        """Start a sync of all that the app has, or show the one that runs."""
        if not self.has_sync_permission(request):
            raise PermissionDenied
        scope = apps.Scope.of(request)
        params = self.sync_params(request)
        return self.start(request, self.sync_kind, scope.sdk_app_id, params)

    def sync_params(self, request: HttpRequest) -> dict[str, Any]:
        """What the button's sync is narrowed to."""
        return {}

    def start_chosen(
        self, request: HttpRequest, kind: str, chosen: QuerySet[Any], field: str
    ) -> HttpResponse | None:
        """A sync of chosen rows; ``field`` holds the remote id."""
        rows = list(chosen.order_by("pk").values_list("sdk_app_id", field)[: CHOSEN_AT_MOST + 1])
        if len(rows) > CHOSEN_AT_MOST:
            text = _("More than %s rows are selected: sync all with the button above the list.")
            self.message_user(request, text % display.number(CHOSEN_AT_MOST), messages.WARNING)
            return None
        found = {sdk_app_id for sdk_app_id, _id in rows}
        if len(found) != 1:
            self.message_user(request, _("Select the rows of one app."), messages.WARNING)
            return None
        ids = [remote_id for _app, remote_id in rows]
        return self.start(request, kind, found.pop(), {"ids": ids})

    def start(
        self, request: HttpRequest, kind: str, sdk_app_id: int | None, params: dict[str, Any]
    ) -> HttpResponse:
        """Start a run and go to its page; what stands in the way becomes a message."""
        from django_tim import tasks
        from django_tim.services import runs

        alias = apps.allowed(request).get(sdk_app_id or 0)
        if alias is None:
            text = _("This app is not configured rightly in the DJANGO_TIM setting.")
            self.message_user(request, text, messages.ERROR)
            return self._back(request)
        try:
            run = runs.start(kind, app=alias, params=params, actor=actor_of(request))
            tasks.enqueue(run)
        except runs.RunAlreadyActive as exc:
            text = _("A run of this kind is active already. Wait for it, or cancel it.")
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(self.page_url(exc.run))
        except TimError as exc:
            self.message_user(request, str(exc), messages.ERROR)
            return self._back(request)
        return self.show_run(request, run, self._back_url(request))

    def _back(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(self._back_url(request))

    def _back_url(self, request: HttpRequest) -> str:
        query = request.GET.urlencode()
        return self.list_url(self.model) + (f"?{query}" if query else "")

    # What the templates show

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        sdk_app_id = apps.Scope.of(request).sdk_app_id
        if sdk_app_id not in apps.allowed(request) or not self.has_sync_permission(request):
            return context
        url = reverse(
            f"admin:django_tim_{self.opts.model_name}_sync", current_app=self.admin_site.name
        )
        query = request.GET.urlencode()
        return context | {
            "sync_url": f"{url}?{query}" if query else url,
            "sync_text": self.sync_text,
            "sync_active": self._active(request, sdk_app_id),
        }

    def page_actions(
        self, request: HttpRequest, obj: Any, texts: Mapping[str, StrOrPromise]
    ) -> dict[str, Any]:
        """Buttons on a page for the list's actions, those that the user may take."""
        allowed = self.get_actions(request)
        return {
            "url": self.list_url(self.model, app=obj.sdk_app_id),
            "checkbox": ACTION_CHECKBOX_NAME,
            "buttons": [(name, text) for name, text in texts.items() if name in allowed],
        }

    def _active(self, request: HttpRequest, sdk_app_id: int) -> dict[str, str] | None:
        found = Run.objects.filter(
            sdk_app_id=sdk_app_id, kind=self.sync_kind, status__in=Run.ACTIVE
        )
        run = found.order_by("-pk").only("kind", "status").first()
        if run is None or not self.may(request, "view", Run):
            return None
        return {"url": self.page_url(run), "text": f"#{run.pk} {run.get_status_display()}"}
