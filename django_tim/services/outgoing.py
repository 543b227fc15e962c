"""Messages to many, as runs: a draft first, which is tested, approved and then sent, or due later.

Above the option APPROVE_ABOVE a second person must approve; a push to everyone counts as more
than any number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from django_tim import conf, segments
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.exceptions import said as _
from django_tim.models import Chunk, Group, Run, RunFailure

from . import bulk, bulk_matching, chunk_writing, chunks, messages
from .actor import Actor
from .changes import change
from .mirror import database_of, rows
from .operations import operation_of
from .operations.group_messages import SendGroupMessages
from .operations.messages import SendMessages, SendOperation
from .operations.notices import NotifyGroups, WriteToOwners
from .operations.pushes import EVERYONE, PushToAll
from .operations.recalls import RecallGroupMessages, RecallMessages
from .selections import SOURCE, frozen

KINDS: Final = (
    SendMessages.kind,
    SendGroupMessages.kind,
    PushToAll.kind,
    NotifyGroups.kind,
    WriteToOwners.kind,
)
RECALLS: Final = {
    SendMessages.kind: RecallMessages.kind,
    WriteToOwners.kind: RecallMessages.kind,
    SendGroupMessages.kind: RecallGroupMessages.kind,
}
COUNTED: Final = 10_000
"""Receivers that are counted when a message is written; of more it is only said that they are."""
Params = Mapping[str, Any]


class NotApproved(TimError):
    """The message needs the approval of a second person."""


def to_accounts(user_ids: Any, params: Params, **options: Any) -> Run:
    """A draft of a message to these accounts; ``options``: ``app``, ``actor``, ``due_at``."""
    return bulk.start(SendMessages.kind, user_ids, params=params, draft=True, **options)


def to_groups(group_ids: Any, params: Params, **options: Any) -> Run:
    """A draft of a message to these groups."""
    return bulk.start(SendGroupMessages.kind, group_ids, params=params, draft=True, **options)


def to_everyone(params: Params, **options: Any) -> Run:
    """A draft of a push to all, or to those who meet the conditions among the parameters."""
    return bulk.start(PushToAll.kind, [EVERYONE], params=params, draft=True, **options)


def to_segment(
    name: str,
    params: Params,
    *,
    app: str = "default",
    actor: Actor | None = None,
    due_at: datetime | None = None,
) -> Run:
    """A draft of a message to a segment, whose accounts a worker writes down when it is sent.

    If there are more by then, nothing is sent; unless they were more than COUNTED, which nobody
    counts. Raises InvalidArgument for an unknown segment.
    """
    found_by = {"source": "segment", "segment": name}
    number = _counted(segments.accounts_in(name, app=app))
    return _matching(SendMessages.kind, found_by, number, params, app, actor, due_at)


def to_groups_that(
    condition: Q,
    params: Params,
    *,
    app: str = "default",
    actor: Actor | None = None,
    due_at: datetime | None = None,
) -> Run:
    """A draft of a message to all groups of now that a condition matches; counted likewise."""
    groups = rows(Group, sdk_app_id=conf.app_config(app).sdk_app_id)
    newest = groups.order_by("-pk").values_list("pk", flat=True).first() or 0
    told = frozen(condition & Q(pk__lte=newest))
    found_by = {"source": SOURCE, "model": "group", "condition": told}
    number = _counted(groups.filter(condition))
    return _matching(SendGroupMessages.kind, found_by, number, params, app, actor, due_at)


def to_matching(
    kind: str,
    model: str,
    condition: Mapping[str, Any],
    number: int,
    params: Params,
    *,
    app: str = "default",
    actor: Actor | None = None,
) -> Run:
    """A draft of a message to all rows of a model that a frozen condition matches.

    They were ``number`` when a person looked; a worker writes them down when it is sent.
    """
    found_by = {"source": SOURCE, "model": model, "condition": condition}
    return _matching(kind, found_by, number, params, app, actor, None)


def goes_to_everyone(run: Run) -> bool:
    """Whether it is a push, of which nobody knows how many get it."""
    return run.kind == PushToAll.kind


def size(run: Run) -> int | None:
    """How many a message goes to; None: to everyone, or to more than COUNTED."""
    if goes_to_everyone(run):
        return None
    return run.cursor["ceiling"] if bulk_matching.is_unwritten(run) else run.total or 0


def needs_approval(run: Run) -> bool:
    """Whether a second person must look at it first."""
    above, number = conf.options().approve_above, size(run)
    return above is not None and (number is None or number > above)


def approve(run: Run, *, actor: Actor) -> None:
    """Say as a second person that a draft may be sent.

    Raises NotApproved for who wrote it, and InvalidArgument for what is no draft any more.
    """
    if actor.user is None or actor.user.pk == run.started_by_id:
        raise NotApproved("nobody approves what they wrote themselves")
    with change("message.approve", app=run.alias, actor=actor, **_about(run)):
        fields = {
            "approved_by": actor.user,
            "approved_by_name": actor.name,
            "approved_at": timezone.now(),
        }
        drafts = Run.objects.using(database_of(Run)).filter(pk=run.pk, status=Run.Status.DRAFT)
        if not drafts.filter(kind__in=KINDS).update(**fields):
            raise InvalidArgument(f"{run} is no draft of a message")
    run.refresh_from_db(using=database_of(Run))


def submit(run: Run, *, actor: Actor) -> None:
    """Send a draft, or let it wait for its time; the caller enqueues it.

    Raises NotApproved where an approval is missing.
    """
    if needs_approval(run) and run.approved_at is None:
        raise NotApproved("a second person must approve it first")
    bulk.submit(run, actor=actor)


def can_be_tested(run: Run) -> bool:
    """Whether it has a message that one account can be sent; a notice goes to groups only."""
    return "message" in run.params


def test(run: Run, user_id: str, *, actor: Actor) -> str:
    """Send a draft's message to one account, to see how it looks there; returns its key."""
    sender = run.params.get("sender")
    message = run.params["message"]
    sent = messages.send(user_id, message, sender=sender, app=run.alias, actor=actor)
    return sent["MsgKey"]


