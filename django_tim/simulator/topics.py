"""Topics of Communities: create, import, read, change, dissolve."""

from __future__ import annotations

from typing import Any, Final

from django_tim.answers import Envelope, TopicCreated, TopicInfos, TopicsDissolved
from django_tim.catalogue import (
    TOPIC_CREATE,
    TOPIC_DISSOLVE,
    TOPIC_IMPORT,
    TOPIC_INFO,
    TOPIC_MODIFY,
)

from .body import Body, size
from .group_history import Histories
from .records import Group
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

MARK: Final = "@TOPIC#_"
ID_BYTES: Final = 96
MOST_TOPICS: Final = 200
_TEXTS: Final = {
    "TopicName": ("name", 100),
    "FaceUrl": ("face_url", 500),
    "Notification": ("notification", 400),
    "Introduction": ("introduction", 400),
    "CustomString": ("custom", 3000),
}
# The fields whose change callbacks tell of.
_TOLD: Final = {
    "Name": "name",
    "Introduction": "introduction",
    "Notification": "notification",
    "FaceUrl": "face_url",
}


class Topic:
    """A topic: a conversation of its own, with the Community's members."""

    def __init__(self, group_id: str, topic_id: str, create_time: int) -> None:
        self.group_id = group_id
        self.topic_id = topic_id
        self.create_time = create_time
        self.name = self.face_url = self.notification = self.introduction = self.custom = ""
        self.mute_all = "Off"
        self.next_msg_seq = 1
        self.last_msg_time = 0
        self.read: dict[str, int] = {}  # the number up to which each member has read
        self.all_read = 0  # and the one up to which all have, after an import
        self.mutes: dict[str, int] = {}  # until when each is muted here

    def read_by(self, user_id: str) -> int:
        """The number of the newest message that an account has read."""
        return max(self.all_read, self.read.get(user_id, 0))


class Topics(Part):
    """The topics of each Community, in the order of creation."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.groups: dict[str, dict[str, Topic]] = {}
        self._ids_given = 0

    def of(self, group_id: str) -> dict[str, Topic]:
        """A Community's topics by their ids."""
        return self.groups.get(group_id, {})

    def topic(self, group_id: str, topic_id: str) -> Topic:
        """A topic, or the Refusal of one that does not exist (any more)."""
        found = self.of(group_id).get(topic_id)
        if found is None:
            raise Refusal(110003, "the topic does not exist or was dissolved")
        return found

    def add(self, topic: Topic) -> None:
        """Take a new topic in."""
        self.groups.setdefault(topic.group_id, {})[topic.topic_id] = topic

    def remove(self, topic: Topic) -> None:
        """Dissolve a topic, and forget its messages."""
        del self.groups[topic.group_id][topic.topic_id]
        self.state.part(Histories).forget_topic(topic.group_id, topic.topic_id)

    def new_id(self, group_id: str) -> str:
        """An unused TopicId as the service gives them."""
        self._ids_given += 1
        return f"{group_id}{MARK}@TOPIC#c{self._ids_given:08X}"

    def forget_group(self, group_id: str) -> None:
        self.groups.pop(group_id, None)


@simulates(TOPIC_CREATE)
def create_topic(state: State, body: Body) -> TopicCreated:
    group = topic_group(state, body)
    topic = _new_topic(state, body, group, state.clock.seconds())
    about = {"Operator_Account": state.caller.user_id, "Type": group.type, "Name": topic.name}
    state.ask("Group.CallbackBeforeCreateTopic", about)
    state.part(Topics).add(topic)
    about |= {"GroupId": group.group_id, "TopicId": topic.topic_id, "Owner_Account": group.owner}
    state.tell("Group.CallbackAfterCreateTopic", about)
    return {**OK, "TopicId": topic.topic_id}


@simulates(TOPIC_IMPORT)
def import_topic(state: State, body: Body) -> TopicCreated:
    group = topic_group(state, body)
    body.choice("Type", ("Community",), "Community")
    created = body.number("CreateTime", 0) or state.clock.seconds()
    if created > state.clock.time():
        raise Refusal(10004, "CreateTime lies in the future")
    topic = _new_topic(state, body, group, created)
    state.part(Topics).add(topic)
    return {**OK, "TopicId": topic.topic_id}


@simulates(TOPIC_MODIFY)
def modify_topic(state: State, body: Body) -> Envelope:
    group = topic_group(state, body)
    topic = state.part(Topics).topic(group.group_id, body.text("TopicId"))
    _operator(state, body)
    texts = _texts(state, body)
    if texts.get("name") == "":
        raise Refusal(10004, "TopicName is empty")
    mute = body.choice("MuteAllMember", ("On", "Off"), None) or body.choice(
        "ShutUpAllMember", ("On", "Off"), None
    )
    for field, value in texts.items():
        setattr(topic, field, value)
    topic.mute_all = mute or topic.mute_all
    told = {name: texts[field] for name, field in _TOLD.items() if field in texts}
    if told:
        about = {"GroupId": group.group_id, "TopicId": topic.topic_id, "Type": group.type}
        about |= {"Operator_Account": state.caller.user_id}
        state.tell("Group.CallbackAfterTopicInfoChanged", {**about, **told})
    return OK


