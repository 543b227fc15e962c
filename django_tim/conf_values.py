"""What the values in ``DJANGO_TIM`` may be: each reader returns the value or raises WrongValue."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

from django_tim.catalogue import BY_PATH

_DEFAULT = "console.tim.qq.com", "adminapi.my-imcloud.com"
_HOSTS = {
    "china": _DEFAULT,
    "singapore": ("adminapisgp.im.qcloud.com", "adminapisgp.my-imcloud.com"),
    "seoul": ("adminapikr.im.qcloud.com", "adminapikr.my-imcloud.com"),
    "tokyo": ("adminapijpn.im.qcloud.com", "adminapijpn.my-imcloud.com"),
    "frankfurt": ("adminapiger.im.qcloud.com", "adminapiger.my-imcloud.com"),
    "silicon_valley": ("adminapiusa.im.qcloud.com", "adminapiusa.my-imcloud.com"),
    "jakarta": ("adminapiidn.im.qcloud.com", "adminapiidn.my-imcloud.com"),
    "mumbai": ("adminapiind.im.qcloud.com", "adminapiind.my-imcloud.com"),
}
REGIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {region: (f"https://{host}", f"https://{backup}") for region, (host, backup) in _HOSTS.items()}
)
"""The data centres: the URL of the host that serves each, and of its backup."""


class WrongValue(ValueError):
    """A setting's value is not what is expected; ``str()`` of it says what is."""

    def __init__(self, expected: str, *, check: str = "tim.E003", hint: str = "") -> None:
        super().__init__(expected)
        self.check = check
        self.hint = hint


def an_app_id(value: Any) -> int:
    """A positive integer; digits from an environment variable will do."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise WrongValue("the number of the app")
    return value


def a_secret(value: Any) -> str | Callable[[], str]:
    """A text, or a callable that returns one when it is needed."""
    if callable(value):
        return cast(Callable[[], str], value)
    if not isinstance(value, str):
        raise WrongValue("a text, or a callable that returns it")
    return value


def a_string(value: Any) -> str:
    """A text, which may be empty."""
    if not isinstance(value, str):
        raise WrongValue("a text")
    return value


def a_text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise WrongValue("a text that is not empty")
    return value


def a_flag(value: Any) -> bool:
    """True or False, and no text that looks like it."""
    if not isinstance(value, bool):
        raise WrongValue("True or False")
    return value


def a_whole_number(*, at_least: int) -> Callable[[Any], int]:
    """An integer of at least this."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise WrongValue(f"a whole number of at least {at_least}")
        return value

    return read


def a_number(
    *, above: float | None = None, at_least: float | None = None, at_most: float | None = None
) -> Callable[[Any], float]:
    """A number within these bounds."""
    bounds = {"above": above, "of at least": at_least, "of at most": at_most}
    said = " and ".join(f"{how} {bound}" for how, bound in bounds.items() if bound is not None)

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongValue(f"a number {said}")
        within = (
            (above is None or value > above)
            and (at_least is None or value >= at_least)
            and (at_most is None or value <= at_most)
        )
        if not within or value == float("inf"):
            raise WrongValue(f"a number {said}")
        return value

    return read


def a_share(value: Any) -> float:
    """A part of the vendor's rates: above 0, and 1 at most."""
    try:
        return a_number(above=0, at_most=1)(value)
    except WrongValue as exc:
        hint = "Where more calls a second were bought, say so in RATES."
        raise WrongValue(str(exc), check="tim.E008", hint=hint) from None


def one_of(*known: str) -> Callable[[Any], str]:
    """One of these words."""

    def read(value: Any) -> str:
        if value not in known:
            raise WrongValue(f"one of {', '.join(known)}")
        return str(value)

    return read


def a_host(value: Any) -> str:
    """A host's name or URL, as a URL without a path; "" for none.

    Plain http would send the signature in clear: only this machine may be spoken to so.
    """
    if value == "":
        return ""
    if not isinstance(value, str):
        raise WrongValue("a host's name or its URL")
    url = (value if "://" in value else f"https://{value}").rstrip("/")
    if not _is_bare_url(url):
        raise WrongValue("a host's name, or a URL of scheme, host and port alone")
    if url.startswith("http://") and not is_loopback(url):
        hint = "Over plain http the signature could be read on the way."
        raise WrongValue("https, or a host on this machine", check="tim.E006", hint=hint)
    return url


def _is_bare_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError where it is no number
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    whole = parts.scheme in ("http", "https") and parts.hostname
    return bool(whole and bare and not any(char.isspace() for char in url))


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def names(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise WrongValue("a list of names")
    found = tuple(value)
    if not all(isinstance(name, str) and name for name in found):
        raise WrongValue("a list of names")
    return found


def secrets(value: Any) -> tuple[str, ...]:
    """A secret text, or a list of them."""
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(
        isinstance(one, str) and one.strip() for one in found
    ):
        raise WrongValue("a text or a list of texts")
    return tuple(found)


def rates(value: Any) -> Mapping[str, float]:
    """Calls a second by an endpoint's path."""
    expected = 'a dict of calls a second by path, as {"openim/sendmsg": 400}'
    return _by_path(value, a_number(above=0), expected)


def batch_caps(value: Any) -> Mapping[str, float]:
    """Items a call by the path of an endpoint that takes batches."""
    expected = 'a dict of items a call by path, as {"group_open_http_svc/get_group_info": 50}'
    found = _by_path(value, a_whole_number(at_least=1), expected)
    for path in found:
        if BY_PATH[path].batch is None:
            raise WrongValue(expected, hint=f"{path} takes no batch.")
    return found


def _by_path(value: Any, read: Callable[[Any], float], expected: str) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise WrongValue(expected)
    for path, number in value.items():
        if path not in BY_PATH:
            raise WrongValue(expected, hint=f"{path!r} is no endpoint of the catalogue.")
        try:
            read(number)
        except WrongValue as exc:
            raise WrongValue(expected, hint=f"{path}: expected {exc}.") from None
    # By the path that is called: an older name of a command stands for the new one.
    return MappingProxyType({BY_PATH[path].path: number for path, number in value.items()})
