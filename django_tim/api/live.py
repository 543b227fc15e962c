"""Live groups (AVChatRoom): members, admins, robots, marks, broadcast."""

from __future__ import annotations

from django_tim.client.area import Area


class Live(Area):
    """Live groups (AVChatRoom): members, admins, robots, marks, broadcast."""
