"""A project whose users are linked to accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_tim import tasks
from django_tim.linking import SERVICE, AccountLink, link, unlink
from django_tim.models import Account
from django_tim.simulator import Simulator

GENDER, LEVEL = "Tag_Profile_IM_Gender", "Tag_Profile_IM_Level"
SIGNATURE = "Tag_Profile_IM_SelfSignature"
NICK, IMAGE = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"


class UserLink(AccountLink[User]):
    """The UserID is the username; the avatar and the signature are the service's."""

    owned = {"face_url": SERVICE, SIGNATURE: SERVICE}

    def user_id(self, obj: User) -> str | None:
        return obj.username

    def nickname(self, obj: User) -> str | None:
        return obj.first_name

    def face_url(self, obj: User) -> str | None:
        return f"https://a.example/{obj.pk}.png"

    def fields(self, obj: User) -> Mapping[str, str | int | None]:
        return {LEVEL: len(obj.last_name), SIGNATURE: obj.email, GENDER: None}


@pytest.fixture
def linked(nudges: list[str]) -> Iterator[type[UserLink]]:
    """Users are linked."""
    link(User)(UserLink)
    yield UserLink
    unlink(User)


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a worker was asked to work; none does, until the test does."""
    asked: list[str] = []
    monkeypatch.setattr("django_tim.tasks.enqueue_links", lambda: asked.append("links"))
    return asked


def paths(simulator: Simulator) -> list[str]:
    """The commands that were called."""
    return [one.path.rsplit("/", 1)[-1] for one in simulator.requests]


def sent(simulator: Simulator, command: str) -> list[Any]:
    """The bodies of the calls of one command."""
    return [one.body for one in simulator.requests if one.path.endswith("/" + command)]


def deliver() -> None:
    tasks.deliver_links()


def make_due() -> None:
    """As if the pauses were over."""
    Account.objects.filter(link_due_at__isnull=False).update(link_due_at=timezone.now())


def row_of(user_id: str) -> Account:
    return Account.objects.get(user_id=user_id)
