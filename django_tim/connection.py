"""``tims["default"]``: the client of an app, made from the settings, one of it a process.

One a process and not one a thread, as Django's own connections are: each costs a TLS handshake
and a signature, and it is thread-safe. They are made anew when the settings change, and after a
fork, which must not share sockets with its parent.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.signals import setting_changed

from django_tim import conf, signals
from django_tim.catalogue import Endpoint
from django_tim.client import meter
from django_tim.client.tim import Tim
from django_tim.pacing.selection import Pacers


class Tims:
    """The clients by alias: ``tims["default"]``; iteration gives the aliases."""

    def __init__(self) -> None:
        self._overrides: dict[str, Tim] = {}
        self._lock = threading.Lock()
        self._tims: dict[str, Tim] = {}
        self._pacers = Pacers()
        self._parents: list[object] = []

    def __getitem__(self, alias: str) -> Tim:
        """The client of an app. Raises ConfigurationError, and UnknownAlias with the known ones."""
        override = self._overrides.get(alias)
        if override is not None:
            return override
        config = conf.app_config(alias)
        known = self._tims.get(alias)
        if known is not None and known.config is config:
            return known
        with self._lock:
            known = self._tims.get(alias)
            if known is None or known.config != config:
                self._tims[alias] = self._make(alias)
                if known is not None:
                    known.close()
            return self._tims[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(conf.aliases())

    def __len__(self) -> int:
        return len(conf.aliases())

    def all(self) -> list[Tim]:
        """The clients of all apps."""
        return [self[alias] for alias in self]

    @contextmanager
    def override(self, alias: str, tim: Tim) -> Iterator[Tim]:
        """Give out this client instead, in all threads: a test's, over its own transport."""
        before = self._overrides.get(alias)
        self._overrides[alias] = tim
        try:
            yield tim
        finally:
            if before is None:
                del self._overrides[alias]
            else:
                self._overrides[alias] = before

    def close(self) -> None:
        """Close every client and pacer; they are made anew when they are asked for next."""
        with self._lock:
            tims, self._tims = self._tims, {}
            for tim in tims.values():
                tim.close()
            self._pacers.close()

    def forget(self) -> None:
        """Drop them without closing: after a fork, the connections are the parent's.

        They are kept out of the way, for the destructors of some would say goodbye to a
        server in the parent's name.
        """
        self._parents += [self._tims, self._pacers]
        self._lock = threading.Lock()
        self._tims = {}
        self._pacers = Pacers()

    def _make(self, alias: str) -> Tim:
        config, app = conf.app_config(alias), conf.app_settings(alias)
        return Tim(
            config,
            pacer=self._pacers.pacer(config, app),
            heard=partial(_tell, alias),
            meter=meter.meter(config.sdk_app_id),
        )


def _tell(
    alias: str, endpoint: Endpoint[Any], payload: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    """A receiver that fails is logged: the call has been carried out."""
    about = {"endpoint": endpoint, "payload": payload, "answer": answer}
    signals.call_made.send_robust(sender=Tim, app=alias, **about)


tims = Tims()


def _settings_changed(*, setting: str, **_: Any) -> None:
    if setting in ("DJANGO_TIM", "DATABASES", "CACHES"):
        tims.close()


setting_changed.connect(_settings_changed, dispatch_uid="django_tim.connection")
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tims.forget)
