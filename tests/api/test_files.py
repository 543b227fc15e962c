"""Files of messages: barred, let through, signed."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import InvalidArgument, RequestRejected
from django_tim.simulator import Simulator
from tests.client.doubles import OK, a_tim

URL = "https://cos.example.com/x/a.png"


def status(tim: Tim, url: str) -> int:
    (row,) = tim.files.sign_many([url]).values()
    assert row is not None
    return row["Status"]


def test_a_barred_file_says_so_until_it_is_allowed(simulator: Simulator, tim: Tim) -> None:
    assert status(tim, URL) == 0
    tim.files.forbid(URL)
    assert simulator.requests[-1].body == {"RawURL": URL}
    assert status(tim, URL) == 1
    tim.files.allow(URL)
    assert status(tim, URL) == 0


def test_files_are_signed_in_calls_of_ten(simulator: Simulator, tim: Tim) -> None:
    urls = [f"https://cos.example.com/{number}.png" for number in range(25)]
    result = tim.files.sign_many(urls)
    assert [one.item for one in result] == urls
    assert all(
        row and row["PreSigURL"].startswith(f"{url}?")
        for url, row in zip(urls, result.values(), strict=True)
    )
    sent = [request.body["RawURLs"] for request in simulator.requests]
    assert [len(rows) for rows in sent] == [10, 10, 5]
    assert sent[1][0] == {"ResourceID": 1, "RawURL": urls[10]}


def test_a_file_that_can_not_be_signed_is_a_failure() -> None:
    good: Any = {"ResourceID": 2, "Code": 0, "Desc": "", "PreSigURL": "https://b?s", "Status": 0}
    bad = {"ResourceID": 1, "Code": 4, "Desc": "no such file", "PreSigURL": "", "Status": 2}
    tim = a_tim({**OK, "PreSigURLs": [good, bad]})
    result = tim.files.sign_many(["https://a", "https://b"])
    assert [(one.item, one.value, one.code, one.info) for one in result] == [
        ("https://a", None, 4, "no such file"),
        ("https://b", good, 0, ""),
    ]


def test_what_is_refused(simulator: Simulator, tim: Tim) -> None:
    for call in (
        lambda: tim.files.forbid("a.png"),
        lambda: tim.files.sign_many([]),
        lambda: tim.files.sign_many(URL),
    ):
        with pytest.raises(InvalidArgument):
            call()
    assert not simulator.requests
    with pytest.raises(RequestRejected):
        tim.files.forbid(URL, extra={"RawURL": "a.png"})
