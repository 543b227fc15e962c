"""What a person says of a message to many: the message, whom it goes to, and when."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from django_tim import segments
from django_tim.api import elements
from django_tim.api.elements import Element, message_body
from django_tim.exceptions import InvalidArgument

from . import words
from .account_forms import valid_user_id
from .fields import IDsField, Moment
from .filters import (
    GroupSizeFilter,
    GroupTypeFilter,
    LastMessageFilter,
    NameStartFilter,
    OwnerFilter,
    PresenceFilter,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ACCOUNTS, SEGMENT, GROUPS, MATCHING, EVERYONE = (
    "accounts",
    "segment",
    "groups",
    "matching",
    "everyone",
)
TARGETS: dict[str, StrOrPromise] = {
    ACCOUNTS: gettext_lazy("accounts"),
    SEGMENT: gettext_lazy("a segment"),
    GROUPS: pgettext_lazy("chat", "groups"),
    MATCHING: gettext_lazy("all groups that a filter matches"),
    EVERYONE: gettext_lazy("everyone"),
}
TEXT, IMAGE, CUSTOM = "text", "image", "custom"
CONTENTS: list[tuple[str, StrOrPromise]] = [
    (TEXT, gettext_lazy("text")),
    (IMAGE, gettext_lazy("image by its URL")),
    (CUSTOM, gettext_lazy("custom JSON")),
]
CONDITIONS: list[tuple[str, StrOrPromise]] = [
    ("", gettext_lazy("without a condition")),
    ("tags_or", gettext_lazy("who have one of these tags")),
    ("tags_and", gettext_lazy("who have all of these tags")),
    ("attributes_or", gettext_lazy("who have one of these attributes")),
    ("attributes_and", gettext_lazy("who have all of these attributes")),
]
LARGEST_FILE = 20 * 1024 * 1024
IDS_A_FORM = 10_000
"""UserIDs that are taken from a form; more are what files, segments and services are for."""
_WIDE = {"class": "vLargeTextField"}


class MessageForm(forms.Form):
    content = forms.ChoiceField(label=gettext_lazy("Message"), choices=CONTENTS, initial=TEXT)
    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, widget=forms.Textarea({**_WIDE, "rows": 4})
    )
    image_url = forms.URLField(
        label=gettext_lazy("Image URL"), required=False, assume_scheme="https", max_length=1000
    )
    image_width = forms.IntegerField(label=gettext_lazy("Width"), min_value=1, required=False)
    image_height = forms.IntegerField(label=gettext_lazy("Height"), min_value=1, required=False)
    custom = forms.CharField(
        label=gettext_lazy("JSON"), required=False, widget=forms.Textarea({**_WIDE, "rows": 4})
    )
    description = forms.CharField(
        label=gettext_lazy("What an offline push says"), required=False, max_length=200
    )
    sender = forms.CharField(
        label=gettext_lazy("Sender"),
        required=False,
        max_length=32,
        help_text=gettext_lazy("A UserID; empty: the app's administrator."),
    )
    target = forms.ChoiceField(label=gettext_lazy("To"))
    user_ids = IDsField(label=gettext_lazy("UserIDs"), required=False)
    file = forms.FileField(
        label=gettext_lazy("File of UserIDs"),
        required=False,
        help_text=gettext_lazy("One a line, or the first column of a CSV file, in UTF-8."),
    )
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False)
    group_ids = IDsField(label=gettext_lazy("Group IDs"), required=False)
    group_type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        required=False,
        choices=[("", gettext_lazy("all types")), *words.GROUP_TYPES.items()],
    )
    group_owner = forms.CharField(
        label=gettext_lazy("Owner"), required=False, validators=[valid_user_id]
    )
    group_size = forms.ChoiceField(
        label=gettext_lazy("Members"),
        required=False,
        choices=[("", gettext_lazy("any number")), *GroupSizeFilter.sizes],
    )
    group_silence = forms.IntegerField(
        label=gettext_lazy("Silent for so many days"), required=False, min_value=1, max_value=9999
    )
    group_name = forms.CharField(
        label=gettext_lazy("Start of the name"), required=False, max_length=100
    )
    condition = forms.ChoiceField(label=gettext_lazy("Those"), required=False, choices=CONDITIONS)
    condition_values = forms.CharField(
        label=gettext_lazy("Tags, or attributes as name=value"),
        required=False,
        widget=forms.Textarea({**_WIDE, "rows": 3}),
        help_text=gettext_lazy("One a line, ten at most."),
    )
    life_time = forms.IntegerField(
        label=gettext_lazy("Days that it waits for who is offline"),
        required=False,
        min_value=0,
        max_value=7,
        initial=7,
    )
    due_at = forms.DateTimeField(label=gettext_lazy("Not before"), required=False, widget=Moment())

    def __init__(self, targets: list[str], **given: Any) -> None:
        super().__init__(**given)
        named = [(one.name, str(one)) for one in segments.all_segments()]
        known = [(name, TARGETS[name]) for name in targets if name != SEGMENT or named]
        self.target_choice.choices = known
        self.segment_choice.choices = named

    @property
    def target_choice(self) -> Any:
        return self.fields["target"]

    @property
    def segment_choice(self) -> Any:
        return self.fields["segment"]

    # What was given

    def clean_due_at(self) -> Any:
        due = self.cleaned_data["due_at"]
        if due is not None and due <= now():
            raise forms.ValidationError(_("Give a moment in the future."))
        return due

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            data["message"] = self._message(data)
            data["receivers"] = self._receivers(data)
            if data["target"] == EVERYONE and data.get("condition"):
                data["conditions"] = self._conditions(data)
        return data

    def params(self) -> dict[str, Any]:
        """The bulk run's parameters."""
        data = self.cleaned_data
        params: dict[str, Any] = {"message": data.get("message")}
        if data.get("sender"):
            params["sender"] = data["sender"]
        if data["target"] == EVERYONE:
            params |= data.get("conditions") or {}
            params["life_time"] = (data.get("life_time") or 0) * 86_400
        return params

    def group_condition(self) -> Q:
        """What the groups have in common, by the filters of their list."""
        data = self.cleaned_data
        chosen: list[tuple[Any, Any]] = [
            (GroupTypeFilter, data["group_type"]),
            (OwnerFilter, data["group_owner"]),
            (GroupSizeFilter, data["group_size"]),
            (LastMessageFilter, data["group_silence"] and f"-{data['group_silence']}"),
            (NameStartFilter, data["group_name"]),
        ]
        found = PresenceFilter.condition("present")
        for known, value in chosen:
            if value:
                found &= known.condition(value)
        return found

    def _message(self, data: dict[str, Any]) -> Element | None:
        make = {TEXT: self._text, IMAGE: self._image, CUSTOM: self._custom}[data["content"]]
        field, message = make(data)
        if message is not None:
            try:
                message_body(message)
            except InvalidArgument as error:
                self.add_error(field, words.told(error))
        return message

    def _text(self, data: dict[str, Any]) -> tuple[str, Element | None]:
        return "text", elements.text(data["text"]) if self._needs("text") else None

    def _image(self, data: dict[str, Any]) -> tuple[str, Element | None]:
        if not self._needs("image_url", "image_width", "image_height"):
            return "image_url", None
        url, width, height = (data[name] for name in ("image_url", "image_width", "image_height"))
        end = re.search(r"\.(jpe?g|gif|png|bmp)(?:$|\?)", url.lower())
        kind: Any = {"jpeg": "jpg", "": "other"}.get(end[1] if end else "", end and end[1])
        sizes: Any = [
            {"Type": one, "URL": url, "Width": width, "Height": height, "Size": 0}
            for one in (1, 2, 3)
        ]
        return "image_url", elements.image(sizes, uuid=url[-64:], image_format=kind)

    def _custom(self, data: dict[str, Any]) -> tuple[str, Element | None]:
        if not self._needs("custom"):
            return "custom", None
        try:
            json.loads(data["custom"])
        except (ValueError, RecursionError) as error:
            self.add_error("custom", _("Not JSON: %s") % error)
            return "custom", None
        return "custom", elements.custom(data["custom"], description=data["description"])

    def _receivers(self, data: dict[str, Any]) -> Any:
        target = data["target"]
        if target == ACCOUNTS:
            ids = list(dict.fromkeys([*data["user_ids"], *self._of_file(data.get("file"))]))
            if not ids and not self.errors:
                self.add_error("user_ids", _("Name at least one account."))
            elif len(data.get("user_ids", ())) > IDS_A_FORM:
                self.add_error("user_ids", _("These are too many: upload them as a file."))
            return ids
        if target == GROUPS:
            self._needs("group_ids")
            return data.get("group_ids")
        return data["segment"] if target == SEGMENT and self._needs("segment") else None

    def _of_file(self, file: Any) -> list[str]:
        if file is None:
            return []
        if file.size > LARGEST_FILE:
            self.add_error("file", _("The file is larger than 20 MiB."))
            return []
        try:
            lines = file.read().decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            self.add_error("file", _("The file is not in UTF-8."))
            return []
        cells = (line.split(",")[0].strip().strip('"') for line in lines)
        return [cell for cell in cells if cell and cell.lower() != "userid"]

    def _conditions(self, data: dict[str, Any]) -> dict[str, Any] | None:
        lines = [line.strip() for line in data["condition_values"].splitlines() if line.strip()]
        if not lines:
            self.add_error("condition_values", _("Name at least one."))
            return None
        if data["condition"].startswith("tags"):
            return {data["condition"]: lines}
        pairs = [line.partition("=") for line in lines]
        if not all(name and mark for name, mark, _value in pairs):
            self.add_error("condition_values", _("An attribute is name=value."))
            return None
        return {data["condition"]: {name.strip(): value.strip() for name, _mark, value in pairs}}

    def _needs(self, *names: str) -> bool:
        missing = [name for name in names if not self.cleaned_data.get(name)]
        for name in missing:
            self.add_error(name, self.fields[name].error_messages["required"])
        return not missing
