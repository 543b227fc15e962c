"""The page of who is logged in: which account is theirs, and what a client SDK would be given."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from django_tim.linking import accounts_of


@login_required(login_url="admin:login")
def me(request: HttpRequest) -> HttpResponse:
    """Show the accounts of the user, with a button that asks for a UserSig."""
    return render(request, "example/me.html", {"accounts": accounts_of(request.user)})
