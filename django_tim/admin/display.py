"""Small pieces of HTML for lists and pages: no inline style or script, all values escaped."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.models.base import Mirror

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EMPTY = "–"

PRESENT = ("good", gettext_lazy("present"))
GONE = ("bad", gettext_lazy("gone"))
STALE = ("warn", gettext_lazy("stale"))
UNVERIFIED = ("quiet", gettext_lazy("not synced yet"))


def badge(tone: str, text: StrOrPromise, title: str = "") -> SafeString:
    """A word in a coloured pill; ``tone`` is good, warn, bad, busy or quiet."""
    return format_html(
        '<span class="tim-badge tim-{}" title="{}">{}</span>', tone, title or text, text
    )


def mirror_state(row: Mirror) -> SafeString:
    """Whether the row still shows what is there remotely."""
    if row.gone_at:
        return badge(*GONE, title=moment(row.gone_at))
    if row.stale_at:
        return badge(*STALE, title=moment(row.stale_at))
    return badge(*(PRESENT if row.synced_at else UNVERIFIED), title=moment(row.synced_at))


def pretty_json(value: Any) -> SafeString:
    """JSON for reading, in its own scroll area."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="tim-json">{}</pre>', text)


def number(value: int | float | None, decimals: int = 0) -> str:
    """A number with the reader's separators."""
    if value is None:
        return EMPTY
    return str(formats.number_format(value, decimals, use_l10n=True, force_grouping=True))


def moment(value: datetime | None) -> str:
    """A point in time in the current time zone and the reader's format."""
    if value is None:
        return EMPTY
    here = localtime(value) if value.tzinfo else value
    return str(formats.date_format(here, "DATETIME_FORMAT"))


def duration(seconds: float) -> str:
    """Hours, minutes and seconds as a clock shows them: "0:03:20"."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def progress(done: int, total: int | None) -> SafeString:
    """A bar; without a total it only says that something moves."""
    label = _("progress")
    if not total:
        return format_html('<progress class="tim-bar" aria-label="{}"></progress>', label)
    return format_html(
        '<progress class="tim-bar" aria-label="{}" max="{}" value="{}"></progress>',
        label,
        total,
        min(done, total),
    )


def link(url: str, text: Any) -> SafeString:
    """A link inside the admin."""
    return format_html('<a href="{}">{}</a>', url, text)


def outside_link(url: str) -> SafeString | str:
    """A user's own URL: shown as text, followed on a click only, and without telling from where."""
    if not url.lower().startswith(("http://", "https://")):
        return url or EMPTY
    rel = mark_safe('rel="noreferrer noopener nofollow" target="_blank"')
    return format_html('<a href="{}" {}>{}</a>', url, rel, url)


def avatar(url: str, *, with_url: bool = True) -> SafeString | str:
    """A user's own picture: loaded on a click only, and without telling from where."""
    if not url.lower().startswith(("http://", "https://")):
        return url if url and with_url else EMPTY
    text = '<button type="button" class="button" data-tim-avatar="{}">{}</button> {}'
    return format_html(text, url, _("Show"), outside_link(url) if with_url else "")


def list_url(site: AdminSite, model_name: str, **params: Any) -> str:
    """The list of a model of ours on this site, filtered."""
    url = reverse(f"admin:django_tim_{model_name}_changelist", current_app=site.name)
    return f"{url}?{urlencode(params)}" if params else url


def page_url(site: AdminSite, model_name: str, pk: Any) -> str:
    """The page of one row on this site."""
    return reverse(f"admin:django_tim_{model_name}_change", args=[pk], current_app=site.name)
