"""The URL that the service calls: verified, parsed, stored or decided, answered."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from django_tim import conf, tasks
from django_tim.exceptions import ConfigurationError, UnknownAlias

from . import inbox
from .deciding import decide
from .events import Event, parse
from .verdicts import OK
from .verification import NotVerified, verify

logger = logging.getLogger("django_tim.webhooks")
_COMMAND = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_LONGEST_COMMAND = 128
_MOST_FIELDS = 100


class Malformed(Exception):
    """The request is no callback; ``str()`` says why."""


def non_atomic(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """No database's ATOMIC_REQUESTS holds for the view: what it stores is there when it answers."""
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


@csrf_exempt
@login_not_required
@non_atomic
@require_POST
def callback(request: HttpRequest, alias: str) -> HttpResponse:
    """Take a callback for the app ``alias``.

    200 with OK: taken, or known already; with what receivers decided for a *before* event.
    400: no callback. 403: not verified. 404: no such app. 503: it could not be stored, or our
    settings are wrong, so that a service that tries again will be heard.
    """
    started = time.monotonic()
    try:
        query = _query(request)
        _verify(query, alias)
        event = _event(request, query, alias)
        answer = decide(event, started=started) if event.before else _take(event)
    except NotVerified as refused:
        logger.warning("a callback for %r is refused: %s", alias, refused)
        return _refusal(HTTPStatus.FORBIDDEN, str(refused))
    except Malformed as error:
        logger.warning("a callback for %r is malformed: %s", alias, error)
        return _refusal(HTTPStatus.BAD_REQUEST, str(error))
    except UnknownAlias:
        return _refusal(HTTPStatus.NOT_FOUND, "no such app")
    except (ConfigurationError, DatabaseError):
        logger.exception("a callback for %r could not be taken", alias)
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "it could not be taken")
    return JsonResponse(answer)


def _query(request: HttpRequest) -> dict[str, str]:
    """The query, its names in lower case. Quicker than ``request.GET``, which keeps lists."""
    text = request.META.get("QUERY_STRING", "")
    try:
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Malformed("the query has too many fields") from None
    return {name.lower(): value for name, value in found}


def _verify(query: dict[str, str], alias: str) -> None:
    verify(
        query,
        sdk_app_id=conf.app_config(alias).sdk_app_id,
        tokens=conf.app_settings(alias).callback_tokens,
        now=time.time(),
    )


def _take(event: Event) -> dict[str, Any]:
    if inbox.store(event) is not None:
        tasks.enqueue_callbacks()
    return OK


def _event(request: HttpRequest, query: dict[str, str], alias: str) -> Event:
    payload = _payload(request)
    command = query.get("callbackcommand") or payload.get("CallbackCommand")
    if not isinstance(command, str) or not 0 < len(command) <= _LONGEST_COMMAND:
        raise Malformed("CallbackCommand is missing")
    if not _COMMAND.issuperset(command):
        raise Malformed("CallbackCommand is no command")
    return parse(
        command,
        payload,
        app=alias,
        sdk_app_id=conf.app_config(alias).sdk_app_id,
        client_ip=query.get("clientip", ""),
        platform=query.get("optplatform", ""),
    )


def _payload(request: HttpRequest) -> dict[str, Any]:
    """The body, whatever content type is said to be it. Raises Malformed."""
    try:
        payload = json.loads(_body(request))
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(payload, dict):
        raise Malformed("the body is no JSON object")
    return payload


def _body(request: HttpRequest) -> bytes:
    most = conf.options().callback_max_bytes
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > most:
        raise Malformed(f"the body is longer than {most} bytes")
    try:
        body = request.body
    except (RequestDataTooBig, RawPostDataException, UnreadablePostError) as error:
        raise Malformed(f"the body can't be read: {error}") from None
    if len(body) > most:
        raise Malformed(f"the body is longer than {most} bytes")
    return body


def _refusal(status: HTTPStatus, info: str) -> HttpResponse:
    content = {"ActionStatus": "FAIL", "ErrorCode": 1, "ErrorInfo": info}
    return JsonResponse(content, status=status)
