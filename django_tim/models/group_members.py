"""Who is in which group."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import Mirror, RemoteIDField
from .groups import Group


class GroupMember(Mirror):
    """One account's membership of one group."""

    group = models.ForeignKey(
        Group,
        on_delete=models.CASCADE,
        related_name="members",
        verbose_name=pgettext_lazy("chat", "group"),
        db_index=False,  # the unique constraint begins with it
    )
    user_id = RemoteIDField(_("UserID"), max_length=64)
    role = models.CharField(_("role"), max_length=32, blank=True)
    name_card = models.CharField(_("name card"), max_length=255, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    last_sent_at = models.DateTimeField(_("last message sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("group member")
        verbose_name_plural = _("group members")
        permissions = [
            ("sync_groupmember", "Can sync group members"),
            ("mute_groupmember", "Can mute group members"),
            ("ban_groupmember", "Can ban group members"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "user_id", "sdk_app_id"], name="tim_group_member_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["sdk_app_id", "user_id"], name="tim_group_member_user"),
            models.Index(fields=["sdk_app_id", "muted_until"], name="tim_group_member_muted"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group}"
