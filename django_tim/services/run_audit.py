"""The audit entry of a bulk run: opened before anything is sent, closed when it has ended."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from django_tim.models import AuditEntry, Run

from .actor import Actor
from .changes import Change, opened_entry
from .mirror import database_of

OBJECT = "run"
Outcome = AuditEntry.Outcome
_OUTCOMES = {
    Run.Status.SUCCEEDED: Outcome.SUCCEEDED,
    Run.Status.PARTIAL: Outcome.PARTIAL,
    Run.Status.FAILED: Outcome.FAILED,
}


def begin(run: Run, action: str, actor: Actor | None) -> None:
    """Take down what is about to happen to how many items; not for what only reads.

    Raises ChangeRefused where a receiver of the signal ``changing`` says no.
    """
    if not action or _open(run).exists():
        return
    about = {"kind": run.kind, "items": run.total, "params": run.params}
    opened_entry(
        action,
        app=run.alias,
        actor=actor or actor_of(run),
        object_type=OBJECT,
        object_id=str(run.pk),
        details=about,
    )


def end(run: Run) -> None:
    """Take down what it came to."""
    outcome = _OUTCOMES.get(Run.Status(run.status))
    if outcome is None:  # cancelled
        outcome = Outcome.PARTIAL if run.done else Outcome.FAILED
    details = {"kind": run.kind, "items": run.total, "done": run.done, "failed": run.failed}
    _open(run).update(
        outcome=outcome,
        details={**details, "params": run.params},
        code=run.error_code or 0,
        info=run.error or str(run.get_status_display()),
        finished_at=timezone.now(),
    )


def change_of(run: Run) -> Change:
    """What the mirror and the signals of its items are told: the app, the run, and who asked."""
    about = {"object_type": OBJECT, "object_id": str(run.pk)}
    entry = AuditEntry(alias=run.alias, sdk_app_id=run.sdk_app_id, **about)
    return Change(entry, actor_of(run))


def actor_of(run: Run) -> Actor:
    """Who started a run."""
    return Actor(run.source, run.started_by, run.started_by_name)


def _open(run: Run) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.using(database_of(AuditEntry))
    mine = {"sdk_app_id": run.sdk_app_id, "object_type": OBJECT, "object_id": str(run.pk)}
    return entries.filter(**mine, outcome=Outcome.STARTED)