def recall(run: Run, *, actor: Actor) -> Run:
    """Take back what a run has sent, by a run of its own; the caller enqueues it.

    Raises InvalidArgument for a push or a notice, which nothing takes back.
    """
    if run.kind not in RECALLS:
        raise InvalidArgument(_("{run} can't be recalled", run=str(run)))
    params = {"sender": run.params.get("sender")} if run.params.get("sender") else {}
    return bulk.start(RECALLS[run.kind], _sent_by(run), app=run.alias, params=params, actor=actor)


def _sent_by(run: Run) -> Iterator[dict[str, Any]]:
    """Each receiver whom it reached or may have reached, and how the message is known there."""
    operation = operation_of(run)
    assert isinstance(operation, SendOperation)  # noqa: S101
    called = Chunk.objects.using(database_of(Chunk)).filter(run=run).exclude(sent_at=None)
    for chunk in called.order_by("pk").iterator(chunk_writing.READ_AT_ONCE):
        work = chunks.work_of(chunk)
        failed = set(_failures(chunk).values_list("item", flat=True))
        about = {**work.keys, "since": work.since, "until": work.until}
        for item in work.items:
            if operation.key(item)[:255] not in failed:
                yield {"to": operation.receiver(item), **about}


def _failures(chunk: Chunk) -> QuerySet[RunFailure]:
    """Of a call: whom it is known not to have reached."""
    failures = RunFailure.objects.using(database_of(RunFailure))
    return failures.filter(run_id=chunk.run_id, chunk=chunk, code__gt=0)


def _counted(found: QuerySet[Any]) -> int | None:
    """How many there are; None for more than COUNTED: a request has no time for them."""
    number = found.order_by()[: COUNTED + 1].count()
    return None if number > COUNTED else number


def _matching(
    kind: str,
    found_by: Params,
    number: int | None,
    params: Params,
    app: str,
    actor: Actor | None,
    due_at: datetime | None,
) -> Run:
    run = bulk_matching.start(
        kind, found_by, ceiling=number, app=app, params=params, actor=actor, draft=True
    )
    run.due_at = due_at
    run.save(using=database_of(Run), update_fields=["due_at"])
    return run


def _about(run: Run) -> Any:
    return {"object_type": "run", "object_id": str(run.pk)}


@bulk_matching.source("segment")
def _segment(run: Run, given: Mapping[str, Any]) -> Any:
    return segments.accounts_in(given["segment"], app=run.alias).defer("raw")
