"""Accounts from a CSV file, as a bulk import takes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

COLUMNS = {
    "userid": "UserID",
    "identifier": "UserID",
    "account": "UserID",
    "nick": "Nick",
    "nickname": "Nick",
    "name": "Nick",
    "faceurl": "FaceUrl",
    "avatar": "FaceUrl",
    "avatarurl": "FaceUrl",
}
"""A heading, in lower case and without spaces, - and _ → the field that its column holds."""


def accounts(
    source: str | Path | IO[Any] | Iterable[Any], *, encoding: str = "utf-8-sig"
) -> Iterator[dict[str, str]]:
    """The accounts of a CSV file, one after another: UserID, Nick and FaceUrl.

    ``source`` is a path, an open file (text or bytes, an upload too), or a ``csv.reader`` or
    ``csv.DictReader``. The first line names the columns; one for UserID must be there, and
    columns that mean nothing to us are left out. Raises InvalidArgument for a file without such
    a line, or with bytes that are not in this encoding.
    """
    try:
        yield from _accounts(source, encoding)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidArgument(
            _("this is no CSV file in {encoding}: {cause}", encoding=encoding, cause=str(error))
        ) from error


def _accounts(
    source: str | Path | IO[Any] | Iterable[Any], encoding: str
) -> Iterator[dict[str, str]]:
    if isinstance(source, str | Path):
        with Path(source).open(newline="", encoding=encoding) as file:
            yield from _read(csv.reader(file))
    elif isinstance(source, csv.DictReader):
        yield from _named(source.fieldnames or (), (list(row.values()) for row in source))
    elif hasattr(source, "read"):
        yield from _read(csv.reader(_lines(source, encoding)))
    else:
        yield from _read(iter(cast("Iterable[list[str]]", source)))


def _lines(file: Any, encoding: str) -> Iterator[str]:
    yield from io.TextIOWrapper(file, encoding, newline="") if _is_binary(file) else file


def _is_binary(file: Any) -> bool:
    return isinstance(file.read(0), bytes)


def _read(rows: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    yield from _named(next(rows, []), rows)


def _named(headings: Iterable[str], rows: Iterable[list[Any]]) -> Iterator[dict[str, str]]:
    names = [COLUMNS.get(_plain(heading)) for heading in headings]
    if "UserID" not in names:
        raise InvalidArgument(
            _("no column is called UserID; there are {names!r}", names=", ".join(headings))
        )
    for row in rows:
        if any(row):
            yield {name: str(cell).strip() for name, cell in zip(names, row, strict=False) if name}


def _plain(heading: str) -> str:
    return "".join(letter for letter in heading.lower() if letter.isalnum())
