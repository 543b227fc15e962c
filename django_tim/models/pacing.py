"""The clocks of the pacing, where a database server keeps them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .base import RemoteIDField


class PacingClock(models.Model):
    """When the next free turn of a key (an app's endpoint) comes.

    As narrow as can be, for busy rows are written many times a second; ``django_tim.pacing``
    reads and writes it by SQL of its own, by the server's clock.
    """

    key = RemoteIDField(max_length=160, primary_key=True)
    next_at = models.BigIntegerField(_("next free turn"))  # microseconds since 1970, UTC

    class Meta:
        verbose_name = _("pacing clock")
        verbose_name_plural = _("pacing clocks")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
