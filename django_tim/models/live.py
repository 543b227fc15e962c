"""How many are in a live room, over time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .groups import Group


class LiveSample(models.Model):
    """The online number of a live room (AVChatRoom) at a moment."""

    group = models.ForeignKey(
        Group,
        on_delete=models.CASCADE,
        related_name="samples",
        verbose_name=pgettext_lazy("chat", "group"),
        db_index=False,  # the unique constraint begins with it
    )
    taken_at = models.DateTimeField(_("taken"))
    online = models.PositiveBigIntegerField(_("online"))

    class Meta:
        verbose_name = _("online number")
        verbose_name_plural = _("online numbers")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["group", "taken_at"], name="tim_live_sample_unique"),
        ]
        indexes = [models.Index(fields=["taken_at"], name="tim_live_sample_taken")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.taken_at}: {self.online}"
