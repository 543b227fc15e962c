"""Lists as CSV files, streamed: their length is nobody's memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from django_tim.services.changes import change

from . import apps
from .base import MirrorAdmin
from .syncing import actor_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """Where the CSV writer writes to: it gives back what it is given."""

    def write(self, text: str) -> str:
        return text


class ExportMixin(MirrorAdmin):
    """Adds the action that exports rows; the permission is "export" on the model."""

    exported: tuple[str, ...] = ()
    """The columns of the file."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "export")

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        self.note_export(request, queryset)
        rows = queryset.order_by("pk").values_list(*self.exported)
        name = self.opts.model_name
        return StreamingHttpResponse(
            csv_lines(self.exported, rows.iterator(2000)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def note_export(self, request: HttpRequest, queryset: QuerySet[Any], one: str = "") -> None:
        """Put into the audit trail who took which rows; the list's filters say which."""
        apps_of = queryset.order_by().values_list("sdk_app_id", flat=True).distinct()
        details = {"filters": request.GET.dict(), "rows": queryset.count()}
        for alias in filter(None, map(apps.allowed(request).get, apps_of)):
            with change(
                f"{self.audit_type}.export",
                app=alias,
                actor=actor_of(request),
                object_type=self.audit_type,
                object_id=one,
                details=details,
            ):
                pass


def csv_lines(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV file. A cell that a spreadsheet would take for a formula is quoted."""
    writer: Any = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(list(heads))  # without the mark, Excel misreads UTF-8
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def json_file(name: str, told: Any) -> HttpResponse:
    """A JSON file to keep."""
    text = json.dumps(told, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
