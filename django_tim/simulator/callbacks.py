"""Callbacks: what the service tells the app's backend, and what it asks it before.

A handler tells what has happened by ``state.tell(command, body)``, and asks for leave by
``state.ask(command, body)`` once it has checked the call and before it changes anything. An
answer can't be waited for while the state is locked, so the first ``ask`` raises
:class:`Question`; the call is begun anew when the answer is there.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import requests

from .clock import Clock
from .refusals import Refusal

logger = logging.getLogger("django_tim.simulator")
TIMEOUT: Final = 2.0
ATTEMPTS: Final = 3
KEPT: Final = 10_000
REST: Final = "RESTAPI"
_DROPPED: Final = 2
# Which of the app's own codes reach the caller, and what he gets without one.
_CODES: Final = {
    "Group": (range(10100, 10201), 10016),
    "C2C": (range(120_001, 130_001), 20006),
    "OfficialAccount": (range(120_001, 130_001), 10016),
}
_TIMELESS: Final = frozenset(
    {
        "Alert.RequestOverLimit",
        "C2C.CallbackAfterMsgReport",
        "C2C.CallbackAfterMsgWithDraw",
        "ContentCallback.ResultNotify",
        "Group.CallbackAfterCreateTopic",
        "Group.CallbackAfterTopicDestroyed",
        "Group.CallbackAfterTopicInfoChanged",
        "Group.CallbackBeforeCreateTopic",
        "Sns.CallbackBlackListAdd",
        "Sns.CallbackBlackListDelete",
        "Sns.CallbackFriendAdd",
        "Sns.CallbackFriendDelete",
    }
)
"""Their bodies do not say when it happened."""
_IN_SECONDS: Final = frozenset({"Push.AllMemberPush", "Push.OfflinePush"})
"""Their bodies say themselves when it happened, in seconds."""
_UNNAMED: Final = frozenset({"ContentCallback.ResultNotify"})
"""Their bodies do not say which command they are."""

Post = Callable[[str, bytes], tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who causes what happens: an administrator by REST, or a user by the app on a device."""

    user_id: str = ""
    platform: str = REST
    client_ip: str = "127.0.0.1"

    @property
    def is_user(self) -> bool:
        """Whether it is a user's doing."""
        return self.platform != REST


@dataclass
class Delivery:
    """One callback: what was sent, and what came back; status 0 is no answer."""

    command: str
    body: dict[str, Any]
    caller: Caller
    status: int = 0
    answer: Any = None
    attempts: int = 0


