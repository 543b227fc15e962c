"""The archive of messages, for those who must keep them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import RemoteIDField


class Message(models.Model):
    """One message, by whichever way we learnt of it: a callback, a send of ours, a history file.

    ``key`` tells it from all others: its group, topic and MsgSeq, or the two accounts and the
    MsgKey. ``body``, ``text`` and ``cloud_custom_data`` are kept only where ``MESSAGE_ARCHIVE`` is
    "full". What was recalled keeps what it said: that is what archives are for.
    """

    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    key = RemoteIDField(max_length=255, editable=False)
    group_id = RemoteIDField(_("group ID"), max_length=128, blank=True)
    topic_id = RemoteIDField(_("topic ID"), max_length=128, blank=True)
    msg_seq = models.PositiveBigIntegerField(_("MsgSeq"), null=True, blank=True)
    msg_key = RemoteIDField(_("MsgKey"), max_length=64, blank=True)
    from_account = RemoteIDField(_("from"), max_length=64, blank=True)
    to_account = RemoteIDField(_("to"), max_length=64, blank=True)
    sent_at = models.DateTimeField(pgettext_lazy("time", "sent"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    body = models.JSONField(_("elements"), default=list, blank=True)
    cloud_custom_data = models.TextField(_("custom data"), blank=True)
    source = models.CharField(_("learnt by way of"), max_length=16, blank=True)
    modified_at = models.DateTimeField(pgettext_lazy("time", "edited"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    noted_at = models.DateTimeField(_("archived"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("export_message", "Can export messages as evidence")]
        constraints = [
            models.UniqueConstraint(fields=["sdk_app_id", "key"], name="tim_message_unique"),
        ]
        indexes = [
            models.Index(fields=["sdk_app_id", "group_id", "sent_at"], name="tim_message_group"),
            models.Index(fields=["sdk_app_id", "from_account", "sent_at"], name="tim_message_from"),
            models.Index(fields=["sdk_app_id", "to_account", "sent_at"], name="tim_message_to"),
            models.Index(fields=["sdk_app_id", "sent_at"], name="tim_message_sent"),
        ]

    def __str__(self) -> str:
        return self.key
