"""Groups of all types."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import Mirror, RemoteIDField


class Group(Mirror):
    """A remote group, with the columns that are listed, filtered or joined.

    ``members_mark`` says which state of the remote member list the GroupMember rows show
    (MemberNum and LastInfoTime at the last complete member sync).
    """

    group_id = RemoteIDField(_("group ID"), max_length=128)
    type = models.CharField(_("type"), max_length=32, blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    owner_account = RemoteIDField(_("owner"), max_length=64, blank=True)
    member_num = models.PositiveBigIntegerField(_("members"), default=0)
    max_member_num = models.PositiveBigIntegerField(_("most members"), default=0)
    apply_join_option = models.CharField(_("how to join"), max_length=32, blank=True)
    mute_all_member = models.BooleanField(_("everyone muted"), default=False)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), null=True, blank=True)
    last_info_at = models.DateTimeField(_("last profile change"), null=True, blank=True)
    last_msg_at = models.DateTimeField(_("last message"), null=True, blank=True)
    next_msg_seq = models.PositiveBigIntegerField(_("next MsgSeq"), default=0)
    members_mark = models.CharField(max_length=64, default="", blank=True, editable=False)
    members_synced_at = models.DateTimeField(_("members last synced"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("chat", "group")
        verbose_name_plural = pgettext_lazy("chat", "groups")
        permissions = [
            ("sync_group", "Can sync groups"),
            ("import_group", "Can import groups"),
            ("export_group", "Can export groups"),
            ("transfer_group", "Can change the owner of groups"),
            ("mute_group", "Can mute everyone in groups"),
            ("dissolve_group", "Can dissolve groups"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sdk_app_id", "group_id"], name="tim_group_unique"),
        ]
        indexes = [
            models.Index(fields=["sdk_app_id", "type"], name="tim_group_type"),
            models.Index(fields=["sdk_app_id", "owner_account"], name="tim_group_owner"),
            models.Index(fields=["sdk_app_id", "name"], name="tim_group_name"),
            models.Index(fields=["sdk_app_id", "member_num"], name="tim_group_member_num"),
            models.Index(fields=["sdk_app_id", "last_msg_at"], name="tim_group_last_msg"),
            models.Index(fields=["sdk_app_id", "gone_at"], name="tim_group_gone"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.group_id})" if self.name else self.group_id
