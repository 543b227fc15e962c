"""The kinds of bulk work, by the run's ``kind``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_tim.exceptions import InvalidArgument
from django_tim.models import Run

from .accounts import CheckAccounts, DeleteAccounts, ImportAccounts, KickAccounts, SetProfiles
from .base import Operation
from .friends import AddFriends, Block, DeleteFriends, ImportFriends, Unblock
from .group_members import AddMembers, MuteMembers, RemoveMembers
from .group_messages import (
    ImportGroupMessages,
    ImportMembers,
    SendGroupMessages,
    SetUnread,
)
from .groups import CreateGroups, DissolveGroups, ImportGroups, ModifyGroups
from .links import LinkAccounts
from .messages import ImportMessages, MarkRead, SendMessages
from .notices import NotifyGroups, WriteToOwners
from .push import AddTags, ClearTags, RemoveAttributes, RemoveTags, SetAttributes
from .pushes import PushToAll
from .recalls import RecallGroupMessages, RecallMessages
from .recent import RecallRecent

OPERATIONS: dict[str, type[Operation]] = {
    operation.kind: operation
    for operation in (
        ImportAccounts,
        DeleteAccounts,
        CheckAccounts,
        KickAccounts,
        SetProfiles,
        LinkAccounts,
        AddMembers,
        RemoveMembers,
        MuteMembers,
        CreateGroups,
        ImportGroups,
        ModifyGroups,
        DissolveGroups,
        ImportMembers,
        SendMessages,
        ImportMessages,
        MarkRead,
        SendGroupMessages,
        ImportGroupMessages,
        SetUnread,
        AddTags,
        RemoveTags,
        ClearTags,
        SetAttributes,
        RemoveAttributes,
        PushToAll,
        RecallMessages,
        RecallGroupMessages,
        RecallRecent,
        NotifyGroups,
        WriteToOwners,
        AddFriends,
        ImportFriends,
        DeleteFriends,
        Block,
        Unblock,
    )
}


def new_operation(kind: str, params: Mapping[str, Any] | None) -> Operation:
    """An operation. Raises InvalidArgument for a kind that there is not, or wrong parameters."""
    if kind not in OPERATIONS:
        raise InvalidArgument(f"no bulk operation {kind!r}; there are {', '.join(OPERATIONS)}")
    return OPERATIONS[kind](params or {})


def operation_of(run: Run) -> Operation:
    """The operation of a bulk run. Raises InvalidArgument for a kind that there is not."""
    if run.kind not in OPERATIONS:
        raise InvalidArgument(f"{run} is of no kind of bulk work that this version knows")
    return OPERATIONS[run.kind](run.params)