@simulates(TOPIC_DISSOLVE)
def destroy_topic(state: State, body: Body) -> TopicsDissolved:
    group = topic_group(state, body)
    topics = state.part(Topics)
    rows: list[Any] = []
    for topic_id in body.texts("TopicIdList"):
        try:
            topics.remove(topics.topic(group.group_id, topic_id))
            rows.append({"ErrorCode": 0, "ErrorInfo": "ok", "TopicId": topic_id})
        except Refusal as refusal:
            rows.append(_failed(refusal) | {"TopicId": topic_id})
    gone = [row["TopicId"] for row in rows if not row["ErrorCode"]]
    if gone:
        about = {"GroupId": group.group_id, "Type": group.type, "TopicIdList": gone}
        state.tell("Group.CallbackAfterTopicDestroyed", about)
    return {**OK, "DestroyResultItem": rows}


@simulates(TOPIC_INFO)
def get_topic(state: State, body: Body) -> TopicInfos:
    group = topic_group(state, body)
    user_id = body.user_id("From_Account")
    wanted = body.texts("ResponseFilter", None)
    topics = state.part(Topics)
    rows: list[Any] = []
    for topic_id in body.texts("TopicIdList", None) or list(topics.of(group.group_id)):
        try:
            topic = topics.topic(group.group_id, topic_id)
            rows.append({"ErrorCode": 0, "ErrorInfo": "ok"} | _view(topic, user_id, wanted))
        except Refusal as refusal:
            rows.append(_failed(refusal) | {"TopicInfo": {"TopicId": topic_id}})
    return {**OK, "TopicAndSelfInfo": rows}


def topic_group(state: State, body: Body) -> Group:
    """The Community with topics that a request names."""
    group = state.group(body.text("GroupId"))
    if group.type != "Community" or not group.support_topic:
        raise Refusal(10007, "the group is no Community with topics")
    return group


def _new_topic(state: State, body: Body, group: Group, created: int) -> Topic:
    """The topic that a body asks for, checked, and not yet taken in."""
    _operator(state, body)
    topic = Topic(group.group_id, _topic_id(state, body, group), created)
    for field, value in _texts(state, body).items():
        setattr(topic, field, value)
    if not topic.name:
        raise Refusal(10004, "TopicName is missing or empty")
    if len(state.part(Topics).of(group.group_id)) >= MOST_TOPICS:
        raise Refusal(10037, f"a Community has at most {MOST_TOPICS} topics")
    return topic


def _topic_id(state: State, body: Body, group: Group) -> str:
    given: str = body.text("TopicId", "")
    if not given:
        return state.part(Topics).new_id(group.group_id)
    own = given.removeprefix(group.group_id + MARK)
    if own == given or not own or "@TGS#_" in own or MARK in own or size(given) > ID_BYTES:
        raise Refusal(10004, f"TopicId is not the GroupId, {MARK} and an own part")
    if given in state.part(Topics).of(group.group_id):
        raise Refusal(10021, "the topic ID is in use")
    return given


def _operator(state: State, body: Body) -> None:
    user_id = body.user_id("From_Account", None)
    if user_id:
        state.account(user_id)


def _texts(state: State, body: Body) -> dict[str, str]:
    """The given texts, by the topic's attributes."""
    given = {field: body.text(name, None, most=most) for name, (field, most) in _TEXTS.items()}
    state.refuse_sensitive(*given.values())
    return {field: value for field, value in given.items() if value is not None}


def _view(topic: Topic, user_id: str, wanted: list[str] | None) -> dict[str, Any]:
    info = {
        "TopicId": topic.topic_id,
        "GroupID": topic.group_id,
        "TopicName": topic.name,
        "FaceUrl": topic.face_url,
        "Notification": topic.notification,
        "Introduction": topic.introduction,
        "NextMsgSeq": topic.next_msg_seq,
        "CreateTime": topic.create_time,
        "LastMsgTime": topic.last_msg_time,
        "MuteAllMember": topic.mute_all,
        "CustomString": topic.custom,
    }
    shown = {"TopicId", "GroupID", *wanted} if wanted else set(info)
    return {
        "SelfInfo": {
            "ShutUpTime": topic.mutes.get(user_id, 0),
            "MsgSeq": topic.read_by(user_id),
            "MsgFlag": "AcceptAndNotify",
        },
        "TopicInfo": {name: value for name, value in info.items() if name in shown},
    }


def _failed(refusal: Refusal) -> dict[str, Any]:
    return {"ErrorCode": refusal.code, "ErrorInfo": refusal.info}
