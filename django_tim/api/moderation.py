"""Content checks, and the keyword lists of cloud and local moderation."""

from __future__ import annotations

from django_tim.client.area import Area


class Moderation(Area):
    """Content checks, and the keyword lists of cloud and local moderation."""
