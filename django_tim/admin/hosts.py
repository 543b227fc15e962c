"""The project's own users, where accounts stand for them: named, linked to, and searched for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from django_tim.linking import links
from django_tim.models import Account

from . import display

LOOKED_AT = 50
"""Users of a search whose accounts are looked for."""


def host_link(site: AdminSite, user: Any) -> str:
    """A user of the project, with a link to their page where the site has one."""
    if user is None:
        return display.EMPTY
    opts = user._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_change"
    try:
        url = reverse(name, args=[user.pk], current_app=site.name)
    except NoReverseMatch:
        return str(user)
    return display.link(url, user)


def accounts_of_users(
    request: HttpRequest, site: AdminSite, condition: Q, term: str
) -> Iterable[Account]:
    """The accounts of the users that a search finds in the linked models' own lists."""
    found: list[Account] = []
    for link in links():
        keys = _keys(request, site, link.model, term)
        theirs = Account.objects.filter(condition, host_model=link.label, host_pk__in=keys)
        found += theirs.defer("raw").order_by("pk")[:LOOKED_AT]
    return found


def _keys(request: HttpRequest, site: AdminSite, model: Any, term: str) -> list[str]:
    """Keys of the users that the site's list of them finds, if the reader may see it."""
    if not site.is_registered(model):
        return []
    theirs = site.get_model_admin(model)
    if not theirs.has_view_permission(request) or not theirs.get_search_fields(request):
        return []
    rows, _distinct = theirs.get_search_results(request, theirs.get_queryset(request), term)
    return [str(key) for key in rows.values_list("pk", flat=True)[:LOOKED_AT]]
