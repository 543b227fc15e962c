"""Topics of Communities, over HTTP to the simulator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument
from django_tim.simulator import Simulator
from django_tim.simulator.group_history import Histories

TOWN = "@TGS#_town"
NEWS = f"{TOWN}@TOPIC#_news"


@pytest.fixture
def town(simulator: Simulator, tim: Tim) -> str:
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(["ann", "bob", "dan"]).raise_for_failures()
    made = tim.groups.create(
        group_type="Community",
        name="Town",
        owner="ann",
        group_id=TOWN,
        members=["bob"],
        support_topic=True,
    )
    return made["GroupId"]


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(APIError) as caught:
        call()
    return caught.value.code


def test_a_topics_life(simulator: Simulator, tim: Tim, town: str) -> None:
    made = tim.topics.create(
        town, name="News", topic_id=NEWS, creator="ann", introduction="what is new"
    )
    assert made["TopicId"] == NEWS
    assert simulator.requests[-1].body == {
        "GroupId": TOWN,
        "TopicId": NEWS,
        "From_Account": "ann",
        "TopicName": "News",
        "Introduction": "what is new",
    }
    tim.topics.modify(town, NEWS, name="The news", custom_string="{}", mute_all_member="On")
    (found,) = tim.topics.get_many(town, [NEWS], user_id="bob").values()
    assert found is not None
    assert found["TopicInfo"] == {
        "TopicId": NEWS,
        "GroupID": TOWN,
        "TopicName": "The news",
        "FaceUrl": "",
        "Notification": "",
        "Introduction": "what is new",
        "NextMsgSeq": 1,
        "CreateTime": 1_700_000_000,
        "LastMsgTime": 0,
        "MuteAllMember": "On",
        "CustomString": "{}",
    }
    assert found["SelfInfo"] == {"MuteTime": 0, "MsgSeq": 0, "MsgFlag": "AcceptAndNotify"}
    assert tim.topics.dissolve_many(town, [NEWS])
    assert tim.topics.get_many(town, [NEWS], user_id="bob").outcomes[0].code == 110003


def test_an_id_from_the_service_and_an_import(tim: Tim, town: str) -> None:
    given = tim.topics.create(town, name="News")["TopicId"]
    assert given.startswith(f"{TOWN}@TOPIC#_@TOPIC#")
    old = tim.topics.import_one(town, name="Old", create_time=1_600_000_000)["TopicId"]
    found = {row["TopicInfo"]["TopicId"]: row for row in tim.topics.iterate(town, user_id="ann")}
    assert list(found) == [given, old]
    assert found[old]["TopicInfo"]["CreateTime"] == 1_600_000_000


def test_only_the_fields_asked_for(tim: Tim, town: str) -> None:
    tim.topics.create(town, name="News", topic_id=NEWS)
    (row,) = tim.topics.iterate(town, user_id="ann", fields=["TopicName"])
    assert row["TopicInfo"] == {"TopicId": NEWS, "GroupID": TOWN, "TopicName": "News"}


def test_every_failure_of_a_batch_is_told(simulator: Simulator, tim: Tim, town: str) -> None:
    ids = [f"{TOWN}@TOPIC#_{number}" for number in range(25)]
    for topic_id in ids[:24]:
        tim.topics.create(town, name="x", topic_id=topic_id)
    result = tim.topics.dissolve_many(town, ids)
    assert [one.code for one in result] == [0] * 24 + [110003]
    assert [len(one.body["TopicIdList"]) for one in list(simulator.requests)[-2:]] == [20, 5]


def test_what_is_refused(tim: Tim, town: str) -> None:
    tim.topics.create(town, name="News", topic_id=NEWS)
    tim.groups.create(group_type="Public", name="Club", group_id="club")
    tim.groups.create(group_type="Community", name="Plain", group_id="@TGS#_plain")
    topics = tim.topics
    assert code_of(lambda: topics.create("club", name="x")) == 10007
    assert code_of(lambda: topics.create("@TGS#_plain", name="x")) == 10007
    assert code_of(lambda: topics.create(town, name="x", topic_id=NEWS)) == 10021
    assert code_of(lambda: topics.create(town, name="x", topic_id="@TGS#_other@TOPIC#_x")) == 10004
    assert code_of(lambda: topics.create(town, name="x", creator="nobody")) == 10019
    assert code_of(lambda: topics.modify(town, f"{NEWS}2", name="x")) == 110003
    with pytest.raises(InvalidArgument):
        topics.create(town, name="")
    for number in range(199):
        topics.create(town, name=str(number))
    assert code_of(lambda: topics.create(town, name="one too many")) == 10037


def test_a_topic_has_messages_of_its_own(simulator: Simulator, tim: Tim, town: str) -> None:
    tim.topics.create(town, name="News", topic_id=NEWS)
    messages = tim.group_messages
    messages.send(town, "to the town", sender="bob")
    sent = messages.send(town, "to the topic", sender="bob", topic_id=NEWS)
    assert sent["MsgSeq"] == 1
    assert simulator.requests[-1].body["TopicId"] == NEWS
    messages.send(town, "again", sender="ann", topic_id=NEWS)
    assert [row["MsgSeq"] for row in messages.iterate_history(town)] == [1]
    assert [row["MsgSeq"] for row in messages.iterate_history(town, topic_id=NEWS)] == [2, 1]
    (row,) = tim.topics.iterate(town, user_id="bob")
    assert row["TopicInfo"]["NextMsgSeq"] == 3
    assert row["TopicInfo"]["LastMsgTime"] == 1_700_000_000
    assert row["SelfInfo"]["MsgSeq"] == 1
    assert [one.code for one in messages.recall_many(town, [1], topic_id=NEWS)] == [0]
    messages.modify(town, 2, message="once more", topic_id=NEWS)
    messages.delete_by_sender(town, "ann", topic_id=NEWS)
    marks = [row["IsPlaceMsg"] for row in messages.iterate_history(town, topic_id=NEWS)]
    assert marks == [1, 2]
    assert [row["IsPlaceMsg"] for row in messages.iterate_history(town)] == [0]


def test_who_may_speak_in_a_topic(tim: Tim, town: str) -> None:
    tim.topics.create(town, name="News", topic_id=NEWS)

    def send(sender: str) -> None:
        tim.group_messages.send(town, "hello", sender=sender, topic_id=NEWS)

    send("bob")
    assert code_of(lambda: send("dan")) == 10007
    tim.topics.modify(town, NEWS, mute_all_member="On")
    assert code_of(lambda: send("bob")) == 10017
    send("ann")
    assert code_of(lambda: tim.group_messages.send(town, "x", topic_id=f"{NEWS}2")) == 110003


def test_imported_messages_are_read_by_all(tim: Tim, town: str) -> None:
    tim.topics.import_one(town, name="News", topic_id=NEWS, create_time=1_600_000_000)
    tim.group_messages.import_many(
        town,
        [{"From_Account": "bob", "SendTime": 1_600_000_001, "MsgBody": "old"}],
        topic_id=NEWS,
    ).raise_for_failures()
    (row,) = tim.topics.iterate(town, user_id="ann")
    assert row["SelfInfo"]["MsgSeq"] == 1


def test_the_messages_go_with_the_topic_and_the_topics_with_the_group(
    simulator: Simulator, tim: Tim, town: str
) -> None:
    tim.topics.create(town, name="News", topic_id=NEWS)
    tim.group_messages.send(town, "hello", topic_id=NEWS)
    tim.topics.dissolve_many(town, [NEWS])
    assert simulator.state.part(Histories).peek(TOWN, NEWS).messages == []
    tim.topics.create(town, name="News", topic_id=NEWS)
    tim.groups.dissolve(town)
    assert code_of(lambda: list(tim.topics.iterate(town, user_id="ann"))) == 10010
