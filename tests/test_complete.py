"""Catalogue = methods = handlers = samples: none missing, none extra.

Which method calls an endpoint is said by its sample, and proved by the sample's replay in
``tests/samples``.
"""

from __future__ import annotations

import inspect

import pytest

from django_tim import catalogue
from django_tim.client.area import Area
from django_tim.client.tim import Tim
from django_tim.samples import by_area, samples
from django_tim.simulator.core import AREAS as SIMULATED_AREAS
from django_tim.simulator.registry import HANDLERS

AREAS: dict[str, type[Area]] = inspect.get_annotations(Tim, eval_str=True)


def methods(area: str) -> set[str]:
    """The area's methods that make one call; an iterator makes those of a page's method."""
    names = {name for name, _ in inspect.getmembers(AREAS[area], inspect.isfunction)}
    return {f"{area}.{name}" for name in names if not name.startswith(("_", "iterate"))}


def handled(area: str) -> set[str]:
    """The paths that the area's module of the simulator handles."""
    module = f"django_tim.simulator.{area}"
    return {path for path, handler in HANDLERS.items() if handler.__module__ == module}


def test_every_area_has_its_module_in_the_simulator() -> None:
    assert {module.__name__.rpartition(".")[2] for module in SIMULATED_AREAS} == set(AREAS)


@pytest.mark.parametrize("area", sorted(AREAS))
def test_an_area_has_a_sample_for_every_method_and_a_handler_for_every_sample(area: str) -> None:
    found = by_area()[area].values()
    assert {sample.call for sample in found} == methods(area)
    assert {sample.endpoint.path for sample in found} == handled(area)


def test_the_catalogue_is_complete() -> None:
    every = dict(catalogue.endpoints())
    assert samples().keys() == every.keys()
    assert set(HANDLERS) == {endpoint.path for endpoint in every.values()}
