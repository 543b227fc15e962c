"""Settings: ``DJANGO_TIM`` (one dict an app, by alias) and ``DJANGO_TIM_OPTIONS`` (the project's).

Nothing is read at import. What is read is checked, kept, and forgotten when settings change
or :func:`reload` is called. ``DJANGO_TIM`` may be a callable, or the dotted path of one, that
returns the dict: apps can then come and go without a deploy.
"""

from __future__ import annotations

import difflib
import math
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from django_tim.client.config import AppConfig
from django_tim.conf_values import (
    REGIONS,
    WrongValue,
    a_flag,
    a_host,
    a_number,
    a_secret,
    a_share,
    a_string,
    a_text,
    a_whole_number,
    an_app_id,
    batch_caps,
    is_loopback,
    names,
    one_of,
    rates,
    secrets,
)
from django_tim.exceptions import ConfigurationError, UnknownAlias

PACINGS = ("auto", "memory", "file", "database", "redis")


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """What only the Django layers must know about one app."""

    environment: str = ""
    """"production", "staging" …: colours the admin and asks for typed confirmations."""
    operators: tuple[str, ...] = ()
    """Names of the project's groups of users: only their members see the app in the admin, and
    act on it as far as their permissions go. Empty: all who have the permissions do."""
    group_custom_keys: tuple[str, ...] = ()
    """The app's own fields of groups: the service lists them nowhere."""
    member_custom_keys: tuple[str, ...] = ()
    """The app's own fields of group members."""
    profile_custom_keys: tuple[str, ...] = ()
    """The app's own profile tags."""
    pacing: str = "auto"
    """Where the calls' turns are kept: one of ``PACINGS``."""
    pacing_url: str = field(default="", repr=False)
    """The Redis server that keeps them."""
    pacing_file: str = ""
    """The file that keeps them, where the default (one a user and app) won't do."""
    other_admins: tuple[str, ...] = ()
    """The app's administrators beside ``ADMIN``: no user of the project may have their UserID."""
    client_usersig_lifetime: int = 7 * 86_400
    """Seconds that a user's UserSig is signed for."""
    callback_tokens: tuple[str, ...] = field(default=(), repr=False)
    """The tokens that sign callbacks: two while one replaces the other. None: all are refused."""
    message_archive: str = "off"
    """What is kept of messages: "off", "metadata" (who, to whom, when) or "full"."""
    moderator: str = ""
    """Dotted path of the callable that judges messages after they were sent."""
    simulator: bool = False
    """Whether the host is this machine: then it can't be the vendor's service."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """``DJANGO_TIM_OPTIONS``: what holds for the whole project."""

    sync_threads: int = 16
    """Calls that a sync has in flight at once."""
    bulk_threads: int = 16
    """Calls that a worker has in flight at once for a bulk run, or for linked accounts."""
    bulk_workers: int = 2
    """Workers that share a bulk run, where there are as many."""
    write_batch: int = 1000
    """Rows that a sync compares and writes at once."""
    slice_seconds: float = 240
    """How long a task works on a run before it queues itself again."""
    heartbeat_seconds: float = 10
    """How often a run at work gives a sign of life."""
    stalled_after: float = 120
    """Silence after which a run's worker is taken for dead."""
    queue: str | None = None
    """The Celery queue of our tasks; the project's default queue if None."""
    callback_budget: float = 1.5
    """Seconds that receivers have to decide on a *before* event; the service waits 2."""
    callback_default: str = "allow"
    """What is answered when they don't: "allow" or "deny"."""
    callback_threads: int = 16
    """*Before* events that are decided on at once, in each process."""
    callback_max_bytes: int = 2 * 1024 * 1024
    """The longest body of a callback that is read."""
    callback_attempts: int = 3
    """How often an *after* event is handed to receivers that fail, before it is kept as failed."""
    usersig_authentication: str = ""
    """Dotted path of a callable that returns a request's user; Django's session if empty."""
    usersigs_a_minute: int = 20
    """UserSigs that one user is given in a minute."""
    bulk_queue: str | None = None
    """The queue of bulk runs; ``queue`` if None. A queue that no worker reads keeps them."""
    live_samples: int = 200
    """Live rooms whose online number is sampled, the newest ones."""
    live_sample_days: float = 7
    """How long the samples are kept."""
    reasons: tuple[str, ...] = ("Spam", "Abuse", "Fraud", "Illegal content", "Asked for it")
    """Reasons for mutes and bans that the admin offers; any other can be typed."""
    archive_fill_days: int = 7
    """Days back for which holes of the archive are filled from the service's history; 0: none."""
    keep_callbacks_days: int = 30
    """Days that callbacks are kept once they were handled; 0 for ever, as for the others."""
    keep_audit_days: int = 0
    """Days that audit entries are kept."""
    keep_group_messages_days: int = 0
    """Days that archived messages of groups are kept."""
    keep_c2c_messages_days: int = 0
    """Days that archived one-to-one messages are kept."""
    keep_runs_days: int = 0
    """Days that runs are kept once they have ended."""
    approve_above: int | None = None
    """Receivers of a message above which a second person must approve it; None: nobody must.
    A push to everyone counts as more than any number."""
    admin_base: str = ""
    """Dotted path of a theme's ModelAdmin that our admin classes stand in front of."""

    def threads_for(self, rate: float) -> int:
        """BULK_THREADS, or fewer where so many calls a second keep fewer busy."""
        return max(2, min(self.bulk_threads, math.ceil(rate / 2)))


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the settings: a system check's number, and what to say."""

    id: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class _App:
    config: AppConfig | None
    settings: AppSettings
    problems: tuple[Problem, ...]


