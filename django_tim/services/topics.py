"""Topics of Communities: create, change, dissolve. They are mirrored nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django_tim.client.batch import BatchResult

from .actor import Actor
from .changes import Change, change, change_many


def create(
    group_id: str, *, app: str = "default", actor: Actor | None = None, **fields: Any
) -> str:
    """Create a topic in a Community; returns its id.

    ``fields`` and what is raised are those of ``Topics.create``; also UnsafeTransaction.
    Page 78203 of the Chinese documentation.
    """
    with _about(group_id, "topic.create", fields, app, actor) as changed:
        return str(changed.tim.topics.create(group_id, **fields)["TopicId"])


def modify(
    group_id: str, topic_id: str, *, app: str = "default", actor: Actor | None = None, **fields: Any
) -> None:
    """Change what is given of a topic.

    ``fields`` and what is raised are those of ``Topics.modify``; also UnsafeTransaction.
    Page 49468.
    """
    details = {"topic_id": topic_id, **fields}
    with _about(group_id, "topic.modify", details, app, actor) as changed:
        changed.tim.topics.modify(group_id, topic_id, **fields)


def dissolve(
    group_id: str, topic_ids: Iterable[str], *, app: str = "default", actor: Actor | None = None
) -> BatchResult[None]:
    """Dissolve topics, with their messages.

    Raises what ``Topics.dissolve_many`` does, and UnsafeTransaction. Page 49470.
    """
    ids = list(topic_ids)

    def follow(changed: Change, result: BatchResult[None]) -> None:
        """They are mirrored nowhere."""

    return change_many(
        "topic.dissolve",
        lambda tim: tim.topics.dissolve_many(group_id, ids),
        follow,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details={"topic_ids": ids},
    )


def _about(
    group_id: str, action: str, details: Mapping[str, Any], app: str, actor: Actor | None
) -> Any:
    return change(
        action,
        app=app,
        actor=actor,
        object_type="group",
        object_id=group_id,
        details=details,
    )
