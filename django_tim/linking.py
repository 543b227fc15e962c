"""How a project's own users become TIM accounts, said as an admin class is::

    # tim_links.py, in any app of the project
    from django_tim.linking import AccountLink, link

    @link(User)
    class UserLink(AccountLink):
        def user_id(self, user): return f"u{user.pk}"
        def nickname(self, user): return user.get_full_name()

Every module ``tim_links`` of an installed app is imported at start. From then on an object
that is saved, deactivated or deleted is noted on commit, and Celery tells the service (see
:mod:`django_tim.services.links`). ``bulk_create``, ``update()`` and raw SQL send no signals:
``manage.py tim_link_users`` finds what they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, router
from django.dispatch import Signal

from django_tim import conf
from django_tim.api.ids import check_user_id
from django_tim.api.profiles import STANDARD_TAGS
from django_tim.exceptions import InvalidArgument
from django_tim.models import Account

M = TypeVar("M", bound=models.Model)
C = TypeVar("C", bound="type[AccountLink[Any]]")

HOST: Final = "host"
SERVICE: Final = "service"
"""Whose a profile field is: the project's, or what was set at the service stays."""
KEEP: Final = "keep"
DELETE: Final = "delete"
"""What becomes of an account: logged out and kept, or deleted with all that is its own."""

NICKNAME, FACE_URL = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"
CUSTOM = "Tag_Profile_Custom_"
LONGEST_VALUE: Final = 500
"""Bytes of a profile field's text."""
RESERVED_PREFIXES: Final = ("@RBT#", "@TOA#", "@TGS#", "@TIM#")
"""How the service's own identifiers begin: robots, official accounts, groups, the system."""
ALWAYS_ADMIN: Final = "administrator"
"""The administrator that every app has, whatever ``ADMIN`` says."""
SHORT_NAMES: Final = {"nickname": NICKNAME, "face_url": FACE_URL}

Owner = Literal["host", "service"]
End = Literal["keep", "delete"]
Profile = dict[str, str | int]

link_registered = Signal()
link_unregistered = Signal()


class ReservedUserID(InvalidArgument):
    """A UserID that no user of the project may have: an administrator's, or the service's own."""


@dataclass(frozen=True)
class Target:
    """The account that an object stands for: the app's alias, its number, and the UserID."""

    app: str
    sdk_app_id: int
    user_id: str


class AccountLink(Generic[M]):
    """How objects of one model map to accounts: subclass it, and register it with ``link``.

    Methods are called with an object as the database has it, also in a Celery worker.
    """

    model: type[M]
    """The linked model; set by ``link``."""
    app: ClassVar[str | Callable[..., str]] = "default"
    """The alias in ``DJANGO_TIM``; or a method that returns the one of an object."""
    owned: ClassVar[Mapping[str, Owner]] = {}
    """Whose each field is, by "nickname", "face_url" or a tag; ``HOST`` unless it says
    ``SERVICE``. A field of the service's is only given to an account that is made."""
    when_deactivated: ClassVar[End] = KEEP
    when_deleted: ClassVar[End] = KEEP
    ignores: ClassVar[frozenset[str]] = frozenset({"last_login"})
    """Fields of the model that no account depends on: a save of these alone is not noted."""

    def user_id(self, obj: M) -> str | None:
        """The UserID, 1 to 32 bytes, which should never change; None: it has no account."""
        return str(obj.pk)

    def nickname(self, obj: M) -> str | None:
        """The nickname, at most 500 bytes; None says nothing about it."""
        return None

    def face_url(self, obj: M) -> str | None:
        """The URL of the avatar, at most 500 bytes; None says nothing about it."""
        return None

    def fields(self, obj: M) -> Mapping[str, str | int | None]:
        """Other profile fields, {tag: value}; those of None are left alone."""
        return {}

    def is_active(self, obj: M) -> bool:
        """Whether the object is in use: Django's ``is_active``, where it has one."""
        return bool(getattr(obj, "is_active", True))

    def objects(self) -> models.QuerySet[M]:
        """Where objects are looked up, for ``select_related`` and the like: leave none out."""
        return self.model._base_manager.all()

    def object_of(self, user: Any) -> M | None:
        """The object of a user who is logged in: the user, where the users are linked."""
        return user if isinstance(user, self.model) else None

    # What follows is for us to call.

    @property
    def label(self) -> str:
        """The model's name, as rows of accounts note it."""
        return str(self.model._meta.label_lower)

    def target(self, obj: M) -> Target | None:
        """The object's account; None if it has none.

        Raises InvalidArgument for a UserID that is too long, ReservedUserID, UnknownAlias.
        """
        user_id = self.user_id(obj)
        if user_id is None or user_id == "":
            return None
        app: Any = self.app
        alias = app(obj) if callable(app) else app
        check_allowed(user_id, app=alias)
        return Target(alias, conf.app_config(alias).sdk_app_id, user_id)

    def profile(self, obj: M, *, owner: Owner | None = None) -> Profile:
        """The profile fields that the object has something to say about, as {tag: value}.

        With ``owner``, only that side's. Raises InvalidArgument for a field that there is not,
        or that is too long.
        """
        given = {NICKNAME: self.nickname(obj), FACE_URL: self.face_url(obj), **self.fields(obj)}
        return {
            tag: _checked_value(tag, value)
            for tag, value in given.items()
            if value is not None and owner in (None, self.owner_of(tag))
        }

    def owner_of(self, tag: str) -> Owner:
        """Whose a field is."""
        owners = {SHORT_NAMES.get(name, name): owner for name, owner in self.owned.items()}
        return owners.get(tag, HOST)

    def find(self, keys: Iterable[str]) -> dict[str, M]:
        """The objects with these keys, as texts; those that there are not are left out.

        They are read where they are written: a replica may not know yet what was saved.
        """
        field = self.model._meta.pk
        values = {}
        for key in keys:
            try:
                values[key] = field.to_python(key)
            except ValidationError:  # the key's type has changed since it was noted
                continue
        objects = self.objects().using(router.db_for_write(self.model))
        found = objects.in_bulk(list(values.values()))
        return {key: found[value] for key, value in values.items() if value in found}


