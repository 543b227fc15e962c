"""What can be done to groups from their list and from one's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim import conf
from django_tim.api.group_members import FOREVER
from django_tim.client.batch import BatchResult
from django_tim.models import Group
from django_tim.services import group_members, group_messages, groups, messages
from django_tim.services.live import LIVE
from django_tim.services.operations.notices import to_owner

from . import display
from .action_pages import ActionPage, Chosen, MessagePage
from .fields import DurationForm, seconds_until
from .group_forms import (
    GroupForm,
    GroupTextForm,
    MembersForm,
    NewMembersForm,
    NoticeForm,
    NumbersForm,
    OwnerForm,
    SenderForm,
    TextForm,
    custom,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

_EDITED = {
    "name": "Name",
    "introduction": "Introduction",
    "notification": "Notification",
    "face_url": "FaceUrl",
    "max_member_num": "MaxMemberNum",
    "apply_join_option": "ApplyJoinOption",
    "invite_join_option": "InviteJoinOption",
}


class EditGroup(ActionPage):
    name = "edit_group"
    permission = "edit"
    label = gettext_lazy("Edit")
    button = gettext_lazy("Save")
    single = True

    def make_form(self, chosen: Chosen, given: Mapping[str, Any]) -> forms.Form:
        return GroupForm(**given, custom_keys=conf.app_settings(chosen.app).group_custom_keys)

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        raw = chosen.one.raw
        own = {custom(one["Key"]): one["Value"] for one in raw.get("AppDefinedData") or ()}
        return {name: raw.get(wire) for name, wire in _EDITED.items()} | own

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        changes = form.changes()
        if not changes:
            return _("Nothing was changed.")
        return _("%s was changed.") % groups.modify(row.group_id, **changes, app=app, actor=actor)


class ChangeOwner(ActionPage):
    name = "change_owner"
    rare = True
    permission = "transfer"
    label = gettext_lazy("Change owner")
    form = OwnerForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        new = form.cleaned_data["new_owner"]
        groups.change_owner(row.group_id, new_owner=new, app=app, actor=actor)
        return _("%(group)s belongs to %(owner)s now.") % {"group": row, "owner": new}


class MuteAll(ActionPage):
    name = "mute_all"
    permission = "mute_all"
    kind = "modify_groups"
    label = gettext_lazy("Mute everyone")
    on_off = "On"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("Only the owner and the admins of a group can send messages in it, until undone.")

    def params(self, form: Any) -> dict[str, Any]:
        return {"fields": {"mute_all_member": self.on_off}}

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        changed: Any = {"mute_all_member": self.on_off}
        group = groups.modify(row.group_id, **changed, app=app, actor=actor)
        return _("%s was changed.") % group


class UnmuteAll(MuteAll):
    name = "unmute_all"
    label = gettext_lazy("Unmute everyone")
    on_off = "Off"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("Members who were muted one by one stay so.")


class AddMembers(ActionPage):
    name = "add_members"
    permission = "add_members"
    label = gettext_lazy("Add members")
    form = NewMembersForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        result = group_members.add(
            row.group_id, data["user_ids"], silence=data["silence"], app=app, actor=actor
        )
        result.raise_for_failures()
        kinds = [outcome.value for outcome in result]
        return _("%(added)s added, %(already)s in it before, %(pending)s have to consent.") % {
            "added": kinds.count("added"),
            "already": kinds.count("already"),
            "pending": kinds.count("pending"),
        }


class RemoveMembers(ActionPage):
    name = "remove_members"
    permission = "remove_members"
    label = gettext_lazy("Remove members")
    form = MembersForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        ids = form.cleaned_data["user_ids"]
        group_members.remove(row.group_id, ids, app=app, actor=actor).raise_for_failures()
        return _("%s members were removed.") % display.number(len(ids))


class _MembersForSomeTime(DurationForm, MembersForm):
    field_order = ("user_ids", "file", "duration", "until", "reason")


class MuteMembers(ActionPage):
    name = "mute_members"
    permission = "mute_members"
    label = gettext_lazy("Mute members")
    form = _MembersForSomeTime
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        seconds = seconds_until(data["end"]) or FOREVER
        result = self.call(row.group_id, data, seconds, app, actor)
        result.raise_for_failures()
        return _("Done, for %s accounts.") % display.number(len(result))

    def call(
        self, group_id: str, data: Mapping[str, Any], seconds: int, app: str, actor: Actor
    ) -> BatchResult[None]:
        return group_members.mute(group_id, data["user_ids"], seconds=seconds, app=app, actor=actor)


class BanMembers(MuteMembers):
    name = "ban_members"
    permission = "ban_members"
    label = gettext_lazy("Ban members")

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They are put out of the group and can't come back until it ends.")

    def call(
        self, group_id: str, data: Mapping[str, Any], seconds: int, app: str, actor: Actor
    ) -> BatchResult[None]:
        return group_members.ban(
            group_id,
            data["user_ids"],
            seconds=seconds,
            description=data["reason"] or None,
            app=app,
            actor=actor,
        )


class UnmuteMembers(ActionPage):
    name = "unmute_members"
    rare = True
    permission = "mute_members"
    label = gettext_lazy("Unmute members")
    form = MembersForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        ids = form.cleaned_data["user_ids"]
        group_members.unmute(row.group_id, ids, app=app, actor=actor).raise_for_failures()
        return _("Done, for %s accounts.") % display.number(len(ids))


class UnbanMembers(ActionPage):
    name = "unban_members"
    rare = True
    permission = "ban_members"
    label = gettext_lazy("Lift bans of members")
    form = MembersForm
    single = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("They may join again; nobody is put back.")

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        ids = form.cleaned_data["user_ids"]
        group_members.unban(row.group_id, ids, app=app, actor=actor).raise_for_failures()
        return _("Done, for %s accounts.") % display.number(len(ids))


class SendMessage(MessagePage):
    name = "send_message"
    kind = "send_group_messages"
    label = gettext_lazy("Send a message")
    form = GroupTextForm

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        """A live room drops the most when it is busy: what we say there is a notice."""
        return {"priority": "High" if chosen.one and chosen.one.type == LIVE else "Normal"}

    def params(self, form: Any) -> dict[str, Any]:
        return {**super().params(form), "priority": form.cleaned_data["priority"]}

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        sent = group_messages.send(
            row.group_id,
            data["text"],
            sender=data["sender"] or None,
            priority=data["priority"],
            app=app,
            actor=actor,
        )
        return _("Sent to %(group)s; its number there is %(seq)s.") % {
            "group": row,
            "seq": sent["MsgSeq"],
        }


class Notify(MessagePage):
    name = "notify"
    label = gettext_lazy("Send a system notification")
    form = NoticeForm
    kind = "notify_groups"

    def params(self, form: Any) -> dict[str, Any]:
        return {"content": form.cleaned_data["text"]}

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        group_messages.notify(row.group_id, form.cleaned_data["text"], app=app, actor=actor)
        return _("The members of %s were notified.") % row


class NotifyOwners(MessagePage):
    name = "notify_owners"
    rare = True
    label = gettext_lazy("Write to the owners")
    form = TextForm
    kind = "write_to_owners"

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _(
            "{group} in the text becomes the group's name. Groups without an owner are left out."
        )

    def initial(self, chosen: Chosen) -> dict[str, Any]:
        return {"text": _("Your group {group} has been silent for long and will be dissolved.")}

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        data = form.cleaned_data
        text = to_owner(row, data["text"])
        sender = data["sender"] or None
        messages.send(row.owner_account, text, sender=sender, app=app, actor=actor)
        return _("Sent to %s.") % row.owner_account


class RecallByNumber(ActionPage):
    name = "recall_by_number"
    rare = True
    permission = "recall"
    label = gettext_lazy("Recall by number")
    button = gettext_lazy("Recall")
    form = NumbersForm
    single = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("A live room keeps no history, but its messages have numbers: callbacks tell them.")

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        seqs = form.cleaned_data["seqs"]
        group_messages.recall(row.group_id, seqs, app=app, actor=actor).raise_for_failures()
        return _("%s messages were recalled.") % display.number(len(seqs))


class DeleteBySender(ActionPage):
    name = "delete_by_sender"
    rare = True
    permission = "recall"
    label = gettext_lazy("Delete all of one sender")
    button = gettext_lazy("Delete")
    form = SenderForm
    single = True
    dangerous = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("Only among the newest 1,000 messages. This can't be undone.")

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        user_id = form.cleaned_data["user_id"]
        group_messages.delete_by_sender(row.group_id, user_id, app=app, actor=actor)
        return _("What %s has said was deleted.") % user_id


class Dissolve(ActionPage):
    name = "dissolve"
    permission = "dissolve"
    kind = "dissolve_groups"
    label = gettext_lazy("Dissolve")
    dangerous = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        members = chosen.rows.order_by().aggregate(all=Sum("member_num"))["all"] or 0
        text = _("All members leave, %s in all, and the history of messages goes.")
        yield text % display.number(members)
        yield _("This can't be undone.")

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        groups.dissolve(row.group_id, app=app, actor=actor)
        return _("%s was dissolved.") % row
