"""One search box: a UserID, nickname, host user, group or message leads to its page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from django_tim.exceptions import TimError
from django_tim.linking import links, users_of
from django_tim.models import Account, CallbackEvent, Group, Restriction
from django_tim.pacing.base import interactive
from django_tim.services import accounts
from django_tim.services.mapping import from_vendor_time

from . import apps, display, head, words
from .base import MirrorAdmin
from .hosts import accounts_of_users, host_link
from .restrictions import ending_within, state_badge

if TYPE_CHECKING:
    from .asking import Panel

SHOWN = 20
"""Rows of each kind; a link leads to all of them."""
MSG_KEY = re.compile(r"\d+_\d+_(?P<time>\d{9,10})")
EARLY, LATE = timedelta(minutes=5), timedelta(hours=1)
"""When the callback about a message may have come, against the time in its MsgKey."""


class FindMixin(MirrorAdmin):
    """Adds the page that finds anything, among the accounts' URLs."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.find_view))
        return [path("find/", view, name="django_tim_account_find"), *super().get_urls()]

    @method_decorator(transaction.non_atomic_requests)
    def find_view(self, request: HttpRequest) -> HttpResponse:
        """What a term leads to: at once, if it is the id of something that we know."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        scope = apps.Scope.of(request)
        term = request.GET.get("q", "").strip()
        if request.method == "POST":
            return self._ask(request, scope, term)
        url = self._known(request, scope, term) or self._message(request, scope, term)
        if url:
            return HttpResponseRedirect(url)
        context = {
            **self.shared_context(request, _("Find")),
            "tim_head": head.head_of(scope.sdk_app_id),
            "find_term": term,
            "panels": self._found(request, scope, term) if term else self._today(request, scope),
            "may_ask": bool(term and scope.alias and self.may(request, "sync")),
        }
        return TemplateResponse(request, "admin/django_tim/find.html", context)

    def _known(self, request: HttpRequest, scope: apps.Scope, term: str) -> str:
        """The page of the one row whose id the term is; "" if there is none."""
        for model, field in ((Account, "user_id"), (Group, "group_id")):
            if term and self.may(request, "view", model):
                rows = apps.visible(request, model._default_manager.filter(scope.condition))
                row = rows.filter(**{field: term}).only("pk").first()
                if row is not None:
                    return self.page_url(row)
        return ""

    def _message(self, request: HttpRequest, scope: apps.Scope, term: str) -> str:
        """What was said with a message's MsgKey, if a callback has told us of it."""
        parts = MSG_KEY.fullmatch(term)
        sent_at = from_vendor_time(parts["time"]) if parts else None
        if sent_at is None:
            return ""
        told = CallbackEvent.objects.filter(
            scope.condition,
            command="C2C.CallbackAfterSendMsg",
            received_at__range=(sent_at - EARLY, sent_at + LATE),
            payload__MsgKey=term,
        ).first()
        sender = told and self._account(request, scope, told.payload.get("From_Account"))
        if not told or not sender:
            return ""
        url = reverse(
            "admin:django_tim_account_ask",
            args=[sender.pk, "messages"],
            current_app=self.admin_site.name,
        )
        return f"{url}?{urlencode({'peer': told.payload.get('To_Account', '')})}"

    def _account(self, request: HttpRequest, scope: apps.Scope, user_id: Any) -> Account | None:
        rows = apps.visible(request, Account.objects.filter(scope.condition))
        found: Account | None = rows.filter(user_id=user_id).only("pk").first()
        return found

    def _found(self, request: HttpRequest, scope: apps.Scope, term: str) -> list[Panel]:
        found = [
            self._found_rows(request, scope, model, term)
            for model in (Account, Group)
            if self.admin_site.is_registered(model) and self.may(request, "view", model)
        ]
        return [*found, *self._of_users(request, scope, term)]

    def _of_users(self, request: HttpRequest, scope: apps.Scope, term: str) -> list[Panel]:
        """The accounts of the project's own users whom their list finds."""
        if not links():
            return []
        rows = list(accounts_of_users(request, self.admin_site, scope.condition, term))
        users = users_of(rows)
        return [
            {
                "title": _("Accounts of your users"),
                "empty": _("Nothing was found."),
                "heads": [_("user"), _("account")],
                "rows": [
                    [
                        host_link(self.admin_site, users.get(row.pk)),
                        display.link(self.page_url(row), row),
                    ]
                    for row in rows
                ],
            }
        ]

    def _found_rows(
        self, request: HttpRequest, scope: apps.Scope, model: type[Model], term: str
    ) -> Panel:
        """What the search of the model's own list finds."""
        theirs: Any = self.admin_site.get_model_admin(model)
        rows = theirs.get_queryset(request).filter(scope.condition).defer("raw")
        found, _distinct = theirs.get_search_results(request, rows, term)
        shown = list(found.order_by("pk")[: SHOWN + 1])
        return {
            "title": str(model._meta.verbose_name_plural).capitalize(),
            "empty": _("Nothing was found."),
            "heads": [model._meta.verbose_name, _("state")],
            "rows": [
                [display.link(self.page_url(row), row), display.mirror_state(row)]
                for row in shown[:SHOWN]
            ],
            "more": len(shown) > SHOWN,
            "url": self.list_url(model, **self._narrowed(scope, term)),
        }

    def _narrowed(self, scope: apps.Scope, term: str) -> dict[str, Any]:
        app = {} if scope.sdk_app_id is None else {"app": scope.sdk_app_id}
        return {**app, "q": term}

    def _today(self, request: HttpRequest, scope: apps.Scope) -> list[Panel]:
        """Before anything is looked for: the mutes and bans that end today."""
        if not self.may(request, "view", Restriction):
            return []
        found = apps.visible(request, Restriction.objects.filter(scope.condition))
        rows = list(found.filter(ending_within(1)).order_by("until")[: SHOWN + 1])
        app = {} if scope.sdk_app_id is None else {"app": scope.sdk_app_id}
        return [
            {
                "title": _("Mutes and bans that end today"),
                "empty": _("None."),
                "heads": [_("account"), _("kind"), _("state"), _("until"), _("reason")],
                "rows": [self._restriction_cells(row) for row in rows[:SHOWN]],
                "more": len(rows) > SHOWN,
                "url": self.list_url(Restriction, ends="today", **app),
            }
        ]

    def _restriction_cells(self, row: Restriction) -> list[str]:
        url = self.list_url(Account, app=row.sdk_app_id, q=row.user_id)
        until = display.moment(row.until)
        kind = row.get_kind_display()
        return [display.link(url, row.user_id), kind, state_badge(row), until, row.reason]

    def _ask(self, request: HttpRequest, scope: apps.Scope, term: str) -> HttpResponse:
        """Ask the service for an account that the mirror does not have."""
        if not self.may(request, "sync") or not scope.alias:
            raise PermissionDenied
        try:
            with interactive():
                [status] = accounts.check([term], app=scope.alias).values()
        except TimError as error:
            self.message_user(request, words.told(error), messages.ERROR)
        else:
            if status != "Imported":
                text = _("The service knows no account %s.") % term
                self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())
