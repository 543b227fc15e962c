"""The forms of groups: make one, import one, edit one, and what is asked for its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import words
from .account_forms import valid_user_id
from .fields import IDsField, Moment

_WIDE = {"class": "vTextField"}
_LARGE = {"class": "vLargeTextField", "rows": 3}


def _text(label: Any, most: int, *, large: bool = False) -> forms.CharField:
    widget = forms.Textarea(_LARGE) if large else forms.TextInput(_WIDE)
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", "–"), *choices.items()], required=False)


class _Described(forms.Form):
    """What groups of all types can be given; the names are those of the services."""

    introduction = _text(_("Introduction"), 400, large=True)
    notification = _text(_("Notice"), 400, large=True)
    face_url = _text(_("Avatar URL"), 500)
    apply_join_option = _choice(_("How to join"), words.JOIN_OPTIONS)

    def __init__(self, *args: Any, custom_keys: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.custom_keys = custom_keys
        for key in custom_keys:
            self.fields[custom(key)] = _text(key, 512)

    def given(self) -> dict[str, Any]:
        """The arguments of the service: what was filled in."""
        found = {name: value for name, value in self.cleaned_data.items() if value not in ("", [])}
        return self._with_custom(found)

    def changes(self) -> dict[str, Any]:
        """The arguments of the service: what was changed. An emptied choice is left alone."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        texts = {name for name in changed if type(self.fields[name]) is forms.CharField}
        kept = {n: value for n, value in changed.items() if n in texts or value not in ("", None)}
        return self._with_custom(kept)

    def _with_custom(self, found: dict[str, Any]) -> dict[str, Any]:
        names = {custom(key): key for key in self.custom_keys}
        fields = {names[name]: found.pop(name) for name in list(found) if name in names}
        return {**found, "custom_fields": fields} if fields else found


def custom(key: str) -> str:
    """The form's name of one of the app's own fields."""
    return f"custom-{key}"


class NewGroupForm(_Described):
    group_type = forms.ChoiceField(label=_("Type"), choices=list(words.GROUP_TYPES.items()))
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(_WIDE))
    owner = forms.CharField(
        label=_("Owner"), max_length=32, required=False, validators=[valid_user_id]
    )
    group_id = forms.CharField(
        label=_("Group ID"),
        max_length=48,
        required=False,
        help_text=_("Empty: the service makes one."),
    )
    max_member_count = forms.IntegerField(label=_("Most members"), min_value=1, required=False)
    invite_join_option = _choice(_("Who may invite"), words.INVITE_OPTIONS)
    support_topic = forms.BooleanField(label=_("With topics (Community)"), required=False)
    members = IDsField(label=_("Members"), required=False, help_text=_("At most 100."))
    field_order = ("group_type", "name", "owner", "group_id", "members")

    def given(self) -> dict[str, Any]:
        found = super().given()
        if not found["support_topic"]:
            del found["support_topic"]
        return {name: value for name, value in found.items() if value is not None}


class ImportGroupForm(_Described):
    group_type = forms.ChoiceField(label=_("Type"), choices=list(words.GROUP_TYPES.items()))
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(_WIDE))
    owner = forms.CharField(
        label=_("Owner"), max_length=32, required=False, validators=[valid_user_id]
    )
    group_id = forms.CharField(label=_("Group ID"), max_length=48, required=False)
    create_time = forms.DateTimeField(label=_("Created"), required=False, widget=Moment())
    max_member_count = forms.IntegerField(label=_("Most members"), min_value=1, required=False)
    field_order = ("group_type", "name", "owner", "group_id", "create_time")

    def given(self) -> dict[str, Any]:
        found = {name: value for name, value in super().given().items() if value is not None}
        if "create_time" in found:
            found["create_time"] = int(found["create_time"].timestamp())
        return found


class GroupForm(_Described):
    """Every field that can be edited, but for the owner and the mute of all."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(_WIDE))
    max_member_num = forms.IntegerField(label=_("Most members"), min_value=1, required=False)
    invite_join_option = _choice(_("Who may invite"), words.INVITE_OPTIONS)
    field_order = ("name",)


class OwnerForm(forms.Form):
    new_owner = forms.CharField(
        label=_("New owner"),
        max_length=32,
        validators=[valid_user_id],
        help_text=_("The UserID of a member."),
    )


class SenderForm(forms.Form):
    user_id = forms.CharField(label=_("Sender"), max_length=32, validators=[valid_user_id])


class NumbersForm(forms.Form):
    seqs = IDsField(label=_("MsgSeq"), help_text=_("The messages' numbers in the group."))

    def clean_seqs(self) -> list[int]:
        seqs: list[str] = self.cleaned_data["seqs"]
        if not all(one.isascii() and one.isdecimal() and len(one) < 16 for one in seqs):
            raise forms.ValidationError(_("Numbers only."))
        return [int(one) for one in seqs]


class MembersForm(forms.Form):
    """UserIDs, pasted or from a file, or both."""

    user_ids = IDsField(
        required=False, help_text=_("One a line, or with commas or spaces between.")
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("Text, one UserID a line; or CSV, whose first column is read."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ids = [*(data.get("user_ids") or ()), *_first_column(data.get("file"))]
        data["user_ids"] = list(dict.fromkeys(ids))
        if not ids and not self.errors:
            raise forms.ValidationError(_("Give at least one UserID."))
        for user_id in data["user_ids"]:
            valid_user_id(user_id)
        return data


class NewMembersForm(MembersForm):
    silence = forms.BooleanField(label=_("Without a notice in the group"), required=False)


class TextForm(forms.Form):
    """A text to be sent."""

    text = forms.CharField(label=_("Text"), widget=forms.Textarea(_LARGE))
    sender = forms.CharField(
        label=_("Sender"),
        required=False,
        validators=[valid_user_id],
        help_text=_("Empty: the app's administrator."),
    )


class GroupTextForm(TextForm):
    priority = forms.ChoiceField(
        label=_("Priority"), choices=list(words.PRIORITIES.items()), initial="Normal"
    )


class NoticeForm(forms.Form):
    text = forms.CharField(label=_("Notification"), widget=forms.Textarea(_LARGE))


def _first_column(file: Any) -> list[str]:
    if file is None:
        return []
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise forms.ValidationError(_("The file is no text in UTF-8.")) from error
    cells = (line.split(",")[0].strip().strip('"') for line in text.splitlines())
    return [cell for cell in cells if cell]
