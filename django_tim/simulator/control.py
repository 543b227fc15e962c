"""The simulator's control over HTTP, under /control/: what tests and demos of any language use.

GET state, requests, pushes; POST reset, seed, faults, clock, callbacks, act. Bodies and
answers are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from .core import Simulator
from .push_tasks import PushTasks
from .refusals import Refusal
from .users import ACTIONS

_SHOWN: Final = 100


def control(simulator: Simulator, path: str, body: bytes) -> tuple[int, bytes]:
    """The status and the content of the answer to a control call."""
    action = _ACTIONS.get(path.removeprefix("/control/").strip("/"))
    if action is None:
        return 404, _json({"error": "no such control", "known": sorted(_ACTIONS)})
    try:
        given = json.loads(body or b"{}")
        return 200, _json(action(simulator, given))
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return 400, _json({"error": str(error)})


def _state(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    with simulator.lock:
        state = simulator.state
        members = sum(
            group.member_count for group in state.all_groups() if group.type != "AVChatRoom"
        )
        return {
            "accounts": len(state.accounts),
            "groups": len(state.groups),
            "groups_by_type": dict(state.group_counts),
            "members": members,
            "calls": dict(simulator.counts),
        }


def _requests(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    with simulator.lock:
        return {"requests": [asdict(request) for request in simulator.requests]}


def _pushes(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    with simulator.lock:
        return {"pushes": [asdict(task) for task in simulator.state.part(PushTasks).tasks.values()]}


def _reset(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    simulator.reset()
    return {}


def _seed(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    simulator.seed(**given)
    return _state(simulator, {})


def _faults(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    if given:
        simulator.faults.add(**given)
    else:
        simulator.faults.clear()
    return {}


def _clock(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    simulator.clock.advance(float(given.get("advance", 0)))
    return {"time": simulator.clock.time()}


def _callbacks(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    if given:
        allowed = {"url", "token", "commands", "deny_on_failure"}
        unknown = sorted(given.keys() - allowed)
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(allowed))}")
        simulator.callbacks.configure(**given)
    deliveries = list(simulator.callbacks.delivered)
    return {"delivered": [asdict(one) for one in deliveries[-_SHOWN:]], "count": len(deliveries)}


def _act(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    user = simulator.user(given.pop("user"), platform=given.pop("platform", "iOS"))
    name = given.pop("do", "")
    if name not in ACTIONS:
        raise ValueError(f"{name!r} is none of {', '.join(sorted(ACTIONS))}")
    try:
        return {"result": ACTIONS[name](user, **given)}
    except Refusal as refusal:
        return dict(refusal.answer())


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


_ACTIONS: Final[dict[str, Callable[[Simulator, dict[str, Any]], dict[str, Any]]]] = {
    "state": _state,
    "requests": _requests,
    "pushes": _pushes,
    "reset": _reset,
    "seed": _seed,
    "faults": _faults,
    "clock": _clock,
    "callbacks": _callbacks,
    "act": _act,
}
