"""A project that runs django-tim: settings, URLs and Celery, as a host project has them."""

from .celery import app as celery_app

__all__ = ["celery_app"]
