"""A sample of every endpoint: a call of ours, the body that it sends, and the service's answer.

One set for tests, documentation, exports and the admin's console. The files are written by
``python -m tests.samples.record``, from calls to the simulator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from django_tim import catalogue
from django_tim.catalogue import Endpoint


@dataclass(frozen=True, slots=True)
class Sample:
    """One call of one endpoint, in the world of ``tests/samples/world.py``."""

    name: str
    """The endpoint's name in the catalogue."""
    call: str
    """The method that calls it, as ``area.method``."""
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[str | Mapping[str, Any]] = ()
    """What is carried out first: other samples by name, or calls (``call, args, kwargs``)."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """The body that the call sends."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """The body that comes back."""

    @property
    def endpoint(self) -> Endpoint[Any]:
        endpoint: Endpoint[Any] = getattr(catalogue, self.name)
        return endpoint

    @property
    def area(self) -> str:
        """The noun of the method and of the file."""
        return self.call.partition(".")[0]


def by_area() -> dict[str, dict[str, Sample]]:
    """The samples of each file, by the names of their endpoints."""
    return {area: dict(_read(area)) for area in _areas()}


@cache
def samples() -> dict[str, Sample]:
    """Every sample by its endpoint's name, in the order of the catalogue."""
    found = {name: sample for area in by_area().values() for name, sample in area.items()}
    return {name: found[name] for name, _ in catalogue.endpoints() if name in found}


def _areas() -> list[str]:
    names = [file.name for file in files(__name__).iterdir()]
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def _read(area: str) -> Iterator[tuple[str, Sample]]:
    text = (files(__name__) / f"{area}.json").read_text("utf-8")
    for name, fields in json.loads(text).items():
        yield name, Sample(name, **fields)
