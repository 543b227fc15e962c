"""Mutes of an account everywhere: one-to-one and in all groups."""

from __future__ import annotations

from django_tim.client.area import Area


class Mutes(Area):
    """Mutes of an account everywhere: one-to-one and in all groups."""
