"""What can be done to the topics of a Community, from its page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_tim.models import Group
from django_tim.services import topics

from .action_pages import ActionPage, Chosen
from .fields import IDsField

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from django_tim.services.actor import Actor

_LARGE = forms.Textarea({"class": "vLargeTextField", "rows": 3})


class TopicForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    introduction = forms.CharField(
        label=gettext_lazy("Introduction"), max_length=400, required=False, widget=_LARGE
    )
    notification = forms.CharField(
        label=gettext_lazy("Notice"), max_length=400, required=False, widget=_LARGE
    )


class EditTopicForm(TopicForm):
    topic_id = forms.CharField(label=gettext_lazy("Topic ID"), max_length=96)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("What is left empty stays as it is."),
    )
    mute_all_member = forms.ChoiceField(
        label=gettext_lazy("Everyone muted"),
        choices=[("", "–"), ("On", gettext_lazy("yes")), ("Off", gettext_lazy("no"))],
        required=False,
    )
    field_order = ("topic_id", "name")


class TopicIDsForm(forms.Form):
    topic_ids = IDsField(label=gettext_lazy("Topic IDs"))


class AddTopic(ActionPage):
    name = "add_topic"
    rare = True
    permission = "edit"
    label = gettext_lazy("Add a topic")
    button = gettext_lazy("Add")
    form = TopicForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        given = {name: value for name, value in form.cleaned_data.items() if value}
        return _("%s was created.") % topics.create(row.group_id, **given, app=app, actor=actor)


class EditTopic(ActionPage):
    name = "edit_topic"
    rare = True
    permission = "edit"
    label = gettext_lazy("Edit a topic")
    button = gettext_lazy("Save")
    form = EditTopicForm
    single = True

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        given = {name: value for name, value in form.cleaned_data.items() if value}
        topic_id = given.pop("topic_id")
        topics.modify(row.group_id, topic_id, **given, app=app, actor=actor)
        return _("%s was changed.") % topic_id


class DissolveTopics(ActionPage):
    name = "dissolve_topics"
    rare = True
    permission = "dissolve"
    label = gettext_lazy("Dissolve topics")
    form = TopicIDsForm
    single = True
    dangerous = True

    def consequences(self, chosen: Chosen) -> Iterable[StrOrPromise]:
        yield _("Their messages go too. This can't be undone.")

    def perform(self, row: Group, form: Any, app: str, actor: Actor) -> StrOrPromise:
        ids = form.cleaned_data["topic_ids"]
        topics.dissolve(row.group_id, ids, app=app, actor=actor).raise_for_failures()
        return _("%s topics were dissolved.") % len(ids)