_links: dict[type[models.Model], AccountLink[Any]] = {}
_claims: list[tuple[type[models.Model], type[AccountLink[Any]]]] = []


def link(*linked: type[models.Model]) -> Callable[[C], C]:
    """Register an AccountLink for one or several models, as ``@admin.register`` does."""

    def register(cls: C) -> C:
        for model in linked:
            _claims.append((model, cls))
            if model not in _links:  # a second claim is what the system check tells of
                made = cls()
                made.model = model
                _links[model] = made
                link_registered.send(sender=model, link=made)
        return cls

    return register


def unlink(model: type[models.Model]) -> None:
    """Forget the link of a model. Its accounts stay as they are."""
    _claims[:] = [claim for claim in _claims if claim[0] is not model]
    made = _links.pop(model, None)
    if made is not None:
        link_unregistered.send(sender=model, link=made)


def links() -> list[AccountLink[Any]]:
    """All links that are registered."""
    return list(_links.values())


def claims() -> Iterator[tuple[type[models.Model], list[type[AccountLink[Any]]]]]:
    """Each linked model with the classes that claim it: there should be one."""
    for model in dict.fromkeys(model for model, _ in _claims):
        yield model, [cls for claimed, cls in _claims if claimed is model]


def link_of(model: type[models.Model] | str) -> AccountLink[Any] | None:
    """The link of a model, of the nearest it inherits from, or of a label such as "auth.user"."""
    if isinstance(model, str):
        return next((one for one in _links.values() if one.label == model.lower()), None)
    return next((_links[one] for one in model.__mro__ if one in _links), None)


def linked_object(user: Any) -> tuple[AccountLink[Any], models.Model] | None:
    """The link and the object of a user who is logged in; None: no account is linked."""
    for one in links():
        try:
            found = one.object_of(user)
        except ObjectDoesNotExist:  # a profile that was never made
            continue
        if found is not None:
            return one, found
    return None


def user_of(account: Account) -> Any:
    """The object that an account stands for; None if there is none, or none any more."""
    return next(iter(users_of([account]).values()), None)


def users_of(accounts: Iterable[Account]) -> dict[int, Any]:
    """The objects of many accounts, {the account's pk: object}: one query a linked model."""
    by_label: dict[str, list[Account]] = {}
    for account in accounts:
        if account.host_model:
            by_label.setdefault(account.host_model, []).append(account)
    found: dict[int, Any] = {}
    for label, rows in by_label.items():
        objects = _find(label, {row.host_pk for row in rows})
        found |= {row.pk: objects[row.host_pk] for row in rows if row.host_pk in objects}
    return found


def accounts_of(obj: models.Model) -> models.QuerySet[Account]:
    """The accounts that stand for an object, one an app."""
    made = link_of(type(obj))
    label = made.label if made else str(obj._meta.label_lower)
    return Account.objects.filter(host_model=label, host_pk=str(obj.pk))


def check_allowed(user_id: str, *, app: str = "default") -> str:
    """Return a UserID that a user of the project may have.

    Raises InvalidArgument unless it has 1 to 32 bytes, ReservedUserID for an administrator's
    (a signature with full rights over the app) and for those that begin as the service's own.
    """
    check_user_id(user_id)
    folded = user_id.strip().casefold()
    if folded in admin_ids(app):
        raise ReservedUserID(f"{user_id!r} is an administrator of the app {app!r}")
    for prefix in RESERVED_PREFIXES:
        if folded.startswith(prefix.casefold()):
            raise ReservedUserID(f"{user_id!r} begins with {prefix}, as the service's own do")
    return user_id


def admin_ids(app: str = "default") -> set[str]:
    """The UserIDs of an app's administrators, in small letters: nobody may look like one."""
    named = (ALWAYS_ADMIN, conf.app_config(app).admin, *conf.app_settings(app).other_admins)
    return {name.strip().casefold() for name in named}


def is_tag(name: str) -> bool:
    """Whether it is a profile field: one of the service's, or one of the app's own."""
    return name in STANDARD_TAGS or (name.startswith(CUSTOM) and len(name) > len(CUSTOM))


def _checked_value(tag: str, value: Any) -> str | int:
    if not is_tag(tag):
        raise InvalidArgument(f"there is no profile field {tag!r}")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidArgument(f"{tag} is a text or a whole number, not {value!r}")
    if isinstance(value, str) and len(value.encode(errors="replace")) > LONGEST_VALUE:
        raise InvalidArgument(f"{tag} is longer than {LONGEST_VALUE} bytes")
    return value


def _find(label: str, keys: set[str]) -> dict[str, Any]:
    made = link_of(label)
    if made is None:
        try:
            made = AccountLink()
            made.model = apps.get_model(label)
        except (LookupError, ValueError):
            return {}  # the model is no longer part of the project
    return made.find(keys)


__all__ = [
    "DELETE",
    "HOST",
    "KEEP",
    "SERVICE",
    "AccountLink",
    "ReservedUserID",
    "Target",
    "accounts_of",
    "check_allowed",
    "link",
    "link_of",
    "links",
    "unlink",
    "user_of",
    "users_of",
]
