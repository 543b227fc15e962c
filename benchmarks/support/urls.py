"""The URLs of a benchmark's server: callbacks, as a host project includes them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("tim/", include("django_tim.urls"))]