_APP = {
    "SDK_APP_ID": an_app_id,
    "SECRET_KEY": a_secret,
    "USERSIG": a_string,
    "ADMIN": a_text,
    "REGION": one_of(*REGIONS),
    "HOST": a_host,
    "BACKUP_HOST": a_host,
    "USERSIG_LIFETIME": a_whole_number(at_least=60),
    "CONNECT_TIMEOUT": a_number(above=0),
    "READ_TIMEOUT": a_number(above=0),
    "DEADLINE": a_number(above=0),
    "POOL_SIZE": a_whole_number(at_least=1),
    "TRUST_ENV": a_flag,
    "CA_BUNDLE": a_string,
    "RATE_SHARE": a_share,
    "INTERACTIVE_SHARE": a_number(at_least=0, at_most=1),
    "RATES": rates,
    "BATCH_CAPS": batch_caps,
    "READ_ONLY": a_flag,
    "ENVIRONMENT": a_string,
    "OPERATORS": names,
    "GROUP_CUSTOM_KEYS": names,
    "MEMBER_CUSTOM_KEYS": names,
    "PROFILE_CUSTOM_KEYS": names,
    "PACING": one_of(*PACINGS),
    "PACING_URL": a_string,
    "PACING_FILE": a_string,
    "CALLBACK_TOKENS": secrets,
    "MESSAGE_ARCHIVE": one_of("off", "metadata", "full"),
    "MODERATOR": a_string,
    "OTHER_ADMINS": names,
    "CLIENT_USERSIG_LIFETIME": a_whole_number(at_least=60),
}
_OPTIONS = {
    "SYNC_THREADS": a_whole_number(at_least=1),
    "BULK_THREADS": a_whole_number(at_least=1),
    "BULK_WORKERS": a_whole_number(at_least=1),
    "WRITE_BATCH": a_whole_number(at_least=1),
    "SLICE_SECONDS": a_number(above=0),
    "HEARTBEAT_SECONDS": a_number(above=0),
    "STALLED_AFTER": a_number(above=0),
    "QUEUE": a_text,
    "CALLBACK_BUDGET": a_number(above=0, at_most=1.9),
    "CALLBACK_DEFAULT": one_of("allow", "deny"),
    "CALLBACK_THREADS": a_whole_number(at_least=1),
    "CALLBACK_MAX_BYTES": a_whole_number(at_least=1),
    "CALLBACK_ATTEMPTS": a_whole_number(at_least=1),
    "USERSIG_AUTHENTICATION": a_text,
    "USERSIGS_A_MINUTE": a_whole_number(at_least=1),
    "BULK_QUEUE": a_text,
    "REASONS": names,
    "LIVE_SAMPLES": a_whole_number(at_least=0),
    "LIVE_SAMPLE_DAYS": a_number(above=0),
    "ARCHIVE_FILL_DAYS": a_whole_number(at_least=0),
    "KEEP_CALLBACKS_DAYS": a_whole_number(at_least=0),
    "KEEP_AUDIT_DAYS": a_whole_number(at_least=0),
    "KEEP_GROUP_MESSAGES_DAYS": a_whole_number(at_least=0),
    "KEEP_C2C_MESSAGES_DAYS": a_whole_number(at_least=0),
    "KEEP_RUNS_DAYS": a_whole_number(at_least=0),
    "APPROVE_ABOVE": a_whole_number(at_least=0),
    "ADMIN_BASE": a_text,
}
_SECRETS = frozenset({"SECRET_KEY", "USERSIG", "PACING_URL", "CALLBACK_TOKENS"})
_CONFIG_FIELDS = {f.name for f in fields(AppConfig)}
_SETTINGS_FIELDS = {f.name for f in fields(AppSettings)}