class Question(Exception):
    """The app must be asked before the call can go on; the state must not be locked meanwhile."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.command)
        self.delivery = delivery


@dataclass(frozen=True)
class Leave:
    """What the app has said of something that is about to happen, and that it did not forbid."""

    dropped: bool = False
    """The message is not delivered, and the caller is told that it was."""
    msg_body: list[dict[str, Any]] | None = None
    cloud_custom_data: str | None = None
    refused: frozenset[str] = frozenset()
    """Who of several is kept out."""
    codes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """The code and the text for each target that is refused."""


class Callbacks:
    """Delivers to one URL: in order, from a thread of its own, with a few tries each."""

    def __init__(self, sdk_app_id: int, clock: Clock) -> None:
        self.delivered: deque[Delivery] = deque(maxlen=KEPT)
        self._sdk_app_id = sdk_app_id
        self._clock = clock
        self._last_ms = 0
        self._session = requests.Session()
        self._waiting: deque[Delivery] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.configure("")

    def configure(
        self,
        url: str,
        token: str = "",
        *,
        commands: Collection[str] | None = None,
        held: bool = False,
        deny_on_failure: bool = False,
        pause: float = 0.2,
        post: Post | None = None,
    ) -> None:
        """Deliver to ``url``, signed if there is a ``token``; "" is nowhere.

        Only ``commands`` if they are given. ``held`` keeps what has happened until ``take`` is
        called, for a test that delivers by itself. ``deny_on_failure`` refuses (80003) what
        nobody answers in time. ``pause`` is in seconds, doubled at each further try. ``post``
        takes the place of HTTP.
        """
        self._url, self._token = url, token
        self._commands = None if commands is None else frozenset(commands)
        self._held, self._deny = held, deny_on_failure
        self._pause = pause
        self._post = post or self._over_http

    def wants(self, command: str) -> bool:
        """Whether such callbacks are delivered."""
        return bool(self._url) and (self._commands is None or command in self._commands)

    def new(self, command: str, body: Mapping[str, Any], caller: Caller) -> Delivery:
        """A callback of what happens now. No two have the same time."""
        self._last_ms = max(self._last_ms + 1, int(self._clock.time() * 1000))
        named = {} if command in _UNNAMED else {"CallbackCommand": command}
        timed = {} if command in _TIMELESS | _IN_SECONDS else {"EventTime": self._last_ms}
        return Delivery(command, {**named, **body, **timed}, caller)

    def tell(self, delivery: Delivery) -> None:
        """Deliver it soon; returns at once."""
        with self._changed:
            self._waiting.append(delivery)
            self._changed.notify_all()
            if self._thread is None and not self._held:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def ask(self, delivery: Delivery) -> None:
        """Deliver it now, once, and note the answer."""
        self._send(delivery)
        self.delivered.append(delivery)

    def leave(self, asked: Delivery) -> Leave:
        """What an answer allows. Raises Refusal where it forbids."""
        answer = asked.answer
        if asked.status != 200 or not isinstance(answer, dict):
            if self._deny:
                raise Refusal(80003, "the app's callback did not answer")
            return Leave()
        self._refuse(asked.command, answer)
        return Leave(
            dropped=answer.get("ErrorCode") == _DROPPED,
            msg_body=answer.get("MsgBody"),
            cloud_custom_data=answer.get("CloudCustomData"),
            refused=frozenset(
                answer.get("RefusedMembers_Account")
                or answer.get("RefusedSubscribers_Account")
                or ()
            ),
            codes=_codes(answer.get("ResultItem") or ()),
        )

    def take(self) -> list[Delivery]:
        """What waits, in order, taken off: with ``held``, the caller's to deliver."""
        with self._changed:
            taken = list(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
            return taken

    def query(self, delivery: Delivery) -> dict[str, str]:
        """What stands in the URL, signed now."""
        query = {
            "SdkAppid": str(self._sdk_app_id),
            "CallbackCommand": delivery.command,
            "contenttype": "json",
            "ClientIP": delivery.caller.client_ip,
            "OptPlatform": delivery.caller.platform,
        }
        if self._token:
            stamp = str(int(time.time()))
            query["Sign"] = sha256(f"{self._token}{stamp}".encode()).hexdigest()
            query["RequestTime"] = stamp
        return query

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything was delivered, or given up; False if it was not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def close(self) -> None:
        """Forget what waits, and end the thread."""
        self.configure("")
        self.take()
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(TIMEOUT + 1)
        self._session.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_over())
                if self._is_over():
                    return
                delivery = self._waiting[0]
            self._deliver(delivery)
            with self._changed:
                # It stays at the head until it is done: that is what flush waits for.
                if self._waiting and self._waiting[0] is delivery:
                    self._waiting.popleft()
                self._changed.notify_all()

    def _is_over(self) -> bool:
        return self._thread is not threading.current_thread()

    def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(ATTEMPTS):
            self._send(delivery)
            if delivery.status == 200 or self._is_over():
                break
            time.sleep(self._pause * 2**attempt)
        else:
            logger.warning("%s could not be delivered: %s", delivery.command, delivery.status)
        self.delivered.append(delivery)

    def _send(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        url = f"{self._url}?{urlencode(self.query(delivery))}"
        content = json.dumps(delivery.body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            delivery.status, answer = self._post(url, content)
            delivery.answer = json.loads(answer)
        except (requests.RequestException, ValueError) as error:
            logger.info("%s: no answer that can be read (%s)", delivery.command, error)

    def _over_http(self, url: str, content: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        response = self._session.post(url, content, headers=headers, timeout=TIMEOUT)
        return response.status_code, response.content

    def _refuse(self, command: str, answer: Mapping[str, Any]) -> None:
        codes, general = _CODES.get(command.partition(".")[0], (range(0), 0))
        code, info = answer.get("ErrorCode"), str(answer.get("ErrorInfo", ""))
        if code == 1 and general:
            raise Refusal(general, info or "refused by the app's callback")
        if isinstance(code, int) and code in codes:
            raise Refusal(code, info)


def _codes(items: Iterable[Any]) -> dict[str, tuple[int, str]]:
    rows = [item for item in items if isinstance(item, dict)]
    return {
        row.get("To_Account", ""): (row["ResultCode"], str(row.get("ResultInfo", "")))
        for row in rows
        if row.get("ResultCode") in range(38_000, 39_001)
    }
