"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TimConfig(AppConfig):
    """Tencent Cloud IM in a Django project."""

    name = "django_tim"
    label = "django_tim"
    verbose_name = _("Tencent Cloud IM")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register checks and the project's links; let the archive hear of our own sends."""
        from . import checks, link_hooks, signals
        from .services import archive

        register(checks.check_settings, "django_tim")
        register(checks.check_sqlite, "django_tim")
        register(checks.check_links, "django_tim")
        link_hooks.connect()
        signals.call_made.connect(archive.on_call, dispatch_uid="django_tim.archive")
        autodiscover_modules("tim_links")
