"""Messages that no callback told of come to the archive from the history and the files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from django_tim import tasks
from django_tim.models import Message
from django_tim.services import archive_files, archive_holes
from django_tim.webhooks import processing

from .test_archive import World, archiving, files_of, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)
HISTORY = "group_open_http_svc/group_msg_get_simple"


def say(world: World, number: int, *heard: int, group_id: str = "") -> list[int]:
    """Ann says so much; only what is at these places is told by a callback."""
    place = group_id or world.group_id
    seqs = [world.ann.send_to_group(place, f"message {n}")["MsgSeq"] for n in range(number)]
    for n, one in enumerate(world.simulator.callbacks.take()):
        if n in heard:
            world.service.ask(one.command, one.body)
    processing.drain(60)
    return seqs


def asked(world: World) -> int:
    return sum(one.path.endswith(HISTORY) for one in world.simulator.requests)


def test_missing_numbers_are_read_from_the_history(world: World) -> None:
    seqs = say(world, 50, 0, 3, 49)
    assert Message.objects.count() == 3
    assert archive_holes.fill("default", seconds=60) == 47
    assert sorted(Message.objects.values_list("msg_seq", flat=True)) == seqs
    texts = Message.objects.filter(source="history").values_list("text", flat=True)
    assert set(texts) == {f"message {n}" for n in range(50)} - {f"message {n}" for n in (0, 3, 49)}
    before = asked(world)
    assert archive_holes.fill("default", seconds=60) == 0
    assert asked(world) == before


def test_a_recalled_one_is_known_to_be(world: World) -> None:
    seqs = say(world, 3, 0, 2)
    world.tim.group_messages.recall_many(world.group_id, [seqs[1]])
    world.simulator.callbacks.take()
    archive_holes.fill("default", seconds=60)
    assert Message.objects.get(msg_seq=seqs[1]).recalled_at is not None


def test_what_the_service_has_no_longer_is_asked_for_once(world: World) -> None:
    seqs = say(world, 5, 0, 4)
    world.simulator.user("ann").dissolve(world.group_id)
    world.simulator.callbacks.take()
    assert archive_holes.fill("default", seconds=60) == 0
    lost = Message.objects.get(source="lost")
    assert (lost.msg_seq, lost.text) == (seqs[3], "")
    before = asked(world)
    archive_holes.fill("default", seconds=60)
    assert asked(world) == before


def test_old_holes_are_left_alone(world: World) -> None:
    say(world, 3, 0, 2)
    Message.objects.update(sent_at=timezone.now() - timedelta(days=8))
    assert archive_holes.holes("default") == []
    with override_settings(DJANGO_TIM_OPTIONS={"ARCHIVE_FILL_DAYS": 30}):
        assert len(archive_holes.holes("default")) == 1


@pytest.mark.parametrize(
    ("mode", "days", "number"), [("full", 7, 3), ("full", 0, 2), ("off", 7, 2)]
)
def test_the_task_fills_where_it_may(world: World, mode: str, days: int, number: int) -> None:
    say(world, 3, 0, 2)
    options = {"ARCHIVE_FILL_DAYS": days}
    with archiving(mode), override_settings(DJANGO_TIM_OPTIONS=options):
        tasks.fill_archive()
    assert Message.objects.count() == number


def test_each_hours_file_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    simulator = world.simulator
    simulator.clock.freeze()
    world.ann.send("bob", "unheard")
    simulator.callbacks.take()
    files = files_of(simulator)
    monkeypatch.setattr("django_tim.simulator.operations.URL", files.url)
    then = datetime.fromtimestamp(simulator.clock.time(), UTC)
    simulator.clock.advance(3 * 3600)
    monkeypatch.setattr(timezone, "now", lambda: then + timedelta(hours=3))
    read: list[Any] = []
    fill = archive_files.fill
    monkeypatch.setattr(archive_files, "fill", lambda *args: read.append(args) or fill(*args))
    with files, override_settings(DJANGO_TIM_OPTIONS={"ARCHIVE_FILL_DAYS": 1}):
        assert archive_files.fill_recent("default", seconds=60) == 1
        assert Message.objects.get().text == "unheard"
        first, read[:] = len(read), []
        assert archive_files.fill_recent("default", seconds=60) == 0
    assert first > len(read)
    assert ("default", "C2C", then.replace(minute=0, second=0, microsecond=0)) not in read
