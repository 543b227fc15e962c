"""Who may deliver: the vendor's own example, and every way to get it wrong."""

from __future__ import annotations

import pytest

from django_tim.webhooks.verification import NotVerified, sign, verify

TOKEN, STAMP = "xxxxyyyy", "1669872112"
SIGN = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"
NOW = 1669872112.0
QUERY = {"sdkappid": "1400000000", "sign": SIGN, "requesttime": STAMP}


def check(now: float = NOW, tokens: tuple[str, ...] = (TOKEN,), **changes: str | None) -> None:
    query = {k: v for k, v in {**QUERY, **changes}.items() if v is not None}
    verify(query, sdk_app_id=1400000000, tokens=tokens, now=now)


def test_the_vendors_example() -> None:
    assert sign(TOKEN, STAMP) == SIGN
    check()


@pytest.mark.parametrize("now", [NOW - 60, NOW + 60, NOW + 0.5])
def test_within_a_minute(now: float) -> None:
    check(now)


@pytest.mark.parametrize("tokens", [(TOKEN, "new"), ("new", TOKEN)])
def test_two_tokens_while_one_replaces_the_other(tokens: tuple[str, ...]) -> None:
    check(tokens=tokens)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"now": NOW + 61}, "60 s away"),
        ({"now": NOW - 61}, "60 s away"),
        ({"tokens": ()}, "no token"),
        ({"tokens": ("another",)}, "Sign is wrong"),
        ({"sdkappid": "1400000001"}, "not this app's"),
        ({"sdkappid": None}, "not this app's"),
        ({"sign": SIGN[:-1] + "0"}, "Sign is wrong"),
        ({"sign": "ß" * 64}, "Sign is wrong"),
        ({"sign": None}, "missing"),
        ({"requesttime": None}, "missing"),
        ({"requesttime": "soon"}, "no time"),
        ({"requesttime": "１６６９８７２１１２"}, "no time"),
        ({"requesttime": "1" * 5000}, "no time"),
        ({"requesttime": "1669872113"}, "Sign is wrong"),
    ],
)
def test_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(NotVerified, match=said) as caught:
        check(**changes)  # type: ignore[arg-type]
    assert TOKEN not in str(caught.value)
