"""What the client must know about one app; read from settings by ``django_tim.conf``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """One app (SDKAppID). Frozen, and its ``repr`` shows no secret."""

    sdk_app_id: int
    """The app's number, as the console shows it."""
    alias: str = "default"
    """The name it has in ``DJANGO_TIM``."""
    secret_key: str | Callable[[], str] = field(default="", repr=False)
    """The app's secret, or a callable that returns it (a vault); empty with a fixed UserSig."""
    usersig: str = field(default="", repr=False)
    """A fixed UserSig of ``admin``, for hosts that are given no secret."""
    admin: str = "administrator"
    """The UserID of an app administrator: the ``identifier`` of every call."""
    base_url: str = "https://console.tim.qq.com"
    """Scheme and host that serve the app's data centre."""
    backup_url: str = ""
    """Where to turn when the first host can't be reached; the same data centre."""
    usersig_lifetime: int = 86_400
    """Seconds that the administrator's UserSig is signed for; renewed before they are over."""
    connect_timeout: float = 3.05
    """Seconds to wait for a connection."""
    read_timeout: float = 8.0
    """Seconds to wait for an answer; the service itself gives up after 3."""
    deadline: float = 30.0
    """Seconds for a whole call: its turn in the pacing, its repeats and their pauses."""
    pool_size: int = 32
    """Connections kept alive; at least the number of threads that call at once."""
    trust_env: bool = True
    """Whether proxies and certificates named in the environment count."""
    ca_bundle: str = ""
    """A file of certificates to trust instead of the usual ones; verification is never off."""
    rate_share: float = 0.75
    """The share of the vendor's rates that we use; its alarm rings at 0.8."""
    interactive_share: float = 0.1
    """The part of our own share that bulk work leaves to interactive calls."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Calls a second by path (``service/command``), where more were bought."""
    batch_caps: Mapping[str, int] = field(default_factory=dict)
    """Items a call by path, where the vendor's differ from the catalogue's."""
    read_only: bool = False
    """Refuse every endpoint that is not a read."""
