"""``path("tim/", include("django_tim.urls"))``: where the service delivers its callbacks,
and where the project's users get their UserSigs.
"""

from __future__ import annotations

from django.urls import path

from .views import usersig
from .webhooks.views import callback

app_name = "django_tim"
urlpatterns = [
    # The console may have either; a redirect would lose the body.
    path("callback/<str:alias>/", callback, name="callback"),
    path("callback/<str:alias>", callback),
    path("usersig/", usersig, name="usersig"),
]
