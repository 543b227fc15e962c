"""What receivers of *before* events may say, and the answers that tell the service so."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from . import events
from .events import Event

logger = logging.getLogger("django_tim.webhooks")

OK: Final[dict[str, Any]] = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
REFUSED, DROPPED = 1, 2
"""ErrorCodes that refuse in the service's own words, and that drop a message silently."""


@dataclass(frozen=True)
class Rules:
    """How the events of an area can be answered."""

    codes: range = range(0)
    """The app's own codes, which reach the caller with the text."""
    general: int = 0
    """What the caller gets if no code is given."""
    per_target: bool = False
    """Each target is refused with a code of its own, and never all by one."""
    refused_list: str = ""
    """The field that lists who is kept out, where only some are."""
    message: bool = False
    """It may be dropped or rewritten."""


_GROUP = Rules(range(10100, 10201), 10016)
_C2C = Rules(range(120_001, 130_001), 20006, message=True)
_RELATION = Rules(range(38_000, 39_001), 38_000, per_target=True)
RULES: Final[Mapping[type[Event], Rules]] = {
    events.BeforeGroupCreate: _GROUP,
    events.BeforeApplyJoin: _GROUP,
    events.BeforeInviteJoin: replace(_GROUP, refused_list="RefusedMembers_Account"),
    events.BeforeTopicCreate: _GROUP,
    events.BeforeGroupMessage: replace(_GROUP, message=True),
    events.BeforeC2CMessage: _C2C,
    events.BeforeFriendAdd: _RELATION,
    events.BeforeFriendResponse: _RELATION,
    events.BeforeOfficialAccountCreate: Rules(general=20006),
    events.BeforeSubscribe: Rules(refused_list="RefusedSubscribers_Account"),
    events.BeforeOfficialMessage: replace(_C2C, general=10016),
    events.RobotSignal: Rules(),
}
_NO_RULES: Final = Rules()


class Veto(Exception):
    """What is about to happen is forbidden: raised or returned by a receiver.

    ``code`` and ``info`` reach the caller. Groups and topics take 10100 to 10200, one-to-one
    and official messages 120001 to 130000, friends 38000 to 39000; without a code the caller
    gets the service's own. ``user_ids`` forbids it for these only, where an event is about
    several. Raises ValueError for a code that no area takes.
    """

    def __init__(
        self, code: int | None = None, info: str = "", *, user_ids: Iterable[str] | None = None
    ) -> None:
        if code is not None and not any(_takes(rules, code) for rules in RULES.values()):
            raise ValueError(f"{code} is no code that a callback may answer with")
        super().__init__(code, info)
        self.code = code
        self.info = info
        self.user_ids = None if user_ids is None else tuple(user_ids)


class Drop(Exception):
    """The message is not delivered, and its sender is told that it was."""


@dataclass(frozen=True)
class Rewrite:
    """Returned by a receiver: the message is delivered with this body, or custom data."""

    msg_body: Sequence[Mapping[str, Any]] | None = None
    cloud_custom_data: str | None = None


@dataclass(frozen=True)
class Reply:
    """Returned by a receiver of a ``RobotSignal``: what the chatbot is given."""

    data: str


@dataclass
class Decision:
    """What has been said of one event so far; ``event`` is the one that the next receiver gets."""

    event: Event
    vetoes: list[Veto] = field(default_factory=list)
    dropped: bool = False
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        return RULES.get(type(self.event), _NO_RULES)

    @property
    def settled(self) -> bool:
        """Whether no receiver can change it any more."""
        return self.dropped or any(self._is_whole(veto) for veto in self.vetoes)

    def note(self, said: Any) -> None:
        """Take in what a receiver has raised or returned. Raises TypeError, ValueError."""
        if said is None:
            return
        if isinstance(said, Veto):
            self.vetoes.append(said)
        elif isinstance(said, Drop) and self.rules.message:
            self.dropped = True
        elif isinstance(said, Rewrite) and self.rules.message:
            self._rewrite(said)
        elif isinstance(said, Reply) and isinstance(self.event, events.RobotSignal):
            self.changes["RspData"] = said.data
        elif isinstance(said, list | tuple):
            for one in said:
                self.note(one)
        else:
            raise TypeError(f"{type(said).__name__} is no answer to {self.event.command}")

    def answer(self) -> dict[str, Any]:
        """What the service is told."""
        if self.rules.per_target:
            return {**OK, "ResultItem": self._results()}
        if self.dropped:
            return {**OK, "ErrorCode": DROPPED}
        whole = [veto for veto in self.vetoes if self._is_whole(veto)]
        if whole:
            return self._refusal(whole[0])
        kept_out = [user_id for veto in self.vetoes for user_id in veto.user_ids or ()]
        listed = {self.rules.refused_list: kept_out} if kept_out else {}
        return {**OK, **self.changes, **listed}

    def _rewrite(self, said: Rewrite) -> None:
        changes: dict[str, Any] = {}
        if said.msg_body is not None:
            changes["MsgBody"] = [dict(element) for element in said.msg_body]
        if said.cloud_custom_data is not None:
            changes["CloudCustomData"] = said.cloud_custom_data
        self.changes.update(changes)
        self.event = replace(self.event, payload={**self.event.payload, **changes})

    def _is_whole(self, veto: Veto) -> bool:
        """Whether it forbids all of it: a veto for some can't stand where there is one target."""
        some = self.rules.per_target or self.rules.refused_list
        return veto.user_ids is None or not some

    def _refusal(self, veto: Veto) -> dict[str, Any]:
        code = self._code(veto)
        return {"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": veto.info}

    def _code(self, veto: Veto) -> int:
        if veto.code is None or veto.code == self.rules.general:
            return self.rules.general if self.rules.per_target else REFUSED
        if veto.code in self.rules.codes:
            return veto.code
        codes = self.rules.codes
        said = f"{codes[0]} to {codes[-1]}" if codes else "no code at all"
        logger.error(
            "%s can't be refused with %s, only with %s: it is refused without a code of its own",
            self.event.command,
            veto.code,
            said,
        )
        return self.rules.general if self.rules.per_target else REFUSED

    def _results(self) -> list[dict[str, Any]]:
        """One result a target: the first veto that is about it, or leave."""
        targets: tuple[str, ...] = getattr(self.event, "user_ids", ())
        return [self._result(user_id) for user_id in dict.fromkeys(targets)]

    def _result(self, user_id: str) -> dict[str, Any]:
        for veto in self.vetoes:
            if veto.user_ids is None or user_id in veto.user_ids:
                code, info = self._code(veto), veto.info
                return {"To_Account": user_id, "ResultCode": code, "ResultInfo": info}
        return {"To_Account": user_id, "ResultCode": 0, "ResultInfo": ""}


def _takes(rules: Rules, code: int) -> bool:
    return code in rules.codes or (rules.general == code and code != 0)
