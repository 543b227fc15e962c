"""What every export says of an endpoint: its method, its texts, and the areas' order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django_tim.catalogue import Endpoint, Keyed, endpoints
from django_tim.client.area import Area
from django_tim.client.tim import Tim
from django_tim.samples import Sample, samples

from .titles import CHINESE

UNNAMED = "others"


@dataclass(frozen=True)
class Line:
    """An endpoint with its name in the catalogue, and its sample if there is one."""

    name: str
    endpoint: Endpoint[Any]
    sample: Sample | None

    @property
    def area(self) -> str:
        return self.sample.area if self.sample else UNNAMED

    @property
    def text(self) -> str:
        """What the method's docstring says."""
        found = inspect.getdoc(method_of(self.sample)) if self.sample else ""
        return (found or "").replace("``", "`")

    @property
    def title(self) -> str:
        """The docstring's first sentence."""
        first = " ".join(self.text.partition("\n\n")[0].split())
        return first.partition(": ")[0].partition(". ")[0].rstrip(".:") or self.name

    @property
    def title_zh(self) -> str:
        """The vendor's title in Chinese."""
        return CHINESE[self.name]

    @property
    def facts(self) -> str:
        """Rate, cap, effect and repetition, in one line of text."""
        endpoint = self.endpoint
        known = [f"{endpoint.qps} calls a second", endpoint.effect.value]
        if endpoint.batch:
            known.append(f"at most {endpoint.batch.cap} in {endpoint.batch.field}")
        return ", ".join([*known, f"repeatable: {repeatable(endpoint)}"])


def lines() -> Iterator[Line]:
    """Every line of the catalogue, in its order."""
    found = samples()
    return (Line(name, endpoint, found.get(name)) for name, endpoint in endpoints())


def repeatable(endpoint: Endpoint[Any]) -> str:
    """Whether the same call sent twice leaves what one leaves, in words."""
    if not isinstance(endpoint.repeatable, Keyed):
        return endpoint.repeatable.value
    fields, window = ", ".join(endpoint.repeatable.fields), endpoint.repeatable.window
    return f"with the same {fields}" + (f" within {window} s" if window else "")


@cache
def areas() -> dict[str, type[Area]]:
    """The classes of the areas by their names on ``Tim``."""
    return inspect.get_annotations(Tim, eval_str=True)


def method_of(sample: Sample) -> Callable[..., Any]:
    """The function that a sample calls."""
    area, _, name = sample.call.partition(".")
    method: Callable[..., Any] = getattr(areas()[area], name)
    return method
