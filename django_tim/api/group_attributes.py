"""Group attributes: a group's shared key-value store."""

from __future__ import annotations

from django_tim.client.area import Area


class GroupAttributes(Area):
    """Group attributes: a group's shared key-value store."""
