"""System notifications to many groups, and messages to their owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django_tim.catalogue import GROUP_NOTIFICATION_SEND
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _
from django_tim.models import Group
from django_tim.services.changes import Change

from .base import Done, Operation, Work, one
from .groups import group_id_of
from .messages import SendMessages


class NotifyGroups(Operation):
    """Send a system notification to the members of many groups, to each group once. Page 34958.

    Items: group ids, or rows of Group. The parameter is ``content``. It leaves no history: of a
    call whose answer was lost, a person decides.
    """

    kind = "notify_groups"
    endpoint = GROUP_NOTIFICATION_SEND
    action = "group_message.notify"
    once = True

    def check(self) -> None:
        if self.params.keys() != {"content"} or not isinstance(self.params["content"], str):
            raise InvalidArgument('notify_groups takes "content", a text')

    def item(self, given: Any) -> str:
        return group_id_of(given)

    def key(self, item: Any) -> str:
        return str(item)

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        group_id = work.items[0]
        tim.group_messages.notify(group_id, self.params["content"])
        return one(group_id)

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


class WriteToOwners(SendMessages):
    """Send the owners of many groups a message, one a group. Page 34920.

    Items: rows of Group; one without an owner fails. Parameters as those of ``send_messages``;
    the ``message`` is a text, in which ``{group}`` becomes the group's name.
    """

    kind = "write_to_owners"

    def cap(self, config: Any) -> int:
        return 1  # each text names its group

    def item(self, given: Any) -> Any:
        if not isinstance(given, Group):
            raise InvalidArgument(f"a row of a group is asked for, not {given!r}")
        if not given.owner_account:
            raise InvalidArgument(_("{group_id} has no owner", group_id=given.group_id))
        text = to_owner(given, str(self.message))
        return {"group_id": given.group_id, "owner": given.owner_account, "text": text}

    def key(self, item: Any) -> str:
        return str(item["group_id"])

    def receiver(self, item: Any) -> str:
        return str(item["owner"])

    def target(self, item: Any) -> str:
        return f"{item['owner']} ({item['group_id']})"

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        [sent] = tim.messages.send_many(
            [item["owner"]], item["text"], sender=self.sender, **work.keys, **self.options
        )
        return BatchResult([sent._replace(item=item["group_id"])])

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        [found] = super().look(tim, replace(work, items=[item["owner"]]))
        return BatchResult([found._replace(item=item["group_id"])])


def to_owner(group: Group, text: str) -> str:
    """The text with the group's name in it."""
    return text.replace("{group}", group.name or group.group_id)