class _Kept:
    """What has been read, until it is forgotten."""

    lock = threading.RLock()
    apps: dict[str, _App] | None = None
    options: Options | None = None


_kept = _Kept()


def aliases() -> list[str]:
    """The apps' names, in the order of the settings. Raises ConfigurationError."""
    return list(_read_apps())


def app_config(alias: str = "default") -> AppConfig:
    """What the client must know about an app. Raises ConfigurationError, UnknownAlias."""
    app = _app(alias)
    if app.problems or app.config is None:
        raise ConfigurationError(app.problems[0].text)
    return app.config


def app_settings(alias: str = "default") -> AppSettings:
    """What the Django layers must know about it. Raises ConfigurationError, UnknownAlias."""
    app = _app(alias)
    if app.problems:
        raise ConfigurationError(app.problems[0].text)
    return app.settings


def options() -> Options:
    """``DJANGO_TIM_OPTIONS``, with defaults. Raises ConfigurationError."""
    with _kept.lock:
        if _kept.options is None:
            found, wrong = _read_options()
            if wrong:
                raise ConfigurationError(wrong[0].text)
            _kept.options = found
        return _kept.options


def problems(alias: str) -> tuple[Problem, ...]:
    """All that is wrong with one app's settings, for the system checks."""
    return _app(alias).problems


def option_problems() -> list[Problem]:
    """All that is wrong with ``DJANGO_TIM_OPTIONS``."""
    return _read_options()[1]


def reload() -> None:
    """Read the settings anew when they are asked for next: a callable's apps have changed."""
    with _kept.lock:
        _kept.apps = _kept.options = None


def _app(alias: str) -> _App:
    app = _read_apps().get(alias)
    if app is None and _is_callable():
        reload()  # it may know an app that it did not know before
        app = _read_apps().get(alias)
    if app is None:
        known = ", ".join(repr(name) for name in _read_apps()) or "no alias at all"
        raise UnknownAlias(f"DJANGO_TIM has no app {alias!r}; it has {known}.")
    return app


def _read_apps() -> dict[str, _App]:
    with _kept.lock:
        if _kept.apps is None:
            given = _given_apps()
            _kept.apps = {alias: _read_app(alias, app) for alias, app in given.items()}
        return _kept.apps


def _is_callable() -> bool:
    given = getattr(settings, "DJANGO_TIM", None)
    return isinstance(given, str) or callable(given)


def _given_apps() -> Mapping[str, Any]:
    given = getattr(settings, "DJANGO_TIM", None)
    if given is None:
        raise ConfigurationError('The setting DJANGO_TIM is missing: a dict of apps, {"default": …')
    if isinstance(given, str):
        given = _import(given)
    if callable(given):
        given = given()
    if not isinstance(given, Mapping) or not all(isinstance(alias, str) for alias in given):
        raise ConfigurationError(
            "DJANGO_TIM: expected a dict of apps by alias, or a callable (or its dotted path) "
            f"that returns one, not {type(given).__name__}."
        )
    return given


