"""Friends: add, import, change, delete, check, list."""

from __future__ import annotations

from django_tim.client.area import Area


class Friends(Area):
    """Friends: add, import, change, delete, check, list."""
