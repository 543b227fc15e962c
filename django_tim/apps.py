"""The Django app."""

from __future__ import annotations

from celery.signals import task_postrun
from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import request_finished
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TimConfig(AppConfig):
    """Tencent Cloud IM in a Django project."""

    name = "django_tim"
    label = "django_tim"
    verbose_name = _("Tencent Cloud IM")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register checks and the project's links; let the archive hear of our own sends.

        What the processes have counted of their calls is written down after requests and tasks.
        """
        from . import checks, link_hooks, signals
        from .services import archive, health

        register(checks.check_settings, "django_tim")
        register(checks.check_sqlite, "django_tim")
        register(checks.check_links, "django_tim")
        link_hooks.connect()
        request_finished.connect(health.write_down_sometimes, dispatch_uid="django_tim.health")
        task_postrun.connect(health.write_down_sometimes, dispatch_uid="django_tim.health")
        signals.call_made.connect(archive.on_call, dispatch_uid="django_tim.archive")
        autodiscover_modules("tim_links")
