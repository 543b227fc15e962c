"""The example project's broker in a folder: what several processes see of each other."""

from __future__ import annotations

import pytest

from tests.workers.project import Project

pytestmark = pytest.mark.django_db(transaction=True)

LOOK_BEFORE_IT_IS_WHOLE = """
from pathlib import Path
from example import celery_app

channel = celery_app.connection_for_write().default_channel
rename, found = Path.rename, []

def look_first(part, whole):
    found.append([path.name.partition(".")[2] for path in part.parent.iterdir()])
    found.append(channel._size("letters"))
    return rename(part, whole)

Path.rename = look_first
channel._put("letters", {"number": 1})
print(json.dumps([*found, channel._size("letters"), channel._get("letters")]))
"""
TABLE_WHILE_IT_IS_WRITTEN = """
import threading
from example import celery_app

writing = celery_app.connection_for_write().default_channel
reading = celery_app.connection_for_write().default_channel
table = []
reader = threading.Thread(target=lambda: table.extend(reading.get_table("post")))
with writing._alone():
    file = writing.control_folder / "post.exchange"
    file.touch()
    reader.start()
    reader.join(0.2)
    file.write_text(json.dumps([["key", "", "letters"]]))
reader.join()
print(json.dumps([one.queue for one in table]))
"""


def test_a_message_shows_when_it_is_whole(project: Project) -> None:
    found = project.python(LOOK_BEFORE_IT_IS_WHOLE)
    assert found == [["letters.msg.part"], 0, 1, {"number": 1}]


def test_the_table_of_queues_is_read_when_it_is_whole(project: Project) -> None:
    assert project.python(TABLE_WHILE_IT_IS_WRITTEN) == ["letters"]
