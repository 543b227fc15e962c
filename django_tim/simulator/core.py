"""The brain: one call in, one answer out, whatever door it came through."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django_tim import catalogue
from django_tim.catalogue import BY_PATH

from . import (
    accounts,
    blacklists,
    conversations,
    files,
    follows,
    friend_groups,
    friends,
    group_attributes,
    group_counters,
    group_members,
    group_messages,
    groups,
    live,
    message_extensions,
    messages,
    moderation,
    mutes,
    official_accounts,
    operations,
    permission_groups,
    profiles,
    push,
    robots,
    streams,
    timpush,
    topics,
)
from .body import Body
from .callbacks import Callbacks, Caller, Delivery, Question
from .clock import Clock
from .faults import Faults
from .group_types import Plan
from .rates import Rates
from .refusals import Refusal, codes_of
from .registry import HANDLERS, OK
from .seed import Seed
from .signatures import Signatures
from .state import State
from .users import User

T = TypeVar("T")
KEPT_REQUESTS: Final = 10_000
# These services answer with one more field, which is always empty.
_SAYING_MORE: Final = (catalogue.PROFILE, catalogue.SNS, catalogue.RECENT)
_SAID_TOO: Final = {"ErrorDisplay": ""}
AREAS: Final = (
    accounts,
    profiles,
    groups,
    group_members,
    messages,
    message_extensions,
    streams,
    conversations,
    mutes,
    operations,
    files,
    group_messages,
    group_attributes,
    group_counters,
    topics,
    permission_groups,
    live,
    friends,
    blacklists,
    friend_groups,
    follows,
    push,
    timpush,
    official_accounts,
    robots,
    moderation,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; the signature is not kept."""

    path: str
    query: Mapping[str, str]
    body: Any
    code: int


class Simulator:
    """The service for one app. Thread-safe: calls are carried out one after the other.

    ``check_rates`` refuses the calls beyond the catalogue's rates with 60007.
    """

    def __init__(
        self,
        sdk_app_id: int,
        secret_key: str,
        admin: str | Iterable[str] = "administrator",
        *,
        clock: Clock | None = None,
        check_rates: bool = True,
        plan: Plan | None = None,
    ) -> None:
        admins = [admin] if isinstance(admin, str) else list(admin)
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.rates = Rates(self.clock, enabled=check_rates)
        self.state = State(sdk_app_id, admins, self.clock, plan or Plan(), self.rates)
        self.faults = Faults()
        self.requests: deque[Received] = deque(maxlen=KEPT_REQUESTS)
        self.counts: dict[str, int] = {}
        self._randoms = 0
        self._signatures = Signatures(sdk_app_id, secret_key)

    @property
    def callbacks(self) -> Callbacks:
        """What the app's backend is told and asked: ``callbacks.configure(url, token)``."""
        return self.state.callbacks

    def handle(
        self, path: str, query: Mapping[str, str], body: bytes | Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The answer to a call of ``/v4/service/command``."""
        fields: Any = body
        try:
            endpoint_path = self._endpoint_path(path)
            fields = _parsed(body)
            with self.lock:
                handler = self._handler(endpoint_path, query)
            caller = Caller(query["identifier"])
            also = _SAID_TOO if endpoint_path.partition("/")[0] in _SAYING_MORE else {}
            answer = self.act(caller, lambda: {**OK, **also, **handler(fields)})
        except Refusal as refusal:
            endpoint_path = path.strip("/").removeprefix("v4/")
            answer = dict(refusal.answer())
        with self.lock:
            self._record(endpoint_path, query, fields, int(answer.get("ErrorCode", 0)))
        return answer

    def act(self, caller: Caller, action: Callable[[], T]) -> T:
        """Let ``caller`` do something with the state, which is locked meanwhile.

        What must be asked before is asked without the lock, and ``action`` is begun anew.
        """
        asked: list[Delivery] = []
        while True:
            with self.lock:
                self.state.caller, self.state.answers = caller, deque(asked)
                try:
                    return action()
                except Question as question:
                    delivery = question.delivery
            self.callbacks.ask(delivery)
            asked.append(delivery)

    def user(self, user_id: str, *, platform: str = "iOS") -> User:
        """What an account's user does by the app on a device."""
        return User(self, user_id, platform)

    def seed(self, *, groups: int = 0, accounts: int = 0, messages: int = 0, seed: int = 1) -> None:
        """Add a data set of this size, the same one for the same ``seed``.

        In so many groups, and between so many pairs of accounts, there are ``messages``.
        """
        with self.lock:
            Seed(self.state, groups=groups, accounts=accounts, seed=seed).plant(messages)

    def reset(self) -> None:
        """Forget the data, the faults, the requests, the rates, and callbacks under way."""
        with self.lock:
            self.state.clear()
            self.callbacks.take()
            self.rates.forget()
            self.faults.clear()
            self.requests.clear()
            self.counts.clear()
            self.clock.reset()

    def next_random(self) -> int:
        """A number for a message of a user's: another one each time."""
        self._randoms += 1
        return self._randoms

    def _handler(self, path: str, query: Mapping[str, str]) -> Callable[[Any], Mapping[str, Any]]:
        """What carries out a call, once it has been let in."""
        self._check_caller(query)
        endpoint = BY_PATH[path]
        if not self.rates.allow(endpoint):
            raise Refusal(60007, "the call frequency of this endpoint is above its limit")
        code = self.faults.code_for(path)
        if code:
            raise Refusal(code, "asked for by the test")
        handler = HANDLERS.get(endpoint.path)
        if handler is None:
            raise Refusal(60009, "the simulator does not know this endpoint yet")
        service, command = path.split("/")
        codes = codes_of(service)
        return lambda fields: handler(self.state, Body(fields, codes, command, query))

    def _endpoint_path(self, path: str) -> str:
        parts = path.strip("/").split("/")
        found = "/".join(parts[1:])
        if parts[0] != "v4" or found not in BY_PATH:
            raise Refusal(60009, "no such resource: the request path is wrong")
        return found

    def _check_caller(self, query: Mapping[str, str]) -> None:
        given = query.get("sdkappid", "")
        if not given:
            raise Refusal(60012, "sdkappid is missing from the URL")
        if given != str(self.state.sdk_app_id):
            raise Refusal(60006, "SDKAppID is not valid")
        identifier = query.get("identifier", "")
        if not identifier:
            raise Refusal(60004, "identifier is missing from the URL")
        self._signatures.check(query.get("usersig"), identifier, self.clock.time())
        if identifier not in self.state.admins:
            raise Refusal(60010, "identifier is not an app administrator")

    def _record(self, path: str, query: Mapping[str, str], body: Any, code: int) -> None:
        shown = {name: value for name, value in query.items() if name != "usersig"}
        self.counts[path] = self.counts.get(path, 0) + 1
        self.requests.append(Received(path, shown, body, code))


def _parsed(body: bytes | Mapping[str, Any] | None) -> dict[str, Any]:
    if isinstance(body, Mapping):
        return dict(body)
    try:
        fields = json.loads(body or b"")
    except (ValueError, RecursionError):
        raise Refusal(60003, "the request body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise Refusal(60003, "the request body is not a JSON object")
    return fields
