"""The real servers that some tests need: named by the environment, or the test is skipped.

``TIM_REDIS_URL``, ``TIM_RABBITMQ_URL``, ``TIM_POSTGRESQL_URL`` and ``TIM_MARIADB_URL``. With
``TIM_REQUIRE_SERVERS=1`` a missing one is a failure: that is how CI runs them.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def url_of(name: str) -> str:
    """The URL of a server; skips or fails the test that asks where there is none."""
    variable = f"TIM_{name.upper()}_URL"
    url = os.environ.get(variable, "")
    if url:
        return url
    lacking(f"{name}: set {variable}")


def lacking(what: str) -> NoReturn:
    """Skip the test that asks, with a word; fail it where nothing may be missing."""
    if os.environ.get("TIM_REQUIRE_SERVERS") == "1":
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")
