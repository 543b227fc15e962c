"""What users do in the demo: the simulator does it in their name, and callbacks tell of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

from demo_failure import Failed

from django_tim.models import Account, CallbackEvent, Group, GroupMember, Message

ANN, BOB, CYD = "user000001", "user000002", "user000003"
GROUP = "demo-lounge"
LIVE = "demo-live"


def live(simulator: str, wait: Callable[[], None], patience: float) -> None:
    """Let users live a little, and wait until the mirror shows all of it."""
    about = {"GroupId": GROUP, "MemberList": [{"Member_Account": BOB}]}
    act(simulator, ANN, "create_group", name="Lounge", **about)
    act(simulator, CYD, "join", group_id=GROUP)
    act(simulator, CYD, "log_in")
    act(simulator, ANN, "modify_group", group_id=GROUP, Notification="Be kind.")
    for text, code in (
        ("hello", 0),
        ("darn!", 0),
        ("a casino", 10101),
        ("Buy now!", 0),
        ("see https://t.me/x", 0),
    ):
        answer = act(simulator, CYD, "send_to_group", group_id=GROUP, message=text)
        if answer.get("ErrorCode", 0) != code:
            raise Failed(f"{text!r} was answered {answer}, and not {code}")
    act(simulator, ANN, "create_group", name="Evening show", group_type="AVChatRoom", GroupId=LIVE)
    for user, text in (
        (CYD, "Good evening!"),
        (BOB, "声音很清楚 👍"),
        (ANN, "Welcome, all of you!"),
    ):
        if user != ANN:
            act(simulator, user, "join", group_id=LIVE)
        act(simulator, user, "send_to_group", group_id=LIVE, message=text)
    act(simulator, ANN, "send", to=BOB, message="Are you coming tonight?")
    act(simulator, BOB, "send", to=ANN, message="Of course. 八点见！")
    end = time.monotonic() + patience
    while not _is_shown():
        if time.monotonic() > end:
            raise Failed(f"the mirror does not show what users did after {patience:.0f} s")
        wait()


def act(simulator: str, user: str, do: str, **about: Any) -> dict[str, Any]:
    """One action of a user; the simulator's answer."""
    body = json.dumps({"user": user, "do": do, **about}).encode()
    request = Request(f"{simulator}/control/act", body)  # noqa: S310  (loopback)
    with urlopen(request, timeout=10) as response:  # noqa: S310
        answer: dict[str, Any] = json.load(response)
    return answer


def _is_shown() -> bool:
    """Whether every callback was handled, and what they told of was read anew."""
    group = Group.objects.filter(group_id=GROUP, stale_at=None).first()
    if group is None or Group.objects.filter(group_id=LIVE, stale_at=None).count() != 1:
        return False
    if CallbackEvent.objects.exclude(state="done").exists():
        return False
    said = [
        (message.text, message.recalled_at is not None)
        for message in Message.objects.filter(group_id=GROUP).order_by("text")
    ]
    members = GroupMember.objects.filter(group=group, stale_at=None, gone_at=None)
    return (
        {member.user_id for member in members} == {ANN, BOB, CYD}
        and Account.objects.get(user_id=CYD).online_status == "Online"
        and group.raw.get("Notification") == "Be kind."
        and said == [("***!", False), ("hello", False), ("see https://t.me/x", True)]
    )
