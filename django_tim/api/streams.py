"""Streamed messages: texts that grow while they are being read."""

from __future__ import annotations

from django_tim.answers import RobotStreamSent, StreamSent
from django_tim.catalogue import GROUP_MESSAGE_STREAM, MESSAGE_ROBOT_STREAM, MESSAGE_STREAM
from django_tim.client.area import Area, Extra

from .elements import STREAM_BYTES, Element, StreamChunk, check_size, stream
from .ids import check_group_id, check_user_id, message_number
from .messages import check_msg_key, naming


class Streams(Area):
    """The area ``stream_msg``, and the streams of robots.

    Each call adds a piece of Markdown: at most 5 a second, no more than 15 seconds apart,
    128 KB in all. The answer of the first one names the message for the next ones. Pieces are
    never sent twice: a repeat would be added too.
    """

    def send(
        self,
        receiver: str,
        piece: str,
        *,
        index: int = 1,
        last: bool = False,
        stream_id: str | None = None,
        sender: str | None = None,
        compatible_text: str = "",
        sync_to_sender: bool | None = None,
        msg_seq: int | None = None,
        msg_random: int | None = None,
        extra: Extra = None,
    ) -> StreamSent:
        """Begin a one-to-one message, or add the piece number ``index`` to ``stream_id``.

        ``last`` ends it. ``compatible_text`` is what older clients show. Neither friendship,
        blacklists nor mutes are looked at. Page 128596 (Chinese).
        """
        payload = {
            "SyncOtherMachine": None if sync_to_sender is None else 1 if sync_to_sender else 2,
            "From_Account": None if sender is None else check_user_id(sender),
            "To_Account": check_user_id(receiver),
            "MsgSeq": message_number(msg_seq),
            "MsgRandom": message_number(msg_random),
            "MsgBody": _body(piece, index, last, stream_id, compatible_text),
        }
        with naming(payload, "MsgSeq", "MsgRandom", extra=extra):
            return self._call(MESSAGE_STREAM, payload, extra)

    def send_group(
        self,
        group_id: str,
        piece: str,
        *,
        index: int = 1,
        last: bool = False,
        stream_id: str | None = None,
        sender: str | None = None,
        compatible_text: str = "",
        random: int | None = None,
        extra: Extra = None,
    ) -> StreamSent:
        """As ``send``, for a message to a group."""
        payload = {
            "GroupId": check_group_id(group_id),
            "From_Account": None if sender is None else check_user_id(sender),
            "Random": message_number(random),
            "MsgBody": _body(piece, index, last, stream_id, compatible_text),
        }
        with naming(payload, "Random", extra=extra):
            return self._call(GROUP_MESSAGE_STREAM, payload, extra)

    def send_robot(
        self,
        robot: str,
        receiver: str,
        piece: str,
        *,
        msg_key: str | None = None,
        last: bool = False,
        extra: Extra = None,
    ) -> RobotStreamSent:
        """Begin a robot's message, or add a piece to ``msg_key``.

        A robot's UserID begins with ``@RBT#``. Page 71131.
        """
        payload = {
            "From_Account": check_user_id(robot),
            "To_Account": check_user_id(receiver),
            "Chunk": piece,
            "MsgKey": None if msg_key is None else check_msg_key(msg_key),
            "Finish": 1 if last else None,
        }
        return self._call(MESSAGE_ROBOT_STREAM, payload, extra)


def _body(
    piece: str, index: int, last: bool, stream_id: str | None, compatible_text: str
) -> list[Element]:
    chunk: StreamChunk = {"EventType": "data", "Index": index, "Markdown": piece, "IsLast": last}
    body = [stream([chunk], compatible_text=compatible_text, stream_id=stream_id)]
    check_size(body, None, STREAM_BYTES)
    return body
