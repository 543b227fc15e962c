"""Remote changes: kept out of transactions, taken down in the audit trail, announced.

The entry that says what is about to happen is committed before the call, and what came of it
after: an entry that still says "started" is a call whose process died in between. So no change
is made inside a database transaction, whose rollback would undo the entry and the mirror but
not what TIM has done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypedDict, TypeVar, Unpack

from django.db import connections, models, transaction
from django.dispatch import Signal
from django.utils import timezone

from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import (
    APIError,
    ChangeRefused,
    OutcomeUnknown,
    TimError,
    UnsafeTransaction,
)
from django_tim.models import AuditEntry
from django_tim.signals import changing

from .actor import CODE, Actor
from .mirror import database_of
from .storing import storable

KEPT_FAILURES = 100
Outcome = AuditEntry.Outcome
T = TypeVar("T")

_atomic_allowed: ContextVar[bool] = ContextVar("django_tim_atomic_allowed", default=False)


@contextmanager
def allow_atomic() -> Iterator[None]:
    """Let services call out inside a transaction: for tests, whose TestCase is one."""
    token = _atomic_allowed.set(True)
    try:
        yield
    finally:
        _atomic_allowed.reset(token)


class Change:
    """One remote change under way; ``tim`` makes the calls."""

    def __init__(self, entry: AuditEntry, actor: Actor) -> None:
        self.entry = entry
        self.actor = actor
        self.app = entry.alias
        self.sdk_app_id = entry.sdk_app_id
        self.tim = tims[entry.alias]

    def names(self, object_id: str) -> None:
        """Say which object it was, where only the answer could tell."""
        self.entry.object_id = object_id

    def came_to(self, result: BatchResult[Any]) -> None:
        """Take down what became of a batch: how many items, and those that failed."""
        failures = [[one.item, one.code, one.info] for one in result.failures[:KEPT_FAILURES]]
        counts = {"items": len(result), "failed": len(result.failures)}
        self.entry.details = storable({**self.entry.details, **counts, "failures": failures})
        self.entry.outcome = Outcome.PARTIAL if result.succeeded else Outcome.FAILED
        if not result.failures:
            self.entry.outcome = Outcome.SUCCEEDED
            return
        self.entry.code = result.failures[0].code
        self.entry.info = storable(result.summary())

    def announce(self, signal: Signal, sender: type[models.Model], **what: Any) -> None:
        """Send a signal on commit; a receiver that fails is logged and stops nobody."""
        about = {"app": self.app, "sdk_app_id": self.sdk_app_id, "actor": self.actor, **what}
        send = partial(signal.send_robust, sender=sender, **about)
        transaction.on_commit(send, using=database_of(sender), robust=True)


class Target(TypedDict, total=False):
    """What a change is about, and who asks for it."""

    app: str
    actor: Actor | None
    object_type: str
    object_id: str
    details: Mapping[str, Any]


@contextmanager
def change(action: str, **target: Unpack[Target]) -> Iterator[Change]:
    """A remote change with its audit entry. ``action`` is ``noun.verb``, as "group.create".

    Raises UnsafeTransaction inside a transaction, ChangeRefused where a receiver of the signal
    ``changing`` says no, and ConfigurationError or UnknownAlias, before anything has happened.
    What the call raises is taken down and raised again.
    """
    _refuse_atomic(action)
    entry, actor = opened_entry(action, **target)
    try:
        yield Change(entry, actor)
    except BaseException as error:
        _failed(entry, error)
        raise
    if entry.outcome == Outcome.STARTED:
        entry.outcome = Outcome.SUCCEEDED
    _close(entry)


def change_many(
    action: str,
    call: Callable[[Tim], BatchResult[T]],
    follow: Callable[[Change, BatchResult[T]], None],
    **target: Unpack[Target],
) -> BatchResult[T]:
    """The change of a batch: ``call`` it, then let mirror and signals ``follow`` its outcomes.

    They follow, too, what was carried out before an error stopped the batch half-way.
    """
    with change(action, **target) as changed:
        try:
            result = call(changed.tim)
        except TimError as error:
            if error.partial is not None:
                changed.came_to(error.partial)
                follow(changed, error.partial)
            raise
        changed.came_to(result)
    follow(changed, result)
    return result


def opened_entry(action: str, **target: Unpack[Target]) -> tuple[AuditEntry, Actor]:
    """A new entry, saved, of a change that no receiver of ``changing`` refuses.

    Raises ChangeRefused, which is taken down as well.
    """
    entry, actor = entry_of(action, **target)
    entry.save(using=database_of(AuditEntry))
    try:
        _ask(entry, actor, target.get("details", {}))
    except ChangeRefused as refusal:
        _failed(entry, refusal)
        raise
    return entry, actor


def _ask(entry: AuditEntry, actor: Actor, details: Mapping[str, Any]) -> None:
    """Let receivers refuse what is about to happen; one that fails refuses as well."""
    try:
        changing.send(
            sender=AuditEntry,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            details=dict(details),
            app=entry.alias,
            sdk_app_id=entry.sdk_app_id,
            actor=actor,
        )
    except ChangeRefused:
        raise
    except Exception as error:
        text = f"{entry}: a receiver of changing failed: {type(error).__name__}: {error}"
        raise ChangeRefused(text) from error


def entry_of(action: str, **target: Unpack[Target]) -> tuple[AuditEntry, Actor]:
    """A new entry, not saved yet, and who asks."""
    app, actor = target["app"], target.get("actor") or CODE
    details = {name: value for name, value in target.get("details", {}).items() if value}
    entry = AuditEntry(
        alias=app,
        sdk_app_id=tims[app].config.sdk_app_id,
        action=action,
        object_type=target["object_type"],
        object_id=storable(target.get("object_id", "")[:128]),
        details=storable(details),
        source=actor.source,
        actor=actor.user,
        actor_name=actor.name[:150],
        remote_addr=actor.remote_addr,
    )
    return entry, actor


def _refuse_atomic(action: str) -> None:
    if _atomic_allowed.get():
        return
    inside = [one.alias for one in connections.all(initialized_only=True) if one.in_atomic_block]
    if inside:
        raise UnsafeTransaction(
            f"{action} inside a transaction on the database {inside[0]!r}: its rollback would not "
            "undo what TIM has done. Call it after the commit (transaction.on_commit), or from a "
            "view that is non_atomic_requests."
        )


def _failed(entry: AuditEntry, error: BaseException) -> None:
    refused = isinstance(error, TimError) and not isinstance(error, OutcomeUnknown)
    if not refused:
        entry.outcome = Outcome.UNKNOWN
    elif entry.outcome != Outcome.PARTIAL:
        entry.outcome = Outcome.FAILED
    entry.code = error.code if isinstance(error, APIError | OutcomeUnknown) else 0
    said = str(error) if isinstance(error, TimError) else f"{type(error).__name__}: {error}"
    entry.info = storable(said)
    _close(entry)


def _close(entry: AuditEntry) -> None:
    entry.finished_at = timezone.now()
    entry.save(using=database_of(AuditEntry))
