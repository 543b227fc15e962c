"""Which app a list shows: one SDKAppID at a time, so that every query can use its index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_tim import conf
from django_tim.exceptions import ConfigurationError

PARAMETER = "app"
OTHER = "other"


def configured() -> dict[int, str]:
    """The alias of each SDKAppID that is rightly configured, in the settings' order.

    An app with a mistake in its settings is left out: the system checks say what is wrong,
    and the lists of the others must work meanwhile.
    """
    found: dict[int, str] = {}
    for alias in _aliases():
        try:
            found.setdefault(conf.app_config(alias).sdk_app_id, alias)
        except ConfigurationError:
            continue
    return found


def _aliases() -> list[str]:
    try:
        return conf.aliases()
    except ConfigurationError:
        return []


def allowed(request: HttpRequest) -> dict[int, str]:
    """The configured apps that the user may see and act on: the setting OPERATORS limits them."""
    operators = {number: _operators(alias) for number, alias in configured().items()}
    apps = configured()
    if not any(operators.values()) or getattr(request.user, "is_superuser", False):
        return apps
    mine = _groups_of(request)
    return {
        number: apps[number] for number, names in operators.items() if not names or names & mine
    }


def visible(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that belong to apps which the user may see.

    Rows of apps that are not configured (any more) are seen by those who may see all others.
    """
    mine = allowed(request)
    return rows if len(mine) == len(configured()) else rows.filter(sdk_app_id__in=list(mine))


def _operators(alias: str) -> frozenset[str]:
    return frozenset(conf.app_settings(alias).operators)


def _groups_of(request: HttpRequest) -> frozenset[str]:
    known: frozenset[str] | None = getattr(request, "_tim_groups", None)
    if known is None:
        groups = getattr(request.user, "groups", None)
        known = (
            frozenset(groups.values_list("name", flat=True)) if groups is not None else frozenset()
        )
        request._tim_groups = known  # type: ignore[attr-defined]  # once a request
    return known


def label(sdk_app_id: int) -> str:
    """An app as people know it: its alias and its number."""
    alias = configured().get(sdk_app_id)
    return f"{alias} ({sdk_app_id})" if alias else str(_("%d (not configured)") % sdk_app_id)


@dataclass(frozen=True)
class Scope:
    """The app, or the apps, that a list shows."""

    sdk_app_id: int | None
    """None: the rows of apps that are not configured (any more)."""
    alias: str = ""
    """How the settings call it; "" where they don't."""

    @classmethod
    def of(cls, request: HttpRequest) -> Scope:
        """What the address asks for; the user's first app if it asks for nothing.

        Raises PermissionDenied for an app that is not the user's.
        """
        apps = allowed(request)
        asked = request.GET.get(PARAMETER)
        if asked == OTHER:
            return cls(None)
        if asked is None:
            return cls(next(iter(apps), None), next(iter(apps.values()), ""))
        if not asked.isdecimal() or len(asked) > 18:
            raise IncorrectLookupParameters(f"{asked!r} is no SDKAppID")
        if int(asked) in configured().keys() - apps.keys():
            raise PermissionDenied
        return cls(int(asked), apps.get(int(asked), ""))

    @property
    def condition(self) -> Q:
        if self.sdk_app_id is not None:
            return Q(sdk_app_id=self.sdk_app_id)
        return _other_than(sorted(configured()))


def _other_than(ids: list[int]) -> Q:
    """All but these ids, as ranges between them: NOT IN would not use the index."""
    if not ids:
        return Q()
    gaps = [Q(sdk_app_id__gt=low, sdk_app_id__lt=high) for low, high in pairwise(ids)]
    outside = Q(sdk_app_id__lt=ids[0]) | Q(sdk_app_id__gt=ids[-1])
    return reduce(or_, gaps, outside)


class AppFilter(admin.SimpleListFilter):
    """The choice among apps, shown where there is one; the list itself applies the Scope."""

    title = _("app")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        apps = allowed(request)
        choices = [(str(sdk_app_id), label(sdk_app_id)) for sdk_app_id in apps]
        others = list(configured())
        if apps and len(apps) == len(others) and _other_rows(model_admin.model, others):
            choices.append((OTHER, str(_("not configured"))))
        return choices

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def value(self) -> str:
        given = super().value()
        known = [value for value, _label in self.lookup_choices]
        return str(known[0]) if given is None else given if given in known else OTHER

    def choices(self, changelist: Any) -> Any:
        for value, text in self.lookup_choices:
            yield {
                "selected": value == self.value(),
                "query_string": changelist.get_query_string({PARAMETER: value}),
                "display": text,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def _other_rows(model: type[Model], ids: list[int]) -> bool:
    return model._default_manager.filter(_other_than(sorted(ids))).exists()
