"""Text that must not be shown: in no log, traceback, exception or error report."""

from __future__ import annotations

import logging
import re

DOTS = "••••••"
_SIGNATURE = re.compile(r"(usersig(?:=|%3D|['\"]?: ?['\"]?))[^&\s'\"<>]+", re.IGNORECASE)
# urllib3 prints whole URLs here: the first at each call, the second when it tries again.
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")


class Secret(str):
    """A text that prints as dots, so that frames, reprs and log lines do not show it.

    It is a ``str``, so that whatever builds the URL takes it as it is.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Secret:
        # str() of a Secret is dots.
        return super().__new__(cls, text.reveal() if isinstance(text, Secret) else text)

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return DOTS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return DOTS


def redact(text: str) -> str:
    """The text without the value of any ``usersig`` parameter."""
    return _SIGNATURE.sub(rf"\1{DOTS}", text)


class RedactingFilter(logging.Filter):
    """Takes signatures out of log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "usersig" in message.lower():
            record.msg, record.args = redact(message), None
        return True


def guard_logs() -> None:
    """Let no UserSig into urllib3's logs. Calling it again does nothing."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(existing, RedactingFilter) for existing in logger.filters):
            logger.addFilter(RedactingFilter())
