"""Streamed messages: texts that grow while they are being read."""

from __future__ import annotations

from typing import Any, Final

from django_tim.answers import RobotStreamSent, StreamSent
from django_tim.catalogue import GROUP_MESSAGE_STREAM, MESSAGE_ROBOT_STREAM, MESSAGE_STREAM

from .body import Body
from .chats import Chats, Message
from .elements import Elements, size_of
from .group_history import GroupMessage
from .group_places import place_of
from .messages import random_number, sequence_number
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

MOST_BYTES: Final = 128 * 1024
LONGEST_PAUSE: Final = 15
_ROBOT: Final = "@RBT#"


class Stream:
    """A message that grows: its pieces so far, and the body that the clients show."""

    def __init__(self, sender: str, target: str, body: Elements) -> None:
        self.sender = sender
        self.target = target
        self.body = body
        self.touched = 0.0
        self.ended = False

    def add(self, chunks: list[dict[str, Any]], now: float) -> None:
        """Add pieces, or refuse what comes after the end."""
        if self.ended or (self.touched and now - self.touched > LONGEST_PAUSE):
            raise Refusal(90001, "the stream has ended")
        shown = self.body[0]["MsgContent"]["Chunks"]
        if shown and chunks[0]["Index"] <= shown[-1]["Index"]:
            raise Refusal(90001, "Index does not grow")
        if size_of(self.body) + size_of(chunks) > MOST_BYTES:
            raise Refusal(93000, f"the message is longer than {MOST_BYTES} bytes")
        shown.extend(chunks)
        self.touched = now
        self.ended = bool(chunks[-1]["IsLast"])


class StreamStore(Part):
    """The streamed messages by their StreamMsgID or MsgKey."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._streams: dict[str, Stream] = {}

    def begin(self, stream_id: str, stream: Stream) -> None:
        self._streams[stream_id] = stream

    def of(self, stream_id: str, sender: str, target: str) -> Stream:
        """A message begun before, by the same sender to the same account or group."""
        stream = self._streams.get(stream_id)
        if stream is None or (stream.sender, stream.target) != (sender, target):
            raise Refusal(90001, "there is no such stream")
        return stream


@simulates(MESSAGE_STREAM)
def send_c2c_stream_msg(state: State, body: Body) -> StreamSent:
    sender = state.account(body.user_id("From_Account", None) or state.caller.user_id, 20003)
    receiver = state.account(body.user_id("To_Account"), 90012)
    seq, random = sequence_number(state, body), random_number(body)
    kept_from_sender = body.number("SyncOtherMachine", 1) == 2
    stream_id, element, chunks = _pieces(body)
    if stream_id:
        state.part(StreamStore).of(stream_id, sender.user_id, receiver.user_id).add(
            chunks, state.clock.time()
        )
        return {**OK, "StreamMsgID": stream_id, "MsgKey": stream_id}
    message = Message(sender.user_id, seq, random, state.clock.seconds(), [element])
    message.receiver = receiver.user_id
    if kept_from_sender:
        message.hide_from(sender.user_id)
    stream = Stream(sender.user_id, receiver.user_id, message.body)
    stream.add(chunks, state.clock.time())
    state.part(Chats).take_in(message)
    state.part(StreamStore).begin(message.key, stream)
    return {**OK, "StreamMsgID": message.key, "MsgKey": message.key}


@simulates(GROUP_MESSAGE_STREAM)
def send_group_stream_msg(state: State, body: Body) -> StreamSent:
    place = place_of(state, body)
    sender = body.user_id("From_Account", None) or state.caller.user_id
    place.refuse_sender(sender)
    random = random_number(body, "Random")
    stream_id, element, chunks = _pieces(body)
    store = state.part(StreamStore)
    if stream_id:
        store.of(stream_id, sender, place.key).add(chunks, state.clock.time())
        return {**OK, "StreamMsgID": stream_id}
    message = GroupMessage(sender, random, state.clock.seconds(), [element])
    stream = Stream(sender, place.key, message.body)
    stream.add(chunks, state.clock.time())
    place.post(message, stored=place.group.type != "AVChatRoom")
    stream_id = f"{message.seq}_{random}_{message.time}"
    store.begin(stream_id, stream)
    return {**OK, "StreamMsgID": stream_id}


@simulates(MESSAGE_ROBOT_STREAM)
def send_stream_msg(state: State, body: Body) -> RobotStreamSent:
    robot = body.user_id("From_Account")
    if not robot.startswith(_ROBOT):
        raise Refusal(10004, f"From_Account is no robot: it does not begin with {_ROBOT}")
    state.account(robot, 10004)
    receiver = state.account(body.user_id("To_Account"), 10004)
    piece, last = body.text("Chunk"), body.number("Finish", 0) == 1
    key = body.text("MsgKey", "")
    if key:
        stream = state.part(StreamStore).of(key, robot, receiver.user_id)
        index = stream.body[0]["MsgContent"]["Chunks"][-1]["Index"] + 1
        stream.add([_chunk(index, piece, last)], state.clock.time())
        return {**OK, "MsgKey": key}
    chats = state.part(Chats)
    now, element = state.clock.seconds(), _element("")
    message = Message(robot, chats.next_seq(), chats.next_seq(), now, [element])
    message.receiver = receiver.user_id
    stream = Stream(robot, receiver.user_id, message.body)
    stream.add([_chunk(1, piece, last)], state.clock.time())
    chats.take_in(message)
    state.part(StreamStore).begin(message.key, stream)
    return {**OK, "MsgKey": message.key}


def _pieces(body: Body) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The StreamMsgID ("" to begin), a new message without pieces, and the pieces."""
    elements = body.objects("MsgBody")
    content = elements[0].part("MsgContent")
    if len(elements) != 1 or elements[0].text("MsgType") != "TIMStreamElem" or content is None:
        raise Refusal(90010, "MsgBody is not one TIMStreamElem")
    chunks = [
        {
            "EventType": row.text("EventType"),
            "Index": row.number("Index", least=1),
            "Markdown": row.text("Markdown"),
            "IsLast": bool(row.value("IsLast", None)),
        }
        for row in content.objects("Chunks")
    ]
    return content.text("StreamMsgID", ""), _element(content.text("CompatibleText", "")), chunks


def _element(compatible: str) -> dict[str, Any]:
    return {
        "MsgType": "TIMStreamElem",
        "MsgContent": {"CompatibleText": compatible, "Chunks": []},
    }


def _chunk(index: int, piece: str, last: bool) -> dict[str, Any]:
    return {"EventType": "data", "Index": index, "Markdown": piece, "IsLast": last}
