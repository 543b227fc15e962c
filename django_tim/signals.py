"""The signals that a host project can listen to.

``changing`` is sent before every change that the app is about to make, by whichever way: the
admin, a task, a command, the project's own code. A receiver that raises
``exceptions.ChangeRefused`` keeps it from happening; its text reaches the caller and the audit
trail. One that fails in another way refuses as well. It carries

``action``
    ``noun.verb``, as in the audit trail: "account.delete", "group.dissolve", "member.remove",
    "message.send" …
``object_type``, ``object_id``
    What it is about; for a bulk run "run" and the Run's number, asked for once before it starts.
``details``
    What the audit entry holds besides: ``user_ids`` of several, the fields to set …
``app``, ``sdk_app_id``, ``actor``
    The alias, its number, and who asks.

The others tell what has been done. They are sent on commit and by ``send_robust``: a receiver
that fails is logged, and stops neither the others nor the change. The sender is the model. Each
carries ``app`` (the alias), ``sdk_app_id``, ``actor`` (who asked, ``services.actor.Actor``), and:

``group_created``, ``group_modified``
    ``group``: the Group; ``fields`` (modified): the names of the fields that were given.
``group_dissolved``
    ``group_id``.
``group_owner_changed``
    ``group``, ``new_owner``.
``member_added``, ``member_removed``
    ``group`` and ``user_ids``: those that were added, or removed; not those that failed.
``member_modified``
    ``member``: the GroupMember; ``fields``.
``member_muted``
    ``group``, ``user_ids`` and ``seconds``: 0 is the end of a mute, 4294967295 has no end.
``account_imported``, ``account_deleted``
    ``user_ids``: those that were; not those that failed.
``account_kicked``
    ``user_id``.
``account_muted``, ``account_banned``, ``restriction_lifted``
    ``restriction``: the Restriction, once the service has been told.
``profile_set``
    ``account``: the Account; ``fields``: the tags that were given.
``sync_finished``, ``bulk_finished``
    A sync, or a bulk run, came to its end, whatever that was. Only ``run``: the Run.

``call_made``
    A call of the REST API was answered with OK, in whatever thread. The sender is ``Tim``;
    ``app``, ``endpoint``, ``payload`` and ``answer``, and neither run nor actor.

What the service tells us by callbacks comes by other signals, whose sender is the event's class.
Each carries ``event`` (see ``webhooks.events``), ``app`` and ``sdk_app_id``:

``callback``
    Every event, those of commands that we don't know yet included.
``group_event``, ``message_event``, ``account_event``, ``relation_event``, ``robot_event``
    The events of a family.
``official_account_event``, ``push_event``, ``moderation_event``, ``operation_event``
    The events of a family.

A receiver filters them by command::

    @receiver(callback, command="Group.CallbackAfterNewMemberJoin")
    def welcome(event, **kwargs): ...

*After* events are told by a Celery task: a receiver that raises is tried again, and later shown
in the admin. *Before* events go only to receivers that ask for them, by the command or by
``before=True``, and have ``CALLBACK_BUDGET`` seconds to answer: see ``webhooks.Veto``.
"""

from __future__ import annotations

from django.dispatch import Signal

from .webhooks import dispatch
from .webhooks.dispatch import CallbackSignal
from .webhooks.events import Event

changing = Signal()
group_created = Signal()
group_modified = Signal()
group_dissolved = Signal()
group_owner_changed = Signal()
member_added = Signal()
member_removed = Signal()
member_modified = Signal()
member_muted = Signal()
account_imported = Signal()
account_deleted = Signal()
account_kicked = Signal()
account_muted = Signal()
account_banned = Signal()
restriction_lifted = Signal()
profile_set = Signal()
sync_finished = Signal()
bulk_finished = Signal()

call_made = Signal()
callback = CallbackSignal()
group_event = CallbackSignal()
message_event = CallbackSignal()
account_event = CallbackSignal()
relation_event = CallbackSignal()
robot_event = CallbackSignal()
official_account_event = CallbackSignal()
push_event = CallbackSignal()
moderation_event = CallbackSignal()
operation_event = CallbackSignal()

FAMILIES = {
    "group": group_event,
    "message": message_event,
    "account": account_event,
    "relation": relation_event,
    "robot": robot_event,
    "official_account": official_account_event,
    "push": push_event,
    "moderation": moderation_event,
    "operation": operation_event,
}


def receivers_of(event: Event) -> list[dispatch.Receiver]:
    """Who listens to an event, by ``callback`` or by its family's signal, each once."""
    family = FAMILIES.get(event.family)
    heard_by = [callback] if family is None else [callback, family]
    return dispatch.receivers_of(heard_by, event)
