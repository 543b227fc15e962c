"""What an account has said lately, everywhere: taken back by a run, place by place."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _
from django_tim.models import Group, GroupMember, Message, Run

from . import bulk_matching
from .actor import Actor
from .changes import change
from .live import LIVE
from .mapping import from_vendor_time
from .mirror import rows
from .operations.recent import RecallRecent

SOURCE: Final = "places"
LONGEST: Final = 7 * 24 * 60
"""Minutes that are looked back: the history is kept for seven days in the smallest plan."""


def recall_recent(
    user_id: str, *, minutes: int, app: str = "default", actor: Actor | None = None
) -> Run:
    """A run that takes back what an account has sent in the last minutes, to anybody and anywhere.

    The caller enqueues it; its worker finds the places first. One place that fails stops no
    other. Live rooms keep no history: of theirs, it takes back what the archive knows of. Raises
    InvalidArgument, and UnsafeTransaction.
    """
    if not 0 < minutes <= LONGEST:
        raise InvalidArgument(_("minutes: 1 to {most}, not {given}", most=LONGEST, given=minutes))
    params = {"user_id": user_id, "since": int(time.time()) - minutes * 60}
    with change(
        "account.recall_recent",
        app=app,
        actor=actor,
        object_type="account",
        object_id=user_id,
        details={"minutes": minutes},
    ):
        return bulk_matching.start(
            RecallRecent.kind, {"source": SOURCE}, app=app, params=params, actor=actor
        )


@bulk_matching.source(SOURCE)
def _places(run: Run, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Whom the account has written to since, and the groups that it may have written in."""
    user_id, since = run.params["user_id"], run.params["since"]
    peers, listed = _conversations(tims[run.alias], user_id, since)
    yield from ({"peer": peer} for peer in peers)
    # An account can take a conversation out of its list: the mirror knows the groups all the same.
    theirs = {"sdk_app_id": run.sdk_app_id, "user_id": user_id, "gone_at": None}
    joined = rows(GroupMember, **theirs).exclude(group__type=LIVE)
    known = joined.values_list("group__group_id", flat=True)
    said = _in_live_rooms(run.sdk_app_id, user_id, since)
    yield from ({"group_id": one} for one in dict.fromkeys([*listed, *known]) if one not in said)
    yield from ({"group_id": one, "seqs": seqs} for one, seqs in said.items())


def _conversations(tim: Tim, user_id: str, since: int) -> tuple[list[str], list[str]]:
    peers: list[str] = []
    groups: list[str] = []
    for row in tim.conversations.iterate(user_id):
        if row["MsgTime"] >= since:
            place = row.get("To_Account") or row.get("GroupId") or row.get("ToGroupId")
            (peers if row["Type"] == 1 else groups).append(str(place))
    return peers, groups


def _in_live_rooms(sdk_app_id: int, user_id: str, since: int) -> dict[str, list[int]]:
    """The numbers of what was said in live rooms, as far as the archive knows of it."""
    about = {"from_account": user_id, "sent_at__gte": from_vendor_time(since)}
    said = rows(Message, sdk_app_id=sdk_app_id, recalled_at=None, **about)
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for group_id, seq in said.exclude(group_id="").values_list("group_id", "msg_seq"):
        numbers[group_id].append(seq)
    live = rows(Group, sdk_app_id=sdk_app_id, type=LIVE, group_id__in=list(numbers))
    return {one: numbers[one] for one in live.values_list("group_id", flat=True)}
