"""The admin, and where the service delivers its callbacks."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("tim/", include("django_tim.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
