"""Group counters: numbers that many clients add to."""

from __future__ import annotations

from django_tim.client.area import Area


class GroupCounters(Area):
    """Group counters: numbers that many clients add to."""
