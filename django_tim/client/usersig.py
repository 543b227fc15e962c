"""UserSigs: making, keeping, reading and checking them (vendor's page 34385)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from TLSSigAPIv2 import TLSSigAPIv2

from django_tim.exceptions import ConfigurationError, InvalidArgument
from django_tim.exceptions import said as _

from .config import AppConfig
from .secret import Secret

logger = logging.getLogger("django_tim.client")

USER_ID_BYTES = 32
WARN_BEFORE = 7 * 86_400  # seconds
_LARGEST = 16_384  # bytes of JSON in a UserSig; real ones have about 250
_TO_BASE64 = str.maketrans({"*": "+", "-": "/", "_": "="})


@dataclass(frozen=True)
class UserSigInfo:
    """What a UserSig says of itself; times are Unix seconds. Holds no signature."""

    user_id: str
    sdk_app_id: int
    created: int
    lifetime: int

    @property
    def expires(self) -> int:
        """The second after which the service answers 70001."""
        return self.created + self.lifetime


class InvalidUserSig(InvalidArgument):
    """A UserSig that the service would refuse; ``code`` is the one it would answer with."""

    def __init__(self, code: int, cause: str) -> None:
        super().__init__(code, cause)
        self.code = code
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.code} {self.cause}"


def check_user_id(user_id: str) -> str:
    """Return the UserID; raise InvalidArgument unless it is a text of 1 to 32 bytes."""
    if not isinstance(user_id, str):
        raise InvalidArgument(f"a UserID is a text, not {type(user_id).__name__}")
    if not 1 <= utf8_length(user_id) <= USER_ID_BYTES:
        raise InvalidArgument(
            _(
                "a UserID has 1 to {most} bytes in UTF-8: {given!r}",
                most=USER_ID_BYTES,
                given=user_id,
            )
        )
    return user_id


def utf8_length(text: str) -> int:
    """The text's length in bytes; raises InvalidArgument where it can't be sent at all."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidArgument(
            _("not UTF-8: {given!r} has half of a surrogate pair", given=text)
        ) from None


def sign(config: AppConfig, user_id: str, lifetime: int) -> Secret:
    """Make a UserSig for ``user_id`` that lasts ``lifetime`` seconds from now.

    Raises InvalidArgument for a wrong UserID or lifetime, ConfigurationError without a secret.
    """
    check_user_id(user_id)
    if lifetime <= 0:
        raise InvalidArgument(
            _("a UserSig's lifetime is a positive number of seconds: {given}", given=lifetime)
        )
    signer = TLSSigAPIv2(config.sdk_app_id, secret_key(config).reveal())
    return Secret(signer.gen_sig(user_id, lifetime))


def secret_key(config: AppConfig) -> Secret:
    """The app's secret, which prints as dots. Raises ConfigurationError if there is none."""
    given = config.secret_key() if callable(config.secret_key) else config.secret_key
    key = Secret(given) if isinstance(given, str) else given
    del given  # frames of the errors below show no secret
    if not isinstance(key, Secret):
        raise ConfigurationError(f"SECRET_KEY of the app {config.alias!r} is not a text")
    if not key:
        raise ConfigurationError(
            _("no SECRET_KEY for the app {app!r}, so nothing to sign with", app=config.alias)
        )
    return key


def inspect(usersig: str) -> UserSigInfo:
    """Read a UserSig without checking its signature.

    Raises InvalidUserSig with the code that the service would give (70002, 70003, 70005).
    """
    usersig = Secret(usersig)  # so that no frame of an error shows it
    return _info(_members(usersig))


