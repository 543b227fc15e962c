"""Every code of the vendor's table becomes the right exception."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
import re
from typing import Any

import pytest

import django_tim
from django_tim import catalogue, exceptions
from django_tim.catalogue import ACCOUNT_KICK, GROUP_LIST, MESSAGE_SEND
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.error_table import FINAL, MAYBE, REFUSED, ROWS, Row
from django_tim.client.errors import error_for, outcome_of, row_for
from django_tim.client.usersig import InvalidUserSig
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    BadAnswer,
    Conflict,
    LimitReached,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    PartialFailure,
    RateLimited,
    Refused,
    RequestRejected,
    ServiceUnavailable,
    TimError,
    WrongRegion,
)
from django_tim.models import Run
from django_tim.services.runs import RunAlreadyActive
from django_tim.services.usersigs import SigningRefused

from .doubles import a_tim, failed

# The introduction's own table.
PUBLIC = {
    80001: (Refused, FINAL),
    60002: (RequestRejected, FINAL),
    60003: (RequestRejected, FINAL),
    60004: (AuthenticationFailed, REFUSED),
    60005: (AuthenticationFailed, REFUSED),
    60006: (AuthenticationFailed, FINAL),
    60007: (RateLimited, REFUSED),
    60008: (ServiceUnavailable, MAYBE),
    60009: (RequestRejected, FINAL),
    60010: (AuthenticationFailed, FINAL),
    60011: (RateLimited, REFUSED),
    60012: (AuthenticationFailed, FINAL),
    60013: (ServiceUnavailable, MAYBE),
    60014: (ServiceUnavailable, REFUSED),
    60015: (RequestRejected, FINAL),
}


@pytest.mark.parametrize("code", PUBLIC)
def test_the_introductions_codes(code: int) -> None:
    expected, outcome = PUBLIC[code]
    with pytest.raises(expected) as caught:
        a_tim(failed(code, "as the service says", RequestId="r-1")).call(GROUP_LIST, {"Limit": 2})
    error = caught.value
    assert type(error) is expected
    assert outcome_of(code) is outcome
    assert (error.code, error.info) == (code, "as the service says")
    assert (error.endpoint, error.request_id) == (GROUP_LIST.path, "r-1")
    assert error.meaning.isascii()
    assert not error.meaning_zh.isascii()
    assert str(code) in str(error)
    assert error.meaning in str(error)
    assert "r-1" in str(error)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (60026, WrongRegion),
        (70016, WrongRegion),
        (70020, WrongRegion),
        (70001, AuthenticationFailed),
        (70003, AuthenticationFailed),
        (70009, AuthenticationFailed),
        (70013, AuthenticationFailed),
        (70014, AuthenticationFailed),
        (60025, AuthenticationFailed),
        (10010, NotFound),
        (10015, NotFound),
        (10019, NotFound),
        (20003, NotFound),
        (40003, NotFound),
        (70107, NotFound),
        (90012, NotFound),
        (90048, NotFound),
        (10013, Conflict),
        (10021, Conflict),
        (10024, Conflict),
        (10025, Conflict),
        (10007, NotPermitted),
        (60016, NotPermitted),
        (60017, NotPermitted),
        (60020, NotPermitted),
        (60021, NotPermitted),
        (70399, NotPermitted),
        (71000, NotPermitted),
        (10014, LimitReached),
        (10036, LimitReached),
        (10037, LimitReached),
        (10038, LimitReached),
        (10058, LimitReached),
        (70398, LimitReached),
        (10016, Refused),
        (20006, Refused),
        (80004, Refused),
        (10100, Refused),
        (10157, Refused),
        (10200, Refused),
        (38500, Refused),
        (120001, Refused),
        (123456, Refused),
        (130000, Refused),
        (10006, RateLimited),
        (10023, RateLimited),
        (60018, RateLimited),
        (60019, RateLimited),
        (60028, RateLimited),
        (90024, RateLimited),
        (90047, RateLimited),
        (10002, ServiceUnavailable),
        (91000, ServiceUnavailable),
        (90992, ServiceUnavailable),
        (10004, RequestRejected),
        (10018, RequestRejected),
        (10201, APIError),
        (130099, APIError),
        (4242, APIError),
        (-1, APIError),
    ],
)
def test_what_the_caller_does_next_decides_the_class(code: int, expected: type[APIError]) -> None:
    assert type(error_for(GROUP_LIST, failed(code))) is expected


def test_these_were_not_carried_out_and_may_be_repeated_anywhere() -> None:
    assert {row.code for row in ROWS if row.outcome is REFUSED} == {
        *(10006, 10023, 10049, 22006, 23003, 60004, 60005, 60007),
        *(60011, 60014, 60018, 60019, 90024, 90051, 90057),
    }


@pytest.mark.parametrize("code", [60028, 90047])
def test_a_days_quota_is_not_waited_for(code: int) -> None:
    assert outcome_of(code) is FINAL


@pytest.mark.parametrize("code", [60008, 91000, 90992, 10002])
def test_these_leave_the_outcome_open(code: int) -> None:
    assert outcome_of(code) is MAYBE


def test_an_unknown_code_is_a_plain_error_and_final() -> None:
    error = error_for(GROUP_LIST, failed(987654, "new"))
    assert type(error) is APIError
    assert (error.meaning, error.meaning_zh) == ("", "")
    assert str(error) == f"{GROUP_LIST.path}: 987654 new"
    assert outcome_of(987654) is FINAL


@pytest.mark.parametrize(
    ("code", "service", "area"),
    [
        (130002, catalogue.OFFICIAL, "official_account"),
        (130002, catalogue.CONFIG, "mute"),
        (130004, catalogue.OFFICIAL, "official_account"),
        (130005, catalogue.CONFIG, "mute"),
        (130008, catalogue.OFFICIAL, "official_account"),
        (130009, catalogue.CONFIG, "operation"),
        (130010, catalogue.OFFICIAL, "official_account"),
        (90057, catalogue.OPENIM, "message"),
        (90057, catalogue.TIMPUSH, "timpush"),
    ],
)
def test_some_codes_mean_different_things_in_different_services(
    code: int, service: str, area: str
) -> None:
    row = row_for(code, service)
    assert row is not None
    assert row.area == area


def test_a_parameter_error_of_timpush_is_not_taken_for_haste() -> None:
    assert outcome_of(90057, catalogue.TIMPUSH) is FINAL
    assert outcome_of(90057, catalogue.OPENIM) is REFUSED


def test_the_table_is_whole() -> None:
    assert len(ROWS) == 354
    assert len({(row.code, row.area) for row in ROWS}) == len(ROWS)
    assert not {row.code for row in ROWS} & {0, 30539}  # success, and a request that is pending


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}-{row.area}")
def test_a_row_is_sound(row: Row) -> None:
    assert issubclass(row.raises, APIError)
    assert row.meaning
    assert row.meaning_zh
    assert row.meaning.isascii()
    assert row.to is None or row.to > row.code
    if row.raises is RateLimited:
        assert row.outcome in (REFUSED, MAYBE, FINAL)
    if issubclass(row.raises, RequestRejected | Conflict | LimitReached | NotPermitted | Refused):
        assert row.outcome is not REFUSED
    again = pickle.loads(pickle.dumps(error_for(MESSAGE_SEND, failed(row.code))))  # noqa: S301
    assert again.code == row.code


def _some(kind: type[TimError]) -> TimError:
    made: dict[type[TimError], Any] = {
        PartialFailure: lambda: PartialFailure(BatchResult([Outcome("a", code=10010)])),
        InvalidUserSig: lambda: InvalidUserSig(70003, "malformed"),
        RunAlreadyActive: lambda: RunAlreadyActive(Run(kind="sync_groups", status="queued")),
        SigningRefused: lambda: SigningRefused("banned", "no"),
    }
    if kind in made:
        return made[kind]()
    if issubclass(kind, APIError):
        return kind(10010, "info", "a/b", "r-1", "meaning", "意思")
    if issubclass(kind, OutcomeUnknown):
        return kind("message", "a/b", 60008)
    return kind("message")


def _all_modules() -> None:
    """Import every module of ours: the exceptions of those that nobody imported would be missed."""
    for module in pkgutil.walk_packages(django_tim.__path__, "django_tim."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)


_all_modules()


def _kinds(kind: type[TimError]) -> list[type[TimError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in _kinds(child))]


@pytest.mark.parametrize("kind", _kinds(TimError), ids=lambda kind: kind.__name__)
def test_every_exception_survives_a_pickle(kind: type[TimError]) -> None:
    error = _some(kind)
    error.partial = BatchResult([Outcome("a", value={"b": 1})])
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again).keys() == vars(error).keys()
        assert again.partial == error.partial


def test_the_tree_at_the_head_names_every_exception() -> None:
    named = set(re.findall(r"\w+", exceptions.__doc__ or ""))
    for kind in _kinds(TimError):
        if kind.__module__ == exceptions.__name__:
            assert kind.__name__ in named


def test_a_late_name_is_kept() -> None:
    error = BadAnswer("cut off")
    error.name(ACCOUNT_KICK.path)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(again) == f"{ACCOUNT_KICK.path}: cut off"
    assert again.code == 0


def test_a_sentence_keeps_its_parts_for_a_translation() -> None:
    error = exceptions.NotSent(
        exceptions.said("no connection: {cause}", cause=exceptions.said("a {brace}", brace="{x}")),
        "a/b",
    )
    for again in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert str(again) == "a/b: no connection: a {x}"
        text = again.args[0]
        assert (text.template, text.parts["cause"].parts) == (
            "no connection: {cause}",
            {"brace": "{x}"},
        )
