"""Key-value extensions of messages, one-to-one and in groups."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, Final

from django_tim.answers import ExtensionPage, ExtensionsChanged
from django_tim.catalogue import (
    GROUP_MESSAGE_EXTENSIONS_GET,
    GROUP_MESSAGE_EXTENSIONS_SET,
    MESSAGE_EXTENSIONS_GET,
    MESSAGE_EXTENSIONS_SET,
)

from .body import UINT64, Body
from .chats import RECALLED, Chats
from .group_places import place_of
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

PAGE: Final = 200
MOST_IN_A_CALL: Final = 20
MOST_OF_A_MESSAGE: Final = 300
CHANGES_A_MINUTE: Final = 200
_SET, _DELETE, _CLEAR = 1, 2, 3


class Extensions:
    """One message's keys, each with its version: the number of the change that made it."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, int]] = {}
        self.latest = 0
        self.cleared = 0
        self._changes: deque[float] = deque(maxlen=CHANGES_A_MINUTE)

    def count_change(self, now: float) -> None:
        """Count a change, or refuse it: too many in the last minute."""
        if len(self._changes) == CHANGES_A_MINUTE and now - self._changes[0] < 60:
            raise Refusal(23003, "more than 200 changes in a minute")
        self._changes.append(now)
        self.latest += 1

    def set(self, key: str, value: str) -> None:
        # Anew at the end: the keys stay in the order of their versions.
        self.keys.pop(key, None)
        self.keys[key] = (value, self.latest)

    def clear(self) -> None:
        self.keys.clear()
        self.cleared = self.latest


class ExtensionStore(Part):
    """The extensions of all messages, made when first set."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._of: dict[Hashable, Extensions] = {}

    def of(self, message: Hashable) -> Extensions:
        return self._of.setdefault(message, Extensions())

    def forget_group(self, group_id: str) -> None:
        for message in [one for one in self._of if one[0] == group_id]:  # type: ignore[index]
            del self._of[message]


@simulates(MESSAGE_EXTENSIONS_GET)
def get_key_values(state: State, body: Body) -> ExtensionPage:
    return _page(state.part(ExtensionStore).of(_message(state, body)), body)


@simulates(MESSAGE_EXTENSIONS_SET)
def set_key_values(state: State, body: Body) -> ExtensionsChanged:
    extensions = state.part(ExtensionStore).of(_message(state, body))
    answer = _change(state, extensions, body)
    about = {name: body.text(name) for name in ("To_Account", "MsgKey")}
    about["From_Account"] = body.user_id("From_Account", state.caller.user_id)
    _tell(state, "C2C.CallbackAfterC2CMsgExtension", about, body, extensions, answer)
    return answer


@simulates(GROUP_MESSAGE_EXTENSIONS_GET)
def group_get_key_values(state: State, body: Body) -> ExtensionPage:
    return _page(state.part(ExtensionStore).of(_group_message(state, body)), body)


@simulates(GROUP_MESSAGE_EXTENSIONS_SET)
def group_set_key_values(state: State, body: Body) -> ExtensionsChanged:
    extensions = state.part(ExtensionStore).of(_group_message(state, body))
    answer = _change(state, extensions, body)
    about = {"GroupId": body.text("GroupId"), "MsgSeq": body.number("MsgSeq")}
    _tell(state, "Group.CallbackAfterGroupMsgExtension", about, body, extensions, answer)
    return answer


def _page(extensions: Extensions, body: Body) -> ExtensionPage:
    start = body.number("StartSeq", 0, most=UINT64)
    found = [(key, *kept) for key, kept in extensions.keys.items() if kept[1] >= start]
    return {
        **OK,
        "CompleteFlag": int(len(found) <= PAGE),
        "LatestSeq": extensions.latest,
        "ClearSeq": extensions.cleared,
        "ExtensionList": [
            {"Key": key, "Value": value, "Seq": seq} for key, value, seq in found[:PAGE]
        ],
    }


def _change(state: State, extensions: Extensions, body: Body) -> ExtensionsChanged:
    operation = body.number("OperateType", least=_SET, most=_CLEAR)
    rows = _rows(body) if operation != _CLEAR else {}
    if operation == _SET and len(extensions.keys.keys() | rows.keys()) > MOST_OF_A_MESSAGE:
        raise Refusal(10004, f"a message has at most {MOST_OF_A_MESSAGE} extensions")
    extensions.count_change(state.clock.time())
    if operation == _CLEAR:
        extensions.clear()
    for key, value in rows.items():
        if operation == _SET:
            extensions.set(key, value)
        else:
            extensions.keys.pop(key, None)
    results: list[Any] = [
        {"ErrorCode": 0, "Extension": {"Key": key, "Value": value, "Seq": extensions.latest}}
        for key, value in rows.items()
    ]
    return {**OK, "ExtensionList": results}


def _tell(
    state: State,
    command: str,
    about: dict[str, Any],
    body: Body,
    extensions: Extensions,
    answer: ExtensionsChanged,
) -> None:
    """Tell the app what was set, deleted or cleared."""
    rows = [row["Extension"] for row in answer["ExtensionList"]]
    change = {"OperateType": body.number("OperateType"), "ExtensionList": rows}
    state.tell(command, {**about, **change, "Seq": extensions.latest})


def _rows(body: Body) -> dict[str, str]:
    body.items("ExtensionList", most=MOST_IN_A_CALL)
    rows = {}
    for row in body.objects("ExtensionList"):
        row.number("Seq", 0)  # an administrator's is not looked at
        key = row.text("Key", most=100)
        if not key:
            raise Refusal(10004, "a Key is empty")
        rows[key] = row.text("Value", "", most=1000)
    return rows


def _message(state: State, body: Body) -> Hashable:
    sender = body.user_id("From_Account", None) or state.caller.user_id
    receiver = body.user_id("To_Account")
    message = state.part(Chats).find(sender, receiver, body.text("MsgKey"))
    if message is None or message.flags & RECALLED:
        raise Refusal(23004, "there is no such message")
    if not message.supports_extensions:
        raise Refusal(23002, "the message was sent without SupportMessageExtension")
    return frozenset((sender, receiver)), message.key


def _group_message(state: State, body: Body) -> Hashable:
    place = place_of(state, body)
    if place.group.type == "AVChatRoom":
        raise Refusal(10004, "messages of an AVChatRoom have no extensions")
    message = place.history.find(body.number("MsgSeq", least=1))
    if message is None or message.gone:
        raise Refusal(23004, "there is no such message")
    if not message.extensible:
        raise Refusal(23002, "the message was sent without SupportMessageExtension")
    return place.group.group_id, place.key, message.seq
