"""The bytes of a call: its body, and the answer's envelope in all its irregular forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django_tim.exceptions import (
    BadAnswer,
    GatewayRefused,
    InvalidArgument,
    NotSent,
    OutcomeUnknown,
    TransportError,
)
from django_tim.exceptions import said as _

from .secret import redact
from .transport import RawAnswer


def encode(payload: Mapping[str, Any]) -> bytes:
    """The body of a call, never empty; raises InvalidArgument for what JSON can't carry."""
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            _("this can't be sent as JSON in UTF-8: {cause}", cause=str(error))
        ) from None


def decode(raw: RawAnswer, path: str) -> dict[str, Any]:
    """The answer with a whole envelope: ActionStatus, an integer ErrorCode, and ErrorInfo.

    Raises GatewayRefused, OutcomeUnknown or BadAnswer for what a gateway, not the service, said.
    """
    if raw.status != 200:
        raise _from_gateway(raw.status, path)
    try:
        answer = json.loads(raw.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise BadAnswer(_("the answer is not a JSON object, or is cut off"), path)
    return _envelope(answer, path)


def _from_gateway(status: int, path: str) -> TransportError:
    """What an HTTP status says: the service itself answers 200 to everything."""
    text = _("a gateway answered HTTP {status}", status=status)
    if status >= 500 or status == 408:
        return OutcomeUnknown(text, path)
    if status == 429:
        return NotSent(text, path)
    return GatewayRefused(
        _("{what}: is the host right, and may this machine call it?", what=text), path
    )


def _envelope(answer: dict[str, Any], path: str) -> dict[str, Any]:
    try:
        code = int(answer["ErrorCode"])
    except (KeyError, TypeError, ValueError):
        raise BadAnswer(_("the answer has no ErrorCode"), path) from None
    if code == 0 and answer.get("ActionStatus") == "FAIL":
        raise BadAnswer(_("the answer says FAIL without a code"), path)
    answer["ErrorCode"] = code
    answer["ActionStatus"] = answer.get("ActionStatus") or ("FAIL" if code else "OK")
    info = answer.get("ErrorInfo") or answer.get("ErrorDisplay") or ""
    answer["ErrorInfo"] = redact(str(info))
    return answer
