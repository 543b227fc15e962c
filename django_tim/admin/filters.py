"""Filters with fixed choices, each on an index: none asks the table which values there are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_tim.models import AuditEntry, Group, Run

from . import apps, words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class FixedFilter(admin.SimpleListFilter):
    """A filter whose choices and conditions stand in the code."""

    def condition(self, value: str) -> Q:
        """What rows of this choice have in common."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value not in {known for known, _label in self.lookup_choices}:
            raise IncorrectLookupParameters(f"{self.parameter_name}={value!r}")
        return queryset.filter(self.condition(value))


class GroupTypeFilter(FixedFilter):
    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(words.GROUP_TYPES.items())

    @classmethod
    def condition(cls, value: str) -> Q:
        return Q(type=value)


class GroupSizeFilter(FixedFilter):
    title = _("members")
    parameter_name = "size"
    bounds = {"0": (0, 2), "2": (2, 20), "20": (20, 200), "200": (200, 2000)}
    sizes: tuple[tuple[str, StrOrPromise], ...] = (
        ("0", _("0 or 1")),
        ("2", "2 – 19"),
        ("20", "20 – 199"),
        ("200", "200 – 1999"),
        ("2000", _("2000 or more")),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.sizes

    @classmethod
    def condition(cls, value: str) -> Q:
        if value == "2000":
            return Q(member_num__gte=2000)
        low, high = cls.bounds[value]
        return Q(member_num__gte=low, member_num__lt=high)


class LastMessageFilter(FixedFilter):
    title = _("last message")
    parameter_name = "last_msg"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("1", _("within a day")),
            ("7", _("within 7 days")),
            ("30", _("within 30 days")),
            *self._silences(request),
            ("never", _("never")),
        ]

    def _silences(self, request: HttpRequest) -> list[tuple[str, Any]]:
        """The usual ones, and the one that the address asks for: any number of days."""
        asked = request.GET.get(self.parameter_name, "")
        days = {7, 30, 90, 180, 365}
        if asked.startswith("-") and asked[1:].isdecimal() and len(asked) < 6:
            days.add(int(asked[1:]))
        return [(f"-{number}", _("silent for %d days") % number) for number in sorted(days)]

    @classmethod
    def condition(cls, value: str) -> Q:
        if value == "never":
            return Q(last_msg_at__isnull=True)
        days = int(value)
        then = now() - timedelta(days=abs(days))
        return Q(last_msg_at__gte=then) if days > 0 else Q(last_msg_at__lt=then)


class PresenceFilter(FixedFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("present", _("present")), ("gone", _("gone"))]

    @classmethod
    def condition(cls, value: str) -> Q:
        return Q(gone_at__isnull=value == "present")


class AccountStateFilter(PresenceFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        choices = super().lookups(request, model_admin)
        return [*choices, ("unsynced", _("not synced yet"))]

    @classmethod
    def condition(cls, value: str) -> Q:
        if value == "unsynced":
            return Q(synced_at__isnull=True)
        return super().condition(value)


class BehindFilter(FixedFilter):
    """Linked accounts of which the service has still to be told something."""

    title = _("behind")
    parameter_name = "behind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", _("to be told to the service")), ("failing", _("telling it fails"))]

    @classmethod
    def condition(cls, value: str) -> Q:
        waiting = Q(link_due_at__isnull=False)
        return waiting & Q(link_attempts__gt=0) if value == "failing" else waiting


class PinnedFilter(admin.SimpleListFilter):
    """Not for choosing: it narrows a list to what a link asked for, and says so."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        value = request.GET.get(str(self.parameter_name))
        return [(value, self.name_of(request, value))] if value else []

    def name_of(self, request: HttpRequest, value: str) -> str:
        return value

    def condition(self, value: str) -> Q:
        """Which rows the link asked for."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(self.condition(value)) if value else queryset


class OwnerFilter(PinnedFilter):
    """The groups of one owner."""

    title = _("owner")
    parameter_name = "owner"

    @classmethod
    def condition(cls, value: str) -> Q:
        return Q(owner_account=value)


class NameStartFilter(PinnedFilter):
    """The groups whose names begin so."""

    title = _("start of the name")
    parameter_name = "name"

    @classmethod
    def condition(cls, value: str) -> Q:
        return Q(name__startswith=value)


class OfGroupFilter(PinnedFilter):
    """The members of one group, by the row's number."""

    title = pgettext_lazy("chat", "group")
    parameter_name = "group"

    def name_of(self, request: HttpRequest, value: str) -> str:
        if not value.isdecimal() or len(value) > 18:
            raise IncorrectLookupParameters(f"{value!r} is no group's number")
        found = apps.visible(request, Group.objects.only("name", "group_id").filter(pk=int(value)))
        group = found.first()
        return str(group) if group else value

    def condition(self, value: str) -> Q:
        return Q(group_id=value)


class OfAccountFilter(PinnedFilter):
    """The memberships of one account, by its UserID."""

    title = _("account")
    parameter_name = "user"

    def condition(self, value: str) -> Q:
        return Q(user_id=value)


class WithinOneGroup(FixedFilter):
    """No index serves it over all members, but one group's are few enough to look through."""

    def has_output(self) -> bool:
        return super().has_output() and bool(self.within)

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.within = OfGroupFilter.parameter_name in request.GET
        super().__init__(request, *args)


class RoleFilter(WithinOneGroup):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(words.ROLES.items())

    def condition(self, value: str) -> Q:
        return Q(role=value)


class MemberStateFilter(WithinOneGroup, PresenceFilter):
    pass


class MutedFilter(FixedFilter):
    title = _("muted")
    parameter_name = "muted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("now", _("muted now"))]

    def condition(self, value: str) -> Q:
        return Q(muted_until__gt=now())


class RunKindFilter(FixedFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(words.RUN_KINDS.items())

    def condition(self, value: str) -> Q:
        return Q(kind=value)


class RunStatusFilter(FixedFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Run.Status.choices

    def condition(self, value: str) -> Q:
        return Q(status=value)


class AuditOutcomeFilter(FixedFilter):
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return AuditEntry.Outcome.choices

    def condition(self, value: str) -> Q:
        return Q(outcome=value)


class AuditWhenFilter(FixedFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("1", _("last hour")),
            ("24", _("last 24 hours")),
            ("168", _("last 7 days")),
            ("720", _("last 30 days")),
        ]

    def condition(self, value: str) -> Q:
        return Q(started_at__gte=now() - timedelta(hours=int(value)))


class OfObjectFilter(PinnedFilter):
    """The entries of one remote object, as "group:@TGS#1"."""

    title = _("object")
    parameter_name = "object"

    def condition(self, value: str) -> Q:
        kind, _colon, object_id = value.partition(":")
        return Q(object_type=kind, object_id=object_id)
