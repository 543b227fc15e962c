"""Segments: the project's own names for who a message goes to, which the admin offers::

    # in an AppConfig's ready()
    from django_tim import segments

    segments.register("vip", lambda: User.objects.filter(vip=True), "VIPs")

The callable returns a queryset of Account, or of a model that is linked to accounts (see
:mod:`django_tim.linking`); it may take the app's alias. It is called when a message is written,
and again by the worker who writes the receivers down.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from django_tim import conf
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _
from django_tim.linking import link_of
from django_tim.models import Account

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Segment:
    """A named queryset."""

    name: str
    find: Callable[..., QuerySet[Any]]
    label: StrOrPromise = ""

    def __str__(self) -> str:
        return str(self.label or self.name)


_segments: dict[str, Segment] = {}


def register(name: str, find: Callable[..., QuerySet[Any]], label: StrOrPromise = "") -> Segment:
    """Name a queryset; a name that is registered again has a new meaning.

    Raises InvalidArgument unless ``name`` is a text and ``find`` a callable.
    """
    if not name or not isinstance(name, str) or not callable(find):
        raise InvalidArgument(f"a segment is a name and a callable, not {name!r} and {find!r}")
    _segments[name] = Segment(name, find, label)
    return _segments[name]


def unregister(name: str) -> None:
    """Forget a segment."""
    _segments.pop(name, None)


def all_segments() -> list[Segment]:
    """Those that are registered, in that order."""
    return list(_segments.values())


def accounts_in(name: str, *, app: str = "default") -> QuerySet[Account]:
    """The accounts of a segment that exist in an app.

    Raises InvalidArgument for a name that is not registered, and for a queryset of a model
    that is not linked.
    """
    segment = _segments.get(name)
    if segment is None:
        known = ", ".join(_segments) or "none"
        raise InvalidArgument(
            _("no segment is called {name!r}; there are: {known}", name=name, known=known)
        )
    takes_app = bool(inspect.signature(segment.find).parameters)
    found = segment.find(app) if takes_app else segment.find()
    here = Account.objects.filter(sdk_app_id=conf.app_config(app).sdk_app_id, gone_at=None)
    return here.filter(**_of(segment, found))


def _of(segment: Segment, found: Any) -> dict[str, Any]:
    """What the accounts of the queryset's rows have in common."""
    if not isinstance(found, QuerySet):
        raise InvalidArgument(f"the segment {segment.name!r} is no queryset: {found!r}")
    if issubclass(found.model, Account):
        return {"pk__in": found.order_by().values("pk")}
    link = link_of(found.model)
    if link is None:
        raise InvalidArgument(f"{found.model._meta.label} is linked to no accounts")
    keys = found.order_by().annotate(tim_key=Cast("pk", CharField())).values("tim_key")
    return {"host_model": link.label, "host_pk__in": keys}
