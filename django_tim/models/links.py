"""The part of an account's row that ties it to an object of the host project."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .base import RemoteIDField


class HostLink(models.Model):
    """Which object of the project an account stands for, and whether the service knows its state.

    The object is named by its model's label and its key as text, so that it may live in
    another database, and so that its end does not end the account. ``behind_since`` is set
    from the object's change until the service was told of it: the row is the outbox.
    ``link_marks`` counts the changes, so that one that comes while the service is told of
    another is not lost. ``link_claim`` is the worker that does so, until ``link_lease``.
    """

    class State(models.TextChoices):
        """What the service was last told of the object; ``MADE``: its account exists, no more."""

        MADE = "made", _("made")
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("deactivated")
        DELETED = "deleted", _("deleted")

    host_model = models.CharField(_("linked model"), max_length=100, blank=True, default="")
    host_pk = RemoteIDField(_("linked object"), max_length=255, blank=True, default="")
    host_state = models.CharField(_("linked as"), max_length=16, blank=True, default="")
    behind_since = models.DateTimeField(_("behind since"), null=True, blank=True)
    link_marks = models.PositiveBigIntegerField(default=0, editable=False)
    link_due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    link_claim = models.CharField(max_length=32, blank=True, default="", editable=False)
    link_lease = models.DateTimeField(null=True, blank=True, editable=False)
    link_attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    link_code = models.IntegerField(_("code"), default=0)
    link_error = models.TextField(_("what went wrong"), blank=True, default="")

    class Meta:
        abstract = True
