"""What ``CallbackSignal`` takes from Django, which no release note would name."""

from __future__ import annotations

import gc
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.dispatch import Signal

from django_tim.webhooks.dispatch import CallbackSignal
from django_tim.webhooks.events import parse

TOLD = "Django's Signal._live_receivers has changed: CallbackSignal.receivers_of has to follow"


def plain(**kwargs: Any) -> str:
    return "plain"


async def asynchronous(**kwargs: Any) -> str:
    return "asynchronous"


def test_django_still_has_what_receivers_are_found_by() -> None:
    signal = Signal()
    signal.connect(plain, sender="ours")
    signal.connect(asynchronous, sender="ours")
    signal.connect(plain, sender="another's", dispatch_uid="twice")
    assert hasattr(signal, "_live_receivers"), TOLD
    found = signal._live_receivers("ours")
    assert isinstance(found, tuple), TOLD
    assert found == ([plain], [asynchronous]), TOLD
    assert iscoroutinefunction(found[1][0]), TOLD


def test_what_is_found_is_what_django_sends_to() -> None:
    signal = CallbackSignal()
    # Django goes by the object: another test may have given an equal text before.
    command = "Group.CallbackAfterThisTest"
    event = parse(command, {})

    class Passing:
        def hear(self, **kwargs: Any) -> str:
            return "passing"

    passing = Passing()
    signal.connect(plain, command=command)
    signal.connect(passing.hear, command=command)
    signal.connect(asynchronous, command="Group.CallbackAfterMemberExit")
    sent = [receiver for receiver, _answer in signal.send_robust(sender=command)]
    assert signal.receivers_of(event) == sent == [plain, passing.hear]
    del passing, sent
    gc.collect()
    assert signal.receivers_of(event) == [plain]  # a receiver that is gone is held by nobody
