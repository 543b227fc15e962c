"""The push plug-in: notifications by condition, tags and attributes."""

from __future__ import annotations

from django_tim.client.area import Area


class TIMPush(Area):
    """The push plug-in: notifications by condition, tags and attributes."""
