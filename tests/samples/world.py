"""The small app in which the samples are carried out: always the same, with a stopped clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.client.transport import HTTPTransport, RawAnswer
from django_tim.samples import Sample, samples
from django_tim.simulator import Simulator, SimulatorServer

NOW = 1_700_000_000  # 2023-11-14 22:13:20 UTC
APP = 1400000000
SECRET = "a secret of the samples' app only"
ACCOUNTS = {"ann": "Ann", "bob": "Bob", "cyd": "希德", "dan": "Dan 🎈"}


@dataclass(frozen=True)
class Exchange:
    """What went over the wire in one call."""

    path: str
    request: dict[str, Any]
    answer: dict[str, Any]


class Noting:
    """A transport that notes what it carries."""

    def __init__(self, config: AppConfig) -> None:
        self._network = HTTPTransport(config)
        self.exchanges: list[Exchange] = []

    def post(
        self, url: str, params: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> RawAnswer:
        raw = self._network.post(url, params, body, timeout)
        path = url.partition("/v4/")[2]
        self.exchanges.append(Exchange(path, json.loads(body), json.loads(raw.body)))
        return raw

    def close(self) -> None:
        self._network.close()


class World:
    """The app, served over HTTP while it is entered. ``begin`` makes it as it was at first."""

    def __init__(self) -> None:
        self.simulator = Simulator(APP, SECRET, check_rates=False)
        self._server = SimulatorServer(self.simulator)
        config = AppConfig(sdk_app_id=APP, secret_key=SECRET, base_url=self._server.url)
        self._wire = Noting(config)
        self.tim = Tim(config, transport=self._wire)

    def __enter__(self) -> World:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.tim.close()
        self._server.__exit__(kind, error, at)

    def begin(self) -> None:
        """Forget everything, stop the clock, and make the accounts and the groups."""
        self.simulator.reset()
        self.simulator.clock.freeze(NOW)
        tim = self.tim
        tim.accounts.import_many({"UserID": user, "Nick": nick} for user, nick in ACCOUNTS.items())
        self.simulator.state.account("ann").log_in("iPhone")
        tim.groups.create(
            group_type="Public",
            name="Book club",
            owner="ann",
            group_id="club",
            members=["bob", "cyd"],
        )
        tim.groups.create(group_type="ChatRoom", name="Lounge", owner="ann", group_id="lounge")
        tim.groups.create(group_type="Private", name="Desk", owner="bob", group_id="desk")
        tim.groups.create(group_type="AVChatRoom", name="Stage", owner="ann", group_id="stage")
        tim.groups.create(
            group_type="Community",
            name="Town",
            owner="ann",
            group_id="@TGS#_town",
            support_topic=True,
        )

    def carry_out(self, sample: Sample) -> list[Exchange]:
        """What goes over the wire when the sample is carried out in this world, begun anew."""
        self.begin()
        self.prepare(sample)
        self._wire.exchanges.clear()
        self._call(sample.call, sample.args, sample.kwargs)
        return list(self._wire.exchanges)

    def prepare(self, sample: Sample) -> None:
        """Carry out what the sample needs before it."""
        for step in sample.before:
            if isinstance(step, str):
                earlier = samples()[step]
                self.prepare(earlier)
                self._call(earlier.call, earlier.args, earlier.kwargs)
            else:
                self._call(step["call"], step.get("args", ()), step.get("kwargs", {}))

    def _call(self, call: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        area, method = call.split(".")
        result = getattr(getattr(self.tim, area), method)(*args, **kwargs)
        if isinstance(result, Iterator):
            next(result, None)  # one page
