"""The archive of messages: each one once, whatever tells of it, in whatever order.

``MESSAGE_ARCHIVE`` of an app is "off", "metadata" (who, to whom, when) or "full".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from django_tim import conf
from django_tim.catalogue import Endpoint
from django_tim.connection import tims
from django_tim.models import Message

from .mapping import from_vendor_time
from .mirror import put
from .storing import storable

OFF, FULL = "off", "full"
Body = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message: of a group by its MsgSeq, or one-to-one by its MsgKey. ``time``: Unix seconds."""

    from_account: str = ""
    time: int = 0
    body: Body = ()
    cloud_custom_data: str = ""
    group_id: str = ""
    topic_id: str = ""
    msg_seq: int = 0
    to_account: str = ""
    msg_key: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others; "" if nothing does."""
        if self.group_id and self.msg_seq:
            return f"g {self.group_id} {self.topic_id} {self.msg_seq}"[:255]
        if self.msg_key:
            return f"c {self.from_account} {self.to_account} {self.msg_key}"[:255]
        return ""


def is_on(app: str) -> bool:
    """Whether the app's messages are archived at all."""
    return conf.app_settings(app).message_archive != OFF


def note(app: str, said: Said, *, source: str) -> None:
    """Archive a message, or add what was not known of it. What was edited since stays so."""
    if not is_on(app) or not said.key:
        return

    def fill(row: Message) -> None:
        row.from_account = said.from_account
        row.sent_at = from_vendor_time(said.time)
        row.source = source
        if row.modified_at is None:
            _fill_content(app, row, said.body, said.cloud_custom_data)

    _put(app, said, fill)


def modify(app: str, said: Said) -> None:
    """What a message says now; only what is given of body and custom data changes."""
    if not is_on(app) or not said.key:
        return

    def fill(row: Message) -> None:
        custom = said.cloud_custom_data or row.cloud_custom_data
        _fill_content(app, row, said.body or row.body, custom)
        row.modified_at = timezone.now()

    _put(app, said, fill)


def recall(app: str, said: Iterable[Said], at: datetime | None = None) -> None:
    """Note that messages were recalled; their content stays."""
    if not is_on(app):
        return

    def fill(row: Message) -> None:
        row.recalled_at = at or timezone.now()

    for one in said:
        if one.key:
            _put(app, one, fill)


def note_sent(app: str, path: str, payload: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Archive what we have sent ourselves, from the call and its answer: ``path`` says which.

    The service need not tell us of it by a callback.
    """
    read = _SENT.get(path)
    if read is not None and is_on(app):
        sender = payload.get("From_Account") or tims[app].config.admin
        for said in read(payload, answer, sender):
            note(app, said, source="sent")


def on_call(
    app: str,
    endpoint: Endpoint[Any],
    payload: Mapping[str, Any],
    answer: Mapping[str, Any],
    **_: Any,
) -> None:
    """The receiver of ``signals.call_made``."""
    note_sent(app, endpoint.path, payload, answer)


def text_of(body: Body) -> str:
    """The text elements of a message, joined."""
    contents = (one.get("MsgContent") for one in body if isinstance(one, Mapping))
    texts = (one.get("Text") for one in contents if isinstance(one, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))


def _put(app: str, said: Said, fill: Callable[[Message], None]) -> None:
    """Write to the message's row; to a new one if there was none."""

    def fill_all(row: Message) -> None:
        if row.pk is None:
            row.group_id, row.topic_id = said.group_id, said.topic_id
            row.msg_seq, row.msg_key = said.msg_seq or None, said.msg_key
            row.from_account, row.to_account = said.from_account, said.to_account
        fill(row)

    put(Message, {"sdk_app_id": tims[app].config.sdk_app_id, "key": said.key}, fill_all)


def _fill_content(app: str, row: Message, body: Body, custom: str) -> None:
    if conf.app_settings(app).message_archive == FULL:
        row.body = storable(list(body))
        row.text, row.cloud_custom_data = text_of(row.body), storable(custom)


def _content_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "body": payload.get("MsgBody") or (),
        "cloud_custom_data": payload.get("CloudCustomData") or "",
    }


def _one_to_one(
    payload: Mapping[str, Any], answer: Mapping[str, Any], sender: str
) -> Iterable[Said]:
    receivers = payload.get("To_Account")
    failed = {error.get("To_Account") for error in answer.get("ErrorList") or ()}
    key = str(answer.get("MsgKey") or "")
    time = answer.get("MsgTime") or key.rpartition("_")[2] or 0
    for receiver in [receivers] if isinstance(receivers, str) else receivers or ():
        if receiver not in failed:
            yield Said(
                from_account=sender,
                to_account=receiver,
                msg_key=key,
                time=int(time),
                **_content_of(payload),
            )


def _in_group(payload: Mapping[str, Any], answer: Mapping[str, Any], sender: str) -> Iterable[Said]:
    yield Said(
        from_account=sender,
        group_id=payload.get("GroupId", ""),
        topic_id=payload.get("TopicId") or "",
        msg_seq=answer.get("MsgSeq") or 0,
        time=answer.get("MsgTime") or 0,
        **_content_of(payload),
    )


_SENT = {
    "openim/sendmsg": _one_to_one,
    "openim/batchsendmsg": _one_to_one,
    "group_open_http_svc/send_group_msg": _in_group,
}
