"""The example's own app: what it makes of callbacks."""

from __future__ import annotations

from django.apps import AppConfig


class ExampleConfig(AppConfig):
    """Connects the receivers."""

    name = "example"

    def ready(self) -> None:
        from . import moderation  # noqa: F401 - its receivers are connected on import
