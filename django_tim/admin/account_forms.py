"""The forms of accounts: create one, and edit its profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from django_tim.api.ids import check_user_id
from django_tim.exceptions import InvalidArgument

from . import words

_WIDE = {"class": "vTextField"}
_LARGEST = 2**32 - 1


def valid_user_id(value: str) -> None:
    """Raise ValidationError unless the service would take it as a UserID."""
    try:
        check_user_id(value)
    except InvalidArgument as error:
        raise ValidationError(words.told(error)) from error


class NewAccountForm(forms.Form):
    user_id = forms.CharField(
        label=_("UserID"),
        max_length=32,
        validators=[valid_user_id],
        strip=False,
        help_text=_("1 to 32 bytes. If the account exists, its nickname and avatar are changed."),
    )
    nick = forms.CharField(
        label=_("Nickname"), max_length=500, required=False, widget=forms.TextInput(_WIDE)
    )
    face_url = forms.URLField(
        label=_("Avatar URL"), max_length=500, required=False, assume_scheme="https"
    )


def _text(label: Any, most: int = 500) -> forms.Field:
    widget = forms.TextInput(_WIDE)
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


def _number(label: Any, help_text: Any = "") -> forms.Field:
    return forms.IntegerField(
        label=label, min_value=0, max_value=_LARGEST, required=False, help_text=help_text
    )


def _choice(label: Any, choices: Mapping[str, Any]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=[("", "–"), *choices.items()], required=False)


def _standard_fields() -> dict[str, forms.Field]:
    """A field for each standard tag, by the tag's name without ``Tag_Profile_IM_``."""
    return {
        "Nick": _text(_("Nickname")),
        "Image": _text(_("Avatar URL")),
        "Gender": _choice(_("Gender"), words.GENDERS),
        "BirthDay": _number(_("Birthday"), _("As a number: 20001231")),
        "Location": _text(_("Location"), 16),
        "SelfSignature": _text(_("Signature")),
        "AllowType": _choice(_("Who may add as a friend"), words.ALLOW_TYPES),
        "AdminForbidType": _choice(_("Friend requests"), words.FORBID_TYPES),
        "Language": _number(_("Language")),
        "MsgSettings": _number(_("Message settings"), _("Bit 0: 1 takes no messages")),
        "Level": _number(_("Level")),
        "Role": _number(_("Role")),
    }


class ProfileForm(forms.Form):
    """All standard fields of a profile, and the app's own; what was changed is set."""

    def __init__(self, *args: Any, custom_tags: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in _standard_fields().items():
            self.fields[f"Tag_Profile_IM_{name}"] = field
        for tag in custom_tags:
            self.fields[tag] = _text(tag)

    def changes(self) -> dict[str, str | int]:
        """The tags that were changed. A choice or number that was emptied is left alone."""
        changed = {tag: self.cleaned_data[tag] for tag in self.changed_data if tag in self.fields}
        texts = {tag for tag in changed if type(self.fields[tag]) is forms.CharField}
        return {
            tag: value for tag, value in changed.items() if tag in texts or value not in ("", None)
        }
