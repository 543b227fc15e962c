"""The admin, where the service delivers its callbacks, and a page of who is logged in."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from .views import me

urlpatterns = [
    path("admin/", admin.site.urls),
    path("tim/", include("django_tim.urls")),
    path("me/", me),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
