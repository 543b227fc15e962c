"""A live room's page: how many are in it, over time; and a message to all live rooms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import formats
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from django_tim.exceptions import TimError
from django_tim.models import Group, LiveSample
from django_tim.pacing.base import interactive
from django_tim.services import live

from . import apps, words
from .action_pages import TYPED, TypedConfirmation, page
from .asking import Panel
from .group_forms import TextForm
from .group_page import GroupPageMixin
from .head import environment_of, is_production
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SPANS: list[tuple[int, StrOrPromise]] = [
    (1, gettext_lazy("1 hour")),
    (24, gettext_lazy("1 day")),
    (168, gettext_lazy("7 days")),
]
POINTS = 500
"""Samples that a chart shows; of more, every second, third … one."""


class LiveMixin(GroupPageMixin):
    """Adds the chart of a room, a fresh sample of it, and the broadcast to all rooms."""

    class Media:
        js = ["django_tim/vendor/chartjs/chart.umd.js", "django_tim/live.js"]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/samples/",
                wrap(require_GET(self.samples_view)),
                name="django_tim_group_samples",
            ),
            path(
                "<int:pk>/sample/",
                wrap(require_POST(self.sample_view)),
                name="django_tim_group_sample",
            ),
            path("broadcast/", wrap(self.broadcast_view), name="django_tim_group_broadcast"),
            *super().get_urls(),
        ]

    def samples_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The samples of the last hours, as the chart takes them."""
        hours = _hours(request)
        since = now() - timedelta(hours=hours)
        found = LiveSample.objects.filter(group=self._room(request, pk), taken_at__gte=since)
        rows = list(found.order_by("taken_at").values_list("taken_at", "online"))
        rows = rows[:: -(-len(rows) // POINTS) or 1]
        form = "H:i" if hours <= 24 else "m-d H:i"
        labels = [formats.date_format(_here(taken), form) for taken, _online in rows]
        return JsonResponse({"labels": labels, "online": [online for _taken, online in rows]})

    @method_decorator(transaction.non_atomic_requests)
    def sample_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask now how many are in the room, and go back to its page."""
        room = self._room(request, pk)
        alias = apps.allowed(request).get(room.sdk_app_id)
        if alias is None:
            raise PermissionDenied
        try:
            with interactive():
                live.sample(room, alias)
        except TimError as error:
            self.message_user(request, words.told(error), messages.ERROR)
        return HttpResponseRedirect(self.page_url(room))

    def has_broadcast_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tim.broadcast_message")

    @method_decorator(transaction.non_atomic_requests)
    def broadcast_view(self, request: HttpRequest) -> HttpResponse:
        """Send a message to every live room of the app."""
        scope = apps.Scope.of(request)
        if not self.has_broadcast_permission(request) or not scope.alias:
            raise PermissionDenied
        form = TextForm(request.POST or None)
        if is_production(scope.sdk_app_id):
            form.fields[TYPED] = TypedConfirmation(environment_of(scope.sdk_app_id))
        if request.method == "POST" and form.is_valid():
            try:
                with interactive():
                    self._broadcast(request, scope.alias, form.cleaned_data)
            except TimError as error:
                form.add_error(None, words.told(error))
            else:
                self.message_user(request, _("Sent to all live rooms."), messages.SUCCESS)
                return HttpResponseRedirect(
                    self.list_url(Group, app=scope.sdk_app_id, type=live.LIVE)
                )
        return page(
            self,
            request,
            form,
            title=_("Send to all live rooms"),
            sdk_app_id=scope.sdk_app_id,
            consequences=[_("Everybody in every live room of the app gets it.")],
            button=_("Send"),
            dangerous=True,
            back=self.list_url(Group, app=scope.sdk_app_id),
        )

    def _broadcast(self, request: HttpRequest, app: str, data: dict[str, Any]) -> None:
        sender = data["sender"] or None
        live.broadcast(data["text"], sender=sender, app=app, actor=actor_of(request))

    def live_panel(self, request: HttpRequest, room: Group) -> Panel:
        """The newest number, and the chart."""
        site = self.admin_site.name
        hours = _hours(request)
        samples = reverse("admin:django_tim_group_samples", args=[room.pk], current_app=site)
        return {
            "template": "admin/django_tim/includes/live.html",
            "title": _("People online"),
            "newest": LiveSample.objects.filter(group=room).order_by("-taken_at").first(),
            "samples_url": f"{samples}?hours={hours}",
            "ask_url": reverse("admin:django_tim_group_sample", args=[room.pk], current_app=site),
            "spans": [(span, text, span == hours) for span, text in SPANS],
        }

    def _room(self, request: HttpRequest, pk: int) -> Group:
        if not self.has_view_permission(request):
            raise PermissionDenied
        room = self.get_queryset(request).filter(pk=pk, type=live.LIVE).first()
        if room is None:
            raise Http404(_("There is no such live room."))
        return room


def _hours(request: HttpRequest) -> int:
    asked = request.GET.get("hours", "")
    known = {str(span): span for span, _text in SPANS}
    return known.get(asked, 24)


def _here(moment: Any) -> Any:
    return localtime(moment) if moment.tzinfo else moment
