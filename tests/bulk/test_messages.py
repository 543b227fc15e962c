"""Bulk messages: each sent once, histories in their order, lost answers looked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument
from django_tim.models import GroupMember, Run
from django_tim.services import bulk, chunks, runs, shared_runs
from django_tim.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

Done = Callable[..., Run]


def bodies(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    return [one.body for one in simulator.requests if one.path.endswith(path)]


def texts(tim: Tim, group_id: str) -> list[str]:
    history = [*tim.group_messages.iterate_history(group_id)][::-1]
    return [row["MsgBody"][0]["MsgContent"]["Text"] for row in history]


@pytest.fixture
def people(tim: Tim) -> list[str]:
    ids = [f"user{number:02}" for number in range(20)]
    tim.accounts.import_many(ids)
    return ids


@pytest.fixture
def group_id(tim: Tim, people: list[str]) -> str:
    return tim.groups.import_one(
        group_type="Public", name="a", owner=people[0], create_time=1_600_000_000
    )["GroupId"]


def die_at(run: Run, number: int) -> None:
    """A worker takes chunks and dies; by now it counts as dead."""
    ordered = run.kind.startswith("import_group")
    assert shared_runs.join(run)
    assert len(chunks.claim(run, "dead", number, ordered=ordered)) >= number
    run.chunks.filter(claim="dead").update(claimed_at=timezone.now() - timedelta(minutes=3))


def worked(run: Run) -> Run:
    tasks.run_bulk(run.pk, helps=True)
    run.refresh_from_db()
    return run


def test_a_message_goes_once_to_each(done: Done, simulator: Simulator, people: list[str]) -> None:
    run = done("send_messages", [*people, *people[:5], "nobody"], message="hello", sender="user00")
    assert (run.status, run.done, run.skipped, run.failed) == ("partial", 26, 5, 1)
    assert run.failures.get().code == 70107
    (body,) = bodies(simulator, "batchsendmsg")
    assert sorted(body["To_Account"]) == sorted([*people, "nobody"])
    assert body["MsgBody"][0]["MsgContent"] == {"Text": "hello"}


def test_receivers_are_known_again_however_far_apart(
    done: Done, simulator: Simulator, tim: Tim
) -> None:
    ids = [f"user{number}" for number in range(1200)]
    tim.accounts.import_many(ids)
    run = done("send_messages", [*ids, *ids], message="hello")
    assert (run.status, run.skipped) == ("succeeded", 1200)
    sent = [one for body in bodies(simulator, "batchsendmsg") for one in body["To_Account"]]
    assert sorted(sent) == sorted(ids)


def test_a_message_whose_answer_was_lost_is_looked_for(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    run = bulk.start("send_messages", people, params={"message": "hello", "sender": "user00"})
    keys = run.chunks.get().payload["keys"]
    tim.messages.send_many(people[1:12], "hello", sender="user00", **keys)
    die_at(run, 1)
    simulator.requests.clear()
    assert (worked(run).status, run.done) == ("succeeded", 20)
    (body,) = bodies(simulator, "batchsendmsg")
    assert sorted(body["To_Account"]) == sorted([people[0], *people[12:]])
    assert (body["MsgSeq"], body["MsgRandom"]) == (keys["msg_seq"], keys["msg_random"])


def test_what_leaves_no_history_is_left_to_a_person(
    simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    params = {"message": "hello", "life_time": 0}
    run = bulk.start("send_messages", people[:3], params=params)
    die_at(run, 1)
    assert (worked(run).status, run.failed) == ("partial", 3)
    assert not bodies(simulator, "batchsendmsg")


def test_a_group_message_is_repeated_within_its_window_and_looked_for_after(
    simulator: Simulator, tim: Tim, people: list[str], group_id: str
) -> None:
    run = bulk.start("send_group_messages", [group_id], params={"message": "hello"})
    random = run.chunks.get().payload["keys"]["random"]
    tim.group_messages.send(group_id, "hello", random=random)
    die_at(run, 1)
    assert worked(run).status == "succeeded"  # sent again: the service drops it
    assert texts(tim, group_id) == ["hello"]
    again = bulk.start("send_group_messages", [group_id], params={"message": "bye"})
    random = again.chunks.get().payload["keys"]["random"]
    tim.group_messages.send(group_id, "bye", random=random)
    die_at(again, 1)
    again.chunks.update(sent_at=timezone.now() - timedelta(minutes=5))
    simulator.requests.clear()
    assert worked(again).status == "succeeded"
    assert not bodies(simulator, "send_group_msg")


def test_conversations_are_imported_and_marked_read(
    done: Done, simulator: Simulator, tim: Tim, people: list[str]
) -> None:
    ann, bob = people[:2]
    given = [
        {"sender": ann, "receiver": bob, "message": str(number), "sent_at": 1_600_000_000 + number}
        for number in range(30)
    ]
    run = done("import_messages", given, live=True)
    assert (run.status, run.done) == ("succeeded", 30)
    found = tim.messages.iterate_history(ann, bob, min_time=1_500_000_000, max_time=1_700_000_000)
    assert sorted(row["MsgTimeStamp"] for row in found) == [one["sent_at"] for one in given]
    sent = [body["MsgTimeStamp"] for body in bodies(simulator, "importmsg")]
    assert sent == sorted(sent), "what is delivered is delivered in its order"
    assert tim.messages.get_unread(bob) == 30
    assert done("mark_read", [{"user_id": bob, "peer": ann}]).status == "succeeded"
    assert tim.messages.get_unread(bob) == 0


def messages_of(group_id: str, number: int, **more: Any) -> list[dict[str, Any]]:
    fields = {"group_id": group_id, "sender": "user00", **more}
    return [
        {**fields, "message": str(place), "sent_at": 1_600_000_100 + place}
        for place in range(number)
    ]


def test_group_histories_are_imported_in_order(
    done: Done, simulator: Simulator, tim: Tim, people: list[str], group_id: str
) -> None:
    other = tim.groups.import_one(group_type="Public", name="b", create_time=1_600_000_000)
    given = [*messages_of(group_id, 50), *messages_of(other["GroupId"], 20)]
    run = done("import_group_messages", given)
    assert (run.status, run.done, run.failed) == ("succeeded", 70, 0)
    assert texts(tim, group_id) == [str(place) for place in range(50)]
    assert texts(tim, other["GroupId"]) == [str(place) for place in range(20)]
    assert [len(one["MsgList"]) for one in bodies(simulator, "import_group_msg")].count(7) == 9


def test_messages_of_one_second_fail_or_are_spread(
    done: Done, tim: Tim, people: list[str], group_id: str
) -> None:
    same = [{**one, "sent_at": 1_600_000_100} for one in messages_of(group_id, 3)]
    run = done("import_group_messages", same, spread=True)
    assert (run.status, run.done) == ("succeeded", 3)
    assert texts(tim, group_id) == ["0", "1", "2"]
    run = done("import_group_messages", [{**one, "sent_at": 1_600_000_200} for one in same])
    assert (run.status, run.failed) == ("partial", 2)


@pytest.mark.parametrize("sent", [0, 7, 21])
def test_a_group_history_goes_on_where_a_dead_worker_was(
    sent: int, simulator: Simulator, tim: Tim, people: list[str], group_id: str
) -> None:
    run = bulk.start("import_group_messages", messages_of(group_id, 40))
    die_at(run, 3)
    for chunk in run.chunks.order_by("number")[: sent // 7]:
        rows = [
            {"From_Account": one["sender"], "SendTime": one["sent_at"], "Random": one["random"]}
            | {"MsgBody": one["message"]}
            for one in chunk.payload["items"]
        ]
        tim.group_messages.import_many(group_id, rows)  # type: ignore[arg-type]
    simulator.clock.advance(400)  # so that no Random helps
    worked(run)
    assert (run.status, run.done, run.failed) == ("succeeded", 40, 0)
    assert texts(tim, group_id) == [str(place) for place in range(40)]


def test_a_trouble_keeps_the_order(
    simulator: Simulator, tim: Tim, people: list[str], group_id: str
) -> None:
    path = "group_open_http_svc/import_group_msg"
    simulator.faults.add("code", value=60007, path=path, times=20, after=1)
    run = worked(bulk.start("import_group_messages", messages_of(group_id, 40)))
    assert (run.status, run.done) == ("queued", 7)
    simulator.faults.clear()
    assert runs.take_up(run)
    assert worked(run).status == "succeeded"
    assert texts(tim, group_id) == [str(place) for place in range(40)]


def test_members_are_imported_with_their_role_time_and_unread_number(
    done: Done, simulator: Simulator, tim: Tim, people: list[str], group_id: str
) -> None:
    assert done("import_group_messages", messages_of(group_id, 5)).status == "succeeded"
    given = [
        {"group_id": group_id, "user_id": one, "joined_at": 1_600_000_050, "role": role}
        for one, role in zip(people[1:4], ("Admin", "Member", "Member"), strict=True)
    ]
    run = done("import_members", given)
    assert (run.status, run.created) == ("succeeded", 3)
    assert GroupMember.objects.get(user_id=people[1]).role == "Admin"
    assert GroupMember.objects.filter(joined_at=None).count() == 0
    unread = [{"group_id": group_id, "user_id": people[2], "unread": 3}]
    assert done("set_unread", unread).status == "succeeded"
    state = {one["Member_Account"]: one for one in tim.group_members.iterate(group_id)}
    assert state[people[1]]["JoinTime"] == 1_600_000_050


@pytest.mark.parametrize(
    "params", [{}, {"message": ""}, {"message": "a", "send": 1}, {"message": "x" * 13_000}]
)
def test_a_message_that_can_t_be_sent_is_refused(params: dict[str, Any], tim: Tim) -> None:
    with pytest.raises(InvalidArgument):
        bulk.start("send_messages", ["ann"], params=params)


def test_messages_that_are_none_are_failures(done: Done, tim: Tim) -> None:
    good: dict[str, Any] = {
        "sender": "ann",
        "receiver": "bob",
        "message": "a",
        "sent_at": int(time.time()) - 9,
    }
    bad: list[Any] = [{}, "a", {**good, "sent_at": "now"}, {**good, "message": ""}]
    run = done("import_messages", bad)
    assert (run.status, run.failed) == ("partial", 4)
