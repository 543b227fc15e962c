"""Any endpoint, called by a person: what the admin's console and ``tim_call`` have in common."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django_tim import catalogue
from django_tim.catalogue import BY_PATH, Endpoint
from django_tim.client.batch import BatchResult
from django_tim.exceptions import (
    APIError,
    ConfigurationError,
    InvalidArgument,
    TimError,
    UnsafeTransaction,
)
from django_tim.exceptions import said as _
from django_tim.exports.outcomes import outcomes
from django_tim.exports.requests import query_words
from django_tim.pacing.base import interactive

from .actor import Actor
from .changes import change

OBJECT = "endpoint"
_BEFORE = (ConfigurationError, UnsafeTransaction)
KEPT = 8_000
"""Characters of a body that the audit trail keeps."""


@dataclass(frozen=True)
class Reply:
    """What came of a call: an answer, or an error; and how long it took, its turn included."""

    seconds: float
    answer: Mapping[str, Any] | None = None
    error: TimError | None = None
    result: BatchResult[Any] = field(default_factory=BatchResult)
    """The items' outcomes, where the answer speaks of them."""

    @property
    def text(self) -> str:
        """The answer for people, or what the service said with its error code; "" for neither."""
        said = self.answer
        if isinstance(self.error, APIError):
            said = {"ErrorCode": self.error.code, "ErrorInfo": self.error.info}
            said |= {"RequestId": self.error.request_id} if self.error.request_id else {}
        return "" if said is None else readable(said)


def call(
    endpoint: Endpoint[Any],
    body: Mapping[str, Any],
    *,
    query: Mapping[str, str] | None = None,
    app: str = "default",
    actor: Actor,
) -> Reply:
    """Call an endpoint, and take down in the audit trail that it was.

    An error is part of the reply, and so are the items that failed inside an answer that says
    OK. Raises UnsafeTransaction, ConfigurationError and UnknownAlias, before anything was sent.
    """
    with interactive():
        begun = time.monotonic()
        try:
            with change(
                f"console.{endpoint.effect.value}",
                app=app,
                actor=actor,
                object_type=OBJECT,
                object_id=endpoint.path,
                details={**_details(body), "query": query},
            ) as changed:
                begun = time.monotonic()
                answer = changed.tim.call(endpoint, body, query=query)
                seconds = time.monotonic() - begun
                result = outcomes(endpoint_named(endpoint.path)[0], body, answer)
                if len(result):
                    changed.came_to(result)
        except TimError as error:
            if isinstance(error, _BEFORE):
                raise
            return Reply(time.monotonic() - begun, error=error)
        return Reply(seconds, answer, result=result)


def endpoint_named(name: str) -> tuple[str, Endpoint[Any]]:
    """An endpoint by its name in the catalogue, or by its path; with that name.

    Raises InvalidArgument for one that there is not.
    """
    wanted = BY_PATH.get(name.removeprefix("v4/"))
    for known, endpoint in catalogue.endpoints():
        if known == name.upper() or endpoint is wanted:
            return known, endpoint
    raise InvalidArgument(f"the catalogue has no endpoint {name!r}")


def body_of(text: str) -> dict[str, Any]:
    """The JSON object that a person has typed; an empty text is an empty object.

    Raises InvalidArgument, with line and column of what is wrong.
    """
    try:
        body = json.loads(text.strip() or "{}", parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        said = _(
            "not JSON: line {line}, column {column}: {cause}",
            line=error.lineno,
            column=error.colno,
            cause=error.msg,
        )
        raise InvalidArgument(said) from None
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(_("not JSON that can be sent: {cause}", cause=str(error))) from None
    if not isinstance(body, dict):
        raise InvalidArgument(_("the body is a JSON object"))
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidArgument(_("not UTF-8: a text has half of a surrogate pair")) from None
    return body


def query_of(name: str, given: Iterable[str]) -> dict[str, str]:
    """What a person wants in the URL, as ``parameter=value``, of an endpoint by its name.

    Raises InvalidArgument for a parameter that the endpoint has not, and for another value.
    """
    known, found = query_words(name), {}
    for text in given:
        parameter, _, value = text.partition("=")
        if parameter not in known:
            raise InvalidArgument(f"{name} has no parameter {parameter!r} in its URL")
        if value not in known[parameter]:
            words = ", ".join(f"{one} ({word})" for one, word in known[parameter].items())
            raise InvalidArgument(f"{parameter} is one of {words}, not {value!r}")
        found[parameter] = value
    return found


def readable(value: Any) -> str:
    """JSON for people, its keys in the order in which they came."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()  # \ud83d, as JSON writes a half


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    text = json.dumps(body, ensure_ascii=False)
    return {"body": body} if len(text) <= KEPT else {"body_begins": text[:KEPT]}
