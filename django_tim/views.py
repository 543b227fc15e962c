"""``tim/usersig/``: the UserSig of the user who is logged in, for the client SDK.

POST only: a GET may be sent by any page, kept on the way, or repeated at will.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from django_tim import conf, tasks
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    InvalidArgument,
    RateLimited,
    ReadOnlyApp,
    ServiceUnavailable,
    TimError,
    TransportError,
)
from django_tim.linking import AccountLink, ReservedUserID, linked_object
from django_tim.pacing import interactive
from django_tim.services import link_delivery, usersigs
from django_tim.services.links import UserIDTaken
from django_tim.services.usersigs import SignedUser, SigningRefused

from .webhooks.views import non_atomic

logger = logging.getLogger("django_tim.usersig")

MINUTE: Final = 60
LATER: Final = 5
"""Seconds after which a client should ask again, where the service was in trouble."""


class Refused(Exception):
    """No UserSig is given: an HTTP status, a word for programs and a text for people."""

    def __init__(self, status: HTTPStatus, error: str, detail: str, **more: Any) -> None:
        super().__init__(status, error, detail)
        self.status = status
        self.content = {"error": error, "detail": detail, **more}
        self.retry_after: int = 0


@csrf_exempt
@login_not_required
@non_atomic
def usersig(request: HttpRequest) -> HttpResponse:
    """Answer ``{"sdkAppId", "userId", "userSig", "expires"}``, or ``{"error", "detail"}``.

    401: nobody is logged in. 403: the CSRF token is missing, or the user is not linked to an
    account, not active, banned, or has a UserID that nobody may have. 405: no POST. 409: the
    service refuses to make the account. 429: too many. 503: the service or our settings are
    in trouble, with Retry-After where it passes.
    """
    try:
        response: HttpResponse = JsonResponse(_content(_signed(request)))
    except Refused as refusal:
        response = JsonResponse(refusal.content, status=refusal.status)
        if refusal.retry_after:
            response["Retry-After"] = str(refusal.retry_after)
        if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response["Allow"] = "POST"
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response


def session_user(request: HttpRequest) -> Any:
    """The user of Django's session, whose browser has sent the CSRF token; None if nobody is.

    What a project's own callable falls back on.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    # The view itself is exempt, for a token in a header needs no such check.
    check = CsrfViewMiddleware(lambda request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, session_user, (), {}) is not None:
        raise Refused(HTTPStatus.FORBIDDEN, "csrf", _("The CSRF token is missing or wrong."))
    return user


def _signed(request: HttpRequest) -> SignedUser:
    if request.method != "POST":
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "method", _("Only POST is answered."))
    user = _authenticated(request)
    _throttle(user)
    found = linked_object(user)
    if found is None:
        raise _unlinked()
    try:
        with interactive():
            return _signed_for(*found, user)
    except TimError as error:
        raise _refusal(error) from error


def _authenticated(request: HttpRequest) -> Any:
    path = conf.options().usersig_authentication
    authenticate: Callable[[HttpRequest], Any] = import_string(path) if path else session_user
    user = authenticate(request)
    if user is None or not getattr(user, "is_authenticated", True):
        raise Refused(HTTPStatus.UNAUTHORIZED, "unauthenticated", _("Log in first."))
    return user


def _signed_for(link: AccountLink[Any], obj: Any, user: Any) -> SignedUser:
    if not getattr(user, "is_active", True) or not link.is_active(obj):
        raise SigningRefused(usersigs.INACTIVE, f"{link.label} {obj.pk} is not active")
    target = link.target(obj)
    if target is None:
        raise _unlinked()
    usersigs.check(target.user_id, app=target.app)
    if link_delivery.ensure(link, obj):
        tasks.enqueue_links()
    return usersigs.sign(target.user_id, app=target.app)


def _throttle(user: Any) -> None:
    """Count the UserSigs of a user in this minute, in Django's cache."""
    most = conf.options().usersigs_a_minute
    who = f"{user.__class__.__qualname__}:{getattr(user, 'pk', user)}"
    key = f"django_tim:usersig:{blake2b(who.encode(), digest_size=16).hexdigest()}"
    cache.add(key, 0, MINUTE)
    try:
        count = cache.incr(key)
    except ValueError:  # it ended in between, or the cache keeps nothing
        return
    if count > most:
        detail = _("Too many UserSigs were asked for; keep the one you have.")
        refusal = Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", detail)
        refusal.retry_after = MINUTE
        raise refusal


def _content(signed: SignedUser) -> dict[str, Any]:
    return {
        "sdkAppId": signed.sdk_app_id,
        "userId": signed.user_id,
        "userSig": signed.user_sig.reveal(),
        "expires": signed.expires,
    }


def _unlinked() -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, "unlinked", _("No account is linked to this user."))


def _refusal(error: TimError) -> Refused:
    """What an error means to the client; what only we can mend is told to the log."""
    if isinstance(error, SigningRefused):
        said = {
            usersigs.BANNED: _("This user is banned."),
            usersigs.INACTIVE: _("This user is not active."),
        }
        return Refused(HTTPStatus.FORBIDDEN, error.reason, said.get(error.reason, str(error)))
    if isinstance(error, InvalidArgument):
        return _wrong_id(error)
    if isinstance(error, TransportError | ServiceUnavailable | RateLimited):
        logger.warning("an account could not be made: %s", error)
        refusal = Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", _("Try again later."))
        refusal.retry_after = LATER
        return refusal
    logger.error("no UserSig could be made: %s", error)
    if isinstance(error, APIError) and not isinstance(error, AuthenticationFailed):
        detail = _("The service refuses to make the account.")
        return Refused(HTTPStatus.CONFLICT, "account_refused", detail, code=error.code)
    word = "read_only" if isinstance(error, ReadOnlyApp) else "misconfigured"
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, word, _("Signing is not possible now."))


def _wrong_id(error: InvalidArgument) -> Refused:
    logger.warning("no UserSig is made: %s", error)
    if isinstance(error, UserIDTaken):
        detail = _("The account of this user is another's.")
        return Refused(HTTPStatus.CONFLICT, "user_id_taken", detail)
    word = "reserved" if isinstance(error, ReservedUserID) else "invalid_user_id"
    return Refused(HTTPStatus.FORBIDDEN, word, _("This user can't have an account."))
