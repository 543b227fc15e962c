"""What the app's backend is told of offline pushes: one callback for each device that gets one.

A device gets one while its app is in the background (PushOnline), and where the request has an
OfflinePushInfo; the real service pushes ordinary messages without it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .body import Body
from .chats import Message
from .group_history import GroupMessage
from .group_places import Place
from .push_tasks import Task
from .state import State

ORDINARY: Final = "Push.OfflinePush"
TO_MANY: Final = "Push.AllMemberPush"
_SINGLE, _GROUP = 1, 2
_SENT: Final = 1
_SUPPRESSED: Final = 1
_PLATFORMS: Final = {"iPhone": 1, "iPad": 1, "iOS": 1, "Android": 4}  # APNs, FCM; 0 is unknown


def tell_task(state: State, task: Task, data_id: str = "") -> None:
    """Tell of a push to all, by condition or to accounts."""
    about = {"EventType": 1, "TaskId": task.task_id, "TaskTime": int(task.time)}
    about |= {"DataId": data_id} if data_id else {}
    _tell(state, TO_MANY, about, task.receivers, task.offline_push)


def tell_single(state: State, body: Body, message: Message) -> None:
    """Tell of the push of a one-to-one message."""
    about = {"EventType": _SINGLE, "From_Account": message.sender, "MsgKey": message.key}
    about |= {"MsgSeq": message.seq, "MsgRandom": message.random, "MsgTime": message.time}
    _tell(state, ORDINARY, about, [message.receiver], body.value("OfflinePushInfo", None))


def tell_grouped(state: State, body: Body, place: Place, message: GroupMessage) -> None:
    """Tell of the pushes of a group's message, to all who want to be told."""
    about = {"EventType": _GROUP, "From_Account": message.sender, "GroupID": place.group.group_id}
    about |= {"MsgSeq": message.seq, "MsgTime": message.time}
    hearers = (
        member.user_id
        for member in place.group.walk()
        if member.user_id != message.sender and member.msg_flag == "AcceptAndNotify"
    )
    _tell(state, ORDINARY, about, hearers, body.value("OfflinePushInfo", None))


def _tell(
    state: State,
    command: str,
    about: dict[str, Any],
    receivers: Iterable[str],
    shown: dict[str, Any] | None,
) -> None:
    if shown is None or shown.get("PushFlag") == _SUPPRESSED or not state.callbacks.wants(command):
        return
    about |= {"PushStage": _SENT, "ErrCode": 0, "ErrInfo": ""}
    about["EventTime"] = state.clock.seconds()
    for user_id, platform in _pushed_to(state, receivers):
        state.tell(command, {**about, "To_Account": user_id, "PushPlatform": platform})


def _pushed_to(state: State, receivers: Iterable[str]) -> Iterator[tuple[str, int]]:
    for user_id in receivers:
        account = state.accounts.get(user_id)
        for device, status in account.devices.items() if account else ():
            if status == "PushOnline":
                yield user_id, _PLATFORMS.get(device, 0)
