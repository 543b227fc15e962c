"""A project that runs django-tim: settings, URLs, Celery and receivers, as a host has them."""

from .celery import app as celery_app

__all__ = ["celery_app"]
