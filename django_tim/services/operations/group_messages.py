"""Group messages: send to many groups, import history, set unread numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from django_tim.api.elements import message_body
from django_tim.api.group_send_options import GroupSendOptions
from django_tim.api.ids import check_group_id, message_number
from django_tim.catalogue import (
    GROUP_MEMBER_IMPORT,
    GROUP_MEMBER_SET_UNREAD,
    GROUP_MESSAGE_IMPORT,
    GROUP_MESSAGE_SEND,
)
from django_tim.client.batch import NOT_CALLED, NOT_KNOWN, BatchResult, Outcome
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument
from django_tim.services import mirror
from django_tim.services.changes import Change

from .accounts import user_id_of
from .base import Done, Operation, Work, by_lane, one, read_fields
from .groups import group_id_of
from .messages import CLOCKS_DIFFER, SendOperation, seconds_of

KNOWN_LANES = 100_000


class SendGroupMessages(SendOperation):
    """Send one message to many groups, each once. Page 34959.

    Items: group ids, or rows of Group. Parameters: ``message``; ``sender`` (none: the
    administrator) and the options of ``GroupMessages.send``. For five minutes the service knows
    a message by its number and drops a repeat; later it is looked for in the group's history.
    """

    kind = "send_group_messages"
    endpoint = GROUP_MESSAGE_SEND
    action = "group_message.send"
    known = GroupSendOptions.__optional_keys__

    def item(self, given: Any) -> str:
        return group_id_of(given)

    def cap(self, config: Any) -> int:
        return 1  # what the endpoint's batch holds are receivers within the group

    def keys(self) -> Mapping[str, int]:
        return {"random": message_number()}

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        group_id = work.items[0]
        answer = tim.group_messages.send(
            group_id, self.message, sender=self.sender, **work.keys, **self.options
        )
        return one(group_id, answer.get("MsgSeq"))

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        group_id = work.items[0]
        if self.options.get("online_only"):
            return super().look(tim, work)
        try:
            found = sent_since(tim, group_id, self.options.get("topic_id"), work.since)
        except APIError as error:
            info = f"not to be found out: {error}"
            return BatchResult([Outcome(group_id, code=NOT_KNOWN, info=info)])
        if work.keys["random"] in found:
            return one(group_id, found[work.keys["random"]])
        return BatchResult([Outcome(group_id, code=NOT_CALLED)])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


class ImportGroupMessages(Operation):
    """Put messages into groups' histories, as they were elsewhere. Page 34968.

    Items: mappings of ``group_id``, ``sender``, ``message`` and ``sent_at`` (Unix seconds); with
    ``topic_id``, ``random`` and ``cloud_custom_data``. Those of a group must be given in the
    order of their time, and are sent in it, one call after another. The service wants each
    later than the one before: with the parameter ``spread``, one of the same second is put a
    second later; without it, it fails. All members' unread numbers become 0.
    """

    kind = "import_group_messages"
    endpoint = GROUP_MESSAGE_IMPORT
    action = "group_message.import"
    ordered = True
    fields = ("group_id", "sender", "message", "sent_at")
    optional = ("topic_id", "random", "cloud_custom_data")

    def check(self) -> None:
        if self.params.keys() - {"spread"}:
            raise InvalidArgument('import_group_messages takes only "spread"')
        self._last: OrderedDict[str, int] = OrderedDict()  # of each lane, the last time

    def item(self, given: Any) -> dict[str, Any]:
        item = read_fields("a message", given, self.fields, self.optional)
        check_group_id(item["group_id"]), user_id_of(item["sender"])
        if item.get("topic_id"):
            check_group_id(item["topic_id"])
        item["message"] = message_body(item["message"], item.get("cloud_custom_data"))
        item["random"] = message_number(item.get("random"))
        item["sent_at"] = self._risen(self.lane(item), seconds_of(item["sent_at"]))
        return item

    def _risen(self, lane: str, moment: int) -> int:
        last = self._last.get(lane, 0)
        if moment <= last and not self.params.get("spread"):
            raise InvalidArgument(f"{lane}: a message at {moment} does not come after {last}")
        self._last[lane] = max(moment, last + 1)
        self._last.move_to_end(lane)
        if len(self._last) > KNOWN_LANES:
            self._last.popitem(last=False)
        return self._last[lane]

    def key(self, item: Any) -> str:
        return f"{self.lane(item)} {item['sent_at']} {item['random']}"

    def lane(self, item: Any) -> str:
        return str(item.get("topic_id") or item["group_id"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        first = work.items[0]
        result = tim.group_messages.import_many(
            first["group_id"], map(_on_the_wire, work.items), topic_id=first.get("topic_id")
        )
        named = [one._replace(item=self.key(work.items[int(one.item)])) for one in result]
        return BatchResult(named)

    def look(self, tim: Tim, work: Work) -> BatchResult[Any]:
        """The numbers of what is in the history from the first one's time on."""
        first = work.items[0]
        since = first["sent_at"] + CLOCKS_DIFFER
        found = sent_since(tim, first["group_id"], first.get("topic_id"), since)
        return BatchResult(
            [
                Outcome(self.key(item), code=0 if item["random"] in found else NOT_CALLED)
                for item in work.items
            ]
        )

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no messages."""


class ImportMembers(Operation):
    """Make accounts members of groups, as they were elsewhere. Page 34969.

    Items: mappings of ``group_id`` and ``user_id``; with ``role`` ("Admin"), ``joined_at`` (Unix
    seconds) and ``unread``. Those of one group share calls.
    """

    kind = "import_members"
    endpoint = GROUP_MEMBER_IMPORT
    action = "member.import"

    def item(self, given: Any) -> dict[str, Any]:
        optional = ("role", "joined_at", "unread")
        item = read_fields("a member", given, ("group_id", "user_id"), optional)
        group_id_of(item["group_id"]), user_id_of(item["user_id"])
        if item.get("role") not in (None, "Admin", "Member"):
            raise InvalidArgument(f"a member is imported as Admin or Member, not {item['role']!r}")
        return item

    def key(self, item: Any) -> str:
        return f"{item['group_id']} {item['user_id']}"

    def lane(self, item: Any) -> str:
        return str(item["group_id"])

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        result = tim.group_members.import_many(work.lane, [_member(item) for item in work.items])
        return BatchResult([one._replace(item=f"{work.lane} {one.item}") for one in result])

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        given = {self.key(item): item for call in done for item in call.work.items}
        for group_id, outcomes in by_lane(done).items():
            there = [given[one.item] for one in outcomes if one.value in ("added", "already")]
            if there:
                group = mirror.known_group(changed.sdk_app_id, group_id)
                mirror.members(group, {item["user_id"]: _mirrored(item) for item in there})
                mirror.discover(changed.sdk_app_id, [item["user_id"] for item in there])
                mirror.count_members(group, sum(one.value == "added" for one in outcomes))

    def counts(self, result: BatchResult[Any]) -> Mapping[str, int]:
        values = [outcome.value for outcome in result.succeeded]
        return {"created": values.count("added"), "unchanged": values.count("already")}


class SetUnread(Operation):
    """Set members' unread numbers, after a group's history was imported. Page 34909.

    Items: mappings of ``group_id``, ``user_id`` and ``unread``.
    """

    kind = "set_unread"
    endpoint = GROUP_MEMBER_SET_UNREAD
    action = "member.set_unread"

    def item(self, given: Any) -> dict[str, Any]:
        item = read_fields("an unread number", given, ("group_id", "user_id", "unread"))
        group_id_of(item["group_id"]), user_id_of(item["user_id"])
        if not isinstance(item["unread"], int) or item["unread"] < 0:
            raise InvalidArgument(f"an unread number is at least 0, not {item['unread']!r}")
        return item

    def key(self, item: Any) -> str:
        return f"{item['group_id']} {item['user_id']}"

    def send(self, tim: Tim, work: Work) -> BatchResult[Any]:
        item = work.items[0]
        tim.group_members.set_unread(item["group_id"], item["user_id"], number=item["unread"])
        return one(self.key(item))

    def follow(self, changed: Change, done: Sequence[Done]) -> None:
        """The mirror holds no unread numbers."""


def sent_since(tim: Tim, group_id: str, topic_id: str | None, since: int) -> dict[int, int]:
    """What a group's history holds from a moment on: {Random: MsgSeq}."""
    found: dict[int, int] = {}
    for message in tim.group_messages.iterate_history(group_id, topic_id=topic_id):
        if message.get("MsgTimeStamp", since) < since - CLOCKS_DIFFER:
            break
        if message.get("MsgRandom") is not None:
            found[message["MsgRandom"]] = message["MsgSeq"]
    return found


def _on_the_wire(item: Mapping[str, Any]) -> Any:
    row = {
        "From_Account": item["sender"],
        "SendTime": item["sent_at"],
        "Random": item["random"],
        "MsgBody": item["message"],
        "CloudCustomData": item.get("cloud_custom_data"),
    }
    return {name: value for name, value in row.items() if value is not None}


def _mirrored(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"Role": item.get("role") or "Member", "JoinTime": item.get("joined_at")}


def _member(item: Mapping[str, Any]) -> Any:
    row = {
        "Member_Account": item["user_id"],
        "Role": "Admin" if item.get("role") == "Admin" else None,
        "JoinTime": item.get("joined_at"),
        "UnreadMsgNum": item.get("unread"),
    }
    return {name: value for name, value in row.items() if value is not None}
