"""What Django 6.0 and later do by themselves: the policy in SECURE_CSP as a header."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class StrictPolicy:
    """Middleware for the Django versions before 6.0."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        rules = settings.SECURE_CSP.items()
        self._policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response["Content-Security-Policy"] = self._policy
        return response
