"""Files that clients have uploaded: ban, unban, sign."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django_tim.answers import Envelope, FilesSigned
from django_tim.catalogue import FILE_ALLOW, FILE_FORBID, FILE_SIGN

from .body import Body
from .registry import OK, simulates
from .state import Part, State

SECONDS: Final = 900
_NORMAL, _BANNED = 0, 1
_NO_FILE: Final = 10004


class Files(Part):
    """The files that are banned, by URL; every well-formed URL is taken for an uploaded file."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.banned: set[str] = set()


@simulates(FILE_FORBID)
def forbid_illegal_object(state: State, body: Body) -> Envelope:
    state.part(Files).banned.add(_url(body))
    return OK


@simulates(FILE_ALLOW)
def allow_banned_object(state: State, body: Body) -> Envelope:
    state.part(Files).banned.discard(_url(body))
    return OK


@simulates(FILE_SIGN)
def get_cos_sig(state: State, body: Body) -> FilesSigned:
    rows = [(row.number("ResourceID"), row.text("RawURL")) for row in body.objects("RawURLs")]
    return {**OK, "PreSigURLs": [_signed(state, number, url) for number, url in rows]}


def _signed(state: State, number: int, url: str) -> Any:
    if not _is_url(url):
        row = {"Code": _NO_FILE, "Desc": "the URL is invalid", "PreSigURL": "", "Status": _NORMAL}
        return {"ResourceID": number, **row}
    ends = state.clock.seconds() + SECONDS
    signature = hashlib.sha256(f"{state.sdk_app_id} {url} {ends}".encode()).hexdigest()[:40]
    mark = "&" if "?" in url else "?"
    return {
        "ResourceID": number,
        "Code": 0,
        "Desc": "",
        "PreSigURL": f"{url}{mark}q-sign-time={ends - SECONDS};{ends}&q-signature={signature}",
        "Status": _BANNED if url in state.part(Files).banned else _NORMAL,
    }


def _url(body: Body) -> str:
    url: str = body.text("RawURL")
    if not _is_url(url):
        raise body.refusal("RawURL is no URL of a file")
    return url


def _is_url(url: str) -> bool:
    return url.startswith(("https://", "http://"))
