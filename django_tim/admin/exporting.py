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

from .base import MirrorAdmin

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
        rows = queryset.order_by("pk").values_list(*self.exported)
        name = self.opts.model_name
        return StreamingHttpResponse(
            csv_lines(self.exported, rows.iterator(2000)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )


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
