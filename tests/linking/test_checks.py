"""Links that can't work are named by the system checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from django_tim.checks import check_links
from django_tim.linking import SERVICE, AccountLink, link, links, unlink


@pytest.fixture(autouse=True)
def no_links() -> Iterator[None]:
    yield
    unlink(User)
    unlink(Group)


def found() -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in check_links()]


def test_good_links(settings: Any) -> None:
    app = {**settings.DJANGO_TIM["default"], "PROFILE_CUSTOM_KEYS": ["Tag_Profile_Custom_Tea"]}
    settings.DJANGO_TIM = {"default": app}
    settings.DJANGO_TIM_OPTIONS = {"USERSIG_AUTHENTICATION": "django_tim.views.session_user"}

    @link(User, Group)
    class Good(AccountLink[Any]):
        owned = {"nickname": SERVICE, "Tag_Profile_Custom_Tea": SERVICE}

    assert found() == []
    assert [(one.label, type(one)) for one in links()] == [
        ("auth.user", Good),
        ("auth.group", Good),
    ]


def test_two_claims() -> None:
    @link(User)
    class First(AccountLink[User]): ...

    @link(User)
    class Second(AccountLink[User]): ...

    [(id_, text)] = found()
    assert id_ == "tim.E010"
    assert "auth.User" in text
    assert "First" in text
    assert "Second" in text
    [one] = links()
    assert type(one) is First


@pytest.mark.parametrize(
    ("wrong", "id_", "says"),
    [
        ({"owned": {"nick": "host"}}, "tim.E012", "'nick'"),
        ({"owned": {"Tag_Profile_IM_Nope": "host"}}, "tim.E012", "Nope"),
        ({"owned": {"nickname": "mine"}}, "tim.E012", "HOST or SERVICE"),
        ({"owned": {"Tag_Profile_Custom_Tea": "host"}}, "tim.W005", "PROFILE_CUSTOM_KEYS"),
        ({"when_deleted": "destroy"}, "tim.E012", "KEEP or DELETE"),
        ({"app": "other"}, "tim.E013", "'other'"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], id_: str, says: str) -> None:
    link(User)(type("Wrong", (AccountLink,), wrong))
    [(found_id, text)] = found()
    assert found_id == id_
    assert says in text
    assert "Wrong" in text


def test_a_proxy_can_t_be_linked() -> None:
    class Meta:
        proxy, abstract = True, False
        label = label_lower = "auth.proxy"

    proxy: Any = type("Proxy", (), {"_meta": Meta})  # a model would stay registered
    link(proxy)(AccountLink)
    try:
        assert [id_ for id_, _ in found()] == ["tim.E011"]
    finally:
        unlink(proxy)


@pytest.mark.parametrize("path", ["nowhere.at_all", "django_tim.views.LATER"])
def test_the_authentication_can_be_imported(settings: Any, path: str) -> None:
    settings.DJANGO_TIM_OPTIONS = {"USERSIG_AUTHENTICATION": path}
    [(id_, text)] = found()
    assert id_ == "tim.E014"
    assert path in text
