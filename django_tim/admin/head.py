"""What stands above each of our pages: which environment this is, and the search for anything."""

from __future__ import annotations

from typing import Any

from django_tim import conf
from django_tim.exceptions import ConfigurationError

from . import apps

TONES = {"production": "bad", "staging": "warn"}


def environment_of(sdk_app_id: int | None) -> str:
    """What the settings call the app's environment; "" where they don't."""
    alias = apps.configured().get(sdk_app_id or 0)
    try:
        return conf.app_settings(alias).environment if alias else ""
    except ConfigurationError:  # a system check says what is wrong
        return ""


def is_production(sdk_app_id: int | None) -> bool:
    """Whether what is done here is done to the real thing."""
    return environment_of(sdk_app_id).lower() == "production"


def head_of(sdk_app_id: int | None) -> dict[str, Any]:
    """The context of the template ``includes/head.html``."""
    environment = environment_of(sdk_app_id)
    return {
        "environment": environment,
        "tone": TONES.get(environment.lower(), "busy"),
        "app": sdk_app_id,
        "app_label": apps.label(sdk_app_id) if sdk_app_id else "",
    }
