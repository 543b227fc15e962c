"""Full syncs of the mirror, one class a kind of object."""

from __future__ import annotations

from django_tim.models import Run

from . import base
from .accounts import AccountSync
from .groups import GroupSync
from .members import MemberSync

SYNCS: dict[str, type[base.Sync]] = {
    sync.kind: sync for sync in (GroupSync, MemberSync, AccountSync)
}


def run_slice(run: Run, seconds: float, progress: base.Progress = base.no_progress) -> bool:
    """Work on a claimed sync for about so long; False if it is to be queued again.

    ``progress`` is called with the run after every write.
    """
    return base.run_slice(SYNCS[run.kind](run), seconds, progress)
