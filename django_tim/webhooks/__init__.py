"""The vendor's callbacks: verified, stored, and handed to whoever listens.

``signals.callback`` and one signal a family carry the events of :mod:`.events`; a receiver of a
*before* event forbids what is to happen by a :class:`Veto`, drops a message by :class:`Drop`,
or returns a :class:`Rewrite`.
"""

from .verdicts import Drop, Reply, Rewrite, Veto

__all__ = ["Drop", "Reply", "Rewrite", "Veto"]
