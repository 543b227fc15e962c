"""Official accounts, their subscribers and messages."""

from __future__ import annotations

from django_tim.client.area import Area


class OfficialAccounts(Area):
    """Official accounts, their subscribers and messages."""
