"""Messages to many: written with a preview, kept as a draft, tested, approved, sent, recalled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from django_tim import tasks
from django_tim.exceptions import TimError
from django_tim.models import OutgoingMessage, Run
from django_tim.pacing.base import interactive
from django_tim.services import bulk, bulk_matching, outgoing

from . import apps, display, head, words
from .action_pages import TYPED, page
from .apps import AppFilter
from .base import MirrorChangeList
from .filters import RunStatusFilter
from .message_forms import (
    ACCOUNTS,
    EVERYONE,
    GROUPS,
    MATCHING,
    SEGMENT,
    MessageForm,
)
from .outcomes import OutcomesMixin
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SEND, PUSH, APPROVE, RECALL = "send_message", "push_message", "approve_message", "recall_message"
DRAFT = Run.Status.DRAFT
WHOM: Mapping[str, StrOrPromise] = {
    "send_group_messages": gettext_lazy("%s groups"),
    "notify_groups": gettext_lazy("the members of %s groups"),
    "write_to_owners": gettext_lazy("the owners of %s groups"),
}
SHOWN = 60
"""Characters of a message that the list shows."""


class OutgoingMessageAdmin(OutcomesMixin):
    list_display = ("number", "said", "to", "status_badge", "bar", "failed", "who", "queued_at")
    list_filter = (AppFilter, RunStatusFilter)
    deferred = ("error",)
    change_form_template = "admin/django_tim/outgoing/change_form.html"

    class Media:
        js = ["django_tim/compose.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(kind__in=outgoing.KINDS)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        mine = [
            path("compose/", wrap(self.compose_view), name=self._name("compose")),
            path(
                "<int:pk>/do/",
                wrap(require_POST(self.do_view)),
                name=self._name("do"),
            ),
        ]
        return [*mine, *super().get_urls()]

    # Who may

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self._may_compose(request)

    def allows(self, request: HttpRequest, codename: str) -> bool:
        """Whether the user has a permission of ours."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    def _may_compose(self, request: HttpRequest) -> bool:
        return self.allows(request, SEND) or self.allows(request, PUSH)

    def _may_send(self, request: HttpRequest, run: Run) -> bool:
        return self.allows(request, PUSH if outgoing.goes_to_everyone(run) else SEND)

    # Writing one

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        scope = apps.Scope.of(request)
        if not scope.alias or not self._may_compose(request):
            return context
        url = self._reverse("compose")
        tools = [(f"{url}?app={scope.sdk_app_id}", _("Write a message"))]
        return context | {"list_tools": [*context.get("list_tools", ()), *tools]}

    @method_decorator(transaction.non_atomic_requests)
    def compose_view(self, request: HttpRequest) -> HttpResponse:
        """Write a message; it becomes a draft, and nothing is sent yet."""
        scope = apps.Scope.of(request)
        if not self._may_compose(request) or not scope.alias:
            raise PermissionDenied
        given: dict[str, Any] = {"initial": request.GET.dict()}
        if request.method == "POST":
            given = {"data": request.POST, "files": request.FILES}
        form = MessageForm(self._targets(request), **given)
        if request.method == "POST" and form.is_valid():
            try:
                run = self._draft(request, scope, form)
            except TimError as error:
                form.add_error(None, words.told(error))
            else:
                return HttpResponseRedirect(self._page_url(run))
        response = page(
            self,
            request,
            form,
            title=_("Write a message"),
            sdk_app_id=scope.sdk_app_id,
            consequences=[_("Nothing is sent yet: you see it as a draft first.")],
            button=_("Go on"),
            back=self.list_url(OutgoingMessage, app=scope.sdk_app_id),
        )
        response.template_name = "admin/django_tim/outgoing/compose.html"  # type: ignore[attr-defined]
        return response

    def _targets(self, request: HttpRequest) -> list[str]:
        some = [ACCOUNTS, SEGMENT, GROUPS, MATCHING] if self.allows(request, SEND) else []
        return some + ([EVERYONE] if self.allows(request, PUSH) else [])

    def _draft(self, request: HttpRequest, scope: apps.Scope, form: MessageForm) -> Run:
        data, params = form.cleaned_data, form.params()
        about = {"app": scope.alias, "actor": actor_of(request), "due_at": data["due_at"]}
        if data["target"] == ACCOUNTS:
            return outgoing.to_accounts(data["receivers"], params, **about)
        if data["target"] == GROUPS:
            return outgoing.to_groups(data["receivers"], params, **about)
        if data["target"] == SEGMENT:
            return outgoing.to_segment(data["segment"], params, **about)
        if data["target"] == MATCHING:
            return outgoing.to_groups_that(form.group_condition(), params, **about)
        return outgoing.to_everyone(params, **about)

    # One message's page

    def page_context(self, request: HttpRequest, obj: Run) -> dict[str, Any]:
        can = self._can(request, obj)
        typed = None
        if "send" in can:
            typed = str(self._word(obj)) if self._must_type(obj) else None
        return super().page_context(request, obj) | {
            "preview": preview(obj),
            "to": self.to(obj),
            "goes_to_all": outgoing.goes_to_everyone(obj),
            "can_do": can,
            "word": typed,
            "needs_approval": outgoing.needs_approval(obj) and obj.approved_at is None,
            "do_url": self._reverse("do", obj.pk),
            "targets": self.targets_panel(request, obj),
            "unwritten": bulk_matching.is_unwritten(obj),
            "due": obj.due_at and display.moment(obj.due_at),
        }

    def _can(self, request: HttpRequest, run: Run) -> list[str]:
        """What the user can do to a message as it stands."""
        can = []
        if run.status == DRAFT:
            can += ["test"] if self.allows(request, SEND) and outgoing.can_be_tested(run) else []
            waits = outgoing.needs_approval(run) and run.approved_at is None
            mine = run.started_by_id == request.user.pk
            can += ["approve"] if waits and not mine and self.allows(request, APPROVE) else []
            can += ["send"] if not waits and self._may_send(request, run) else []
            can += ["discard"] if mine or self.allows(request, APPROVE) else []
        elif run.kind in outgoing.RECALLS and run.done and self.allows(request, RECALL):
            can.append("recall")
        return can

    def _may_control(self, request: HttpRequest, run: Run) -> bool:
        """Drafts have buttons of their own here."""
        return run.status != DRAFT and self.has_control_permission(request)

    def has_control_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "control", Run)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "retry", Run)

    @method_decorator(transaction.non_atomic_requests)
    def do_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Test, approve, send, discard or recall."""
        run, asked = self._run(request, pk), request.POST.get("do", "")
        if asked not in self._can(request, run):
            raise PermissionDenied
        try:
            with interactive():
                said, level = getattr(self, f"_{asked}")(request, run), messages.SUCCESS
        except TimError as error:
            said, level = words.told(error), messages.ERROR
        self.message_user(request, said, level)
        return HttpResponseRedirect(self._page_url(run))

    def _test(self, request: HttpRequest, run: Run) -> StrOrPromise:
        user_id = request.POST.get("user_id", "").strip()
        outgoing.test(run, user_id, actor=actor_of(request))
        return _("A test was sent to %s.") % user_id

    def _approve(self, request: HttpRequest, run: Run) -> StrOrPromise:
        outgoing.approve(run, actor=actor_of(request))
        return _("Approved: it can be sent.")

    def _send(self, request: HttpRequest, run: Run) -> StrOrPromise:
        if not self._is_confirmed(request, run):
            raise NotConfirmed(_("Nothing was sent: confirm it in both places."))
        outgoing.submit(run, actor=actor_of(request))
        tasks.enqueue(run)
        return _("It is on its way.") if run.due_at is None else _("It waits for its time.")

    def _discard(self, request: HttpRequest, run: Run) -> StrOrPromise:
        bulk.discard(run)
        return _("The draft was discarded.")

    def _recall(self, request: HttpRequest, run: Run) -> StrOrPromise:
        recalling = outgoing.recall(run, actor=actor_of(request))
        tasks.enqueue(recalling)
        return _("Run #%d takes it back.") % recalling.pk

    def _is_confirmed(self, request: HttpRequest, run: Run) -> bool:
        """Ticked; and typed, where it goes to everyone or is done in production."""
        typed = request.POST.get(TYPED, "").strip()
        ticked = request.POST.get("sure") == "on"
        return ticked and (not self._must_type(run) or typed == self._word(run))

    def _must_type(self, run: Run) -> bool:
        return outgoing.size(run) is None or head.is_production(run.sdk_app_id)

    def _word(self, run: Run) -> str:
        return head.environment_of(run.sdk_app_id) or run.alias

    def _page_url(self, run: Run) -> str:
        if not Run.objects.filter(pk=run.pk).exists():
            return self.list_url(OutgoingMessage)
        return display.page_url(self.admin_site, "outgoingmessage", run.pk)

    # Columns

    @admin.display(description=gettext_lazy("message"))
    def said(self, run: Run) -> str:
        text = preview(run)["text"]
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    @admin.display(description=gettext_lazy("to"))
    def to(self, run: Run) -> str:
        if outgoing.goes_to_everyone(run):
            return _("everyone")
        number = outgoing.size(run)
        said = display.number(outgoing.COUNTED if number is None else number)
        if number is None:
            said = _("more than %s") % said
        return str(WHOM.get(run.kind, gettext_lazy("%s accounts")) % said)


class NotConfirmed(TimError):
    """A person has not said yes to all that is asked."""


def preview(run: Run) -> dict[str, Any]:
    """A message as it looks, more or less: its kind, and what stands in it."""
    message = run.params.get("message") or run.params.get("content") or ""
    if isinstance(message, str):
        return {"kind": "text", "text": message}
    element = message[0] if isinstance(message, list) else message
    content = element.get("MsgContent", {})
    if element.get("MsgType") == "TIMTextElem":
        return {"kind": "text", "text": content.get("Text", "")}
    if element.get("MsgType") == "TIMImageElem":
        sizes = content.get("ImageInfoArray") or [{}]
        return {"kind": "image", "text": sizes[0].get("URL", "")}
    if element.get("MsgType") == "TIMCustomElem":
        return {"kind": "custom", "text": content.get("Data", ""), "more": content.get("Desc", "")}
    return {"kind": "custom", "text": words.said(words.ELEMENTS, element.get("MsgType", ""))}
