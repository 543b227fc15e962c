"""Group messages: send, import, read, recall, change, receipts."""

from __future__ import annotations

from django_tim.client.area import Area


class GroupMessages(Area):
    """Group messages: send, import, read, recall, change, receipts."""
