"""Mutes and bans: what was imposed on whom, until when and why, and how far it has got."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import RemoteIDField


class Restriction(models.Model):
    """One mute or ban of an account, everywhere.

    The row is committed before the service is told, and says what should be: while it is
    "being applied" or "being lifted", the service has still to be told, and a task repeats it.
    ``lock_key`` is set while it is in force and unique, so that there is one of a kind and
    account. Rows stay for ever: they are the account's record.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", _("mute")
        BAN = "ban", _("ban")

    class State(models.TextChoices):
        APPLYING = "applying", _("being applied")
        ACTIVE = "active", _("in force")
        LIFTING = "lifting", _("being lifted")
        LIFTED = "lifted", _("lifted")
        FAILED = "failed", _("refused by the service")

    IN_FORCE = (State.APPLYING, State.ACTIVE)
    UNSETTLED = (State.APPLYING, State.LIFTING)

    alias = models.CharField(_("app"), max_length=64)
    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    user_id = RemoteIDField(_("UserID"), max_length=64)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.APPLYING
    )
    lock_key = RemoteIDField(max_length=100, null=True, blank=True, unique=True, editable=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)  # empty: without an end

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
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    lifted_at = models.DateTimeField(pgettext_lazy("time", "lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_by_name = models.CharField(_("name of who lifted it"), max_length=150, blank=True)

    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    code = models.IntegerField(_("code"), default=0)
    error = models.TextField(_("what went wrong"), blank=True)

    class Meta:
        verbose_name = _("mute or ban")
        verbose_name_plural = _("mutes and bans")
        permissions = [("lift_restriction", "Can lift mutes and bans")]
        indexes = [
            models.Index(fields=["sdk_app_id", "user_id"], name="tim_restriction_user"),
            models.Index(fields=["sdk_app_id", "state", "until"], name="tim_restriction_state"),
            models.Index(fields=["state", "until"], name="tim_restriction_ends"),
            models.Index(fields=["state", "next_try_at"], name="tim_restriction_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user_id}"
