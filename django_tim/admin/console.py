"""The REST console: any endpoint, called by hand, with its sample, its answer and its meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_tim.catalogue import Effect, Endpoint, Keyed, Repeatable
from django_tim.client.errors import row_for
from django_tim.connection import tims
from django_tim.exceptions import (
    APIError,
    ConfigurationError,
    InvalidArgument,
    NotSent,
    OutcomeUnknown,
    ReadOnlyApp,
    TimError,
)
from django_tim.exports import snippets
from django_tim.exports.checking import Finding, findings
from django_tim.exports.lines import Line, lines
from django_tim.exports.requests import query_words
from django_tim.services import console

from . import apps, display, head, words
from .action_pages import TypedConfirmation
from .pages import PageAdmin
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PERMISSIONS = {effect: f"use_console_{effect.value}" for effect in Effect}
EFFECTS: Mapping[Effect, tuple[str, StrOrPromise]] = {
    Effect.READ: ("quiet", gettext_lazy("reads")),
    Effect.WRITE: ("busy", gettext_lazy("writes")),
    Effect.DESTRUCTIVE: ("bad", gettext_lazy("destroys")),
}
_AREA = {"class": "vLargeTextField tim-code", "rows": 16, "spellcheck": "false", "wrap": "off"}

_IN_URL = "query_"
_ASKED = ("anyway", "confirmed")
"""What is asked anew before each call."""


class CallForm(forms.Form):
    """A body, and what a person has to say before it is sent."""

    body = forms.CharField(
        label=gettext_lazy("Body"), required=False, strip=False, widget=forms.Textarea(_AREA)
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("Send it all the same"),
        required=False,
    )
    confirmed: forms.Field

    def __init__(self, line: Line, scope: apps.Scope, **given: Any) -> None:
        super().__init__(**given)
        for name, values in query_words(line.name).items():
            self.fields[f"{_IN_URL}{name}"] = _in_url(name, values)
        if line.endpoint.effect is Effect.DESTRUCTIVE:
            self.fields["confirmed"] = _confirmation(scope)

    def clean_body(self) -> dict[str, Any]:
        try:
            return console.body_of(self.cleaned_data["body"])
        except InvalidArgument as error:
            raise forms.ValidationError(words.told(error)) from error

    @property
    def in_url(self) -> list[forms.BoundField]:
        """The fields for what stands in the URL."""
        return [field for field in self if field.name.startswith(_IN_URL)]

    @property
    def query(self) -> dict[str, str]:
        """What was chosen for the URL."""
        given = {one.name: self.cleaned_data[one.name] for one in self.in_url}
        return {name.removeprefix(_IN_URL): value for name, value in given.items() if value}


def _in_url(name: str, values: Mapping[str, str]) -> forms.Field:
    choices = [
        ("", _("left out")),
        *((value, f"{value}: {word}") for value, word in values.items()),
    ]
    return forms.ChoiceField(label=name, choices=choices, required=False)


def _confirmation(scope: apps.Scope) -> forms.Field:
    if head.is_production(scope.sdk_app_id):
        return TypedConfirmation(head.environment_of(scope.sdk_app_id))
    return forms.BooleanField(label=_("Yes, destroy it: nothing brings it back"))


@dataclass(frozen=True)
class Shown:
    """A reply, for people."""

    tone: str
    title: str
    text: str
    time: str
    meaning: str = ""
    meaning_zh: str = ""
    advice: str = ""
    failures: Sequence[tuple[str, int, str, str]] = ()
    """The items that failed: item, code, its meaning, and what the service said."""


class ConsoleAdmin(PageAdmin):
    permissions = tuple(PERMISSIONS.values())
    template = "admin/django_tim/console.html"

    class Media:
        js = ["django_tim/console.js"]

    def answer(self, request: HttpRequest, scope: apps.Scope) -> HttpResponse:
        """Choose an endpoint; check a body; send it."""
        asked = request.GET.get("endpoint", "")
        line = self._line(request, asked) if asked else None
        context = self._call(request, scope, line) if line else {}
        return self.show(
            request,
            scope,
            _("REST console"),
            areas=list(self._areas(request, scope, asked)),
            apps=self._apps(request, scope, asked),
            line=line,
            heading=_title(line) if line else "",
            facts=_facts(line.endpoint) if line else [],
            alias=scope.alias,
            **context,
        )

    def _line(self, request: HttpRequest, name: str) -> Line:
        line = _lines().get(name)
        if line is None or not self._may_call(request, line.endpoint):
            raise Http404(_("There is no such endpoint, or it is not for you."))
        return line

    def _may_call(self, request: HttpRequest, endpoint: Endpoint[Any]) -> bool:
        return self.allows(request, PERMISSIONS[endpoint.effect])

    def _call(self, request: HttpRequest, scope: apps.Scope, line: Line) -> dict[str, Any]:
        body: Mapping[str, Any] = line.sample.request if line.sample else {}
        form = CallForm(line, scope, initial={"body": console.readable(body)})
        query: Mapping[str, str] = {}
        found: list[str] = []
        checked, reply = False, None
        if request.method == "POST":
            form = CallForm(line, scope, data=request.POST)
            sends = request.POST.get("do") == "send"
            if not sends:
                form.errors.pop("confirmed", None)
            if form.is_valid():
                body, query = form.cleaned_data["body"], form.query
                found = [_said(one) for one in findings(line.name, body)]
                checked = not found
                if sends and (checked or form.cleaned_data["anyway"]):
                    reply = self._send(request, scope, line, body, form)
        if reply is not None:  # whoever sends it once more is asked once more
            given = {name: request.POST.get(name) for name in form.fields if name not in _ASKED}
            form = CallForm(line, scope, initial=given)
        return {
            "form": form,
            "checked": checked,
            "findings": [] if reply else found,
            "reply": reply,
            "effect": EFFECTS[line.endpoint.effect],
            "destroys": line.endpoint.effect is Effect.DESTRUCTIVE,
            "snippets": _snippets(scope, line, body, query),
            "sent_to": _url(scope, line, query),
            "sent_body": console.readable(body),
        }

    def _send(
        self,
        request: HttpRequest,
        scope: apps.Scope,
        line: Line,
        body: Mapping[str, Any],
        form: CallForm,
    ) -> Shown | None:
        if not scope.alias:
            form.add_error(None, _("This app is not configured rightly in the DJANGO_TIM setting."))
            return None
        try:
            actor = actor_of(request)
            reply = console.call(
                line.endpoint, body, query=form.query, app=scope.alias, actor=actor
            )
            return _shown(line, reply)
        except TimError as error:
            form.add_error(None, words.told(error))
            return None

    def _areas(self, request: HttpRequest, scope: apps.Scope, asked: str) -> Any:
        """The endpoints that the user may call, by area."""
        mine = [line for line in _lines().values() if self._may_call(request, line.endpoint)]
        for area, members in groupby(mine, key=lambda line: line.area):
            rows = [self._choice(line, scope, asked) for line in members]
            yield words.said(words.AREAS, area), rows, any(row["current"] for row in rows)

    def _choice(self, line: Line, scope: apps.Scope, asked: str) -> dict[str, Any]:
        tone, said = EFFECTS[line.endpoint.effect]
        return {
            "name": line.name,
            "path": line.endpoint.path,
            "title": _title(line),
            "english": line.title,
            "tone": tone,
            "effect": said,
            "url": _query(app=scope.sdk_app_id, endpoint=line.name),
            "current": line.name == asked,
        }

    def _apps(self, request: HttpRequest, scope: apps.Scope, asked: str) -> Any:
        chosen = {"endpoint": asked} if asked else {}
        return [
            (_query(app=number, **chosen), apps.label(number), number == scope.sdk_app_id)
            for number in apps.allowed(request)
        ]


@cache
def _lines() -> dict[str, Line]:
    """Every endpoint by its name, those of an area together."""
    found = sorted(lines(), key=lambda line: line.area)
    return {line.name: line for line in found}


def _facts(endpoint: Endpoint[Any]) -> list[str]:
    """Rate, cap and repetition."""
    batch, keyed = endpoint.batch, endpoint.repeatable
    rate = ngettext("%d call a second", "%d calls a second", endpoint.qps) % endpoint.qps
    known = [rate]
    if batch:
        known.append(_("at most %(cap)d in %(field)s") % {"cap": batch.cap, "field": batch.field})
    if isinstance(keyed, Keyed):
        known.append(_("repeatable with the same %s") % ", ".join(keyed.fields))
    else:
        known.append(_("repeatable") if keyed is Repeatable.YES else _("not repeatable"))
    return known


def _title(line: Line) -> str:
    """What the endpoint does, in the reader's language."""
    return line.title_zh if words.chinese() else line.title


