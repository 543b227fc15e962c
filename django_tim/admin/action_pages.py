"""Actions that ask on a page of their own: what will be done to what, a form, and a button.

They are actions of a list, so Django checks their permissions and finds their rows, whether
these were ticked, all that the list's filters match, or the one whose page has the button. One
row is changed at once, and what TIM refuses stands on the same form; several become a Run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim import tasks
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.models import Run
from django_tim.pacing.base import interactive
from django_tim.services import bulk, bulk_matching, outgoing
from django_tim.services.selections import SOURCE, frozen

from . import apps, display, head, words
from .base import NotTellable
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

    from .base import MirrorAdmin

WRITTEN_AT_ONCE = 10_000
"""Rows that are written down for a bulk run while the request waits; more are a worker's."""
SHOWN = 20
"""Rows that a page names; of the others it says how many there are."""
CONFIRMED, BACK, TYPED, COUNT = "_confirmed", "_back", "_environment", "_count"


@dataclass(frozen=True)
class Chosen:
    """The rows that an action is about: all of one app."""

    admin: MirrorAdmin
    request: HttpRequest
    rows: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        return self.rows.count()

    @cached_property
    def sample(self) -> list[Any]:
        """The first rows, as many as a page names."""
        return list(self.rows.order_by("pk").defer(*self.admin.deferred)[:SHOWN])

    @cached_property
    def one(self) -> Any:
        """The row, where it is only one; with all its columns."""
        return self.rows.first() if self.count == 1 else None

    @cached_property
    def sdk_app_ids(self) -> list[int]:
        return sorted(set(self.rows.order_by().values_list("sdk_app_id", flat=True).distinct()[:3]))

    def condition(self) -> Q:
        """What all rows that the list's filters match have in common, up to the newest one.

        Raises InvalidArgument where a filter of the project's own can't be told to a worker.
        """
        changelist: Any = self.admin.get_changelist_instance(self.request)
        try:
            found: Q = changelist.condition(self.request)
        except NotTellable as error:
            text = _("The filter “%s” can't be used for so many rows.") % error
            raise InvalidArgument(text) from error
        newest = self.rows.order_by("-pk").values_list("pk", flat=True).first()
        return found & Q(pk__lte=newest)

    @property
    def sdk_app_id(self) -> int:
        return self.sdk_app_ids[0]

    @property
    def app(self) -> str:
        """The alias, for the services."""
        return apps.allowed(self.request)[self.sdk_app_id]

    def narrowed(self, rows: QuerySet[Any]) -> Chosen:
        """The same choice, read in another way."""
        return replace(self, rows=rows)

    def refuse_more_than(self, confirmed: str) -> None:
        """Raise InvalidArgument if more rows match now than a person has confirmed."""
        if confirmed.isdecimal() and self.count > int(confirmed):
            text = _("%(now)s rows match now, %(then)s did before: look again, and confirm.")
            raise InvalidArgument(text % {"now": self.count, "then": confirmed})

    def problem(self) -> str:
        """Why nothing can be done to these rows; "" if it can."""
        if len(self.sdk_app_ids) != 1:
            return _("Select the rows of one app.")
        if self.sdk_app_id not in apps.allowed(self.request):
            return _("This app is not configured rightly in the DJANGO_TIM setting.")
        return ""


class NotDone(TimError):
    """Said on the form: why nothing, or not all, was done."""


