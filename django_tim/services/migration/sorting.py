"""Messages group by group, in the order of their time, however many there are."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

AT_ONCE = 1000


def in_order(messages: Iterable[Any]) -> Iterator[Any]:
    """The messages sorted by group or topic and time, those of one second as they came.

    They are kept in a temporary file; what is no message comes first, as it is.
    """
    with tempfile.NamedTemporaryFile(suffix=".sqlite3") as file, _opened(file.name) as database:
        database.execute("CREATE TABLE messages (lane TEXT, time INTEGER, text TEXT)")
        for message in messages:
            if isinstance(message, dict) and isinstance(message.get("sent_at"), int):
                lane = str(message.get("topic_id") or message.get("group_id"))
                row = (lane, message["sent_at"], json.dumps(message))
                database.execute("INSERT INTO messages VALUES (?, ?, ?)", row)
            else:
                yield message
        yield from _sorted(database)


def _opened(path: str) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path))


def _sorted(database: sqlite3.Connection) -> Iterator[Any]:
    found = database.execute("SELECT text FROM messages ORDER BY lane, time, rowid")
    while rows := found.fetchmany(AT_ONCE):
        for (text,) in rows:
            yield json.loads(text)
