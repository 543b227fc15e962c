"""Push to all members: messages by condition, tags and attributes."""

from __future__ import annotations

from typing import Final

from django_tim.answers import (
    Envelope,
    PushAccountsChanged,
    PushAttributeNames,
    PushAttributes,
    Pushed,
    PushTags,
)
from django_tim.catalogue import (
    ALL_PUSH,
    PUSH_ATTRIBUTE_GET,
    PUSH_ATTRIBUTE_NAMES_GET,
    PUSH_ATTRIBUTE_NAMES_SET,
    PUSH_ATTRIBUTE_REMOVE,
    PUSH_ATTRIBUTE_SET,
    PUSH_SEND,
    PUSH_TAG_ADD,
    PUSH_TAG_CLEAR,
    PUSH_TAG_GET,
    PUSH_TAG_REMOVE,
)

from . import push_tags
from .body import Body
from .elements import BodyCodes, message_elements, texts
from .messages import random_number
from .push_audience import Audience, read_condition
from .push_callbacks import tell_task
from .push_tasks import PushTasks, offline_push
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

SAME_PUSH: Final = 7 * 86_400
LONGEST_LIFE: Final = 7 * 86_400
CODES: Final = BodyCodes(no_array=90007, malformed=90010, too_long=93000)
BAD_LIFE: Final = 90026


@simulates(PUSH_SEND)
def im_push(state: State, body: Body) -> Pushed:
    random = random_number(body)
    message = message_elements(body, CODES)
    condition = read_condition(state, body)
    life = body.number("MsgLifeTime", 0)
    if life > LONGEST_LIFE:
        raise Refusal(BAD_LIFE, "MsgLifeTime is above 7 days")
    shown = offline_push(body)
    body.user_id("From_Account", None)
    state.refuse_sensitive(*texts(message))
    tasks, audience = state.part(PushTasks), state.part(Audience)
    task = tasks.double(ALL_PUSH, random, SAME_PUSH)
    if task is None:
        tasks.check_rate(ALL_PUSH)
        found = (one for one in audience.find(condition) if one in state.accounts)
        receivers = [one for one in found if life or audience.is_online(one)]
        task_id = f"{state.sdk_app_id}_{tasks.next_number()}_{random}_{state.clock.seconds()}"
        task = tasks.add(ALL_PUSH, random, task_id, receivers)
        task.message, task.offline_push = message, shown
        tell_task(state, task)
    return {**OK, "TaskId": task.task_id}


@simulates(PUSH_ATTRIBUTE_NAMES_SET)
def im_set_attr_name(state: State, body: Body) -> Envelope:
    return push_tags.set_attribute_names(state, body)


@simulates(PUSH_ATTRIBUTE_NAMES_GET)
def im_get_attr_name(state: State, body: Body) -> PushAttributeNames:
    return push_tags.attribute_names(state)


@simulates(PUSH_ATTRIBUTE_SET)
def im_set_attr(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.set_attributes(state, body, strict=True)


@simulates(PUSH_ATTRIBUTE_GET)
def im_get_attr(state: State, body: Body) -> PushAttributes:
    return push_tags.get_attributes(state, body, strict=True)


@simulates(PUSH_ATTRIBUTE_REMOVE)
def im_remove_attr(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.remove_attributes(state, body, strict=True)


@simulates(PUSH_TAG_ADD)
def im_add_tag(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.add_tags(state, body, strict=True)


@simulates(PUSH_TAG_GET)
def im_get_tag(state: State, body: Body) -> PushTags:
    return push_tags.get_tags(state, body, strict=True)


@simulates(PUSH_TAG_REMOVE)
def im_remove_tag(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.remove_tags(state, body, strict=True)


@simulates(PUSH_TAG_CLEAR)
def im_remove_all_tags(state: State, body: Body) -> PushAccountsChanged:
    return push_tags.clear_tags(state, body, strict=True)
