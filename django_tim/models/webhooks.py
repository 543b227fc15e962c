"""Callbacks as they came in, and what was made of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .base import RemoteIDField


class CallbackEvent(models.Model):
    """One event that the service told us, stored before anything is made of it.

    ``key`` tells it from all others: a delivery that is repeated only adds to ``repeats``.
    ``outcome`` says of each receiver whether it is "done" or has "failed", so that a replay asks
    only those that have failed. ``due_at`` is when a failed one is tried again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("being handled")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    alias = models.CharField(_("app"), max_length=64)
    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    command = models.CharField(_("command"), max_length=128)
    key = models.CharField(max_length=64, editable=False)
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    object_id = RemoteIDField(_("object"), max_length=128, blank=True)
    event_ms = models.BigIntegerField(_("event time, milliseconds"), null=True, blank=True)
    client_ip = models.CharField(_("client's address"), max_length=45, blank=True)
    platform = models.CharField(_("platform"), max_length=32, blank=True)
    received_at = models.DateTimeField(_("received"))
    repeats = models.PositiveIntegerField(_("repeated deliveries"), default=0)

    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.WAITING
    )
    outcome = models.JSONField(_("outcome"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    claim = models.CharField(max_length=32, default="", blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        permissions = [("replay_callbackevent", "Can replay callbacks")]
        constraints = [
            models.UniqueConstraint(fields=["sdk_app_id", "key"], name="tim_callback_unique"),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="tim_callback_state"),
            models.Index(
                fields=["sdk_app_id", "object_id", "event_ms"], name="tim_callback_object"
            ),
            models.Index(fields=["sdk_app_id", "command", "-id"], name="tim_callback_command"),
            models.Index(fields=["received_at"], name="tim_callback_received"),
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.object_id}".strip()
