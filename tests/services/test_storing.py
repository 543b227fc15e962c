"""Texts and digests are the same with orjson and without it, for whatever a service may say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from django_tim.services import storing
from django_tim.services.storing import Storable, stored

pytest.importorskip("orjson")

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters()
KEYS = st.text(max_size=4)
WIRE = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=6,
)


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels > 1 else {"a": 1}


@given(WIRE)
@example({"Name": '群 🎉\u007f\u2028"\\/\b\x1f', "Number": 2**63, "More": 2**64})
@example({"\U0001f389": 1, "\uffff": 2, "a": 3})
@example({"NUL": "\0", "Lone": "\ud800"})
@example({"Big": 1e16, "Small": 1e-7, "None": float("nan"), "In": [float("inf")]})
@example(deep(20))
@example(deep(21))
def test_orjson_and_json_write_the_same(obj: dict[str, Any]) -> None:
    fast, print_ = stored(Storable(obj))
    assert isinstance(fast.text, storing.JSONText)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "orjson", None)
        plain, same = stored(Storable(obj))
    assert (str(fast.text), print_, fast) == (str(plain.text), same, plain)
    assert json.loads(fast.text) == fast


def test_orjson_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(storing, "_to_json", made.append)
    found, _ = stored(Storable({"b": [{"Key": "k", "Value": "v"}], "a": 1}))
    assert found.text == '{"a":1,"b":[{"Key":"k","Value":"v"}]}'
    assert not made
