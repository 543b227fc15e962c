"""Blacklists: add, delete, list, check."""

from __future__ import annotations

from django_tim.client.area import Area


class Blacklists(Area):
    """Blacklists: add, delete, list, check."""
