"""Recall what somebody has said lately, everywhere: from a person's page, and from a group's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim import tasks
from django_tim.models import Run
from django_tim.services import recent_messages

from .action_pages import ActionPage, Chosen
from .group_forms import SenderForm
from .syncing import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RecentForm(forms.Form):
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=recent_messages.LONGEST, initial=60
    )


class RecallRecent(ActionPage):
    """Of the account whose page it is."""

    name = "recall_recent"
    permission = "recall"
    label = gettext_lazy("Recall recent messages")
    button = gettext_lazy("Recall")
    form: type[forms.Form] = RecentForm
    single = True
    long = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("What they have sent in the last minutes goes, everywhere and for everybody.")
        yield _("Live rooms keep no history: of theirs, what the archive of messages knows goes.")

    def run(self, chosen: Chosen, form: Any) -> Run:
        run = recent_messages.recall_recent(
            self.whose(chosen, form),
            minutes=form.cleaned_data["minutes"],
            app=chosen.app,
            actor=actor_of(chosen.request),
        )
        tasks.enqueue(run)
        return run

    def whose(self, chosen: Chosen, form: Any) -> str:
        """The UserID of who has sent the messages."""
        return str(chosen.one.user_id)


class RecentOfForm(SenderForm, RecentForm):
    field_order = ("user_id", "minutes")


class RecallRecentOf(RecallRecent):
    """Of somebody who was noticed in the group whose page it is."""

    label = gettext_lazy("Recall somebody's recent messages")
    form = RecentOfForm

    def whose(self, chosen: Chosen, form: Any) -> str:
        return str(form.cleaned_data["user_id"])
