"""Live rooms: a message to all of them, and their online numbers over time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from django_tim import conf
from django_tim.api.elements import Message
from django_tim.connection import tims
from django_tim.exceptions import APIError
from django_tim.models import Group, LiveSample

from . import mirror
from .actor import Actor
from .changes import change

if TYPE_CHECKING:
    from django_tim.answers import BroadcastSent

LIVE = "AVChatRoom"
logger = logging.getLogger("django_tim.services")


def broadcast(
    message: Message,
    *,
    sender: str | None = None,
    app: str = "default",
    actor: Actor | None = None,
) -> BroadcastSent:
    """Send a message to every live room of the app.

    Raises what ``Live.broadcast`` does, and UnsafeTransaction. Page 49440.
    """
    details = {"message": message, "sender": sender}
    with change(
        "live.broadcast", app=app, actor=actor, object_type="app", details=details
    ) as changed:
        return changed.tim.live.broadcast(message, sender=sender)


def take_samples(app: str = "default") -> int:
    """Note how many people are in each live room now; returns how many rooms were asked.

    At most LIVE_SAMPLES rooms, the newest ones; samples older than
    LIVE_SAMPLE_DAYS go. Raises what is no room's own trouble (network, signature, settings).
    """
    now = timezone.now().replace(microsecond=0)
    sdk_app_id = tims[app].config.sdk_app_id
    rooms = mirror.rows(Group, sdk_app_id=sdk_app_id, type=LIVE, gone_at=None)
    newest = rooms.order_by("-pk").only("pk", "group_id")[: conf.options().live_samples]
    samples = []
    for room in newest:
        try:
            online = tims[app].live.get_online_count(room.group_id)
        except APIError as error:
            logger.info("no online number of %s: %s", room.group_id, error)
            continue
        samples.append(LiveSample(group=room, taken_at=now, online=online))
    mirror.rows(LiveSample).bulk_create(samples, ignore_conflicts=True)
    oldest = now - timedelta(days=conf.options().live_sample_days)
    mirror.rows(LiveSample, taken_at__lt=oldest).delete()
    return len(samples)


def sample(group: Group, app: str) -> LiveSample:
    """Note how many people are in one live room now. Raises what the service answers."""
    online = tims[app].live.get_online_count(group.group_id)
    now = timezone.now().replace(microsecond=0)
    found, _new = mirror.rows(LiveSample).update_or_create(
        group=group, taken_at=now, defaults={"online": online}
    )
    return found
