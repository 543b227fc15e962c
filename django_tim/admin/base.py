"""MirrorAdmin: what the pages of all our models have in common.

They stay quick at a million rows: no count over the table, one app at a time, filters and
orders on indexes, the wide ``raw`` column only on a row's own page. Rows are read-only:
a mirror changes when the remote object did, so changes go through services.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_permission_codename
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.models import Run
from django_tim.models.base import Mirror
from django_tim.services import outgoing

from . import apps, display, words
from .head import head_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNTED = 10_000
"""Rows that a list counts and pages through; whoever wants others narrows it."""

SHORT = 2
"""Characters of which PostgreSQL can make no trigram."""

_LAST_CHARACTER = "\U0010ffff"


class CappedPaginator(Paginator):
    """Counts to COUNTED + 1 and no further; the rows beyond are reached by filter and search."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, COUNTED) // self.per_page))

    @property
    def said_count(self) -> str:
        """The number of rows in words: "more than 10,000" beyond what is counted."""
        if self.count > COUNTED:
            return _("more than %s") % display.number(COUNTED)
        return display.number(self.count)


class MirrorChangeList(ChangeList):
    """A list of one app's rows, in an order that an index has."""

    model_admin: MirrorAdmin

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        rows = self.model_admin.get_queryset(request).filter(apps.Scope.of(request).condition)
        self.root_queryset = rows.defer(*self.model_admin.deferred)
        return super().get_queryset(request, *args, **kwargs)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Walk the last key in the direction of the others: an index can't change its own."""
        ordering = list(super().get_ordering(request, queryset))
        if ordering[-1] == "-pk" and not str(ordering[0]).startswith("-"):
            ordering[-1] = "pk"
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.complete(request, self.result_list)

    def condition(self, request: HttpRequest) -> Q:
        """What the list's rows have in common, without the rows. Raises NotTellable."""
        found = apps.Scope.of(request).condition
        for spec in self.filter_specs:
            value = spec.value() if isinstance(spec, admin.SimpleListFilter) else ""
            if value is None or isinstance(spec, apps.AppFilter):
                continue
            if not hasattr(spec, "condition"):
                raise NotTellable(str(spec.title))
            found &= spec.condition(value)
        if self.query:
            found &= self.model_admin.search_condition(request, self.root_queryset, self.query)
        return found

    @property
    def said_count(self) -> str:
        return str(self.paginator.said_count)


class NotTellable(Exception):
    """A filter of the project's own, whose condition we can't tell a worker."""