def _import(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError as exc:
        raise ConfigurationError(f"DJANGO_TIM: {path!r} can't be imported.") from exc


def _read_app(alias: str, given: Any) -> _App:
    where = f'DJANGO_TIM["{alias}"]'
    if not isinstance(given, Mapping):
        text = f"{where}: expected a dict of settings, not {type(given).__name__}."
        return _App(None, AppSettings(), (Problem("tim.E001", text),))
    values, wrong = _read_values(where, given, _APP)
    wrong += _missing(where, given)
    simulator = is_loopback(values.get("host", ""))
    config = None if wrong else _config(alias, values)
    return _App(config, _settings(values, simulator=simulator), tuple(wrong))


def _missing(where: str, given: Mapping[str, Any]) -> list[Problem]:
    missing = []
    if "SDK_APP_ID" not in given:
        text = f'{where}["SDK_APP_ID"] is missing: the number of the app, as the console shows it.'
        missing.append(Problem("tim.E002", text))
    if not given.get("SECRET_KEY") and not given.get("USERSIG"):
        text = (
            f'{where}["SECRET_KEY"] is missing: the app\'s secret, or a callable that returns it.'
        )
        missing.append(Problem("tim.E005", text, "A host without the secret sets USERSIG instead."))
    if given.get("PACING") == "redis" and not given.get("PACING_URL"):
        text = f'{where}["PACING_URL"] is missing: the Redis server that PACING "redis" needs.'
        missing.append(Problem("tim.E002", text, "For instance redis://127.0.0.1:6379/0"))
    return missing


def _read_values(
    where: str, given: Mapping[str, Any], readers: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name, value in given.items():
        if name not in readers:
            wrong.append(_unknown(where, name, readers))
            continue
        try:
            values[name.lower()] = readers[name](value)
        except WrongValue as exc:
            shown = "" if name in _SECRETS else f", not {value!r}"
            wrong.append(Problem(exc.check, f'{where}["{name}"]: expected {exc}{shown}.', exc.hint))
    return values, wrong


def _unknown(where: str, name: Any, readers: Mapping[str, Any]) -> Problem:
    close = difflib.get_close_matches(str(name).upper(), readers, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(readers)}."
    return Problem("tim.E004", f'{where}["{name}"] is not a setting.', hint)


def _config(alias: str, values: dict[str, Any]) -> AppConfig:
    base_url, backup_url = REGIONS[values.get("region", "china")]
    if values.get("host"):
        base_url = values["host"]
        backup_url = dict(REGIONS.values()).get(base_url, "")
    backup_url = values.get("backup_host", backup_url)
    known = {name: value for name, value in values.items() if name in _CONFIG_FIELDS}
    return AppConfig(alias=alias, base_url=base_url, backup_url=backup_url, **known)


def _settings(values: dict[str, Any], *, simulator: bool) -> AppSettings:
    known = {name: value for name, value in values.items() if name in _SETTINGS_FIELDS}
    return AppSettings(simulator=simulator, **known)


def _read_options() -> tuple[Options, list[Problem]]:
    given = getattr(settings, "DJANGO_TIM_OPTIONS", {})
    if not isinstance(given, Mapping):
        text = f"DJANGO_TIM_OPTIONS: expected a dict, not {type(given).__name__}."
        return Options(), [Problem("tim.E001", text)]
    given = {
        name: value
        for name, value in given.items()
        if value is not None or name not in ("QUEUE", "BULK_QUEUE", "APPROVE_ABOVE")
    }
    values, wrong = _read_values("DJANGO_TIM_OPTIONS", given, _OPTIONS)
    return Options(**values), wrong


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("DJANGO_TIM", "DJANGO_TIM_OPTIONS"):
        reload()


def _after_fork() -> None:
    _kept.lock = threading.RLock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
setting_changed.connect(_forget, dispatch_uid="django_tim.conf")