def _query(**params: Any) -> str:
    return f"?{urlencode({name: value for name, value in params.items() if value is not None})}"


def _said(finding: Finding) -> str:
    given = {"field": finding.field, "expected": ", ".join(finding.expected)}
    return {
        "missing": _("%(field)s is missing."),
        "type": _("%(field)s is not of the type %(expected)s."),
        "word": _("%(field)s is none of %(expected)s."),
        "unknown": _("%(field)s is not known to us."),
    }[finding.kind] % given


def _url(scope: apps.Scope, line: Line, query: Mapping[str, str]) -> str:
    try:
        return snippets.url(tims[scope.alias].config, line.endpoint, query)
    except ConfigurationError:
        return ""


def _snippets(
    scope: apps.Scope, line: Line, body: Mapping[str, Any], query: Mapping[str, str]
) -> list[tuple[str, StrOrPromise, str]]:
    """The same call elsewhere: (id, title, text)."""
    try:
        config = tims[scope.alias].config
    except ConfigurationError:
        return []
    found: list[tuple[str, StrOrPromise, str]] = [
        ("curl", "curl", snippets.curl(config, line.endpoint, body, query)),
        ("python", "Python", snippets.python(line.name, body, scope.alias, query)),
    ]
    if line.sample:
        typed = snippets.method(line.sample, scope.alias)
        found.append(("method", _("Python, typed (with the sample's arguments)"), typed))
    shell = snippets.command(line.name, body, scope.alias, query)
    return [*found, ("command", _("Management command"), shell)]


