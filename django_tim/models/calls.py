"""How the calls of the last days went, summed up: written by every process now and then."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CallCount(models.Model):
    """The calls of an app within some minutes that were answered with one code (0: carried out)."""

    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    since = models.DateTimeField(_("since"))
    code = models.IntegerField(_("code"))
    calls = models.PositiveIntegerField(_("calls"), default=0)
    waited_ms = models.PositiveBigIntegerField(_("milliseconds waited for turns"), default=0)
    skew = models.FloatField(_("seconds that our clock is ahead"), null=True, blank=True)
    last_at = models.DateTimeField(_("last"), null=True, blank=True)

    class Meta:
        verbose_name = _("number of calls")
        verbose_name_plural = _("numbers of calls")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["sdk_app_id", "since", "code"], name="tim_call_count_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sdk_app_id} {self.since}: {self.calls} × {self.code}"
