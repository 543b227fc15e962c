"""UserSigs of the project's users: made, and looked into. Nothing is called (page 34385).

A UserSig can't be taken back, it only ends: whoever is banned, deactivated or deleted gets no
new one, and is logged out. One of an administrator has full rights over the whole app.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from django_tim import conf, linking
from django_tim.client import usersig
from django_tim.client.secret import Secret
from django_tim.client.usersig import InvalidUserSig, UserSigInfo
from django_tim.connection import tims
from django_tim.exceptions import TimError
from django_tim.linking import ReservedUserID, link_of, user_of
from django_tim.models import Account

from .actor import Actor
from .changes import change
from .mirror import rows
from .restrictions import is_banned

ADMIN_PERMISSION: Final = "django_tim.sign_admin"
BANNED, INACTIVE, NOT_ALLOWED = "banned", "inactive", "not_allowed"


class SigningRefused(TimError):
    """No UserSig is made; ``reason`` is "banned", "inactive" or "not_allowed"."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason, text)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True)
class SignedUser:
    """A UserSig, which prints as dots: ``user_sig.reveal()`` is what the client SDK is given."""

    app: str
    sdk_app_id: int
    user_id: str
    user_sig: Secret
    created: int
    expires: int
    """Unix seconds."""


@dataclass(frozen=True)
class Finding:
    """What is known of a UserSig; ``code`` is what the service would answer, 0 if it is good."""

    info: UserSigInfo | None
    """What it says of itself, where it can be read."""
    app: str = ""
    """The alias of the app that it was made for, where it is one of ours."""
    code: int = 0
    cause: str = ""
    cure: str = ""

    @property
    def ok(self) -> bool:
        """Whether the service would accept it now."""
        return self.code == 0


def sign(
    user_id: str,
    *,
    app: str = "default",
    lifetime: int | None = None,
    as_admin: bool = False,
    actor: Actor | None = None,
) -> SignedUser:
    """Make a UserSig, for ``lifetime`` seconds or as long as ``CLIENT_USERSIG_LIFETIME`` says.

    With an ``actor`` it is taken down in the audit trail, without the signature. That of an
    administrator is made only ``as_admin``, for an actor whose user has the permission
    ``django_tim.sign_admin``.

    Raises InvalidArgument for a wrong UserID or lifetime, ReservedUserID for one of an
    administrator or of the service's own, SigningRefused for who is banned, or whose object in
    the project is deactivated or deleted, and ConfigurationError without a secret; with an
    actor also what ``changing`` and a transaction raise.
    """
    usersig.check_user_id(user_id)
    seconds = conf.app_settings(app).client_usersig_lifetime if lifetime is None else lifetime
    if actor is None:
        _refuse(user_id, app, as_admin, actor)
        return _signed(app, user_id, seconds)
    with change(
        "usersig.sign_admin" if as_admin else "usersig.sign",
        app=app,
        actor=actor,
        object_type="account",
        object_id=user_id,
        details={"lifetime": seconds},
    ):
        _refuse(user_id, app, as_admin, actor)
        return _signed(app, user_id, seconds)


def check(user_id: str, *, app: str = "default") -> None:
    """Raise what ``sign`` would: for a user who may have no UserSig."""
    linking.check_allowed(user_id, app=app)
    if is_banned(user_id, app=app):
        raise SigningRefused(BANNED, f"{user_id!r} is banned")
    row = rows(Account, sdk_app_id=tims[app].config.sdk_app_id, user_id=user_id).first()
    if row is not None and row.host_model and not _is_active(row):
        raise SigningRefused(INACTIVE, f"{row.host_model} {row.host_pk} is not active")


def verify(given: str, *, user_id: str | None = None, app: str = "default") -> Finding:
    """Look into a UserSig as the service would, for a UserID or for the one that it names.

    Nothing is called, and nothing is kept. Raises ConfigurationError without a secret.
    """
    given = Secret(given)
    info = None
    try:
        info = usersig.inspect(given)
        usersig.verify(
            given,
            sdk_app_id=tims[app].config.sdk_app_id,
            key=usersig.secret_key(tims[app].config),
            user_id=info.user_id if user_id is None else user_id,
        )
    except InvalidUserSig as error:
        return Finding(info, _alias_of(info), error.code, error.cause, _cure(error.code, info))
    return Finding(info, app)


def _refuse(user_id: str, app: str, as_admin: bool, actor: Actor | None) -> None:
    if not as_admin or user_id.strip().casefold() not in linking.admin_ids(app):
        check(user_id, app=app)
    elif actor is None or actor.user is None or not actor.user.has_perm(ADMIN_PERMISSION):
        raise SigningRefused(NOT_ALLOWED, f"signing as {user_id!r} takes {ADMIN_PERMISSION}")


def _is_active(row: Account) -> bool:
    obj = user_of(row)
    link = link_of(row.host_model)
    return obj is not None and (link is None or link.is_active(obj))


def _signed(app: str, user_id: str, lifetime: int) -> SignedUser:
    config = tims[app].config
    made = usersig.sign(config, user_id, lifetime)
    created = usersig.inspect(made).created
    return SignedUser(app, config.sdk_app_id, user_id, made, created, created + lifetime)


def _alias_of(info: UserSigInfo | None) -> str:
    if info is None:
        return ""
    for alias in conf.aliases():
        if tims[alias].config.sdk_app_id == info.sdk_app_id:
            return alias
    return ""


def _cure(code: int, info: UserSigInfo | None) -> str:
    alias = _alias_of(info)
    other = (
        _("It belongs to the app %r: sign it for this app, or look there.") % alias
        if alias
        else _("Sign it with this app's SDKAppID and secret.")
    )
    return {
        70001: _("Make a new one; clients should ask for another before it ends."),
        70002: _("Hand the whole UserSig over; nothing came."),
        70003: _("Copy the whole UserSig: nothing may be cut off, replaced or decoded."),
        70005: _("Make it with a library for UserSigs of version 2 (HMAC-SHA256)."),
        70009: _("Sign it with the secret key that the console shows for this app today."),
        70013: _("Log in with the UserID that it was made for, or sign it for this one."),
        70014: other,
    }.get(code, "")


__all__ = ["Finding", "ReservedUserID", "SignedUser", "SigningRefused", "check", "sign", "verify"]
