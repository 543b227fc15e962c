"""Files that were sent: signing, banning, allowing them."""

from __future__ import annotations

from django_tim.client.area import Area


class Files(Area):
    """Files that were sent: signing, banning, allowing them."""