class MirrorAdmin(admin.ModelAdmin):
    """Lists and pages of our models; see :func:`django_tim.admin.register` for other bases."""

    paginator = CappedPaginator
    show_full_result_count = False
    empty_value_display = display.EMPTY
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    actions_selection_counter = True
    id_field = ""
    """The column of the remote id: what a search compares from its start."""
    audit_type = ""
    """What AuditEntry calls objects of this kind; "" where there are none."""
    deferred: tuple[str, ...] = ("raw",)
    """Columns that a list leaves in the database."""

    class Media:
        css = {"all": ["django_tim/admin.css"]}

    # Who may

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return apps.visible(request, super().get_queryset(request))

    def may(self, request: HttpRequest, doing: str, model: type[Model] | None = None) -> bool:
        """Whether the user has a permission such as "sync" or "view" on a model of ours."""
        opts = (model or self.model)._meta
        codename = get_permission_codename(doing, opts)
        return bool(request.user.has_perm(f"{opts.app_label}.{codename}"))

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MirrorChangeList

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        """Fetch what the rows of one list page need besides, for all of them at once."""

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Our filters only: any other column would be searched without an index."""
        return lookup in {getattr(known, "parameter_name", None) for known in self.list_filter}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the start of the id; by name as well unless the term is an id."""
        term = search_term.strip()
        if not term or not self.id_field:
            return queryset, False
        return queryset.filter(self.search_condition(request, queryset, term)), False

    def search_condition(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> Q:
        """What is searched for: the start of an id, or, unless the term is one, a name too."""
        prefix, exact = starts_with(self.id_field, term.strip()), {self.id_field: term.strip()}
        if looks_like_group_id(term.strip()) or queryset.filter(**exact).exists():
            return prefix
        return prefix | self.name_condition(request, term.strip())

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        """Which rows a search finds by another column than the id; none by default."""
        return Q(pk__in=[])

    @method_decorator(transaction.non_atomic_requests)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and "cl" in context:  # not the page of an action
            changelist = context["cl"]
            every = _("All %(total_count)s selected") % {"total_count": changelist.said_count}
            context["selection_note_all"] = every
            context.update(self.list_context(request, changelist))
        return response

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        """What our list template shows besides."""
        scope = apps.Scope.of(request)
        return {"tim_head": head_of(scope.sdk_app_id)}

    # One row's page

    @method_decorator(transaction.non_atomic_requests)
    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().change_view(*args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Not in a transaction: its end could undo our rows, but nothing undoes a remote call."""
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if obj is not None:
            context.update(self.page_context(request, obj))
        return super().render_change_form(request, context, *args, **kwargs)

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What our page template shows besides: ``tools`` are links, ``panels`` are tables."""
        return {
            "tim_head": head_of(obj.sdk_app_id),
            "tools": self.tools(request, obj),
            "panels": [],
        }

    def shared_context(self, request: HttpRequest, title: StrOrPromise) -> dict[str, Any]:
        """What every page of ours outside of lists and change forms has in common."""
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "media": self.media,
            "list_url": self.list_url(self.model),
            "list_title": capfirst(self.opts.verbose_name_plural),
        }

    def show_run(self, request: HttpRequest, run: Run, back: str) -> HttpResponse:
        """Go to the page of a run that was started, or say so to who may not see it."""
        if run.kind in outgoing.KINDS and run.status == Run.Status.DRAFT:
            return HttpResponseRedirect(
                display.page_url(self.admin_site, "outgoingmessage", run.pk)
            )
        if self.may(request, "view", Run):
            return HttpResponseRedirect(self.page_url(run))
        text = _("Started: %(kind)s #%(number)s.")
        kind = words.said(words.RUN_KINDS, run.kind)
        self.message_user(request, text % {"kind": kind, "number": run.pk}, messages.SUCCESS)
        return HttpResponseRedirect(back)

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[str, StrOrPromise]]:
        """Links in the page's corner, as (URL, text)."""
        from django_tim.models import AuditEntry

        if not self.audit_type or not self.may(request, "view", AuditEntry):
            return []
        told = f"{self.audit_type}:{getattr(obj, self.id_field)}"
        url = self.list_url(AuditEntry, app=obj.sdk_app_id, object=told)
        return [(url, _("Audit entries"))]

    # Addresses, on whichever site this is

    def list_url(self, model: type[Model], **params: Any) -> str:
        return display.list_url(self.admin_site, str(model._meta.model_name), **params)

    def page_url(self, obj: Model) -> str:
        return display.page_url(self.admin_site, str(obj._meta.model_name), obj.pk)

    # Columns and fields that several models show

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Mirror) -> str:
        return display.mirror_state(row)

    @admin.display(description=gettext_lazy("remote object"))
    def raw_json(self, row: Mirror) -> str:
        return display.pretty_json(row.raw)

    @admin.display(description=gettext_lazy("app"))
    def app(self, row: Any) -> str:
        return apps.label(row.sdk_app_id)


def starts_with(field: str, prefix: str) -> Q:
    """A prefix as a range, which an index of a byte-collated column serves on every database."""
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + _LAST_CHARACTER})


def part_of(field: str, term: str) -> Q:
    """A part of a name; its start only where the term is too short for an index of trigrams."""
    return Q(**{f"{field}__{'icontains' if len(term) > SHORT else 'startswith'}": term})


def looks_like_group_id(term: str) -> bool:
    """Whether the service made this id (``@TGS#``, ``@TOA#_`` …): no name begins so."""
    return term.startswith("@") and "#" in term
