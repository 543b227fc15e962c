"""The push service (TIMPush): pushes by condition or to accounts, tags and attributes."""

from __future__ import annotations

from typing import Final

from django_tim.answers import (
    Envelope,
    PushAccountsChanged,
    PushAttributeNames,
    PushAttributes,
    Pushed,
    PushedToMany,
    PushTags,
)
from django_tim.catalogue import (
    TIMPUSH,
    TIMPUSH_ATTRIBUTE_GET,
    TIMPUSH_ATTRIBUTE_NAMES_GET,
    TIMPUSH_ATTRIBUTE_NAMES_SET,
    TIMPUSH_ATTRIBUTE_REMOVE,
    TIMPUSH_ATTRIBUTE_SET,
    TIMPUSH_REVOKE,
    TIMPUSH_SEND,
    TIMPUSH_SEND_MANY,
    TIMPUSH_TAG_ADD,
    TIMPUSH_TAG_CLEAR,
    TIMPUSH_TAG_GET,
    TIMPUSH_TAG_REMOVE,
)

from . import push_tags
from .body import Body, size
from .elements import message_elements, texts
from .messages import random_number
from .push import CODES
from .push_audience import Audience, error_rows, read_condition
from .push_callbacks import tell_task
from .push_tasks import PushTasks, offline_push
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

SAME_PUSH: Final = 1
REVOCABLE: Final = 86_400
ACCOUNTS_A_CALL: Final = 500
DATA_ID_BYTES: Final = 64
_BATCH: Final = f"{TIMPUSH}/batch"

NO_TASK: Final = 90049
REVOKED_ALREADY: Final = 90050
TOO_OLD: Final = 90052
DATA_ID_TOO_LONG: Final = 90057


@simulates(TIMPUSH_SEND)
def push(state: State, body: Body) -> Pushed:
    random = random_number(body)
    condition = read_condition(state, body)
    shown = offline_push(body)
    message = message_elements(body, CODES) if body.has("MsgBody") else None
    online_only = body.number("OnlineOnlyFlag", 0)
    data_id = _data_id(body)
    body.user_id("From_Account", None)
    if shown is None and message is None:
        raise body.refusal("OfflinePushInfo is missing")
    state.refuse_sensitive(*texts(message or []))
    tasks, audience = state.part(PushTasks), state.part(Audience)
    task = tasks.double(TIMPUSH, random, SAME_PUSH)
    if task is None:
        tasks.check_rate(TIMPUSH)
        found = audience.find(condition)
        receivers = [one for one in found if not online_only or audience.is_online(one)]
        task = tasks.add(TIMPUSH, random, _task_id(state, random), receivers)
        task.message, task.offline_push = message, shown
        tell_task(state, task, data_id)
    return {**OK, "TaskId": task.task_id}


@simulates(TIMPUSH_SEND_MANY)
def batch(state: State, body: Body) -> PushedToMany:
    random = random_number(body)
    body.items("To_Account", most=ACCOUNTS_A_CALL)
    accounts = list(dict.fromkeys(body.user_ids("To_Account")))
    body.user_id("From_Account")
    shown = offline_push(body)
    if shown is None:
        raise body.refusal("OfflinePushInfo is missing")
    data_id = _data_id(body)
    tasks, failed = state.part(PushTasks), state.part(Audience).unknown(accounts)
    task = tasks.double(_BATCH, random, SAME_PUSH)
    if task is None:
        receivers = [one for one in accounts if one not in failed]
        task_id = f"batch_{_task_id(state, random)}"
        task = tasks.add(_BATCH, random, task_id, receivers)
        task.offline_push = shown
        tell_task(state, task, data_id)
    answer: PushedToMany = {**OK, "TaskId": task.task_id}
    if failed:
        answer["ErrorList"] = error_rows(failed)
    return answer


@simulates(TIMPUSH_REVOKE)
def revoke(state: State, body: Body) -> Envelope:
    task = state.part(PushTasks).tasks.get(body.text("TaskId"))
    shown = offline_push(body)
    if task is None or not task.service.startswith(TIMPUSH):
        raise Refusal(NO_TASK, "no push has this TaskId")
    if task.revoked:
        raise Refusal(REVOKED_ALREADY, "the push was taken back already")
    if state.clock.time() - task.time > REVOCABLE:
        raise Refusal(TOO_OLD, "the push is more than 24 hours old")
    task.revoked, task.offline_push = True, shown
    return OK


@simulates(TIMPUSH_ATTRIBUTE_NAMES_SET)
def set_attr_name(state: State, body: Body) -> Envelope:
    return push_tags.set_attribute_names(state, body)


@simulates(TIMPUSH_ATTRIBUTE_NAMES_GET)
def get_attr_name(state: State, body: Body) -> PushAttributeNames:
    types = state.part(Audience).types
    return {**push_tags.attribute_names(state), "AttrTypes": dict(types)}


@simulates(TIMPUSH_ATTRIBUTE_SET)
def set_attr(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.set_attributes(state, body, strict=False)


@simulates(TIMPUSH_ATTRIBUTE_GET)
def get_attr(state: State, body: Body) -> PushAttributes:
    return push_tags.get_attributes(state, body, strict=False)


@simulates(TIMPUSH_ATTRIBUTE_REMOVE)
def remove_attr(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.remove_attributes(state, body, strict=False)


@simulates(TIMPUSH_TAG_ADD)
def add_tag(state: State, body: Body) -> PushAccountsChanged:
    replace = body.number("Replace", 0, most=1) == 1
    return push_tags.add_tags(state, body, strict=False, replace=replace)


@simulates(TIMPUSH_TAG_GET)
def get_tag(state: State, body: Body) -> PushTags:
    return push_tags.get_tags(state, body, strict=False)


@simulates(TIMPUSH_TAG_REMOVE)
def remove_tag(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.remove_tags(state, body, strict=False)


@simulates(TIMPUSH_TAG_CLEAR)
def clear_all_tags(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.clear_tags(state, body, strict=False)


def _data_id(body: Body) -> str:
    data_id: str = body.text("DataId", "")
    if size(data_id) > DATA_ID_BYTES:
        raise Refusal(DATA_ID_TOO_LONG, f"DataId is longer than {DATA_ID_BYTES} bytes")
    return data_id


def _task_id(state: State, random: int) -> str:
    number = state.part(PushTasks).next_number()
    return f"{state.clock.seconds():x}_{state.sdk_app_id:x}_{number:x}_{random:x}"
