"""Messages in groups: send, notify, recall, delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django_tim.answers import Envelope
from django_tim.api.elements import Message
from django_tim.client.batch import BatchResult

from .actor import Actor
from .changes import Change, change, change_many

if TYPE_CHECKING:
    from django_tim.answers import GroupMessageSent


def send(
    group_id: str,
    message: Message,
    *,
    sender: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
    **options: Any,
) -> GroupMessageSent:
    """Send a message to a group; its MsgSeq is in the answer.

    ``options`` and what is raised are those of ``GroupMessages.send``; also UnsafeTransaction.
    Page 34959.
    """
    details = {"message": message, "sender": sender, **options}
    with _about(group_id, "group_message.send", details, app, actor) as changed:
        return changed.tim.group_messages.send(group_id, message, sender=sender, **options)


def notify(
    group_id: str,
    content: str,
    *,
    user_ids: Iterable[str] | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> Envelope:
    """Send a system notification to these members, or to all.

    Raises what ``GroupMessages.notify`` does, and UnsafeTransaction. Page 34958.
    """
    ids = None if user_ids is None else list(user_ids)
    details = {"content": content, "user_ids": ids}
    with _about(group_id, "group_message.notify", details, app, actor) as changed:
        return changed.tim.group_messages.notify(group_id, content, user_ids=ids)


def recall(
    group_id: str,
    seqs: Iterable[int],
    *,
    reason: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> BatchResult[None]:
    """Take messages back from everyone, 10 a call.

    Raises what ``GroupMessages.recall_many`` does, and UnsafeTransaction. Page 34965.
    """
    numbers = list(seqs)

    def follow(changed: Change, result: BatchResult[None]) -> None:
        """Messages are mirrored nowhere here."""

    return change_many(
        "group_message.recall",
        lambda tim: tim.group_messages.recall_many(group_id, numbers, reason=reason),
        follow,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details={"seqs": numbers, "reason": reason},
    )


def delete_by_sender(
    group_id: str, user_id: str, *, app: str = "default", actor: Actor | None = None
) -> Envelope:
    """Delete what an account has said among the group's newest 1,000 messages.

    Raises what ``GroupMessages.delete_by_sender`` does, and UnsafeTransaction. Page 34970.
    """
    details = {"user_id": user_id}
    with _about(group_id, "group_message.delete_by_sender", details, app, actor) as changed:
        return changed.tim.group_messages.delete_by_sender(group_id, user_id)


def _about(group_id: str, action: str, details: Any, app: str, actor: Actor | None) -> Any:
    return change(
        action,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details=details,
    )
