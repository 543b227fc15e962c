"""Topics of a community."""

from __future__ import annotations

from django_tim.client.area import Area


class Topics(Area):
    """Topics of a community."""
