"""tim_migrate in a process of its own, which is killed in the middle of a group's history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from django_tim.catalogue import GROUP_MESSAGE_IMPORT, MESSAGE_IMPORT, Endpoint
from django_tim.client.tim import Tim
from django_tim.simulator import Simulator
from tests.workers.project import PATIENCE, Project, kill
from tests.workers.test_bulk_workers import Hold

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = 1_600_000_000


def export(path: Path) -> Path:
    lines: list[dict[str, Any]] = [
        {"type": "account", "user_id": "ann"},
        {"type": "account", "user_id": "bob"},
    ]
    message = {"type": "message", "sender": "ann", "receiver": "bob"}
    lines += [{**message, "message": str(n), "sent_at": LONG_AGO + n} for n in range(40)]
    for group_id in ("a", "b"):
        group = {"type": "group", "group_id": group_id, "group_type": "Public", "name": group_id}
        said = {"type": "group_message", "group_id": group_id, "sender": "ann"}
        lines.append({**group, "create_time": LONG_AGO})
        lines += [{**said, "message": str(n), "sent_at": LONG_AGO + 1 + n} for n in range(60)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("endpoint", "after"), [(MESSAGE_IMPORT, 20), (GROUP_MESSAGE_IMPORT, 5)], ids=str
)
def test_killed_it_goes_on_and_nothing_is_there_twice(
    endpoint: Endpoint[Any],
    after: int,
    project: Project,
    simulator: Simulator,
    tim: Tim,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    hold = Hold(simulator, monkeypatch, endpoint)
    hold.after = after
    path = export(tmp_path / "export.jsonl")
    command = project.command("tim_migrate", "--from", str(path))
    assert hold.full.wait(PATIENCE)
    kill(command)
    hold.go_on.set()
    again = project.command("tim_migrate", "--resume")
    again.wait(timeout=PATIENCE)
    said = (tmp_path / "command1.log").read_text()
    assert again.returncode == 0, said
    assert "everything was moved" in said
    for group_id in ("a", "b"):
        history = [*tim.group_messages.iterate_history(group_id)][::-1]
        texts = [row["MsgBody"][0]["MsgContent"]["Text"] for row in history]
        assert texts == [str(number) for number in range(60)]
    found = tim.messages.iterate_history("ann", "bob", min_time=0, max_time=2 * LONG_AGO)
    assert sorted(row["MsgTimeStamp"] - LONG_AGO for row in found) == list(range(40))
