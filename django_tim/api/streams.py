"""Messages that arrive piece by piece, as a language model writes them."""

from __future__ import annotations

from django_tim.client.area import Area


class Streams(Area):
    """Messages that arrive piece by piece, as a language model writes them."""
