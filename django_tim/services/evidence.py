"""Messages as evidence: a zip of what the archive holds, with the sums of its files."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone

from django_tim.models import AuditEntry, Message

from .actor import CODE, Actor
from .mirror import database_of

MOST = 100_000


class TooMuch(ValueError):
    """More messages than one export takes: narrow it."""


def export(
    found: QuerySet[Message], *, app: str, sdk_app_id: int, actor: Actor | None = None
) -> bytes:
    """A zip of messages.jsonl, one message a line by time, and manifest.json with its SHA-256.

    Taken down in the audit trail with the same sum. Raises TooMuch above 100,000 messages.
    """
    number = found.count()
    if number > MOST:
        raise TooMuch(f"{number} messages are more than the {MOST} that one export takes")
    rows = found.order_by("sent_at", "pk").iterator(chunk_size=1000)
    content = "".join(f"{_line(row)}\n" for row in rows).encode()
    manifest = {
        "made_at": timezone.now().isoformat(),
        "made_by": (actor or CODE).name,
        "messages": number,
        "files": {"messages.jsonl": {"sha256": sha256(content).hexdigest(), "bytes": len(content)}},
    }
    audit_read("message.export", app=app, sdk_app_id=sdk_app_id, actor=actor, details=manifest)
    return _zipped({"messages.jsonl": content, "manifest.json": _pretty(manifest)})


def audit_read(
    action: str,
    *,
    app: str,
    sdk_app_id: int,
    actor: Actor | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Take down that somebody has read messages of the archive."""
    who = actor or CODE
    return AuditEntry.objects.using(database_of(AuditEntry)).create(
        alias=app,
        sdk_app_id=sdk_app_id,
        action=action,
        object_type="message",
        object_id=str((details or {}).get("key", ""))[:128],
        details=details or {},
        outcome=AuditEntry.Outcome.SUCCEEDED,
        source=who.source,
        actor=who.user,
        actor_name=who.name[:150],
        remote_addr=who.remote_addr,
        finished_at=timezone.now(),
    )


def _line(row: Message) -> str:
    fields = {"id": row.pk, **model_to_dict(row), "key": row.key, "noted_at": row.noted_at}
    return json.dumps(fields, ensure_ascii=False, default=str, sort_keys=True)


def _pretty(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
