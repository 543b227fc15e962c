"""Robots: accounts that answer by callback."""

from __future__ import annotations

from django_tim.client.area import Area


class Robots(Area):
    """Robots: accounts that answer by callback."""
