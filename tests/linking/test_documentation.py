"""What the pages about links, UserSigs, services and signals show is run, in the order shown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import RequestFactory

from django_tim import linking, tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import ChangeRefused
from django_tim.linking import unlink
from django_tim.models import AuditEntry
from django_tim.services import accounts, groups
from django_tim.simulator import Simulator

from .conftest import NICK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nudges")]
DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def shown(page: str) -> list[str]:
    """The page's examples."""
    text = (DOCS / f"{page}.rst").read_text("utf-8")
    found = [textwrap.dedent(block) for block in _BLOCK.findall(text)]
    assert found
    return found


def run(page: str, first: int = 0, last: int | None = None, **names: Any) -> dict[str, Any]:
    """The names that the examples leave behind."""
    for place, example in enumerate(shown(page)[first:last], first):
        exec(compile(example, f"docs/{page}.rst, example {place}", "exec"), names)  # noqa: S102
    return names


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    unlink(User)
    unlink(Group)


def test_linking(tim: Tim, simulator: Simulator) -> None:
    names = run("linking", 0, 1)
    user = User.objects.create(pk=1, username="ann", first_name="Ann", last_name="Lee")
    tasks.deliver_links()
    assert simulator.state.accounts["u1"].tags[NICK] == "Ann Lee"
    names = run("linking", 1, **names)
    assert linking.user_of(names["account"]) == user


def test_usersig(tim: Tim, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("usersig")
    assert names["signed"].user_id == "u1"
    assert "False 70013" in capsys.readouterr().out
    user = User.objects.create(username="ann")
    user.groups.add(Group.objects.create(name="team"))
    request = RequestFactory().post("/", headers={"X-Api-Key": "ann"})
    assert names["user_of_request"](request) == user
    found = linking.linked_object(user)
    assert found is not None
    assert found[1] == user.groups.get()


def test_services(tim: Tim, simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    run("services")
    assert "nobody" in capsys.readouterr().out
    assert AuditEntry.objects.get(action="profile.set").actor_name == "nightly job"
    assert AuditEntry.objects.latest("pk").action == "group.dissolve"


def test_signals(tim: Tim, capsys: pytest.CaptureFixture[str]) -> None:
    kept = run("signals")  # receivers are held weakly
    groups.create(group_type="Public", name="lobby", group_id="lobby")
    with pytest.raises(ChangeRefused, match="The lobby stays"):
        groups.dissolve("lobby")
    accounts.import_one("ann")
    assert capsys.readouterr().out == "new in default ['ann'] by way of code\n"
    assert "welcome" in kept
