"""What an account has said lately, everywhere: found, and taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import InvalidArgument, TimError
from django_tim.models import GroupMember

from . import group_messages, messages, mirror
from .actor import Actor

T = TypeVar("T")
RECALLED_BIT: Final = 8
THREADS: Final = 8
"""Histories that are read at once."""
LONGEST: Final = 7 * 24 * 60
"""Minutes that are looked back: the history is kept for seven days in the smallest plan."""
LISTLESS: Final = "AVChatRoom"


@dataclass
class Recalled:
    """How many messages were taken back, and what went wrong, by place."""

    messages: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def recall_recent(
    user_id: str, *, minutes: int, app: str = "default", actor: Actor | None = None
) -> Recalled:
    """Take back what an account has sent in the last minutes, to anybody and in any group.

    One place that fails stops no other. Live rooms keep no history: nothing is found there.
    Raises InvalidArgument, UnsafeTransaction, and what the list of conversations raises.
    """
    if not 0 < minutes <= LONGEST:
        raise InvalidArgument(f"minutes: 1 to {LONGEST}, not {minutes}")
    tim, since = tims[app], int(time.time()) - minutes * 60
    done = Recalled()
    peers, group_ids = _places(tim, user_id, since)
    for peer, keys in _look(partial(_sent_to, tim, user_id, since), peers, done):
        for key in keys:
            try:
                messages.recall(key, sender=user_id, receiver=peer, app=app, actor=actor)
                done.messages += 1
            except TimError as error:
                done.failures.append((peer, str(error)))
    for group_id, seqs in _look(partial(_said_in, tim, user_id, since), group_ids, done):
        try:
            result = group_messages.recall(group_id, seqs, app=app, actor=actor)
        except TimError as error:
            done.failures.append((group_id, str(error)))
            continue
        done.messages += len(result.succeeded)
        if not result:
            done.failures.append((group_id, result.summary()))
    return done


def _look(
    look: Callable[[str], list[T]], places: list[str], done: Recalled
) -> Iterator[tuple[str, list[T]]]:
    """What was said in each place, where anything was; asked for in threads, without the ORM."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="tim-recent") as pool:
        answers = [pool.submit(copy_context().run, look, place) for place in places]
        for place, answer in zip(places, answers, strict=True):
            try:
                found = answer.result()
            except TimError as error:
                done.failures.append((place, str(error)))
                continue
            if found:
                yield place, found


def _places(tim: Tim, user_id: str, since: int) -> tuple[list[str], list[str]]:
    """Whom the account has written to since, and the groups that it may have written in."""
    peers: list[str] = []
    groups: list[str] = []
    for row in tim.conversations.iterate(user_id):
        if row["MsgTime"] >= since:
            place = row.get("To_Account") or row.get("GroupId") or row.get("ToGroupId")
            (peers if row["Type"] == 1 else groups).append(str(place))
    # An account can take a conversation out of its list: the mirror knows the groups all the same.
    theirs = {"sdk_app_id": tim.config.sdk_app_id, "user_id": user_id, "gone_at": None}
    joined = mirror.rows(GroupMember, **theirs).exclude(group__type=LISTLESS)
    known = joined.values_list("group__group_id", flat=True)
    return peers, list(dict.fromkeys([*groups, *known]))


def _sent_to(tim: Tim, user_id: str, since: int, peer: str) -> list[str]:
    history = tim.messages.iterate_history(
        user_id, peer, min_time=since, max_time=int(time.time()) + 60
    )
    return [
        message["MsgKey"]
        for message in history
        if message["From_Account"] == user_id and not message["MsgFlagBits"] & RECALLED_BIT
    ]


def _said_in(tim: Tim, user_id: str, since: int, group_id: str) -> list[int]:
    seqs = []
    for message in tim.group_messages.iterate_history(group_id):
        if message.get("MsgTimeStamp", since) < since:
            break
        if message.get("From_Account") == user_id and not message.get("IsPlaceMsg"):
            seqs.append(message["MsgSeq"])
    return seqs
