"""Who did what to which remote object."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import RemoteIDField


class AuditEntry(models.Model):
    """One remote change: the intent is committed before the call, the outcome after it.

    An entry that still says "started" is a call whose process died in between.
    """

    class Outcome(models.TextChoices):
        STARTED = "started", pgettext_lazy("outcome", "started")
        SUCCEEDED = "succeeded", _("succeeded")
        PARTIAL = "partial", _("some items failed")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")

    alias = models.CharField(_("app"), max_length=64)
    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    action = models.CharField(_("action"), max_length=64)
    object_type = models.CharField(_("kind of object"), max_length=32, blank=True)
    object_id = RemoteIDField(_("object"), max_length=128, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome.choices, default=Outcome.STARTED
    )
    code = models.IntegerField(_("code"), default=0)
    info = models.TextField(_("what the service said"), blank=True)
    source = models.CharField(_("by way of"), max_length=16, default="code")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(_("name of who did it"), max_length=150, blank=True)
    remote_addr = models.CharField(_("from where"), max_length=45, blank=True)
    started_at = models.DateTimeField(_("when"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(
                fields=["sdk_app_id", "object_type", "object_id"], name="tim_audit_object"
            ),
            models.Index(fields=["sdk_app_id", "action"], name="tim_audit_action"),
            models.Index(fields=["sdk_app_id", "outcome"], name="tim_audit_outcome"),
            models.Index(fields=["started_at"], name="tim_audit_started"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}".strip()
