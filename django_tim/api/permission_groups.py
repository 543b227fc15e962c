"""Permission groups of a community, their members and topics."""

from __future__ import annotations

from django_tim.client.area import Area


class PermissionGroups(Area):
    """Permission groups of a community, their members and topics."""
