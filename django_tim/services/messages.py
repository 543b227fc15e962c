"""One-to-one messages: send, recall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tim.answers import Envelope
from django_tim.api.elements import Message

from .actor import Actor
from .changes import change

if TYPE_CHECKING:
    from django_tim.answers import MessageSent


def send(
    receiver: str,
    message: Message,
    *,
    sender: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
    **options: Any,
) -> MessageSent:
    """Send a message to one account; its key is in the answer.

    ``options`` and what is raised are those of ``Messages.send``; also UnsafeTransaction.
    Page 34919.
    """
    with change(
        "message.send",
        app=app,
        actor=actor,
        object_type="account",
        object_id=receiver,
        details={"message": message, "sender": sender, **options},
    ) as changed:
        return changed.tim.messages.send(receiver, message, sender=sender, **options)


def recall(
    msg_key: str,
    *,
    sender: str,
    receiver: str,
    app: str = "default",
    actor: Actor | None = None,
) -> Envelope:
    """Take a message back from both sides.

    Raises what ``Messages.recall`` does, and UnsafeTransaction. Page 35015.
    """
    with change(
        "message.recall",
        app=app,
        actor=actor,
        object_type="account",
        object_id=sender,
        details={"msg_key": msg_key, "receiver": receiver},
    ) as changed:
        return changed.tim.messages.recall(msg_key, sender=sender, receiver=receiver)
