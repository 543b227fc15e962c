"""Every error that django-tim raises, arranged by what the caller does next.

::

    TimError
    ├── ConfigurationError        settings are missing or wrong: mend them
    │   └── UnknownAlias          no such alias in DJANGO_TIM
    ├── InvalidArgument           refused before anything was sent: mend the call
    ├── ReadOnlyApp               READ_ONLY forbids this endpoint (nothing was sent)
    ├── ChangeRefused             a receiver of the signal ``changing`` said no (nothing was sent)
    ├── UnsafeTransaction         a remote change inside a database transaction (nothing was sent)
    ├── TransportError
    │   ├── NotSent               nothing reached the service: call again later
    │   │   ├── GatewayRefused    a proxy or gateway answered HTTP 3xx or 4xx: mend the way there
    │   │   └── PacingTimeout     the call's turn would have come after its deadline
    │   └── OutcomeUnknown        it may or may not have been carried out: look before repeating
    │       └── BadAnswer         an answer came that is no TIM answer
    ├── PagingStalled             a cursor that does not move
    ├── PartialFailure            an OK answer hid failed items: see ``result``
    └── APIError                  the service answered with an error code
        ├── AuthenticationFailed  app, admin, secret or signature not accepted: mend the settings
        │   └── WrongRegion       the app lives in another data centre
        ├── RequestRejected       a parameter is wrong: mend the call
        │   └── NotFound          the account, group or message does not exist (any more)
        ├── Conflict              it exists or is done already
        ├── NotPermitted          this app, plan, role or group type does not allow it
        ├── LimitReached          a quota of the plan or of the object is used up
        ├── Refused               the app's own callback or the content check said no
        ├── RateLimited           too many calls: slow down, then repeat
        └── ServiceUnavailable    trouble on the other side: repeat later

All of them pickle, so they survive a Celery result, and none holds a UserSig or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_tim.client.batch import BatchResult


class Said(str):
    """A sentence that keeps its template and parts: a page says it in the reader's language."""

    template: str
    parts: Mapping[str, Any]

    def __new__(cls, template: str, **parts: Any) -> Said:
        self = super().__new__(cls, template.format(**parts) if parts else template)
        self.template, self.parts = template, parts
        return self


said = Said
"""Imported as ``_``, which is how sentences are found for the message catalogue."""


class TimError(Exception):
    """Anything that django-tim raises on purpose.

    ``partial`` holds the outcomes so far where it stopped a batch half-way.
    """

    partial: BatchResult[Any] | None = None


class ConfigurationError(TimError):
    """The ``DJANGO_TIM`` settings are missing something or contradict themselves."""


class UnknownAlias(ConfigurationError):
    """No app is configured under this alias."""


class InvalidArgument(TimError, ValueError):
    """The call was refused before anything was sent."""


class ReadOnlyApp(TimError):
    """The app is configured with ``READ_ONLY`` and the endpoint is not a read."""


class ChangeRefused(TimError):
    """A receiver of the signal ``changing`` refused the change; raise it with the reason."""


class UnsafeTransaction(TimError):
    """A remote change was asked for inside a database transaction, which could roll back."""


class TransportError(TimError):
    """The network or a gateway failed; ``endpoint`` is the path that was called."""

    def __init__(self, message: str, endpoint: str = "") -> None:
        super().__init__(message, endpoint)
        self.endpoint = endpoint

    def name(self, endpoint: str) -> None:
        """Say which endpoint was called, where the network alone could not know."""
        self.endpoint = endpoint
        self.args = (self.args[0], endpoint, *self.args[2:])

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{self.endpoint}: {message}" if self.endpoint else message


class NotSent(TransportError):
    """Nothing reached the service (DNS, refused connection, TLS): repeating is safe."""


class GatewayRefused(NotSent):
    """A proxy or gateway on the way refused the call; the service never saw it."""


class PacingTimeout(NotSent):
    """The call's turn under the rate limit would have come after its deadline."""


class OutcomeUnknown(TransportError):
    """The call was sent and may have been carried out; ``code`` is 0 when no answer came.

    ``sent`` holds the fields by which to look for what was sent (MsgSeq, MsgRandom), where
    there are such.
    """

    sent: Mapping[str, int] | None = None

    def __init__(self, message: str, endpoint: str = "", code: int = 0) -> None:
        super().__init__(message, endpoint)
        self.args = (message, endpoint, code)
        self.code = code


class BadAnswer(OutcomeUnknown):
    """The answer is not JSON, is cut off, or has no ``ErrorCode``."""


class PagingStalled(TimError):
    """The service sent the same paging cursor again: going on would never end."""


class PartialFailure(TimError):
    """Some items of a batch failed; ``result`` holds the outcome of every item."""

    def __init__(self, result: BatchResult[Any]) -> None:
        super().__init__(result)
        self.result = result

    def __str__(self) -> str:
        return self.result.summary()


class APIError(TimError):
    """The service answered with an ``ErrorCode`` other than 0.

    ``meaning`` and ``meaning_zh`` come from the vendor's error table and are empty for a
    code that it does not list; ``info`` is the answer's ErrorInfo, for people only.
    """

    def __init__(
        self,
        code: int,
        info: str = "",
        endpoint: str = "",
        request_id: str = "",
        meaning: str = "",
        meaning_zh: str = "",
    ) -> None:
        super().__init__(code, info, endpoint, request_id, meaning, meaning_zh)
        self.code = code
        self.info = info
        self.endpoint = endpoint
        self.request_id = request_id
        self.meaning = meaning
        self.meaning_zh = meaning_zh

    def __str__(self) -> str:
        said = [text for text in (self.meaning, self.info) if text]
        where = f"{self.endpoint}: " if self.endpoint else ""
        asked = f" (RequestId {self.request_id})" if self.request_id else ""
        return f"{where}{self.code} {'; '.join(said) or 'unknown error'}{asked}"


class AuthenticationFailed(APIError):
    """The app, its administrator, the secret or the signature was not accepted."""


class WrongRegion(AuthenticationFailed):
    """The host does not serve this SDKAppID: it lives in another data centre."""


class RequestRejected(APIError):
    """A parameter is missing, malformed or not allowed."""


class NotFound(RequestRejected):
    """The account, group, topic or message does not exist (any more)."""


class Conflict(APIError):
    """The thing exists already, or what was asked for is done already."""


class NotPermitted(APIError):
    """This app, plan, role or group type does not allow it."""


class LimitReached(APIError):
    """A quota of the plan, the user or the group is used up."""


class Refused(APIError):
    """The app's own *before* callback, or the content check, refused it."""


class RateLimited(APIError):
    """More calls than the rate allows; the call was not carried out."""


class ServiceUnavailable(APIError):
    """An internal error or time-out of the service."""
