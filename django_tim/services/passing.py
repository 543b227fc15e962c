"""What passes by itself: troubles after which a run waits and goes on, with nothing failed."""

from __future__ import annotations

from typing import Any, Final

from django_tim.catalogue import Endpoint
from django_tim.client.batch import BatchResult
from django_tim.client.errors import error_for
from django_tim.exceptions import NotSent, OutcomeUnknown, RateLimited, ServiceUnavailable

PASSING: Final = (NotSent, OutcomeUnknown, RateLimited, ServiceUnavailable)
PATIENCE: Final = 20
"""Troubles in a row, without progress between, until a run gives up."""
LONGEST_WAIT: Final = 300.0


def wait_after(troubles: int) -> float:
    """Seconds to wait after so many troubles in a row."""
    return float(min(LONGEST_WAIT, 5.0 * 2 ** (troubles - 1)))


def raise_passing(endpoint: Endpoint[Any], result: BatchResult[Any]) -> None:
    """Raise what met a whole call and passes by itself: its items have not failed."""
    for code, info in {(outcome.code, outcome.info) for outcome in result if outcome.code > 0}:
        error = error_for(endpoint, {"ErrorCode": code, "ErrorInfo": info})
        if isinstance(error, PASSING):
            raise error
