"""What can be done to members, from their list and from one's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.api.group_members import FOREVER
from django_tim.models import GroupMember, Run
from django_tim.services import group_members

from . import words
from .action_pages import ActionPage, Chosen
from .fields import DurationForm, seconds_until

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor


class _OfMembers(ActionPage):
    def run(self, chosen: Chosen, form: Any) -> Run | None:
        return super().run(chosen.narrowed(chosen.rows.select_related("group")), form)


class Remove(_OfMembers):
    name = "remove"
    permission = "remove"
    label = gettext_lazy("Remove from the group")
    kind = "remove_members"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They can join or be added again.")

    def perform(self, row: GroupMember, form: Any, app: str, actor: Actor) -> StrOrPromise:
        result = group_members.remove(row.group.group_id, [row.user_id], app=app, actor=actor)
        result.raise_for_failures()
        return _("%s was removed.") % row.user_id


class Unmute(_OfMembers):
    name = "unmute"
    permission = "mute"
    label = gettext_lazy("Unmute in the group")
    kind = "mute_members"

    def params(self, form: Any) -> dict[str, Any]:
        return {"seconds": self.seconds(form)}

    def seconds(self, form: Any) -> int:
        return 0

    def perform(self, row: GroupMember, form: Any, app: str, actor: Actor) -> StrOrPromise:
        group_members.mute(
            row.group.group_id, [row.user_id], seconds=self.seconds(form), app=app, actor=actor
        ).raise_for_failures()
        return _("%s: done.") % row.user_id


class Mute(Unmute):
    name = "mute"
    label = gettext_lazy("Mute in the group")
    form = DurationForm

    def seconds(self, form: Any) -> int:
        return seconds_until(form.cleaned_data["end"]) or FOREVER


class Ban(ActionPage):
    name = "ban"
    permission = "ban"
    label = gettext_lazy("Ban from the group")
    form = DurationForm
    single = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They are put out of the group and can't come back until it ends.")

    def perform(self, row: GroupMember, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        group_members.ban(
            row.group.group_id,
            [row.user_id],
            seconds=seconds_until(data["end"]) or FOREVER,
            description=data["reason"] or None,
            app=app,
            actor=actor,
        ).raise_for_failures()
        return _("%s was banned.") % row.user_id


class MemberForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[("Member", words.ROLES["Member"]), ("Admin", words.ROLES["Admin"])],
        help_text=gettext_lazy("An owner stays the owner: the group's page changes that."),
    )
    name_card = forms.CharField(label=gettext_lazy("Name card"), max_length=50, required=False)


class EditMember(ActionPage):
    name = "edit_member"
    permission = "edit"
    label = gettext_lazy("Role and name card")
    button = gettext_lazy("Save")
    form = MemberForm
    single = True

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        return {"role": chosen.one.role, "name_card": chosen.one.name_card}

    def perform(self, row: GroupMember, form: Any, app: str, actor: Actor) -> StrOrPromise:
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if row.role == "Owner":
            changed.pop("role", None)
        if not changed:
            return _("Nothing was changed.")
        group_members.modify(row.group.group_id, row.user_id, **changed, app=app, actor=actor)
        return _("%s was changed.") % row.user_id
