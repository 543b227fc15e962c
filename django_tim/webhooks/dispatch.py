"""The signals that carry events, with filters by command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.dispatch import Signal

from .events import EVENTS, Event

Receiver = Callable[..., Any]
AFTER, BEFORE = "after", "before"
_FILTERS: dict[str, str] = {}
"""The one object for each filter. Django tells senders apart by their ``id`` alone, which passes
to another object when nobody holds this one any more."""


class CallbackSignal(Signal):
    """A signal of events.

    Without a filter a receiver hears of all that has happened. One that is to decide on what is
    about to happen says so: by the ``command`` of a *before* event, or by ``before=True``.
    ``sender`` may be an event's class, which stands for its command.
    """

    def connect(  # type: ignore[override]  # the filters are ours
        self,
        receiver: Receiver,
        sender: type[Event] | None = None,
        weak: bool = True,
        dispatch_uid: Any = None,
        *,
        command: str | None = None,
        before: bool = False,
    ) -> None:
        """Listen. Raises ValueError for a command that can't be one."""
        key = _key(sender, command, before)
        super().connect(receiver, sender=key, weak=weak, dispatch_uid=dispatch_uid)

    def disconnect(  # type: ignore[override]
        self,
        receiver: Receiver | None = None,
        sender: type[Event] | None = None,
        dispatch_uid: Any = None,
        *,
        command: str | None = None,
        before: bool = False,
    ) -> bool:
        """Stop listening, with the filters that were given to ``connect``."""
        key = _key(sender, command, before)
        return super().disconnect(receiver, sender=key, dispatch_uid=dispatch_uid)

    def receivers_of(self, event: Event) -> list[Receiver]:
        """Who listens to this event, each once."""
        # Django has no public way to ask who listens: ``send`` and ``send_robust`` call them all.
        # We stop at a verdict, name the one at work, and note each one's outcome for the next
        # attempt. A test holds this to what Django does.
        phase = BEFORE if event.before else AFTER
        found: list[Receiver] = []
        for key in (phase, event.command):
            if key in _FILTERS:
                plain, asynchronous = self._live_receivers(_FILTERS[key])
                found += [*plain, *asynchronous]
        return list(dict.fromkeys(found))


def receivers_of(signals: Iterable[CallbackSignal], event: Event) -> list[Receiver]:
    """Who listens to this event on any of the signals, each once."""
    return list(dict.fromkeys(one for signal in signals for one in signal.receivers_of(event)))


def call(receiver: Receiver, signal: Signal, event: Event) -> Any:
    """Hand an event to a receiver, as Django's signals would; returns what it returns."""
    run = async_to_sync(receiver) if iscoroutinefunction(receiver) else receiver
    return run(
        signal=signal,
        sender=type(event),
        event=event,
        app=event.app,
        sdk_app_id=event.sdk_app_id,
    )


def name_of(receiver: Receiver) -> str:
    """The dotted name of a receiver, for logs and for the record of what was done."""
    named = getattr(receiver, "__func__", receiver)
    module = getattr(named, "__module__", type(receiver).__module__)
    return f"{module}.{getattr(named, '__qualname__', type(receiver).__qualname__)}"


def _key(sender: type[Event] | None, command: str | None, before: bool) -> str:
    """What stands for a filter, the same object each time."""
    if sender is not None:
        command = sender.named
    if command is None:
        command = BEFORE if before else AFTER
    elif "." not in command:
        known = next((one for one in EVENTS if one.endswith(f".{command}")), "Area.CallbackName")
        raise ValueError(f"{command!r} is no command of a callback: they look like {known}")
    return _FILTERS.setdefault(command, command)
