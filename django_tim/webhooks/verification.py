"""Whether a callback comes from the service: the app's number, a signature, and its time.

The signature is over the token and the time only, so within the window it would do for any
body: the URL has to be https, and an event that was received before is not handled again.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

WINDOW: Final = 60
"""Seconds that a signature is good for, to either side of its time."""


class NotVerified(Exception):
    """The callback is refused; ``str()`` says why, and holds nothing secret."""


def sign(token: str, request_time: str) -> str:
    """The signature that goes with a time, as the query has it."""
    return sha256(f"{token}{request_time}".encode()).hexdigest()


def verify(query: Mapping[str, str], *, sdk_app_id: int, tokens: Iterable[str], now: float) -> None:
    """Check a callback's query; its names are in lower case.

    One of the tokens must have signed it: two are in use while one replaces the other. Without
    a token nothing is let in. Raises NotVerified.
    """
    if query.get("sdkappid") != str(sdk_app_id):
        raise NotVerified("SdkAppid is not this app's")
    known = list(tokens)
    if not known:
        raise NotVerified("no token is configured, so nothing can be verified")
    given, stamp = query.get("sign", ""), query.get("requesttime", "")
    if not given or not stamp:
        raise NotVerified("Sign or RequestTime is missing")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 20):
        raise NotVerified("RequestTime is no time")
    # All are compared, and each in constant time.
    matches = [hmac.compare_digest(sign(one, stamp).encode(), given.encode()) for one in known]
    if not any(matches):
        raise NotVerified("Sign is wrong")
    if abs(now - int(stamp)) > WINDOW:
        raise NotVerified(f"RequestTime is more than {WINDOW} s away")