def _shown(line: Line, reply: console.Reply) -> Shown:
    time = _("%s s") % display.number(reply.seconds, 3)
    if reply.error is None and not reply.result:
        return _partly(line, reply, time)
    if reply.error is None:
        return Shown("good", _("Answered"), reply.text, time)
    if isinstance(reply.error, APIError):
        return _refused(line, reply, reply.error, time)
    return Shown(
        "warn" if isinstance(reply.error, OutcomeUnknown) else "bad",
        words.told(reply.error),
        "",
        time,
        advice=_advice(reply.error),
    )


def _partly(line: Line, reply: console.Reply, time: str) -> Shown:
    """An answer that says OK, though not of all items."""
    failed = reply.result.failures
    title = ngettext(
        "%(failed)d of %(count)d item failed",
        "%(failed)d of %(count)d items failed",
        len(reply.result),
    ) % {"failed": len(failed), "count": len(reply.result)}
    service = line.endpoint.service
    rows = [
        (one.item, one.code, words.failure_meaning(one.code, service), one.info) for one in failed
    ]
    return Shown("warn", title, reply.text, time, failures=rows)


def _refused(line: Line, reply: console.Reply, error: APIError, time: str) -> Shown:
    row = row_for(error.code, line.endpoint.service)
    title = _("Error %d") % error.code
    meaning, meaning_zh = (row.meaning, row.meaning_zh) if row else ("", "")
    return Shown("bad", title, reply.text, time, meaning, meaning_zh)


def _advice(error: TimError) -> str:
    if isinstance(error, OutcomeUnknown):
        return _(
            "It was sent, and no proper answer came: it may have been carried out, or not. "
            "Look before you send it again."
        )
    if isinstance(error, ReadOnlyApp):
        return _("Nothing was sent: the setting READ_ONLY lets this app only be read.")
    if isinstance(error, NotSent):
        return _("Nothing reached the service: it can be sent again.")
    return _("Nothing was sent.")
