"""Pushes to all as runs: what is sent, and what is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import AuditEntry, Run
from django_tim.services import bulk
from django_tim.services.operations.pushes import EVERYONE
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

Done = Callable[..., Run]
PUSH = "all_member_push/im_push"


def bodies(simulator: Simulator) -> list[dict[str, Any]]:
    return [one.body for one in simulator.requests if one.path.endswith(PUSH)]


def test_push_to_all_who_meet_the_conditions(done: Done, simulator: Simulator) -> None:
    run = done("push_to_all", [EVERYONE], message="Hi", tags_or=["a", "b"], life_time=60)
    assert (run.status, run.done) == ("succeeded", 1)
    [body] = bodies(simulator)
    assert body["Condition"] == {"TagsOr": ["a", "b"]}
    assert body["MsgLifeTime"] == 60
    assert body["MsgRandom"] == run.chunks.get().payload["keys"]["msg_random"]
    assert AuditEntry.objects.get().action == "push.send"


@pytest.mark.parametrize(
    ("items", "params"),
    [
        ([EVERYONE], {}),
        ([EVERYONE], {"message": "x" * 13_000}),
        ([EVERYONE], {"message": "Hi", "colour": "red"}),
        ([EVERYONE], {"message": "Hi", "tags_or": []}),
        ([EVERYONE], {"message": "Hi", "tags_or": ["a"], "attributes_or": {"a": "b"}}),
    ],
)
def test_wrong_parameters_are_refused(items: Any, params: dict[str, Any], tim: Tim) -> None:
    with pytest.raises(InvalidArgument):
        bulk.start("push_to_all", items, params=params)
    assert not Run.objects.exists()
