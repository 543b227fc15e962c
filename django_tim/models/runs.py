"""Bulk and sync work: what was asked for, how far it is, and what failed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .base import RemoteIDField


class Run(models.Model):
    """One piece of bulk or sync work.

    It belongs to its SDKAppID and refuses to go on under another. ``lock_key`` is set while
    it is active and unique, so that there is one active run of a kind and app (a conditional
    constraint would do the same, but MariaDB ignores those). ``heartbeat_at`` tells a run
    that works from one whose worker died; ``cursor`` is where such a run goes on.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        SUCCEEDED = "succeeded", _("succeeded")
        PARTIAL = "partial", _("finished with failures")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.PAUSED)
    FINISHED = (Status.SUCCEEDED, Status.PARTIAL, Status.FAILED, Status.CANCELLED)

    kind = models.CharField(_("kind"), max_length=64)
    alias = models.CharField(_("app"), max_length=64)
    sdk_app_id = models.PositiveBigIntegerField(_("SDKAppID"))
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.QUEUED
    )
    # What the owner of a running run is asked to become: "", "paused" or "cancelled".
    requested = models.CharField(max_length=16, default="", blank=True, editable=False)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    cursor = models.JSONField(_("cursor"), default=dict, blank=True)
    lock_key = models.CharField(max_length=160, null=True, blank=True, unique=True, editable=False)
    claim = models.CharField(max_length=32, default="", blank=True, editable=False)

    total = models.PositiveBigIntegerField(_("total"), null=True, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    created = models.PositiveBigIntegerField(_("created"), default=0)
    updated = models.PositiveBigIntegerField(_("updated"), default=0)
    unchanged = models.PositiveBigIntegerField(_("unchanged"), default=0)
    gone = models.PositiveBigIntegerField(_("gone"), default=0)
    skipped = models.PositiveBigIntegerField(_("skipped"), default=0)
    failed = models.PositiveBigIntegerField(_("failed"), default=0)

    error_code = models.IntegerField(_("error code"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    source = models.CharField(_("asked for by way of"), max_length=16, default="code")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("started by"),
    )
    started_by_name = models.CharField(_("name of who started it"), max_length=150, blank=True)

    # Of a message to many: who else has looked at it.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_by_name = models.CharField(
        _("name of who approved it"), max_length=150, blank=True, default=""
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)

    queued_at = models.DateTimeField(pgettext_lazy("time", "queued"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        permissions = [
            ("control_run", "Can pause, resume and cancel runs"),
            ("retry_run", "Can retry what failed in runs, and settle what is not known"),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"], name="tim_run_status_due"),
            models.Index(fields=["sdk_app_id", "kind", "-id"], name="tim_run_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def progress(self) -> float | None:
        """The share that is done, from 0 to 1; None while the total is not known."""
        return None if self.total is None else min(1.0, self.done / (self.total or 1))

    @property
    def rate(self) -> float | None:
        """Items a second, from its start to its last sign of life or its end."""
        end = self.finished_at or self.heartbeat_at
        if self.started_at is None or end is None or end <= self.started_at or not self.done:
            return None
        return self.done / (end - self.started_at).total_seconds()

    @property
    def eta(self) -> timedelta | None:
        """How long it will take from now on, at that rate; None if that can't be told."""
        rate = self.rate
        if self.total is None or rate is None or self.status not in self.ACTIVE:
            return None
        return timedelta(seconds=max(0, self.total - self.done) / rate)


class Chunk(models.Model):
    """One REST call's worth of a bulk run, durable before it is queued.

    ``lane`` is what its items have in common (their group). Chunks of a lower ``turn`` go
    first: where the order matters, it counts the calls of a lane. ``claimed_at`` is renewed by
    a worker that lives; ``sent_at`` is when the call was first made, if it may have been
    carried out.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("in flight")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("outcome unknown")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.WAITING
    )
    lane = RemoteIDField(_("lane"), max_length=128, default="", blank=True)
    turn = models.PositiveIntegerField(_("turn"), default=0)
    payload = models.JSONField(_("payload"), default=dict)
    size = models.PositiveIntegerField(_("items"), default=0)
    claim = models.CharField(max_length=32, default="", blank=True, editable=False)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    sent_at = models.DateTimeField(_("first sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="tim_chunk_unique"),
        ]
        indexes = [
            models.Index(fields=["run", "state", "turn", "number"], name="tim_chunk_waiting"),
            models.Index(fields=["run", "lane", "turn"], name="tim_chunk_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.run} [{self.number}]"


class RunFailure(models.Model):
    """One item of a run that failed, with the vendor's code; 0 where we refused it ourselves."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="failures")
    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, null=True, blank=True)
    item = models.CharField(_("item"), max_length=255)
    code = models.IntegerField(_("code"), default=0)
    info = models.TextField(_("what the service said"), blank=True)

    class Meta:
        verbose_name = _("failure")
        verbose_name_plural = _("failures")
        indexes = [models.Index(fields=["run", "item"], name="tim_failure_item")]

    def __str__(self) -> str:
        return f"{self.item}: {self.code} {self.info}".strip()


class SeenPage(models.Model):
    """The ids of a page that a sync has listed: its sweep is an anti-join with all of them.

    A page is one row, for a row and an index entry for each id would cost as much as the rest
    of an unchanged group. A page that is listed again is a row again, which does no harm.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    ids = models.JSONField()

    def __str__(self) -> str:
        return f"{self.run_id}: {len(self.ids)}"


class SeenID(models.Model):
    """The key of an item that a bulk run was given: what comes twice is taken once."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    remote_id = RemoteIDField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "remote_id"], name="tim_seen_unique"),
        ]

    def __str__(self) -> str:
        return self.remote_id
