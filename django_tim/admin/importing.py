"""Accounts from a file: uploaded, looked at as a draft run with each row's mistake, confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.exceptions import InvalidArgument, TimError
from django_tim.services import bulk, csv_files

from . import apps, words
from .action_pages import page
from .base import MirrorAdmin
from .syncing import actor_of

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that is taken; larger ones are what ``services.bulk`` in a shell is for."""


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV in UTF-8, or XLSX. The first line names the columns: UserID, and Nick and "
            "FaceUrl where there are any."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 20 MiB."))
        return file


class Row(dict[str, str]):
    """One account of a file; it calls itself by its place there."""

    number = 0

    def __str__(self) -> str:
        return _("row %(number)s: %(id)s") % {"number": self.number, "id": self.get("UserID", "")}


class ImportMixin(MirrorAdmin):
    """Adds the upload; the permission is "import" on the model."""

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "import")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="django_tim_account_import"), *super().get_urls()]

    @method_decorator(transaction.non_atomic_requests)
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and lead to the draft run that it became."""
        scope = apps.Scope.of(request)
        if not self.has_import_permission(request) or not scope.alias:
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                given = accounts_in(form.cleaned_data["file"])
                actor = actor_of(request)
                run = bulk.start("import_accounts", given, app=scope.alias, actor=actor, draft=True)
            except TimError as error:
                form.add_error("file", words.told(error))
            else:
                return self.show_run(request, run, self.list_url(self.model))
        return page(
            self,
            request,
            form,
            title=_("Import accounts"),
            sdk_app_id=scope.sdk_app_id,
            consequences=[
                _("Nothing is sent yet: you see the rows and their mistakes first."),
                _("Accounts that exist get the nickname and avatar of the file."),
            ],
            button=_("Upload"),
            back=self.list_url(self.model, app=scope.sdk_app_id),
        )


def accounts_in(file: Any) -> Iterator[Row]:
    """The accounts of an uploaded CSV or XLSX file, one after another.

    Raises InvalidArgument for a file that can't be read, and for one without the columns.
    """
    name = str(file.name).lower()
    found = csv_files.accounts(_sheet(file) if name.endswith(".xlsx") else file)
    for number, account in enumerate(found, 2):
        row = Row(account)
        row.number = number
        yield row


def _sheet(file: Any) -> Iterator[list[Any]]:
    try:
        from tablib import Dataset
    except ImportError as error:
        text = _("XLSX files need tablib: pip install django-tim[import]. Or upload CSV.")
        raise InvalidArgument(text) from error
    try:
        sheet = Dataset().load(file.read(), format="xlsx")
    except Exception as error:  # openpyxl raises what zipfile, xml and it itself come upon
        raise InvalidArgument(_("This is no XLSX file that can be read.")) from error
    yield list(sheet.headers or ())
    for row in sheet:
        yield ["" if cell is None else cell for cell in row]
