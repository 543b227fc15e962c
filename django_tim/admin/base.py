"""MirrorAdmin: what the pages of all our models have in common.

They stay quick at a million rows: no count over the table, one app at a time, filters and
orders on indexes, the wide ``raw`` column only on a row's own page. Rows are read-only:
a mirror changes when the remote object did, so changes go through services.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_permission_codename
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.models.base import Mirror

from . import apps, display

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNTED = 10_000
"""Rows that a list counts and pages through; whoever wants others narrows it."""

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

    @property
    def said_count(self) -> str:
        return str(self.paginator.said_count)


class MirrorAdmin(admin.ModelAdmin):
    """Lists and pages of our models; see :func:`django_tim.admin.register` for other bases."""

    paginator = CappedPaginator
    show_full_result_count = False
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
        exact = queryset.filter(**{self.id_field: term})
        if looks_like_group_id(term) or exact.exists():
            return queryset.filter(starts_with(self.id_field, term)), False
        found = starts_with(self.id_field, term) | self.name_condition(request, term)
        return queryset.filter(found), False

    def name_condition(self, request: HttpRequest, term: str) -> Q:
        """Which rows a search finds by another column than the id; none by default."""
        return Q(pk__in=[])

    @method_decorator(transaction.non_atomic_requests)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            changelist = response.context_data["cl"]
            every = _("All %(total_count)s selected") % {"total_count": changelist.said_count}
            response.context_data["selection_note_all"] = every
            response.context_data.update(self.list_context(request, changelist))
        return response

    def list_context(self, request: HttpRequest, changelist: MirrorChangeList) -> dict[str, Any]:
        """What our list template shows besides."""
        return {}

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
        return {"tools": self.tools(request, obj), "panels": []}

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


def looks_like_group_id(term: str) -> bool:
    """Whether the service made this id (``@TGS#``, ``@TOA#_`` …): no name begins so."""
    return term.startswith("@") and "#" in term
