"""What a project pastes into its beat schedule. No models here: settings import it."""

from __future__ import annotations

from typing import Any


def beat_schedule(app: str = "default", *, hours: float = 6) -> dict[str, dict[str, Any]]:
    """Entries for ``beat_schedule``: all three syncs every so many hours, and the watches.

    These queue runs that are due, or whose message or worker was lost, and likewise callbacks;
    lift mutes and bans that end; read anew what callbacks have marked as stale; tell the service
    of the project's users that changed; fill holes of the message archive; and sample live rooms'
    online numbers.
    """
    entries: dict[str, dict[str, Any]] = {
        "tim-take-up-runs": {"task": "django_tim.tasks.take_up_runs", "schedule": 30.0},
        "tim-callbacks": {"task": "django_tim.tasks.process_callbacks", "schedule": 30.0},
        "tim-restrictions": {"task": "django_tim.tasks.settle_restrictions", "schedule": 30.0},
        "tim-prune": {"task": "django_tim.tasks.prune_records", "schedule": 86_400.0},
        "tim-refetch": {"task": "django_tim.tasks.refetch_stale", "schedule": 10.0},
        "tim-archive": {"task": "django_tim.tasks.fill_archive", "schedule": 3600.0},
        "tim-links": {"task": "django_tim.tasks.deliver_links", "schedule": 30.0},
    }
    entries[f"tim-live-rooms-{app}"] = {
        "task": "django_tim.tasks.sample_live_rooms",
        "schedule": 60.0,
        "args": (app,),
    }
    for what in ("groups", "members", "accounts"):
        entries[f"tim-sync-{what}-{app}"] = {
            "task": "django_tim.tasks.start_sync",
            "schedule": hours * 3600,
            "args": (what, app),
        }
    return entries
