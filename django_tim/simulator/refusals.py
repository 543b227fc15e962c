"""The service says no: an error code, and which code each service gives for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django_tim import catalogue
from django_tim.answers import Envelope


class Refusal(Exception):
    """The call is answered with this error code, and nothing has changed."""

    def __init__(self, code: int, info: str) -> None:
        super().__init__(code, info)
        self.code = code
        self.info = info

    def answer(self) -> Envelope:
        """The answer that says so."""
        return {"ActionStatus": "FAIL", "ErrorCode": self.code, "ErrorInfo": self.info}


@dataclass(frozen=True, slots=True)
class AreaCodes:
    """What a service answers to a body that it can read but not use."""

    parameter: int
    batch: int


_LOGIN = AreaCodes(parameter=70402, batch=70402)
_PROFILE = AreaCodes(parameter=40001, batch=40001)
_GROUP = AreaCodes(parameter=10004, batch=10005)
_MESSAGE = AreaCodes(parameter=90001, batch=90011)
_PUSH = AreaCodes(parameter=90001, batch=90018)
_RELATION = AreaCodes(parameter=30001, batch=30001)
_AUDIT = AreaCodes(parameter=60003, batch=93008)
_KEYWORDS = AreaCodes(parameter=2003, batch=2016)
_RECENT = AreaCodes(parameter=50002, batch=51006)
_MUTE = AreaCodes(parameter=130001, batch=130001)
_ARCHIVE = AreaCodes(parameter=1002, batch=1002)

AREA_CODES: Final = {
    catalogue.LOGIN: _LOGIN,
    catalogue.PROFILE: _PROFILE,
    catalogue.OPENIM: _MESSAGE,
    catalogue.MSG_EXT: _GROUP,
    catalogue.STREAM: _MESSAGE,
    catalogue.ALL_PUSH: _PUSH,
    catalogue.TIMPUSH: _PUSH,
    catalogue.SNS: _RELATION,
    catalogue.FOLLOW: _RELATION,
    catalogue.AUDIT: _AUDIT,
    catalogue.AUDIT_MGR: _KEYWORDS,
    catalogue.RECENT: _RECENT,
    catalogue.CONFIG: _MUTE,
    catalogue.MSG: _ARCHIVE,
}


def codes_of(service: str) -> AreaCodes:
    """The codes of a service; the groups' where nothing better is known."""
    return AREA_CODES.get(service, _GROUP)