def verify(
    usersig: str, *, sdk_app_id: int, key: str, user_id: str, now: float | None = None
) -> UserSigInfo:
    """Check a UserSig as the service would, and return what it says.

    Raises InvalidUserSig with the service's code: 70013 another UserID, 70014 another app,
    70009 another key, 70001 expired, 70002/70003/70005 empty or malformed.
    """
    usersig, key = Secret(usersig), Secret(key)  # so that no frame of an error shows them
    members = _members(usersig)
    info = _info(members)
    if info.sdk_app_id != sdk_app_id:
        raise InvalidUserSig(70014, f"it was made for the app {info.sdk_app_id}")
    if info.user_id != user_id:
        raise InvalidUserSig(70013, f"it was made for the UserID {info.user_id!r}")
    if not hmac.compare_digest(_signature(members, key), members["TLS.sig"].encode()):
        raise InvalidUserSig(70009, "it was signed with the key of another app")
    if (time.time() if now is None else now) > info.expires:
        raise InvalidUserSig(70001, "it has expired")
    return info


def _members(usersig: str) -> dict[str, Any]:
    if not usersig:
        raise InvalidUserSig(70002, "it is empty")
    members = _unpacked(usersig)
    if members is None:
        raise InvalidUserSig(70003, "it is malformed or cut off")
    if not isinstance(members, dict) or members.get("TLS.ver") != "2.0":
        raise InvalidUserSig(70005, "it is no UserSig of version 2.0")
    return members | {"TLS.sig": Secret(members.get("TLS.sig") or "")}


def _unpacked(usersig: str) -> Any:
    """The JSON inside, or None; it raises nothing, since its frame would show the signature."""
    inflate = zlib.decompressobj()
    try:
        packed = base64.b64decode(usersig.translate(_TO_BASE64), validate=True)
        text = inflate.decompress(packed, _LARGEST)
        return json.loads(text) if inflate.eof else None
    except (ValueError, RecursionError, zlib.error):
        return None


def _info(members: dict[str, Any]) -> UserSigInfo:
    try:
        return UserSigInfo(
            user_id=str(members["TLS.identifier"]),
            sdk_app_id=int(members["TLS.sdkappid"]),
            created=int(members["TLS.time"]),
            lifetime=int(members["TLS.expire"]),
        )
    except (KeyError, TypeError, ValueError):
        raise InvalidUserSig(70005, "a part of it is missing") from None


def _signature(members: dict[str, Any], key: str) -> bytes:
    signed = ["TLS.identifier", "TLS.sdkappid", "TLS.time", "TLS.expire", "TLS.userbuf"]
    lines = [f"{name}:{members[name]}\n" for name in signed if name in members]
    digest = hmac.new(key.encode(), "".join(lines).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest)


class AdminSignature:
    """The administrator's UserSig, signed once and renewed before it expires.

    A fixed one from the settings can't be renewed: its last week is announced in the log.
    """

    def __init__(self, config: AppConfig, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Secret | None = Secret(config.usersig) if config.usersig else None
        self._renew_at = float("inf") if config.usersig else 0.0
        if self._current is not None:
            self._warn_of_expiry(self._current)

    @property
    def is_fixed(self) -> bool:
        """Whether it was given in the settings, so that it can't be renewed."""
        return bool(self._config.usersig)

    def get(self) -> Secret:
        """The UserSig to send now."""
        if self._current is None or self._clock() >= self._renew_at:
            with self._lock:
                if self._current is None or self._clock() >= self._renew_at:
                    return self._sign()
        return self._current

    def renew(self, refused: Secret) -> bool:
        """Sign anew because the service refused this one; False where it is a fixed one."""
        if self.is_fixed:
            return False
        with self._lock:
            if self._current is refused:  # else another thread has renewed it already
                self._sign()
        return True

    def _sign(self) -> Secret:
        lifetime = self._config.usersig_lifetime
        self._current = sign(self._config, self._config.admin, lifetime)
        # A tenth is spare: clocks differ, and a call may wait for its turn.
        self._renew_at = self._clock() + lifetime * 0.9
        return self._current

    def _warn_of_expiry(self, fixed: Secret) -> None:
        try:
            expires = inspect(fixed).expires
        except InvalidUserSig as error:
            logger.warning("USERSIG of the app %r is unusable: %s", self._config.alias, error)
            return
        left = expires - self._clock()
        if left < WARN_BEFORE:
            logger.warning(
                "USERSIG of the app %r %s %s UTC and can't be renewed",
                self._config.alias,
                "expires at" if left > 0 else "expired at",
                time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(expires)),
            )
