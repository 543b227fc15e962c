"""How far a run is, in the reader's words: for its page, and for the script that polls it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.timezone import now
from django.utils.translation import gettext as _

from django_tim import conf
from django_tim.client.batch import NOT_KNOWN
from django_tim.exceptions import ConfigurationError
from django_tim.models import Run, RunFailure
from django_tim.services import outgoing, runs

from . import display, words

COUNTS = ("created", "updated", "unchanged", "gone", "skipped", "failed")
TONES: dict[str, str] = {
    Run.Status.DRAFT: "quiet",
    Run.Status.QUEUED: "busy",
    Run.Status.RUNNING: "busy",
    Run.Status.PAUSED: "warn",
    Run.Status.SUCCEEDED: "good",
    Run.Status.PARTIAL: "warn",
    Run.Status.FAILED: "bad",
    Run.Status.CANCELLED: "quiet",
}
WAITS_TOO_LONG = timedelta(seconds=30)


@dataclass(frozen=True)
class Sample:
    """How much was done at a moment: two of them give a rate."""

    done: int
    at: float

    @classmethod
    def of(cls, query: QueryDict) -> Sample | None:
        """The sample that a poll brings back; None if it brings none, or nonsense."""
        try:
            return cls(int(str(query["done"])), float(str(query["at"])))
        except (KeyError, ValueError):
            return None


def progress_of(run: Run, since: Sample | None = None) -> dict[str, Any]:
    """All that moves on a run's page. With ``since`` the rate is of the time since then."""
    rate = _rate(run, since)
    return {
        "status": run.status,
        "tone": TONES.get(run.status, "quiet"),
        "active": run.status in Run.ACTIVE,
        "done": min(run.done, run.total) if run.total else run.done,
        "total": run.total,
        "text": {
            "status": str(run.get_status_display()),
            "done": _done(run),
            "rate": _("%s/s") % display.number(rate, 1) if rate else display.EMPTY,
            "eta": _eta(run, rate),
            "elapsed": _elapsed(run),
            "note": note_on(run),
            **{name: display.number(getattr(run, name)) for name in COUNTS},
        },
        "can": controls_of(run),
        "sample": {"done": run.done, "at": now().timestamp()},
    }


def controls_of(run: Run) -> list[str]:
    """What can be asked of a run as it stands."""
    if run.status == Run.Status.DRAFT:
        return ["submit", "cancel"]
    if run.status not in Run.ACTIVE:
        return _repairs_of(run)
    if run.requested == "cancelled":
        return []
    if run.status == Run.Status.PAUSED or run.requested == "paused":
        return ["resume", "cancel"]
    return ["pause", "cancel"]


def _repairs_of(run: Run) -> list[str]:
    """What can be done about the failures of a bulk run that is over."""
    if not run.failed or runs.is_sync(run.kind):
        return []
    sent = RunFailure.objects.filter(run=run).exclude(chunk=None)
    can = ["retry"] if sent.exclude(code=NOT_KNOWN).exists() else []
    unknown = sent.filter(code=NOT_KNOWN).exists()
    return [*can, "settle_sent", "settle_not_sent"] if unknown else can


def _done(run: Run) -> str:
    if not run.total:
        return display.number(run.done)
    percent = display.number(min(100.0, 100 * run.done / run.total))
    done, total = display.number(run.done), display.number(run.total)
    return _("%(done)s of %(total)s (%(percent)s %%)") % {
        "done": done,
        "total": total,
        "percent": percent,
    }


def _rate(run: Run, since: Sample | None) -> float | None:
    """Items a second: lately while it runs, over all its time once it is over."""
    if run.status in Run.ACTIVE and since is not None:
        seconds = now().timestamp() - since.at
        return (run.done - since.done) / seconds if seconds > 0.5 else None
    seconds = _worked(run).total_seconds()
    return run.done / seconds if seconds > 0 and run.done else None


def _worked(run: Run) -> timedelta:
    if run.started_at is None:
        return timedelta(0)
    return max(timedelta(0), _end(run) - run.started_at)


def _end(run: Run) -> datetime:
    if run.status == Run.Status.RUNNING:
        return now()
    return run.finished_at or run.heartbeat_at or now()


def _elapsed(run: Run) -> str:
    return display.duration(_worked(run).total_seconds()) if run.started_at else display.EMPTY


def _eta(run: Run, rate: float | None) -> str:
    left = (run.total or 0) - run.done
    if run.status != Run.Status.RUNNING or left <= 0 or not rate or rate < 0:
        return display.EMPTY
    return display.duration(left / rate)


def note_on(run: Run) -> str:
    """What an operator should know of a run that does not move as it should."""
    if run.requested and run.status in Run.ACTIVE:
        return _asked(run.requested)
    if run.status == Run.Status.DRAFT and run.kind not in outgoing.KINDS:
        return _("Nothing was sent yet: look at the rows that would fail, and start it.")
    if run.status == Run.Status.QUEUED:
        return _on_queued(run)
    if run.status == Run.Status.RUNNING and run.heartbeat_at:
        silence = (now() - run.heartbeat_at).total_seconds()
        if silence > _stalled_after():
            text = _("No sign of life for %s: its worker may have died. It is taken up again.")
            return text % display.duration(silence)
    if run.status in (Run.Status.FAILED, Run.Status.PARTIAL):
        return words.error_meaning(run.error_code)
    return ""


def _asked(requested: str) -> str:
    if requested == "cancelled":
        return _("Asked to stop; it does so after the call in hand.")
    return _("Asked to pause; it does so after the call in hand.")


def _on_queued(run: Run) -> str:
    if run.due_at and run.due_at > now():
        return _("Due %s.") % display.moment(run.due_at)
    if now() - run.queued_at > WAITS_TOO_LONG:
        return _("Still waiting: does a Celery worker run, and does it read this queue?")
    return _("Waiting for a worker.")


def _stalled_after() -> float:
    try:
        return conf.options().stalled_after
    except ConfigurationError:  # the system checks tell; the page must come all the same
        return conf.Options().stalled_after
