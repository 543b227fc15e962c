"""What every mirror row has in common."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RemoteIDField(models.CharField):
    """An identifier of the vendor's: compared byte for byte on every database.

    The databases' defaults would merge ``@TGS#abc`` and ``@TGS#ABC`` (MariaDB, MySQL), or
    "abc" and "abc " (their padded ``_bin`` collations). On PostgreSQL the C collation also
    lets one index serve equality, order and prefixes.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return {**super().db_parameters(connection), "collation": _byte_collation(connection)}


def _byte_collation(connection: BaseDatabaseWrapper) -> str | None:
    if connection.vendor == "postgresql":
        return "C"
    if connection.vendor == "mysql":
        maria = getattr(connection, "mysql_is_mariadb", False)
        return "utf8mb4_nopad_bin" if maria else "utf8mb4_0900_bin"
    return None  # SQLite compares bytes unless told otherwise


class Mirror(models.Model):
    """A remote object as it was last seen.

    Nothing is deleted because the remote lost it: ``gone_at`` marks it. ``digest`` is the
    fingerprint of what a sync last wrote. A write that is not a sync's blanks it and sets
    ``touched_at`` (see :func:`touched`): the next sync compares the whole row and heals it, but
    one that had asked the service before that moment leaves the row alone. ``stale_at`` marks
    a row of which only a part of a change was heard.
    """

    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    raw = models.JSONField(_("remote object"), default=dict, blank=True)
    digest = models.CharField(max_length=32, default="", blank=True, editable=False)
    synced_at = models.DateTimeField(_("last synced"), null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True, editable=False)
    stale_at = models.DateTimeField(_("stale since"), null=True, blank=True)
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        abstract = True


def touched() -> dict[str, Any]:
    """What every write that is not a sync's sets beside its own columns."""
    return {"digest": "", "touched_at": timezone.now()}
