"""What the demo does with the database: an admin user, the syncs, and the comparison."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from demo_failure import Failed
from django.contrib.auth import get_user_model
from django.core.management import call_command

from django_tim import conf, tasks
from django_tim.connection import tims
from django_tim.models import Account, Group, GroupMember, Run
from django_tim.services import links, runs
from django_tim.services.mirror import discover

LISTLESS = "AVChatRoom"
PEOPLE = (
    ("alice", "Alice", "Adler"),
    ("bert", "Bert", "Brandt"),
    ("xiaoming", "小明", "王"),
)
"""The project's own users besides the admin: username, first and last name."""


def prepare(accounts: int) -> str:
    """Make the tables and the admin user, whose password is returned.

    The vendor has no list of all accounts: those of the project's own users are known to it.
    """
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    users.create_superuser("admin", "admin@example.com", "admin")
    for name, first, last in PEOPLE:
        users.create(username=name, first_name=first, last_name=last)
    discover(conf.app_config().sdk_app_id, _user_ids(accounts))
    return "admin"


def link(wait: Callable[[], None], patience: float) -> None:
    """Let the worker make the accounts of the project's own users; wait until it has."""
    end = time.monotonic() + patience
    linked = Account.objects.filter(host_state=Account.State.ACTIVE, behind_since=None)
    while linked.count() < get_user_model().objects.count():
        if time.monotonic() > end:
            errors = list(links.behind().values_list("user_id", "link_error"))
            raise Failed(f"accounts are behind after {patience:.0f} s: {errors}")
        wait()


def sync(what: str, wait: Callable[[], None], patience: float) -> None:
    """Let the worker sync one kind; ``wait`` is called until it has."""
    run = runs.start(tasks.KINDS[what])
    tasks.enqueue(run)
    end = time.monotonic() + patience
    while run.status not in Run.FINISHED:
        if time.monotonic() > end:
            raise Failed(f"{run} is {run.status} after {patience:.0f} s")
        wait()
        run.refresh_from_db()
    if run.status != Run.Status.SUCCEEDED:
        raise Failed(f"{run} {run.status}: {run.error}")


def counts() -> dict[str, int]:
    """What the mirror holds."""
    return {
        "accounts": Account.objects.filter(gone_at=None).exclude(synced_at=None).count(),
        "linked users": Account.objects.exclude(host_model="").count(),
        "groups": Group.objects.filter(gone_at=None).count(),
        "group members": GroupMember.objects.filter(gone_at=None).count(),
    }


def compare(accounts: int) -> int:
    """0 if the mirror equals what the service answers, object by object; else 1."""
    tim = tims["default"]
    ids = list(tim.groups.iterate())
    infos = {one.item: one.value or {} for one in tim.groups.get_many(ids)}
    users = [*_user_ids(accounts), *get_user_model().objects.values_list("username", flat=True)]
    profiles = {one.item: one.value or {} for one in tim.profiles.get_many(users)}
    members = {
        (group_id, row["Member_Account"]): (row.get("Role"), row.get("JoinTime"))
        for group_id, info in infos.items()
        if info.get("Type") != LISTLESS
        for row in tim.group_members.iterate(group_id)
    }
    sides: list[tuple[str, dict[Any, Any], dict[Any, Any]]] = [
        ("accounts", profiles, _accounts()),
        ("groups", {key: _stable(info) for key, info in infos.items()}, _groups()),
        ("group members", members, _members()),
    ]
    for name, remote, local in sides:
        different = sum(remote.get(key) != local.get(key) for key in {*remote, *local})
        print(f"{name}: service {len(remote)}, mirror {len(local)}, different {different}")
    return int(any(remote != local for _, remote, local in sides))


def _user_ids(accounts: int) -> list[str]:
    users = [f"user{number:06d}" for number in range(accounts)]
    return [*users, conf.app_config().admin]


def _stable(info: Any) -> dict[str, Any]:
    moving = {"ErrorCode", "ErrorInfo", "NextMsgSeq", "LastMsgTime"}
    return {name: value for name, value in info.items() if name not in moving}


def _accounts() -> dict[Any, Any]:
    rows = Account.objects.filter(gone_at=None).exclude(synced_at=None)
    return dict(rows.values_list("user_id", "raw"))


def _groups() -> dict[Any, Any]:
    return dict(Group.objects.filter(gone_at=None).values_list("group_id", "raw"))


def _members() -> dict[Any, Any]:
    rows = GroupMember.objects.filter(gone_at=None).values_list("group__group_id", "user_id", "raw")
    return {(group, user): (raw.get("Role"), raw.get("JoinTime")) for group, user, raw in rows}
