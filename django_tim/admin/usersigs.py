"""The UserSig tool: make one for an account, or learn of one that is pasted why it is refused.

It all happens here. What is pasted is sent by POST alone, shown nowhere and kept nowhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from django_tim import linking
from django_tim.client.errors import row_for
from django_tim.exceptions import TimError
from django_tim.services import usersigs
from django_tim.services.usersigs import Finding, SignedUser

from . import apps, display, words
from .pages import PageAdmin
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SIGN, SIGN_ADMIN, VERIFY = "sign_account", "sign_admin", "verify_usersig"
LIFETIMES: list[tuple[int, StrOrPromise]] = [
    (3600, gettext_lazy("1 hour")),
    (86_400, gettext_lazy("1 day")),
    (7 * 86_400, gettext_lazy("7 days")),
    (30 * 86_400, gettext_lazy("30 days")),
    (180 * 86_400, gettext_lazy("180 days")),
]


class SignForm(forms.Form):
    prefix = "sign"
    user_id = forms.CharField(label=gettext_lazy("UserID"), max_length=32)
    lifetime = forms.TypedChoiceField(
        label=gettext_lazy("Lifetime"), choices=LIFETIMES, coerce=int, initial=86_400
    )


class VerifyForm(forms.Form):
    prefix = "verify"
    usersig = forms.CharField(
        label=gettext_lazy("UserSig"),
        widget=forms.Textarea({"rows": 5, "class": "vLargeTextField", "autocomplete": "off"}),
    )
    user_id = forms.CharField(
        label=gettext_lazy("UserID"),
        required=False,
        help_text=gettext_lazy("Who logs in with it; empty: whom it names."),
    )


class UserSigAdmin(PageAdmin):
    permissions = (SIGN, SIGN_ADMIN, VERIFY)
    template = "admin/django_tim/usersigs.html"

    class Media:
        js = ["django_tim/console.js"]

    def answer(self, request: HttpRequest, scope: apps.Scope) -> HttpResponse:
        """Make one, look into one, or show the two forms."""
        asked = request.POST.get("do", "")
        context: dict[str, Any] = {
            "sign_form": SignForm() if self._may_sign(request) else None,
            "verify_form": VerifyForm() if self.allows(request, VERIFY) else None,
            "app_label": apps.label(scope.sdk_app_id) if scope.sdk_app_id else "",
        }
        if not scope.alias:
            raise PermissionDenied(_("This app is not configured rightly."))
        if asked == "sign":
            context |= self._sign(request, scope.alias)
        elif asked == "verify":
            context |= self._verify(request, scope.alias)
        return self.show(request, scope, _("UserSigs"), **context)

    def _may_sign(self, request: HttpRequest) -> bool:
        return self.allows(request, SIGN) or self.allows(request, SIGN_ADMIN)

    def _sign(self, request: HttpRequest, app: str) -> dict[str, Any]:
        """Make one, with the permission that the UserID takes."""
        if not self._may_sign(request):
            raise PermissionDenied
        form = SignForm(request.POST)
        made: SignedUser | None = None
        if form.is_valid():
            user_id = form.cleaned_data["user_id"]
            is_admin = user_id.strip().casefold() in linking.admin_ids(app)
            if not self.allows(request, SIGN_ADMIN if is_admin else SIGN):
                form.add_error("user_id", _("You may not make UserSigs of such accounts."))
                return {"sign_form": form}
            try:
                made = usersigs.sign(
                    user_id,
                    app=app,
                    lifetime=form.cleaned_data["lifetime"],
                    as_admin=is_admin,
                    actor=actor_of(request),
                )
            except TimError as error:
                form.add_error("user_id", words.told(error))
        return {"sign_form": form, "made": made, "made_expires": made and _moment(made.expires)}

    @method_decorator(sensitive_post_parameters("verify-usersig"))
    def _verify(self, request: HttpRequest, app: str) -> dict[str, Any]:
        """Look into what was pasted, for the app that it names if that is one of the user's."""
        if not self.allows(request, VERIFY):
            raise PermissionDenied
        form = VerifyForm(request.POST)
        if not form.is_valid():
            return {"verify_form": VerifyForm(), "verify_errors": form.errors}
        try:
            found = _finding(form.cleaned_data, app)
        except TimError as error:
            return {"verify_errors": {"usersig": [words.told(error)]}}
        return {"finding": found, "facts": _facts(found), "meaning": _meanings(found.code)}


@sensitive_variables("given")
def _finding(given: dict[str, str], app: str) -> Finding:
    return usersigs.verify(given["usersig"].strip(), user_id=given["user_id"] or None, app=app)


def _facts(found: Finding) -> list[tuple[StrOrPromise, str]]:
    """What it says of itself."""
    info = found.info
    if info is None:
        return []
    return [
        (_("App"), apps.label(info.sdk_app_id)),
        (_("UserID"), info.user_id),
        (_("Created"), _moment(info.created)),
        (_("Lifetime"), display.duration(info.lifetime)),
        (_("Expires"), _moment(info.expires)),
    ]


def _meanings(code: int) -> list[tuple[str, str]]:
    row = row_for(code) if code else None
    return [("en", row.meaning), ("zh-Hans", row.meaning_zh)] if row else []


def _moment(seconds: int) -> str:
    try:
        return display.moment(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):  # whoever made it meant no year of ours
        return str(seconds)
