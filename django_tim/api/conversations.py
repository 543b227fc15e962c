"""Conversations and the groups that an account sorts them into."""

from __future__ import annotations

from django_tim.client.area import Area


class Conversations(Area):
    """Conversations and the groups that an account sorts them into."""
