"""One-to-one messages: send, import, read, recall, change."""

from __future__ import annotations

from django_tim.client.area import Area


class Messages(Area):
    """One-to-one messages: send, import, read, recall, change."""
