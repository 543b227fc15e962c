"""Key-value extensions of messages, one-to-one and in groups."""

from __future__ import annotations

from django_tim.client.area import Area


class MessageExtensions(Area):
    """Key-value extensions of messages, one-to-one and in groups."""
