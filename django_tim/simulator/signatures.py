"""The check of a UserSig, written from the vendor's description and not from our client."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from dataclasses import dataclass
from typing import Any

from .refusals import Refusal

_TO_BASE64 = str.maketrans("*-_", "+/=")
_MOST_JSON = 4096
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Signature:
    """What a UserSig says, and whether its HMAC is right for the app's secret."""

    user_id: str
    sdk_app_id: int
    made: int
    lifetime: int
    genuine: bool

    @property
    def expires(self) -> int:
        return self.made + self.lifetime


class Signatures:
    """Reads and checks the UserSigs of one app."""

    def __init__(self, sdk_app_id: int, secret_key: str) -> None:
        self.sdk_app_id = sdk_app_id
        self._secret = secret_key.encode()
        self._known: dict[str, Signature] = {}

    def check(self, usersig: str | None, user_id: str, now: float) -> Signature:
        """Raise the Refusal that a wrong or expired signature of ``user_id`` meets."""
        if not usersig:
            raise Refusal(70002, "UserSig is empty")
        signature = self._known.get(usersig) or self._read(usersig)
        if signature.sdk_app_id != self.sdk_app_id:
            raise Refusal(70014, "SDKAppID does not match the one in the UserSig")
        if signature.user_id != user_id:
            raise Refusal(70013, "identifier does not match the one in the UserSig")
        if not signature.genuine:
            raise Refusal(70009, "UserSig verification failed: it was made with another key")
        if now > signature.expires:
            raise Refusal(70001, "UserSig expired")
        return signature

    def _read(self, usersig: str) -> Signature:
        fields = _fields(usersig)
        try:
            signature = Signature(
                user_id=str(fields["TLS.identifier"]),
                sdk_app_id=int(fields["TLS.sdkappid"]),
                made=int(fields["TLS.time"]),
                lifetime=int(fields["TLS.expire"]),
                genuine=hmac.compare_digest(self._hmac(fields), str(fields["TLS.sig"]).encode()),
            )
        except (KeyError, TypeError, ValueError):
            raise Refusal(70005, "UserSig lacks a field") from None
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[usersig] = signature
        return signature

    def _hmac(self, fields: dict[str, Any]) -> bytes:
        names = ["TLS.identifier", "TLS.sdkappid", "TLS.time", "TLS.expire"]
        if "TLS.userbuf" in fields:
            names.append("TLS.userbuf")
        text = "".join(f"{name}:{fields[name]}\n" for name in names)
        return base64.b64encode(hmac.digest(self._secret, text.encode(), hashlib.sha256))


def _fields(usersig: str) -> dict[str, Any]:
    try:
        packed = base64.b64decode(usersig.translate(_TO_BASE64), validate=True)
        # Bounded: a few bytes can inflate to gigabytes.
        inflater = zlib.decompressobj()
        text = inflater.decompress(packed, _MOST_JSON)
        if not inflater.eof:
            raise Refusal(70003, "UserSig is truncated")
    except (binascii.Error, ValueError, zlib.error):
        raise Refusal(70003, "UserSig is malformed or truncated") from None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(70005, "UserSig holds no JSON") from None
    if not isinstance(fields, dict) or fields.get("TLS.ver") != "2.0":
        raise Refusal(70005, "UserSig is of another version")
    return fields
