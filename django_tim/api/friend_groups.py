"""The groups that an account sorts its friends into."""

from __future__ import annotations

from django_tim.client.area import Area


class FriendGroups(Area):
    """The groups that an account sorts its friends into."""
