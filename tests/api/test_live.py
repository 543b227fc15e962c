"""Live groups, over HTTP to the simulator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from django_tim.api.live import ALWAYS_ONLINE, HIDDEN
from django_tim.catalogue import LIVE_MEMBER_LIST
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, NotFound, PagingStalled
from django_tim.simulator import Simulator
from django_tim.simulator.live import Rooms
from django_tim.simulator.registry import HANDLERS, OK


@pytest.fixture
def stage(simulator: Simulator, tim: Tim) -> str:
    """A live group that bob and cyd watch."""
    simulator.clock.freeze(1_700_000_000)
    tim.accounts.import_many(["ann", "bob", "cyd", "dan"]).raise_for_failures()
    tim.accounts.import_one("bob", nick="Bob", face_url="https://example.com/bob.png")
    tim.groups.create(group_type="AVChatRoom", name="Stage", owner="ann", group_id="stage")
    simulator.state.part(Rooms).join("stage", "bob")
    simulator.clock.advance(10)
    simulator.state.part(Rooms).join("stage", "cyd")
    return "stage"


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(APIError) as caught:
        call()
    return caught.value.code


def there(tim: Tim, **options: int) -> list[str]:
    return [row["Member_Account"] for row in tim.live.iterate_members("stage", **options)]


def test_who_is_there(simulator: Simulator, tim: Tim, stage: str) -> None:
    assert tim.live.get_online_count(stage) == 2
    page = tim.live.get_members_page(stage)
    assert simulator.requests[-1].body == {"GroupId": "stage", "Timestamp": 0}
    assert page["NextTimestamp"] == 0
    assert page["MemberList"] == [
        {"Member_Account": "cyd", "JoinTime": 1_700_000_010, "NickName": "", "Avatar": ""},
        {
            "Member_Account": "bob",
            "JoinTime": 1_700_000_000,
            "NickName": "Bob",
            "Avatar": "https://example.com/bob.png",
        },
    ]
    checked = tim.live.check_members_many(stage, ["bob", "dan"])
    assert [(one.item, one.value) for one in checked] == [("bob", True), ("dan", False)]
    simulator.state.part(Rooms).leave(stage, "bob")
    assert tim.live.get_online_count(stage) == 1
    assert there(tim) == ["cyd"]


def test_pages_of_people(simulator: Simulator, tim: Tim, stage: str) -> None:
    rooms = simulator.state.part(Rooms)
    for minute in range(30):
        simulator.clock.advance(60)
        rooms.join(stage, *(f"m{minute}_{number}" for number in range(50)))
    found = there(tim)
    assert len(found) == len(set(found)) == 1000
    assert found[0].startswith("m29_")
    asked = [one for one in simulator.requests if one.path == LIVE_MEMBER_LIST.path]
    assert [one.body["Timestamp"] for one in asked] == [0, 1_700_000_010 + 21 * 60]
    assert tim.live.get_online_count(stage) == 1502


def test_a_mark_that_stands_still(tim: Tim, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"Member_Account": "bob"}
    answer = {**OK, "MemberList": [row], "NextTimestamp": 5}
    monkeypatch.setitem(HANDLERS, LIVE_MEMBER_LIST.path, lambda state, body: answer)
    with pytest.raises(PagingStalled):
        there(tim)


def test_marks(simulator: Simulator, tim: Tim, stage: str) -> None:
    result = tim.live.mark_many(stage, {"bob": [1000, 1001], "dan": [1000]})
    assert simulator.requests[-1].body == {
        "GroupId": "stage",
        "CommandType": 1,
        "MemberList": [
            {"Member_Account": "bob", "Marks": [1000, 1001]},
            {"Member_Account": "dan", "Marks": [1000]},
        ],
    }
    assert [(one.value, one.ok) for one in result] == [([1000, 1001], True), (None, False)]
    assert there(tim, mark=1001) == ["bob"]
    assert tim.live.mark_many(stage, {"bob": [1001]}, remove=True)
    assert there(tim, mark=1001) == []
    assert there(tim, mark=1000) == ["bob"]
    assert tim.live.mark_many(stage, {"dan": [1000]}).outcomes[0].code == 10004
    assert tim.live.mark_many(stage, {"bob": [7]}).outcomes[0].code == 10004
    many = {"bob": range(1000, 1011)}
    assert tim.live.mark_many(stage, many).outcomes[0].code == 10004


def test_marks_are_lost_on_leaving(simulator: Simulator, tim: Tim, stage: str) -> None:
    tim.live.mark_many(stage, {"bob": [1000]})
    simulator.state.part(Rooms).leave(stage, "bob")
    simulator.state.part(Rooms).join(stage, "bob")
    assert there(tim, mark=1000) == []


def test_hidden_people(tim: Tim, stage: str) -> None:
    tim.live.mark_many(stage, {"bob": [HIDDEN]})
    assert there(tim) == ["cyd"]
    assert tim.live.get_online_count(stage) == 2


def test_robots_are_always_online(simulator: Simulator, tim: Tim, stage: str) -> None:
    assert tim.live.add_robots_many(stage, ["robot1", "robot2"])
    assert simulator.requests[-1].body == {
        "GroupId": "stage",
        "Member_Account": ["robot1", "robot2"],
    }
    assert tim.live.get_online_count(stage) == 4
    assert there(tim, mark=ALWAYS_ONLINE) == ["robot1", "robot2"]
    assert tim.live.delete_robots_many(stage, ["robot1"])
    assert there(tim, mark=ALWAYS_ONLINE) == ["robot2"]
    assert tim.live.mark_many(stage, {"dan": [ALWAYS_ONLINE]})
    assert tim.live.get_online_count(stage) == 4


def test_admins(simulator: Simulator, tim: Tim, stage: str) -> None:
    assert tim.live.get_admins(stage) == []
    assert tim.live.modify_admins_many(stage, ["bob", "dan"])
    assert simulator.requests[-1].body == {
        "GroupId": "stage",
        "CommandType": 1,
        "Admin_Account": ["bob", "dan"],
    }
    assert [row["Admin_Account"] for row in tim.live.get_admins(stage)] == ["bob", "dan"]
    assert tim.live.get_admins(stage)[0]["NickName"] == "Bob"
    assert tim.live.modify_admins_many(stage, ["bob"], remove=True)
    assert [row["Admin_Account"] for row in tim.live.get_admins(stage)] == ["dan"]
    assert tim.live.modify_admins_many(stage, ["nobody"]).outcomes[0].code == 10019
    users = [f"a{number}" for number in range(5)]
    tim.accounts.import_many(users)
    assert {one.code for one in tim.live.modify_admins_many(stage, users)} == {10004}


def test_an_admin_speaks_when_all_are_muted(tim: Tim, stage: str) -> None:
    tim.groups.modify(stage, mute_all_member="On")
    tim.live.modify_admins_many(stage, ["bob"])
    tim.group_messages.send(stage, "hello", sender="bob")
    assert code_of(lambda: tim.group_messages.send(stage, "hello", sender="cyd")) == 10017


def test_only_for_live_groups(tim: Tim, stage: str) -> None:
    tim.groups.create(group_type="Public", name="Club", group_id="club")
    assert code_of(lambda: tim.live.get_online_count("club")) == 10007
    assert code_of(lambda: tim.live.get_members_page("club")) == 10007
    with pytest.raises(NotFound):
        tim.live.get_admins("none")


def test_a_broadcast(simulator: Simulator, tim: Tim, stage: str) -> None:
    sent = tim.live.broadcast("soon", sender="ann", random=5, cloud_custom_data="c")
    assert simulator.requests[-1].body == {
        "From_Account": "ann",
        "Random": 5,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "soon"}}],
        "CloudCustomData": "c",
    }
    assert sent["MsgSeq"] == 1
    assert tim.live.broadcast("soon", sender="ann", random=5)["MsgSeq"] == 1
    assert tim.live.broadcast("now")["MsgSeq"] == 2
    kept = simulator.state.part(Rooms).broadcasts.messages
    assert [message.sender for message in kept] == ["ann", "administrator"]


def test_a_ban_puts_out(tim: Tim, stage: str) -> None:
    tim.group_members.ban_many(stage, ["bob"], seconds=60)
    assert there(tim) == ["cyd"]
    assert code_of(lambda: tim.group_messages.send(stage, "hello", sender="bob")) == 10007


def test_people_go_with_their_account_and_the_group(
    simulator: Simulator, tim: Tim, stage: str
) -> None:
    tim.live.modify_admins_many(stage, ["bob"])
    tim.accounts.delete_many(["bob"])
    assert there(tim) == ["cyd"]
    assert tim.live.get_admins(stage) == []
    tim.groups.dissolve(stage)
    assert simulator.state.part(Rooms)._rooms == {}
