"""The console reads the items' outcomes from any answer as the endpoint's own method does."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.client.batch import BatchResult
from django_tim.exports.lines import method_of
from django_tim.exports.outcomes import outcomes
from django_tim.samples import Sample, samples
from tests.client.doubles import OK, a_tim

SAMPLES = list(samples().values())
# Named by two fields that one of ours makes one key of: the places stand for them.
BY_PLACE = {"CONVERSATION_GROUP_SEARCH"}


def by_method(sample: Sample) -> Any:
    tim = a_tim(sample.answer)
    return method_of(sample)(getattr(tim, sample.area), *sample.args, **sample.kwargs)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_every_sample_is_read_as_its_method_reads_it(sample: Sample) -> None:
    expected = by_method(sample)
    found = outcomes(sample.name, sample.request, sample.answer)
    if not isinstance(expected, BatchResult):
        assert not len(found)
    elif sample.name in BY_PLACE:
        assert len(found) == len(expected)
    else:
        assert {one.item: one.code for one in found} == {one.item: one.code for one in expected}


def test_items_are_those_of_the_body_and_not_of_the_sample() -> None:
    body = {"AccountList": [{"UserID": "eve"}, {"UserID": "fay"}]}
    found = outcomes("ACCOUNT_IMPORT_MANY", body, {**OK, "FailAccounts": ["fay"]})
    assert [(one.item, one.ok) for one in found] == [("eve", True), ("fay", False)]


def test_a_message_that_was_dropped_is_a_failure() -> None:
    answer = {**OK, "MsgTime": 1, "MsgSeq": 1, "MsgDropReason": "MsgFreqCtrl"}
    (dropped,) = outcomes("GROUP_MESSAGE_SEND", {"GroupId": "chess"}, answer)
    assert (dropped.item, dropped.code) == ("chess", 10023)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
@pytest.mark.parametrize("odd", [None, 1, "text", [1], [{}], {"a": 1}])
def test_an_odd_body_or_answer_is_no_error(sample: Sample, odd: Any) -> None:
    outcomes(sample.name, dict.fromkeys(sample.request, odd), sample.answer)
    outcomes(sample.name, sample.request, {**dict.fromkeys(sample.answer, odd), **OK})
