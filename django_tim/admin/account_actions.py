"""What can be done to accounts from their list and from one's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim import conf
from django_tim.models import Account
from django_tim.services import (
    accounts,
    group_members,
    messages,
    profiles,
    restrictions,
)

from . import display
from .account_forms import ProfileForm
from .action_pages import ActionPage, Chosen, MessagePage
from .fields import DurationForm
from .group_forms import TextForm
from .restrictions import noted
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

AT_ONCE = 10_000
"""Accounts that are muted or banned by one action."""


class EditProfile(ActionPage):
    name = "edit_profile"
    permission = "edit"
    label = gettext_lazy("Edit profile")
    button = gettext_lazy("Save")
    single = True
    form = ProfileForm

    def make_form(self, chosen: Chosen, given: Mapping[str, Any]) -> forms.Form:
        tags = conf.app_settings(chosen.app).profile_custom_keys
        return ProfileForm(**given, custom_tags=tags)

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        return dict(chosen.one.raw)

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        changes = form.changes()
        if not changes:
            return _("Nothing was changed.")
        profiles.set(row.user_id, fields=changes, app=app, actor=actor)
        return _("The profile of %s was changed.") % row.user_id


class _Restrict(ActionPage):
    form = DurationForm
    kind = ""

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        impose = {"mute": restrictions.mute, "ban": restrictions.ban}[self.kind]
        data = form.cleaned_data
        made = impose(row.user_id, until=data["end"], reason=data["reason"], app=app, actor=actor)
        return self.said(made)

    def run(self, chosen: Chosen, form: Any) -> None:
        data, actor = form.cleaned_data, actor_of(chosen.request)
        user_ids = chosen.rows.order_by("pk").values_list("user_id", flat=True)
        told = {"until": data["end"], "reason": data["reason"], "app": chosen.app, "actor": actor}
        noted(chosen, restrictions.impose_many(self.kind, user_ids.iterator(), **told))

    def too_many(self, chosen: Chosen) -> str:
        if chosen.count <= AT_ONCE:
            return ""
        return _("At most %s accounts at once.") % display.number(AT_ONCE)

    def said(self, made: Any) -> str:
        end = display.moment(made.until) if made.until else _("without an end")
        return _("%(kind)s of %(account)s: %(end)s") % {
            "account": made.user_id,
            "kind": made.get_kind_display(),
            "end": end,
        }


class Mute(_Restrict):
    name = "mute"
    permission = "mute"
    label = gettext_lazy("Mute everywhere")
    kind = "mute"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They can't send anything, to anybody or in any group, until it ends.")
        yield _("It ends by itself, and can be lifted at any time.")


class Ban(_Restrict):
    name = "ban"
    permission = "ban"
    label = gettext_lazy("Ban")
    kind = "ban"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They are logged out everywhere, get no new UserSig from us, and are muted.")
        yield _("Their data stays. It ends by itself, and can be lifted at any time.")


class GroupIDForm(forms.Form):
    group_id = forms.CharField(label=gettext_lazy("Group ID"), max_length=48)
    silence = forms.BooleanField(
        label=gettext_lazy("Without a notice in the group"), required=False
    )


class AddToGroup(ActionPage):
    name = "add_to_group"
    permission = "add_members"
    label = gettext_lazy("Add to a group")
    button = gettext_lazy("Add")
    form = GroupIDForm
    kind = "add_members"

    def params(self, form: Any) -> dict[str, Any]:
        return dict(form.cleaned_data)

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        group_members.add(
            data["group_id"], [row.user_id], silence=data["silence"], app=app, actor=actor
        ).raise_for_failures()
        return _("%(account)s is in %(group)s.") % {
            "account": row.user_id,
            "group": data["group_id"],
        }


class Kick(ActionPage):
    name = "kick"
    permission = "kick"
    kind = "kick_accounts"
    label = gettext_lazy("Log out everywhere")

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("The UserSigs made before now no longer work; with a new one they can log in.")

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        accounts.kick(row.user_id, app=app, actor=actor)
        return _("%s was logged out everywhere.") % row.user_id


class SendMessage(MessagePage):
    name = "send_message"
    kind = "send_messages"
    label = gettext_lazy("Send a message")
    form = TextForm

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        sender = data["sender"] or None
        messages.send(row.user_id, data["text"], sender=sender, app=app, actor=actor)
        return _("Sent to %s.") % row.user_id


class Delete(ActionPage):
    name = "delete_accounts"
    kind = "delete_accounts"
    permission = "remove"
    label = gettext_lazy("Delete accounts")
    dangerous = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("Their profile, friends, blacklist, conversations and group memberships go too.")
        yield _("The same UserID can't be imported again for about three months.")
        yield _("Groups that they own need a new owner first. This can't be undone.")

    def perform(self, row: Account, form: Any, app: str, actor: Actor) -> StrOrPromise:
        accounts.delete([row.user_id], app=app, actor=actor).raise_for_failures()
        return _("%s was deleted.") % row.user_id
