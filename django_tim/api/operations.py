"""Operations: message archives, statistics, the service's addresses."""

from __future__ import annotations

from django_tim.client.area import Area


class Operations(Area):
    """Operations: message archives, statistics, the service's addresses."""
