"""From files: JSON Lines, as ``docs/migrate.rst`` describes them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from django_tim.exceptions import InvalidArgument

from .sorting import in_order

TYPES = {
    "accounts": "account",
    "profiles": "account",
    "friends": "friend",
    "blacklists": "blocked",
    "messages": "message",
    "reads": "read",
    "groups": "group",
    "group_messages": "group_message",
    "members": "member",
    "unread": "unread",
}
"""The ``type`` of the lines that a step reads."""
SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


class BadLine:
    """A line that can't be read; as an item it is refused, and its place is told."""

    def __init__(self, place: str, reason: str) -> None:
        self.text = f"{place}: {reason}"

    def __str__(self) -> str:
        return self.text


class Files:
    """Files and folders of them. Raises InvalidArgument where there is none."""

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self.paths = [path for given in paths for path in _files(Path(given))]
        if not self.paths:
            raise InvalidArgument(f"no file ends with {', '.join(SUFFIXES)}")

    def count(self, step: str) -> int:
        counted = self._counts
        return counted["profile"] if step == "profiles" else counted[TYPES[step]]

    @cached_property
    def _counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for _place, line in self._lines():
            if isinstance(line, Mapping):
                counts[str(line.get("type"))] += 1
                counts["profile"] += bool(line.get("profile"))
        return counts

    def items(self, step: str) -> Iterator[Any]:
        lines = in_order(self._of(step)) if step == "group_messages" else self._of(step)
        read = _READ.get(step, _plain)
        for line in lines:
            if isinstance(line, BadLine):
                yield line
            else:
                yield from read(line)

    def _of(self, step: str) -> Iterator[Any]:
        for place, line in self._lines():
            if not isinstance(line, Mapping):
                # Whatever it was to be, it is told once: by the first step.
                if step == "accounts":
                    yield BadLine(place, str(line))
            elif line.get("type") == TYPES[step]:
                yield {name: value for name, value in line.items() if name != "type"}
            elif step == "accounts" and line.get("type") not in TYPES.values():
                yield BadLine(place, f"no line has the type {line.get('type')!r}")

    def _lines(self) -> Iterator[tuple[str, Any]]:
        """Every line with its place; a text that says what is wrong where it is no object."""
        for path in self.paths:
            with _opened(path) as file:
                for number, text in enumerate(file, 1):
                    if text.strip():
                        yield f"{path.name}:{number}", _object(text)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.name.endswith(SUFFIXES))
    if not path.is_file():
        raise InvalidArgument(f"there is no file {str(path)!r}")
    return [path]


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape")
    return path.open(encoding="utf-8-sig", errors="surrogateescape")


def _object(text: str) -> Any:
    try:
        line = json.loads(text)
    except ValueError as error:
        return f"it is not JSON: {error}"
    return line if isinstance(line, dict) else "it is no JSON object"


def _plain(line: dict[str, Any]) -> Iterator[Any]:
    yield line


def _account(line: dict[str, Any]) -> Iterator[Any]:
    names = {"user_id": "UserID", "nick": "Nick", "face_url": "FaceUrl"}
    yield {names.get(name, name): line[name] for name in line if name != "profile"}


def _profile(line: dict[str, Any]) -> Iterator[Any]:
    if line.get("profile"):
        yield (line.get("user_id"), line["profile"])


def _friend(line: dict[str, Any]) -> Iterator[Any]:
    names = {
        "friend": "To_Account",
        "remark": "Remark",
        "groups": "GroupName",
        "wording": "AddWording",
        "added_at": "AddTime",
        "source": "AddSource",
    }
    friend = {names.get(name, name): line[name] for name in line if name != "user_id"}
    yield (line.get("user_id"), friend)


def _blocked(line: dict[str, Any]) -> Iterator[Any]:
    yield (line.get("user_id"), line.get("blocked"))


_READ: dict[str, Callable[[dict[str, Any]], Iterator[Any]]] = {
    "accounts": _account,
    "profiles": _profile,
    "friends": _friend,
    "blacklists": _blocked,
}
