"""Messages as evidence: a zip of what the archive holds, with the sums of its files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone

from django_tim.models import AuditEntry, Message

from .actor import CODE, Actor
from .chunk_writing import batches
from .mirror import database_of

MOST = 100_000
AT_ONCE = 100


class TooMuch(ValueError):
    """More messages than one export takes: narrow it."""


def export(
    found: QuerySet[Message], *, app: str, sdk_app_id: int, actor: Actor | None = None
) -> IO[bytes]:
    """A zip of messages.jsonl, one message a line by time, and manifest.json with its SHA-256.

    A temporary file, at its beginning, which is gone when it is closed. Taken down in the audit
    trail with the same sum. Raises TooMuch above 100,000 messages.
    """
    number = found.count()
    if number > MOST:
        raise TooMuch(f"{number} messages are more than the {MOST} that one export takes")
    manifest: dict[str, Any] = {
        "made_at": timezone.now().isoformat(),
        "made_by": (actor or CODE).name,
    }
    packed: IO[bytes] = TemporaryFile()  # noqa: SIM115  (the caller's)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest |= _write(archive, found.order_by("sent_at", "pk"))
        archive.writestr("manifest.json", _pretty(manifest))
    audit_read("message.export", app=app, sdk_app_id=sdk_app_id, actor=actor, details=manifest)
    packed.seek(0)
    return packed


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


def _few_at_a_time(found: QuerySet[Message]) -> Iterator[Message]:
    """The messages in their order, by their keys: some drivers hold a query's whole answer."""
    keys = found.values_list("pk", flat=True)
    for some in batches(list(keys), AT_ONCE):
        rows = found.in_bulk(some)
        yield from (rows[key] for key in some if key in rows)


def _write(archive: zipfile.ZipFile, found: QuerySet[Message]) -> dict[str, Any]:
    """Write the messages, a few in memory at a time; what the manifest says of them."""
    digest, number, length = sha256(), 0, 0
    with archive.open("messages.jsonl", "w", force_zip64=True) as file:
        for row in _few_at_a_time(found):
            line = f"{_line(row)}\n".encode()
            digest.update(line)
            file.write(line)
            number, length = number + 1, length + len(line)
    return {
        "messages": number,
        "files": {"messages.jsonl": {"sha256": digest.hexdigest(), "bytes": length}},
    }
