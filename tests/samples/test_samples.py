"""The client sends what the samples say, and the simulator answers what they say."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema
import pytest

from django_tim.samples import Sample, by_area, samples
from django_tim.schemas import schema_of

from .record import shown
from .world import World

SAMPLES = list(samples().values())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_a_sample(world: World, sample: Sample) -> None:
    (exchange,) = world.carry_out(sample)
    assert exchange.path == sample.endpoint.path
    assert exchange.request == sample.request
    assert exchange.answer == sample.answer
    assert exchange.answer["ErrorCode"] == 0
    jsonschema.validate(exchange.answer, schema_of(sample.endpoint.answer))


def test_each_stands_in_the_file_of_its_area_and_in_no_other() -> None:
    for area, found in by_area().items():
        assert {sample.area for sample in found.values()} == {area}
    assert sum(len(found) for found in by_area().values()) == len(samples())


def test_the_files_are_written_readably() -> None:
    assert shown({"A": {"call": "x.y", "args": ["ann"], "answer": {"Rows": [{"n": 1}] * 20}}}) == (
        '{\n  "A": {\n    "call": "x.y",\n    "args": ["ann"],\n    "answer": {\n'
        + '      "Rows": [\n'
        + ",\n".join(['        {"n": 1}'] * 20)
        + "\n      ]\n    }\n  }\n}"
    )
