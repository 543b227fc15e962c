"""Global mutes: who may not send, one-to-one or in any group."""

from __future__ import annotations

from django_tim.answers import AccountMute, Envelope
from django_tim.catalogue import ACCOUNT_MUTE_GET, ACCOUNT_MUTE_SET

from .body import Body
from .records import FOR_EVER, Account
from .refusals import Refusal
from .registry import OK, simulates
from .state import State


@simulates(ACCOUNT_MUTE_GET)
def getnospeaking(state: State, body: Body) -> AccountMute:
    account = _account(state, body, "Get_Account", missing=130002, unknown=130003)
    return {
        **OK,
        "C2CmsgNospeakingTime": _left(state, account.mute_message_until),
        "GroupmsgNospeakingTime": _left(state, account.mute_group_until),
    }


@simulates(ACCOUNT_MUTE_SET)
def setnospeaking(state: State, body: Body) -> Envelope:
    account = _account(state, body, "Set_Account", missing=130004, unknown=130005)
    messages = body.number("C2CmsgNospeakingTime", None)
    groups = body.number("GroupmsgNospeakingTime", None)
    if messages is None and groups is None:
        raise Refusal(130008, "neither time is given")
    if messages is not None:
        account.mute_message_until = mute_end(state, messages)
    if groups is not None:
        account.mute_group_until = mute_end(state, groups)
    return OK


def mute_end(state: State, seconds: int) -> int:
    """The time at which a mute of so many seconds ends; 0 is none."""
    if not seconds:
        return 0
    return FOR_EVER if seconds >= FOR_EVER else min(FOR_EVER, state.clock.seconds() + seconds)


def _left(state: State, end: int) -> int:
    return end if end == FOR_EVER else max(0, end - state.clock.seconds())


def _account(state: State, body: Body, name: str, *, missing: int, unknown: int) -> Account:
    user_id = body.value(name, None)
    if not user_id:
        raise Refusal(missing, f"{name} is missing")
    if not isinstance(user_id, str):
        raise Refusal(unknown, f"{name} is not a string")
    return state.account(user_id, unknown)
