"""The project's Celery app."""

from __future__ import annotations

import os

from celery import Celery

from . import broker  # noqa: F401  (its URL is known from now on)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")
app = Celery("example")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
