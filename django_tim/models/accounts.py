"""Accounts (the vendor's word for users of the chat)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .base import Mirror, RemoteIDField
from .links import HostLink


class Account(HostLink, Mirror):
    """A remote account that we know of.

    The vendor has no list of all accounts: rows come from imports, group members, callbacks
    and the host's users. ``synced_at`` is empty until account_check has confirmed one.
    ``online_status`` (Online, PushOnline, Offline, or "" where nobody has told us) follows
    callbacks; no sync asks for it.
    """

    user_id = RemoteIDField(_("UserID"), max_length=64)
    nickname = models.CharField(_("nickname"), max_length=500, blank=True)
    face_url = models.CharField(_("avatar URL"), max_length=500, blank=True)
    gender = models.CharField(_("gender"), max_length=32, blank=True)
    allow_type = models.CharField(_("who may add as a friend"), max_length=64, blank=True)
    level = models.PositiveBigIntegerField(_("level"), default=0)
    role = models.PositiveBigIntegerField(_("role"), default=0)
    online_status = models.CharField(_("online state"), max_length=16, blank=True)
    online_at = models.DateTimeField(_("online state since"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = [
            ("sync_account", "Can sync accounts"),
            ("import_account", "Can import accounts"),
            ("export_account", "Can export accounts"),
            ("kick_account", "Can log accounts out"),
            ("mute_account", "Can mute accounts everywhere"),
            ("ban_account", "Can ban accounts"),
            ("send_message", "Can send messages and notifications"),
            ("recall_message", "Can recall and delete messages"),
            ("broadcast_message", "Can send messages to all live rooms"),
            ("sign_account", "Can make UserSigs of accounts"),
            ("sign_admin", "Can make UserSigs of app administrators"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sdk_app_id", "user_id"], name="tim_account_unique"),
        ]
        indexes = [
            models.Index(fields=["sdk_app_id", "nickname"], name="tim_account_nickname"),
            models.Index(fields=["sdk_app_id", "synced_at"], name="tim_account_synced"),
            models.Index(fields=["sdk_app_id", "gone_at"], name="tim_account_gone"),
            models.Index(fields=["host_model", "host_pk"], name="tim_account_host"),
            models.Index(fields=["sdk_app_id", "link_due_at"], name="tim_account_due"),
        ]

    def __str__(self) -> str:
        return f"{self.nickname} ({self.user_id})" if self.nickname else self.user_id
