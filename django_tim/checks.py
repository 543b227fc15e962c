"""System checks: what is wrong with the settings, before anything is called.

``tim.E001`` is about the shape of a setting, ``E002`` and ``E005`` about what is missing,
``E003`` about a value, ``E004`` about an unknown name, ``E006`` about plain http, ``E007`` about
a callable, ``E008`` about rates, ``E010`` to ``E014`` about links of the project's users. The
warnings are listed beside their functions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from django_tim import conf, linking
from django_tim.client.usersig import InvalidUserSig, inspect
from django_tim.exceptions import ConfigurationError, InvalidArgument, UnknownAlias
from django_tim.models import Run

WARN_OF_EXPIRY = 30 * 86_400


def check_settings(**_: Any) -> list[CheckMessage]:
    """Every problem of ``DJANGO_TIM`` and ``DJANGO_TIM_OPTIONS``, each with its setting's name.

    Apps that a callable gives are not asked for: it may need a database that is not there yet.
    """
    found = [_error(problem) for problem in conf.option_problems()]
    given = getattr(settings, "DJANGO_TIM", None)
    if isinstance(given, str) or callable(given):
        return [*found, *_callable_problems(given)]
    try:
        aliases = conf.aliases()
    except ConfigurationError as error:
        hint = "See the settings table in the documentation of django-tim."
        return [*found, Error(str(error), hint=hint, id="tim.E001")]
    for alias in aliases:
        found += [_error(problem) for problem in conf.problems(alias)] or list(_app_warnings(alias))
    return found


def check_sqlite(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """tim.W001: a SQLite whose writers would fail with "database is locked"."""
    alias = router.db_for_write(Run)
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return []
    options = connection.settings_dict.get("OPTIONS") or {}
    lacking = []
    if options.get("transaction_mode", "").upper() != "IMMEDIATE":
        lacking.append('"transaction_mode": "IMMEDIATE"')
    if "journal_mode=wal" not in options.get("init_command", "").lower().replace(" ", ""):
        lacking.append('"init_command": "PRAGMA journal_mode=WAL"')
    if options.get("timeout", 5) < 20:
        lacking.append('"timeout": 20')
    if not lacking:
        return []
    text = f'DATABASES["{alias}"]: a worker and the web server would lock each other out of SQLite.'
    hint = f"Add to its OPTIONS: {', '.join(lacking)}."
    return [Warning(text, hint=hint, id="tim.W001")]


def check_links(**_: Any) -> list[CheckMessage]:
    """tim.E010 to E014 and W005: links that can't work, before anybody is saved."""
    found: list[CheckMessage] = list(_authentication_problems())
    for model, classes in linking.claims():
        label = model._meta.label
        if len(classes) > 1:
            names = ", ".join(f"{cls.__module__}.{cls.__qualname__}" for cls in classes)
            text = f"{label} is linked by several: {names}. Only the first one counts."
            found.append(Error(text, hint="Register one link a model.", id="tim.E010"))
        if model._meta.proxy or model._meta.abstract:
            text = f"{label} is a proxy or abstract, so its objects are saved as another model's."
            found.append(Error(text, hint="Link the model itself.", id="tim.E011"))
        found += _link_problems(f"{classes[0].__module__}.{classes[0].__qualname__}", classes[0])
    return found


def _link_problems(name: str, link: Any) -> Iterator[CheckMessage]:
    ends, owners = (linking.KEEP, linking.DELETE), (linking.HOST, linking.SERVICE)
    for field, owner in link.owned.items():
        tag = linking.SHORT_NAMES.get(field, field)
        if not linking.is_tag(tag):
            hint = 'Known are "nickname", "face_url", and tags such as Tag_Profile_IM_Level.'
            yield Error(f"{name}.owned: no profile field {field!r}.", hint=hint, id="tim.E012")
        elif owner not in owners:
            yield Error(f"{name}.owned[{field!r}] is HOST or SERVICE.", id="tim.E012")
    for what in ("when_deactivated", "when_deleted"):
        if getattr(link, what) not in ends:
            yield Error(f"{name}.{what} is KEEP or DELETE.", id="tim.E012")
    if isinstance(link.app, str) and isinstance(getattr(settings, "DJANGO_TIM", None), dict):
        yield from _link_app_problems(name, link)