class ActionPage:
    """One action of a list; see the module. ``perform`` changes one row, ``run`` several."""

    name = ""
    permission = ""
    """Django asks the admin class for ``has_{permission}_permission``."""
    label: StrOrPromise = ""
    button: StrOrPromise = ""
    form: type[forms.Form] = forms.Form
    dangerous = False
    """Whether it can't be undone: in production, the environment's name must be typed."""
    single = False
    """Whether it makes sense for one row only."""
    long = False
    """Whether even one row is a worker's, for a request is too short for it."""
    rare = False
    """Whether a page keeps its button behind "More"."""

    def __init__(self) -> None:
        self.__name__ = self.name
        self.short_description = self.label
        self.allowed_permissions = [self.permission]

    # What each action says and does

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        """Sentences that say what will happen."""
        return ()

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        """What the form shows at first."""
        return {}

    def make_form(self, chosen: Chosen, given: Mapping[str, Any]) -> forms.Form:
        """The form; ``given`` are its usual arguments."""
        return self.form(**given)

    def perform(self, row: Any, form: Any, app: str, actor: Actor) -> StrOrPromise:
        """Change one row by a service; returns what was done, in words. Raises TimError."""
        raise NotImplementedError

    kind = ""
    """The kind of bulk run that does it to several rows."""

    def params(self, form: Any) -> dict[str, Any]:
        """The bulk run's parameters."""
        return {}

    def run(self, chosen: Chosen, form: Any) -> Run | None:
        """Start the Run that changes several rows, or do without one and return None."""
        params, actor = self.params(form), actor_of(chosen.request)
        about: dict[str, Any] = {"app": chosen.app, "params": params, "actor": actor}
        if chosen.count > WRITTEN_AT_ONCE:
            found_by = {
                "source": SOURCE,
                "model": chosen.admin.opts.model_name,
                "condition": frozen(chosen.condition()),
            }
            run = bulk_matching.start(self.kind, found_by, ceiling=chosen.count, **about)
        else:
            run = bulk.start(self.kind, chosen.rows, **about)
        tasks.enqueue(run)
        return run

    # The page

    def __call__(
        self, admin: MirrorAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        chosen = Chosen(admin, request, queryset)
        problem = chosen.problem() or self.too_many(chosen)
        if problem:
            admin.message_user(request, problem, messages.WARNING)
            return None
        confirmed = CONFIRMED in request.POST
        form = self._form(chosen, bound=confirmed)
        if confirmed and form.is_valid():
            try:
                chosen.refuse_more_than(request.POST.get(COUNT, ""))
                with interactive():
                    return self._do(chosen, form)
            except TimError as error:
                form.add_error(None, words.told(error))
        return self._page(chosen, form)

    def too_many(self, chosen: Chosen) -> str:
        """Why these are too many rows; "" if they are not."""
        return _("Select one row only.") if self.single and chosen.count != 1 else ""

    def _form(self, chosen: Chosen, *, bound: bool) -> forms.Form:
        request = chosen.request
        given: dict[str, Any] = {"initial": self.initial(chosen)}
        if bound:
            given |= {"data": request.POST, "files": request.FILES}
        form = self.make_form(chosen, given)
        if self.dangerous and head.is_production(chosen.sdk_app_id):
            environment = head.environment_of(chosen.sdk_app_id)
            form.fields[TYPED] = TypedConfirmation(environment)
        return form

    def _do(self, chosen: Chosen, form: forms.Form) -> HttpResponse:
        request, admin = chosen.request, chosen.admin
        if chosen.one is not None and not self.long:
            said = self.perform(chosen.one, form, chosen.app, actor_of(request))
            admin.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(self._way_back(chosen))
        run = self.run(chosen, form)
        if run is None:
            return HttpResponseRedirect(self._way_back(chosen))
        return admin.show_run(request, run, self._way_back(chosen))

    def _way_back(self, chosen: Chosen) -> str:
        """The page that has the button, or the list with its filters."""
        back = chosen.request.POST.get(BACK, "")
        is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if is_ours else chosen.request.get_full_path()

    def _page(self, chosen: Chosen, form: forms.Form) -> HttpResponse:
        admin, request = chosen.admin, chosen.request
        hidden = [("action", self.name), (CONFIRMED, "1")]
        hidden += [(BACK, self._way_back(chosen)), (COUNT, str(chosen.count))]
        hidden += [("select_across", request.POST.get("select_across", "0"))]
        hidden += [
            (ACTION_CHECKBOX_NAME, value) for value in request.POST.getlist(ACTION_CHECKBOX_NAME)
        ]
        return page(
            admin,
            request,
            form,
            title=self.label,
            sdk_app_id=chosen.sdk_app_id,
            hidden=hidden,
            chosen=chosen,
            more=chosen.count - len(chosen.sample),
            count_said=_counted(chosen),
            consequences=list(self.consequences(chosen)),
            button=self.button or self.label,
            dangerous=self.dangerous,
            back=self._way_back(chosen),
            about=chosen.one and display.link(admin.page_url(chosen.one), chosen.one),
        )


class MessagePage(ActionPage):
    """A message: sent to one row at once; to several, a draft, which is looked at and approved."""

    permission = "send"
    button = gettext_lazy("Send")

    def params(self, form: Any) -> dict[str, Any]:
        data = form.cleaned_data
        sender = {"sender": data["sender"]} if data["sender"] else {}
        return {"message": data["text"], **sender}

    def run(self, chosen: Chosen, form: Any) -> Run:
        """The draft; a worker writes the rows down where there are very many."""
        params, actor = self.params(form), actor_of(chosen.request)
        if chosen.count <= WRITTEN_AT_ONCE:
            return bulk.start(
                self.kind, chosen.rows, app=chosen.app, params=params, actor=actor, draft=True
            )
        return outgoing.to_matching(
            self.kind,
            str(chosen.admin.opts.model_name),
            frozen(chosen.condition()),
            chosen.count,
            params,
            app=chosen.app,
            actor=actor,
        )


@dataclass(frozen=True)
class NewPage:
    """A page that creates something: ``create`` calls a service and returns the row."""

    admin: MirrorAdmin
    title: StrOrPromise
    form: Callable[..., forms.Form]
    create: Callable[[Any, str, Actor], Any]
    options: Callable[[str], dict[str, Any]] = lambda app: {}
    """What the form is told of the app."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope = apps.Scope.of(request)
        if not scope.alias:
            raise PermissionDenied(_("This app is not configured rightly."))
        options = self.options(scope.alias)
        form = self.form(request.POST or None, request.FILES or None, **options)
        if request.method == "POST" and form.is_valid():
            try:
                with interactive():
                    row = self.create(form, scope.alias, actor_of(request))
            except TimError as error:
                form.add_error(None, words.told(error))
            else:
                said = _("%s was created.") % row
                self.admin.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(self.admin.page_url(row))
        return page(
            self.admin,
            request,
            form,
            title=self.title,
            sdk_app_id=scope.sdk_app_id,
            button=_("Create"),
            back=self.admin.list_url(self.admin.model),
        )


class TypedConfirmation(forms.CharField):
    """The name of the environment, typed: nobody does this by accident."""

    def __init__(self, environment: str) -> None:
        label = _("Type “%s” to confirm") % environment
        attrs = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        super().__init__(label=label, widget=forms.TextInput(attrs=attrs))
        self._environment = environment

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if typed != self._environment:
            raise forms.ValidationError(_("This is not what was asked for."))
        return typed


def page(
    admin: MirrorAdmin,
    request: HttpRequest,
    form: forms.Form,
    *,
    title: StrOrPromise,
    sdk_app_id: int | None,
    **context: Any,
) -> HttpResponse:
    """A page of ours with a form on it."""
    context = {
        **admin.shared_context(request, title),
        "form": form,
        "media": admin.media + form.media,
        "tim_head": head.head_of(sdk_app_id),
        **context,
    }
    return TemplateResponse(request, "admin/django_tim/action_page.html", context)


def _counted(chosen: Chosen) -> str:
    opts = chosen.admin.opts
    name = opts.verbose_name if chosen.count == 1 else opts.verbose_name_plural
    return f"{display.number(chosen.count)} {name}"
