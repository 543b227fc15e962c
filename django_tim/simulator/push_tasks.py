"""The pushes that were sent: whom each reached, how many a day, and which are doubles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .body import Body
from .refusals import Refusal
from .state import Part, State

PUSHES_A_DAY: Final = 100
_BEIJING: Final = 8 * 3600
_FIRST_NUMBER: Final = 144_115_212_910_570_789

TOO_OFTEN: Final = 90024
TOO_MANY: Final = 90047
BAD_OFFLINE_PUSH: Final = 90043


@dataclass(slots=True)
class Task:
    """One push. ``receivers`` got it, or get it when they come online while it lives."""

    task_id: str
    service: str
    random: int
    time: float
    receivers: list[str]
    message: list[dict[str, Any]] | None = None
    offline_push: dict[str, Any] | None = None
    revoked: bool = False


class PushTasks(Part):
    """The pushes in the order of sending, each service's with numbers and rates of its own."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.tasks: dict[str, Task] = {}
        self._last: dict[tuple[str, int], Task] = {}
        self._by_day: dict[tuple[str, int], list[Task]] = {}

    def double(self, service: str, random: int, window: float) -> Task | None:
        """The push of the last ``window`` seconds that had the same MsgRandom."""
        task = self._last.get((service, random))
        if task is not None and self.state.clock.time() - task.time < window:
            return task
        return None

    def check_rate(self, service: str) -> None:
        """Refuse a push less than a second after the last, and more than 100 on a Beijing day."""
        today = self._by_day.get((service, self._day()), [])
        if today and self.state.clock.time() - today[-1].time < 1.0:
            raise Refusal(TOO_OFTEN, "pushes must be more than a second apart")
        if len(today) >= PUSHES_A_DAY:
            raise Refusal(TOO_MANY, f"{PUSHES_A_DAY} pushes were sent today")

    def add(self, service: str, random: int, task_id: str, receivers: Iterable[str]) -> Task:
        """Note a push as sent now."""
        task = Task(task_id, service, random, self.state.clock.time(), list(receivers))
        self.tasks[task.task_id] = self._last[service, random] = task
        self._by_day.setdefault((service, self._day()), []).append(task)
        return task

    def next_number(self) -> int:
        """A number for a TaskId."""
        return _FIRST_NUMBER + len(self.tasks)

    def _day(self) -> int:
        return (self.state.clock.seconds() + _BEIJING) // 86_400


def offline_push(body: Body) -> dict[str, Any] | None:
    """The request's OfflinePushInfo, as it came."""
    try:
        info = body.part("OfflinePushInfo")
        if info is None:
            return None
        info.number("PushFlag", 0, most=1)
        for name in ("Title", "Desc", "Ext"):
            info.text(name, None)
        for name in ("AndroidInfo", "ApnsInfo"):
            info.part(name)
    except Refusal as refusal:
        raise Refusal(BAD_OFFLINE_PUSH, refusal.info) from None
    given: dict[str, Any] = body.value("OfflinePushInfo", None)
    return given