def _link_app_problems(name: str, link: Any) -> Iterator[CheckMessage]:
    try:
        known = conf.app_settings(link.app).profile_custom_keys
    except UnknownAlias as error:
        yield Error(f"{name}.app: {error}", id="tim.E013")
        return
    except ConfigurationError:  # which another check names
        return
    custom = {field for field in link.owned if field.startswith(linking.CUSTOM)}
    for field in sorted(custom.difference(known)):
        text = f"{name}.owned names {field!r}, which PROFILE_CUSTOM_KEYS does not."
        hint = "Syncs read only the fields of the app's own that are named there."
        yield Warning(text, hint=hint, id="tim.W005")


def _authentication_problems() -> Iterator[CheckMessage]:
    given = getattr(settings, "DJANGO_TIM_OPTIONS", {})
    path = given.get("USERSIG_AUTHENTICATION") if isinstance(given, dict) else None
    if not isinstance(path, str) or not path:
        return
    where = 'DJANGO_TIM_OPTIONS["USERSIG_AUTHENTICATION"]'
    try:
        found = import_string(path)
    except ImportError as error:
        yield Error(f"{where}: {path!r} can't be imported: {error}", id="tim.E014")
        return
    if not callable(found):
        yield Error(f"{where}: {path!r} is no callable.", id="tim.E014")


def _app_warnings(alias: str) -> Iterator[CheckMessage]:
    """W002: a simulator in production; W003: a signature that ends soon; W004: no token."""
    where = f'DJANGO_TIM["{alias}"]'
    app = conf.app_settings(alias)
    if app.simulator and not settings.DEBUG:
        yield Warning(
            f'{where}["HOST"] is on this machine, so it is a simulator, and DEBUG is off.',
            hint="Leave HOST out to talk to the vendor's service.",
            id="tim.W002",
        )
    yield from _signature_warnings(alias, where)
    if not app.callback_tokens and _takes_callbacks(alias):
        yield Warning(
            f'{where}["CALLBACK_TOKENS"] is missing: every callback of the service is refused.',
            hint="Set the token that the console signs callbacks with.",
            id="tim.W004",
        )
    if app.pacing == "redis" and find_spec("redis") is None:
        yield Error(
            f'{where}["PACING"] is "redis", but the package redis is not installed.',
            hint="Install django-tim[redis].",
            id="tim.E009",
        )


def _takes_callbacks(alias: str) -> bool:
    """Whether the project's URLs include ours."""
    try:
        reverse("django_tim:callback", args=[alias])
    except (NoReverseMatch, ImproperlyConfigured):
        return False
    return True


def _signature_warnings(alias: str, where: str) -> Iterator[CheckMessage]:
    usersig = conf.app_config(alias).usersig
    if not isinstance(usersig, str) or not usersig:
        return
    name = f'{where}["USERSIG"]'
    try:
        rest = inspect(usersig).expires - time.time()
    except (InvalidUserSig, InvalidArgument) as error:
        yield Error(f"{name} is no UserSig: {error}", id="tim.E003")
        return
    if rest < WARN_OF_EXPIRY:
        days = int(rest // 86_400)
        said = f"ends in {days} days" if rest > 0 else "has expired"
        hint = "Make a new one, or set SECRET_KEY, from which it is renewed by itself."
        yield Warning(f"{name} {said}.", hint=hint, id="tim.W003")


def _callable_problems(given: Any) -> list[CheckMessage]:
    if not isinstance(given, str):
        return []
    try:
        found = import_string(given)
    except ImportError as error:
        text = f"DJANGO_TIM: {given!r} can't be imported: {error}"
        return [Error(text, id="tim.E007")]
    if callable(found):
        return []
    return [Error(f"DJANGO_TIM: {given!r} is no callable.", id="tim.E007")]


def _error(problem: conf.Problem) -> CheckMessage:
    return Error(problem.text, hint=problem.hint or None, id=problem.id)
