"""Whether, when and how often one call is made again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from django_tim.catalogue import Endpoint, Keyed, Repeatable
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    GatewayRefused,
    NotSent,
    OutcomeUnknown,
    PacingTimeout,
    Said,
    TransportError,
)
from django_tim.exceptions import said as _

from .error_table import FINAL, MAYBE, REFUSED, Outcome
from .errors import outcome_of

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
# A check of the account that fails may be a passing trouble, but more often it is a wrong secret.
FEW_ATTEMPTS = 3
# Seconds: the service itself answers, or gives up, within this. An attempt that can't be given
# as long, because its turn or its pause used up the deadline, is not begun.
ANSWER_TIME = 3.0


class Retry:
    """The repeats of one call: safe ones only, with growing pauses, inside its deadline."""

    def __init__(
        self,
        endpoint: Endpoint[Any],
        payload: Mapping[str, Any],
        deadline: float,
        clock: Callable[[], float],
        rng: random.Random,
    ) -> None:
        self.endpoint = endpoint
        self._payload = payload
        self._clock = clock
        self._random = rng
        self._began = clock()
        self._ends = self._began + deadline
        self._answer_time = min(ANSWER_TIME, deadline / 2)
        self._attempts = 0
        self._renewed = False
        self._last: APIError | TransportError | None = None
        self._doubt: APIError | TransportError | None = None  # it may have been carried out

    def time_to_begin(self) -> float:
        """Seconds within which another attempt must begin, so that it can be answered."""
        return max(0.0, self._ends - self._answer_time - self._clock())

    def timeout(self, connect: float, read: float) -> tuple[float, float]:
        """The time limits of the next attempt, which ends by the deadline if it has to."""
        left = max(self._answer_time, self._ends - self._clock())
        return min(connect, left), min(read, left)

    def renew_once(self) -> bool:
        """True the first time it is asked: a second expired signature is an error."""
        first, self._renewed = not self._renewed, True
        return first

    def pause_after(self, failure: APIError | TransportError) -> float | None:
        """Seconds to wait before the next attempt, or None if there must be none."""
        outcome = _outcome(failure, self.endpoint)
        if not isinstance(failure, PacingTimeout):
            self._last = failure
        if outcome is MAYBE:
            self._doubt = failure
        self._attempts += 1
        if outcome is FINAL or (outcome is MAYBE and not self._may_repeat()):
            return None
        if isinstance(failure, AuthenticationFailed) and self._attempts >= FEW_ATTEMPTS:
            return None
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._attempts - 1))
        pause = self._random.uniform(longest / 2, longest)
        return pause if pause < self.time_to_begin() else None

    def verdict(self, failure: APIError | TransportError) -> APIError | TransportError:
        """What to raise in the end: the last failure, unless it would hide what came before.

        A turn that did not come says less than the failure that made a repeat necessary. And
        once an attempt may have been carried out, the call can't end as "not sent"; nor, on
        an endpoint that is not repeatable at any time, as an error of a later attempt.
        """
        if isinstance(failure, PacingTimeout) and self._last:
            failure = self._last
        if self._doubt is None or isinstance(failure, OutcomeUnknown):
            return failure
        if self.endpoint.repeatable is Repeatable.YES and isinstance(failure, APIError):
            return failure
        code = self._doubt.code if isinstance(self._doubt, APIError | OutcomeUnknown) else 0
        said = _without_path(self._doubt, self.endpoint.path)
        text = _("it may have been carried out ({what})", what=said)
        return OutcomeUnknown(text, self.endpoint.path, code)

    def _may_repeat(self) -> bool:
        rule = self.endpoint.repeatable
        if not isinstance(rule, Keyed):
            return rule is Repeatable.YES
        named = all(self._payload.get(field) is not None for field in rule.fields)
        in_time = rule.window is None or self._clock() - self._began + LONGEST_PAUSE < rule.window
        return named and in_time


def _outcome(failure: APIError | TransportError, endpoint: Endpoint[Any]) -> Outcome:
    if isinstance(failure, PacingTimeout | GatewayRefused):
        return FINAL
    if isinstance(failure, NotSent):
        return REFUSED
    if isinstance(failure, APIError):
        return outcome_of(failure.code, endpoint.service)
    return MAYBE


def _without_path(failure: Exception, path: str) -> str:
    told = failure.args[0] if failure.args else ""
    return told if isinstance(told, Said) else str(failure).removeprefix(f"{path}: ")
