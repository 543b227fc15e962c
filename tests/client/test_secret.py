"""A secret prints as dots, wherever it is printed."""

from __future__ import annotations

import logging
import pickle
import pprint

import pytest

from django_tim.client.secret import DOTS, Secret, guard_logs, redact

TEXT = "eJyrVgrx*CdYrSy1Ss-lJQM_"


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(TEXT)),
        repr(Secret(TEXT)),
        f"{Secret(TEXT)}",
        f"{Secret(TEXT):>40}",
        "%s" % Secret(TEXT),  # noqa: UP031
        repr({"usersig": Secret(TEXT)}),
        pprint.pformat({"usersig": Secret(TEXT)}),
        repr(Secret(Secret(TEXT))),
    ],
)
def test_it_prints_as_dots(shown: str) -> None:
    assert DOTS in shown
    assert TEXT not in shown


def test_it_is_the_text_where_it_is_used() -> None:
    assert Secret(TEXT).reveal() == TEXT
    assert type(Secret(TEXT).reveal()) is str
    assert Secret(Secret(TEXT)).reveal() == TEXT
    assert Secret(TEXT).encode() == TEXT.encode()
    assert Secret(TEXT) == TEXT
    assert pickle.loads(pickle.dumps(Secret(TEXT))).reveal() == TEXT  # noqa: S301


@pytest.mark.parametrize(
    "text",
    [
        f"POST /v4/a/b?sdkappid=1&usersig={TEXT}&random=1 HTTP/1.1",
        f"https://host/v4/a/b?UserSig={TEXT}",
        f'{{"usersig": "{TEXT}", "random": 1}}',
        f"{{'usersig': '{TEXT}'}}",
        f"next=%2Fv4%2Fa%3Fusersig%3D{TEXT}&random=1",
        f"<a href='/v4/a/b?usersig={TEXT}'>",
    ],
)
def test_signatures_are_taken_out_of_texts(text: str) -> None:
    assert TEXT not in redact(text)
    assert DOTS in redact(text)


def test_other_texts_stay_as_they_are() -> None:
    assert redact("sdkappid=1&random=2") == "sdkappid=1&random=2"


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "urllib3.util.retry"])
def test_urllib3s_log_shows_no_signature(name: str, caplog: pytest.LogCaptureFixture) -> None:
    guard_logs()
    guard_logs()
    logger = logging.getLogger(name)
    assert len([one for one in logger.filters if type(one).__name__ == "RedactingFilter"]) == 1
    with caplog.at_level(logging.DEBUG, name):
        logger.debug(
            '%s "%s %s" %s', "https://host:443", "POST", f"/v4/a/b?usersig={TEXT}&r=1", 200
        )
        logger.debug("Starting new HTTPS connection (%d): %s", 1, "host")
    assert TEXT not in caplog.text
    assert "/v4/a/b?usersig=" in caplog.text
    assert "Starting new HTTPS connection (1): host" in caplog.text
