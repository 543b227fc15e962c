"""Push to all members: messages by condition, tags and attributes."""

from __future__ import annotations

from django_tim.client.area import Area


class Push(Area):
    """Push to all members: messages by condition, tags and attributes."""
