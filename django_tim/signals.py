"""The signals that a host project can listen to; all are sent on commit, by ``send_robust``.

``sync_finished``
    A sync came to its end, whatever that was: ``run`` is the Run, ``sender`` its class.
"""

from __future__ import annotations

from django.dispatch import Signal

sync_finished = Signal()
