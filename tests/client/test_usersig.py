"""UserSigs against the vendor's own vectors, and the service's reasons to refuse one."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import threading
import zlib
from typing import Any

import pytest

from django_tim.client.secret import Secret
from django_tim.client.usersig import (
    AdminSignature,
    InvalidUserSig,
    check_user_id,
    inspect,
    sign,
    verify,
)
from django_tim.exceptions import ConfigurationError, InvalidArgument

from .doubles import KEY, config, frames

# Made by the vendor's generator at Unix second 1700000000.
VECTORS = {
    "plain": (
        "xiaojun",
        15_552_000,
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyqVWFGQWpYJk"
        "TE1NjRDiJZm5YFFzNPXFmekgG3zKHM1T9D3LzdODi-OKs8vCqpxcAvydnV2SSv2cy03cPcpDnA2SMgu0nUxslWoB"
        "HdYzUg__",
    ),
    "admin": (
        "administrator",
        604_800,
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkElNyM-Myi0uKEkvyi2BKilOyEwsKMlOACgxNDKAAKpda"
        "UZBZlAqUMTMwsYCLlmTmgsQMzdFUF2emg2zJNjT1D80OCs9IzAr0dQsNK-A2MM63dIyM8jHUDgwyiXQu9okMzM8J"
        "DzL3tVWqBQBfSTTY",
    ),
    "chinese": (
        "用户1",
        86_400,
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkYkrNTY0sYkrNjIzNDWFKilOyEwsKMlOACgxNDKAAKpda"
        "UZBZlAqUsTAzgQuWZOaChAzN0RQXZ6aDLHHNDA1J87Tw8HH2y4sqLs0stazISU-0tzTxz-d1C-B1NTANjQwLcXTJ"
        "qnK0VaoFACp1Mz0_",
    ),
}
WITH_USERBUF = (
    "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyqVWFGQWpYJk"
    "TE1NjRDiJZm5YFFzNPWlxalFSaVpIFsiw72y4FZkpoOEArNCjAwMKwKyI7L1E30NU7UrDcoSs6OSDLyNMgOK3EpT"
    "tbUNik0rzZLcfG2VagHdkjl6"
)
APP, MADE = 1400000000, 1_700_000_000


def packed(**members: Any) -> str:
    """A UserSig of any members, such as an attacker would send."""
    text = json.dumps(members).encode()
    coded = base64.b64encode(zlib.compress(text)).decode()
    return coded.translate(str.maketrans({"+": "*", "/": "-", "=": "_"}))


@pytest.mark.parametrize("name", VECTORS)
def test_the_vendors_vectors_are_read_and_verified(name: str) -> None:
    user_id, lifetime, usersig = VECTORS[name]
    info = inspect(usersig)
    assert (info.user_id, info.sdk_app_id) == (user_id, APP)
    assert (info.created, info.lifetime, info.expires) == (MADE, lifetime, MADE + lifetime)
    assert verify(usersig, sdk_app_id=APP, key=KEY, user_id=user_id, now=MADE + 1) == info


@pytest.mark.parametrize("name", VECTORS)
def test_we_sign_as_the_vendor_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id, lifetime, usersig = VECTORS[name]
    monkeypatch.setattr("time.time", lambda: MADE)
    ours = sign(config(), user_id, lifetime).reveal()
    translate = str.maketrans({"*": "+", "-": "/", "_": "="})
    unpacked = [
        json.loads(zlib.decompress(base64.b64decode(text.translate(translate))))
        for text in (ours, usersig)
    ]
    assert unpacked[0] == unpacked[1]


def test_one_with_a_userbuf_is_verified_too() -> None:
    verify(WITH_USERBUF, sdk_app_id=APP, key=KEY, user_id="xiaojun", now=MADE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sdk_app_id": 1400000001}, 70014),
        ({"user_id": "xiaoming"}, 70013),
        ({"key": "another"}, 70009),
        ({"now": MADE + 15_552_001}, 70001),
    ],
)
def test_why_the_service_would_refuse_one(change: dict[str, Any], code: int) -> None:
    asked: dict[str, Any] = {"sdk_app_id": APP, "key": KEY, "user_id": "xiaojun", "now": MADE}
    with pytest.raises(InvalidUserSig) as caught:
        verify(VECTORS["plain"][2], **(asked | change))
    assert caught.value.code == code
    assert pickle.loads(pickle.dumps(caught.value)).code == code  # noqa: S301


def test_it_lasts_until_its_last_second() -> None:
    asked: dict[str, Any] = {"sdk_app_id": APP, "key": KEY, "user_id": "xiaojun"}
    assert verify(VECTORS["plain"][2], now=MADE + 15_552_000, **asked)


@pytest.mark.parametrize(
    ("usersig", "code"),
    [
        ("", 70002),
        ("nonsense", 70003),
        ("ünsinn", 70003),
        (VECTORS["plain"][2][:-40], 70003),
        (VECTORS["plain"][2][:-2], 70003),
        (packed(**{"TLS.ver": "1.0"}), 70005),
        (packed(**{"TLS.ver": "2.0", "TLS.identifier": "a"}), 70005),
        (packed(**{"TLS.ver": "2.0", "x": "y" * 100_000}), 70003),  # a bomb: not inflated
    ],
)
def test_what_is_malformed(usersig: str, code: int) -> None:
    with pytest.raises(InvalidUserSig) as caught:
        inspect(usersig)
    assert caught.value.code == code


def test_deeply_nested_json_is_malformed() -> None:
    coded = base64.b64encode(zlib.compress(b"[" * 16_000)).decode()
    with pytest.raises(InvalidUserSig):
        inspect(coded.translate(str.maketrans({"+": "*", "/": "-", "=": "_"})))


@pytest.mark.parametrize("user_id", ["", "a" * 33, "用" * 11, "\ud83d", 7, None, b"a"])
def test_a_user_id_has_1_to_32_bytes(user_id: Any) -> None:
    with pytest.raises(InvalidArgument):
        check_user_id(user_id)
    with pytest.raises(InvalidArgument):
        sign(config(), user_id, 60)


def test_the_longest_user_ids_are_accepted() -> None:
    assert check_user_id("a" * 32)
    assert check_user_id("用" * 10 + "ab")


@pytest.mark.parametrize("lifetime", [0, -1])
def test_a_lifetime_is_positive(lifetime: int) -> None:
    with pytest.raises(InvalidArgument):
        sign(config(), "administrator", lifetime)


@pytest.mark.parametrize("key", ["", b"bytes", None, lambda: "", lambda: None])
def test_without_a_secret_nothing_is_signed(key: Any) -> None:
    with pytest.raises(ConfigurationError):
        sign(config(secret_key=key), "administrator", 60)


def test_the_secret_may_come_from_a_vault() -> None:
    usersig = sign(config(secret_key=lambda: KEY), "administrator", 60).reveal()
    verify(usersig, sdk_app_id=APP, key=KEY, user_id="administrator")


def test_no_frame_of_an_error_shows_the_key_or_the_signature() -> None:
    usersig = VECTORS["plain"][2]
    with pytest.raises(InvalidUserSig) as caught:
        verify(usersig, sdk_app_id=APP, key=KEY, user_id="someone else")
    shown = "\n".join(frames(caught.value))
    assert KEY not in shown
    assert usersig not in shown
    assert "LvA7d/Iw7gSsnskvVzBDPOCCDbuNCw4GHwTC0bip+B4=" not in shown  # TLS.sig, inside it


class Ticking:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_it_is_signed_once_and_renewed_before_it_expires() -> None:
    clock = Ticking(MADE)
    signature = AdminSignature(config(usersig_lifetime=1000), clock)
    first = signature.get()
    clock.now += 899
    assert signature.get() is first
    clock.now += 2
    assert signature.get() is not first
    assert not signature.is_fixed


def test_threads_sign_it_once() -> None:
    calls: list[int] = []

    def slow_vault() -> str:
        calls.append(1)
        gate.wait(1)
        return KEY

    gate = threading.Event()
    signature = AdminSignature(config(secret_key=slow_vault))
    threads = [threading.Thread(target=signature.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_one_that_was_refused_is_renewed_once_for_all_threads() -> None:
    signature = AdminSignature(config())
    refused = signature.get()
    assert signature.renew(refused)
    renewed = signature.get()
    assert renewed is not refused
    assert signature.renew(refused)  # another thread, with the same old one
    assert signature.get() is renewed


def test_a_fixed_one_is_never_renewed() -> None:
    fixed = VECTORS["admin"][2]
    signature = AdminSignature(config(secret_key="", usersig=fixed), Ticking(MADE + 10**9))
    assert signature.is_fixed
    assert signature.get().reveal() == fixed
    assert not signature.renew(signature.get())


@pytest.mark.parametrize(
    ("usersig", "now", "said"),
    [
        (VECTORS["plain"][2], MADE + 15_552_000 - 86_400, "expires at 2024-05-12 22:13:20 UTC"),
        (VECTORS["plain"][2], MADE + 15_552_000 + 86_400, "expired at 2024-05-12 22:13:20 UTC"),
        ("nonsense", MADE, "unusable: 70003"),
    ],
)
def test_the_end_of_a_fixed_one_is_announced(
    usersig: str, now: float, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "django_tim.client"):
        AdminSignature(config(secret_key="", usersig=usersig), Ticking(now))
    assert said in caplog.text
    assert usersig not in caplog.text


def test_nothing_is_said_of_a_fixed_one_that_lasts(caplog: pytest.LogCaptureFixture) -> None:
    AdminSignature(config(secret_key="", usersig=VECTORS["plain"][2]), Ticking(MADE))
    assert not caplog.records


def test_a_signature_is_a_secret() -> None:
    assert isinstance(sign(config(), "administrator", 60), Secret)
