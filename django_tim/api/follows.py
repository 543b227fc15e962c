"""Follows: who follows whom."""

from __future__ import annotations

from django_tim.client.area import Area


class Follows(Area):
    """Follows: who follows whom."""
