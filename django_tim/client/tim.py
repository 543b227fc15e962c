"""One app's REST API: ``Tim.call`` for any endpoint, and the areas' methods by name."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django_tim.answers import Envelope
from django_tim.api.accounts import Accounts
from django_tim.api.blacklists import Blacklists
from django_tim.api.conversations import Conversations
from django_tim.api.files import Files
from django_tim.api.follows import Follows
from django_tim.api.friend_groups import FriendGroups
from django_tim.api.friends import Friends
from django_tim.api.group_attributes import GroupAttributes
from django_tim.api.group_counters import GroupCounters
from django_tim.api.group_members import GroupMembers
from django_tim.api.group_messages import GroupMessages
from django_tim.api.groups import Groups
from django_tim.api.live import Live
from django_tim.api.message_extensions import MessageExtensions
from django_tim.api.messages import Messages
from django_tim.api.moderation import Moderation
from django_tim.api.mutes import Mutes
from django_tim.api.official_accounts import OfficialAccounts
from django_tim.api.operations import Operations
from django_tim.api.permission_groups import PermissionGroups
from django_tim.api.profiles import Profiles
from django_tim.api.push import Push
from django_tim.api.robots import Robots
from django_tim.api.streams import Streams
from django_tim.api.timpush import TIMPush
from django_tim.api.topics import Topics
from django_tim.catalogue import Effect, Endpoint
from django_tim.exceptions import APIError, NotSent, RateLimited, ReadOnlyApp, TransportError
from django_tim.exceptions import said as _
from django_tim.pacing.base import Pacer, is_interactive

from .config import AppConfig
from .errors import error_for
from .hosts import Hosts
from .meter import NO_ANSWER, NOT_SENT, Meter
from .retry import Retry
from .secret import Secret
from .transport import HTTPTransport, Transport
from .usersig import AdminSignature
from .wire import decode, encode

A = TypeVar("A", bound=Envelope)
Heard = Callable[[Endpoint[Any], Mapping[str, Any], Mapping[str, Any]], None]
"""Who is told of each call that was carried out: endpoint, payload, answer. It must not raise."""

# A person does not wait as long as a task does.
INTERACTIVE_DEADLINE = 10.0
# Expired, and made invalid by something newer.
OUTDATED = (70001, 70052)


class Tim:
    """The REST API v4 of one app. Thread-safe; one of it serves a whole process.

    ``pacer`` gives out the turns of the calls (none: they are not paced); ``transport`` is
    the network, which tests replace.
    """

    accounts: Accounts
    profiles: Profiles
    groups: Groups
    group_members: GroupMembers
    messages: Messages
    message_extensions: MessageExtensions
    streams: Streams
    conversations: Conversations
    mutes: Mutes
    operations: Operations
    files: Files
    group_messages: GroupMessages
    group_attributes: GroupAttributes
    group_counters: GroupCounters
    topics: Topics
    permission_groups: PermissionGroups
    live: Live
    friends: Friends
    blacklists: Blacklists
    friend_groups: FriendGroups
    follows: Follows
    push: Push
    timpush: TIMPush
    official_accounts: OfficialAccounts
    robots: Robots
    moderation: Moderation

    def __init__(
        self,
        config: AppConfig,
        *,
        pacer: Pacer | None = None,
        transport: Transport | None = None,
        heard: Heard | None = None,
        meter: Meter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self._pacer = pacer
        self._heard = heard
        self._meter = meter
        self._transport = transport or HTTPTransport(config)
        self._signature = AdminSignature(config)
        self._hosts = Hosts(config, clock)
        self._clock = clock
        self._sleep = sleep
        self._random = random.Random()  # noqa: S311  (jitter only)
        self.accounts = Accounts(self)
        self.profiles = Profiles(self)
        self.groups = Groups(self)
        self.group_members = GroupMembers(self)
        self.messages = Messages(self)
        self.message_extensions = MessageExtensions(self)
        self.streams = Streams(self)
        self.conversations = Conversations(self)
        self.mutes = Mutes(self)
        self.operations = Operations(self)
        self.files = Files(self)
        self.group_messages = GroupMessages(self)
        self.group_attributes = GroupAttributes(self)
        self.group_counters = GroupCounters(self)
        self.topics = Topics(self)
        self.permission_groups = PermissionGroups(self)
        self.live = Live(self)
        self.friends = Friends(self)
        self.blacklists = Blacklists(self)
        self.friend_groups = FriendGroups(self)
        self.follows = Follows(self)
        self.push = Push(self)
        self.timpush = TIMPush(self)
        self.official_accounts = OfficialAccounts(self)
        self.robots = Robots(self)
        self.moderation = Moderation(self)

    def __repr__(self) -> str:
        return f"<Tim {self.config.alias!r} {self.config.sdk_app_id}>"

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._transport.close()

    def call(
        self,
        endpoint: Endpoint[A],
        payload: Mapping[str, Any] | None = None,
        *,
        deadline: float | None = None,
        query: Mapping[str, str] | None = None,
    ) -> A:
        """Call any endpoint of the catalogue and return its answer.

        ``deadline`` is in seconds and covers the wait for the call's turn and all repeats.
        ``query`` adds parameters to the URL, which only ConfigSvc/GetIPList has.
        Raises ReadOnlyApp and InvalidArgument before anything is sent, NotSent if nothing
        reached the service, OutcomeUnknown if it may have been carried out, and a subclass
        of APIError for an error code.
        """
        if self.config.read_only and endpoint.effect is not Effect.READ:
            raise ReadOnlyApp(
                _(
                    "{endpoint}: the app {app!r} is READ_ONLY",
                    endpoint=endpoint.path,
                    app=self.config.alias,
                )
            )
        payload = payload or {}
        body = encode(payload)
        retry = Retry(endpoint, payload, self._deadline(deadline), self._clock, self._random)
        while True:
            signature = self._signature.get()
            failure: APIError | TransportError
            try:
                answer = self._attempt(endpoint, body, signature, retry, query)
                break
            except (APIError, TransportError) as error:
                failure = error
                self._count(error)
                if self._renewed(error, signature, retry):
                    continue
            self._pause(retry, failure)
        self._count(None)
        if self._heard is not None:
            self._heard(endpoint, payload, answer)
        return cast(A, answer)

    def _count(self, failure: APIError | TransportError | None) -> None:
        if self._meter is None:
            return
        if isinstance(failure, NotSent):
            self._meter.answered(NOT_SENT)
        elif failure is None or isinstance(failure, APIError):
            self._meter.answered(failure.code if failure else 0)
        else:
            self._meter.answered(NO_ANSWER)

    def _deadline(self, asked: float | None) -> float:
        if asked is not None:
            return asked
        usual = self.config.deadline
        return min(usual, INTERACTIVE_DEADLINE) if is_interactive() else usual

    def _attempt(
        self,
        endpoint: Endpoint[Any],
        body: bytes,
        signature: Secret,
        retry: Retry,
        query: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        self._wait_for_turn(endpoint, retry)
        base_url = self._hosts.current()
        try:
            raw = self._transport.post(
                f"{base_url}/v4/{endpoint.path}",
                self._query(signature) | dict(query or {}),
                body,
                retry.timeout(self.config.connect_timeout, self.config.read_timeout),
            )
        except TransportError as error:
            error.name(endpoint.path)
            if isinstance(error, NotSent):
                self._hosts.unreachable(base_url)
            raise
        answer = decode(raw, endpoint.path)
        if self._meter is not None:
            self._meter.came_with(raw.headers)
        if answer["ErrorCode"]:
            raise error_for(endpoint, answer)
        return answer

    def _query(self, signature: Secret) -> dict[str, str]:
        return {
            "sdkappid": str(self.config.sdk_app_id),
            "identifier": self.config.admin,
            "usersig": signature,
            "random": str(secrets.randbits(32)),
            "contenttype": "json",
        }

    def _wait_for_turn(self, endpoint: Endpoint[Any], retry: Retry) -> None:
        """Raises PacingTimeout if the turn would come too late for an answer in time."""
        if self._pacer is not None:
            timeout = retry.time_to_begin()
            begun = self._clock()
            self._pacer.acquire(self._pacing_key(endpoint), self.rate_of(endpoint), timeout=timeout)
            if self._meter is not None:
                self._meter.waited(self._clock() - begun)

    def rate_of(self, endpoint: Endpoint[Any]) -> float:
        """Calls a second that we make at most, of all processes together."""
        return self.config.rates.get(endpoint.path, endpoint.qps) * self.config.rate_share

    def slow_down(self, endpoint: Endpoint[Any], seconds: float) -> None:
        """Make no call of an endpoint for this long: others use up its rate."""
        if self._pacer is not None:
            self._pacer.slow_down(self._pacing_key(endpoint), seconds)

    def _pacing_key(self, endpoint: Endpoint[Any]) -> str:
        return f"{self.config.sdk_app_id}:{endpoint.path}"

    def _renewed(self, error: Exception, signature: Secret, retry: Retry) -> bool:
        """Whether an outdated signature was replaced, so that the call can be made again."""
        outdated = isinstance(error, APIError) and error.code in OUTDATED
        return outdated and retry.renew_once() and self._signature.renew(signature)

    def _pause(self, retry: Retry, failure: APIError | TransportError) -> None:
        """Wait before the next attempt, or raise what the call comes to."""
        if isinstance(failure, RateLimited) and self._pacer is not None:
            # The vendor counts by the second: let one go by, in every process.
            self.slow_down(retry.endpoint, 1.0)
        pause = retry.pause_after(failure)
        if pause is None:
            raise retry.verdict(failure)
        self._sleep(pause)
