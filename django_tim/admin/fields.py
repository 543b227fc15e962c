"""Form fields that several of our pages have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from django_tim import conf
from django_tim.exceptions import ConfigurationError

FOREVER, UNTIL = "forever", "until"
DURATIONS = [
    ("3600", _("1 hour")),
    ("86400", _("1 day")),
    ("604800", _("7 days")),
    (UNTIL, _("until the moment below")),
    (FOREVER, _("without an end")),
]


class Suggesting(forms.TextInput):
    """A text with suggestions: the browser offers them, and takes any other."""

    def __init__(self, suggestions: Iterable[str], attrs: Any = None) -> None:
        super().__init__(attrs)
        self.suggestions = list(suggestions)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        list_id = f"id_{name}_suggestions"
        box = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}">', ((one,) for one in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', box, list_id, options)


class Moment(forms.DateTimeInput):
    """The browser's own picker of a day and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def reasons() -> tuple[str, ...]:
    """The reasons that forms offer."""
    try:
        return conf.options().reasons
    except ConfigurationError:  # a system check says what is wrong
        return ()


class DurationForm(forms.Form):
    """For how long, and why; ``cleaned_data["end"]`` is a moment in the future, or None."""

    duration = forms.ChoiceField(label=_("For how long"), choices=DURATIONS, initial="3600")
    until = forms.DateTimeField(label=_("Until"), required=False, widget=Moment())
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget = Suggesting(reasons(), {"class": "vTextField"})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        duration, until = data.get("duration"), data.pop("until", None)
        data["end"] = None
        if duration == UNTIL:
            if until is None or until <= now():
                self.add_error("until", _("Give a moment in the future."))
            data["end"] = until
        elif duration and duration != FOREVER:
            data["end"] = now() + timedelta(seconds=int(duration))
        return data


class IDsField(forms.CharField):
    """Many ids in a text area: one a line, or with commas, spaces or semicolons between."""

    widget = forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("UserIDs"), **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return list(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


def seconds_until(end: Any) -> int | None:
    """Seconds from now, at least one; None for what has no end."""
    return None if end is None else max(1, round((end - now()).total_seconds()))
