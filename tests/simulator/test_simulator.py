"""The simulator as our client meets it over HTTP."""

from __future__ import annotations

import json
import re
from urllib.request import Request, urlopen

import pytest

from django_tim.catalogue import GROUP_LIST
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    Conflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
)
from django_tim.simulator import Simulator, SimulatorServer
from django_tim.simulator.group_history import Histories
from django_tim.simulator.registry import HANDLERS
from tests.conftest import APP


def test_the_introductions_own_example(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=58_530)
    page = tim.call(GROUP_LIST, {"Limit": 2})
    assert page["TotalCount"] == 58_530
    assert len(page["GroupIdList"]) == 2
    for row in page["GroupIdList"]:
        assert re.fullmatch(r"@TGS#(_@TGS#)?\w{9}", row["GroupId"])
    sent = simulator.requests[-1]
    assert sent.body == {"Limit": 2}
    assert list(sent.query) == ["sdkappid", "identifier", "random", "contenttype"]


def test_the_same_seed_is_the_same_data(simulator: Simulator) -> None:
    other = Simulator(APP["SDK_APP_ID"], APP["SECRET_KEY"], clock=simulator.clock)
    simulator.clock.freeze()
    for one in (simulator, other):
        one.seed(groups=50, accounts=200, seed=7)
    assert list(simulator.state.groups) == list(other.state.groups)
    first, second = (
        [[member.user_id for member in group.walk()] for group in one.state.all_groups()]
        for one in (simulator, other)
    )
    assert first == second
    assert {group.type for group in simulator.state.all_groups()} == {
        "Public",
        "Private",
        "ChatRoom",
        "AVChatRoom",
        "Community",
    }


def test_pages_hold_every_group_once(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=250)
    found, mark = [], 0
    while True:
        page = tim.groups.get_page(limit=100, next_=mark)
        found += [row["GroupId"] for row in page["GroupIdList"]]
        mark = page["Next"]
        if not mark:
            break
    assert found == list(simulator.state.groups)


def test_members_of_every_type_that_lists_them(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=60, accounts=300)
    for group in simulator.state.all_groups():
        if group.type == "AVChatRoom":
            with pytest.raises(APIError) as caught:
                list(tim.group_members.iterate(group.group_id))
            assert caught.value.code == 10007
            continue
        found = [row["Member_Account"] for row in tim.group_members.iterate(group.group_id)]
        assert found == [member.user_id for member in group.walk()]


def test_a_groups_life(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    group_id = tim.groups.create(group_type="Public", name="早起 🎉", owner="ann")["GroupId"]
    added = tim.group_members.add_many(group_id, ["bob", "nobody"]).outcomes
    assert [outcome.value for outcome in added] == ["added", None]
    tim.groups.modify(group_id, notification="hello")
    tim.groups.change_owner(group_id, new_owner="bob")
    info = tim.groups.get_many([group_id]).outcomes[0].value
    assert info is not None
    assert (info["Name"], info["Notification"]) == ("早起 🎉", "hello")
    assert (info["Owner_Account"], info["MemberNum"]) == ("bob", 2)
    tim.group_members.mute_many(group_id, ["ann"], seconds=60)
    assert [row["Member_Account"] for row in tim.group_members.get_muted(group_id)] == ["ann"]
    tim.groups.dissolve(group_id)
    assert tim.groups.get_many([group_id]).outcomes[0].code == 10010
    with pytest.raises(NotFound):
        tim.groups.dissolve(group_id)


def test_an_id_in_use(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_one("ann")
    tim.groups.create(group_type="Public", name="a", group_id="club")
    with pytest.raises(Conflict) as caught:
        tim.groups.create(group_type="Public", name="b", group_id="club", owner="ann")
    assert caught.value.code == 10021
    assert simulator.state.groups["club"].name == "a"


def test_a_deleted_account_stays_barred(simulator: Simulator, tim: Tim) -> None:
    tim.accounts.import_one("ann", nick="Ann")
    assert tim.accounts.delete_many(["ann"]).outcomes[0].code == 0
    with pytest.raises(APIError) as caught:
        tim.accounts.import_one("ann")
    assert caught.value.code == 70399
    simulator.state.deleted_at["ann"] -= 91 * 86_400
    tim.accounts.import_one("ann")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret_key": "another"}, 70009),
        ({"sdk_app_id": 1400000001}, 60006),
        ({"admin": "somebody"}, 60010),
    ],
)
def test_callers_that_are_not_let_in(
    server: SimulatorServer, changed: dict[str, object], code: int
) -> None:
    given = {"sdk_app_id": APP["SDK_APP_ID"], "secret_key": APP["SECRET_KEY"], **changed}
    tim = Tim(AppConfig(base_url=server.url, **given))  # type: ignore[arg-type]
    with pytest.raises(AuthenticationFailed) as caught:
        tim.groups.get_page()
    tim.close()
    assert caught.value.code == code


@pytest.mark.usefixtures("unrepeated")
def test_the_rate_is_kept(server: SimulatorServer, simulator: Simulator, tim: Tim) -> None:
    simulator.rates.enabled = True
    simulator.clock.freeze()
    tim.groups.get_page()
    with pytest.raises(RateLimited):
        tim.call(GROUP_LIST, {})


def test_what_is_not_simulated_says_so(tim: Tim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HANDLERS, GROUP_LIST.path)
    with pytest.raises(APIError) as caught:
        tim.call(GROUP_LIST, {})
    assert caught.value.code == 60009


@pytest.mark.parametrize("kind", ["garbage", "truncate", "drop"])
def test_a_spoilt_answer_leaves_the_outcome_open(simulator: Simulator, tim: Tim, kind: str) -> None:
    simulator.faults.add(kind, times=None)  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        tim.groups.create(group_type="Public", name="a")


def test_control(server: SimulatorServer) -> None:
    def ask(path: str, **given: object) -> dict[str, int]:
        body = json.dumps(given).encode()
        with urlopen(Request(f"{server.url}/control/{path}", data=body)) as answer:
            found: dict[str, int] = json.load(answer)
            return found

    assert ask("seed", groups=10, accounts=20)["groups"] == 10
    ask("reset")
    assert ask("state")["groups"] == 0


def test_a_seed_has_messages_where_they_are_asked_for(simulator: Simulator, tim: Tim) -> None:
    simulator.seed(groups=30, accounts=50, messages=30)
    kept = [group for group in simulator.state.all_groups() if group.type != "AVChatRoom"]
    talks = {
        group.group_id: list(tim.group_messages.iterate_history(group.group_id)) for group in kept
    }
    assert sum(len(talk) >= 3 for talk in talks.values()) > 15
    for group in kept:
        for row in talks[group.group_id]:
            assert group.member(row["From_Account"]) is not None
            assert row["MsgTimeStamp"] <= group.last_msg_time
    said = list(
        tim.messages.iterate_history("user000000", "user000001", min_time=0, max_time=2**31)
    )
    assert {row["From_Account"] for row in said} == {"user000000", "user000001"}
    assert len({row["MsgKey"] for row in said}) == len(said) >= 3


def test_the_same_seed_says_the_same(simulator: Simulator) -> None:
    def said() -> list[str]:
        simulator.reset()
        simulator.clock.freeze(1_700_000_000)
        simulator.seed(groups=5, accounts=9, messages=5)
        found = simulator.state.part(Histories).between(0, 2**31)
        return [f"{one.sender} {one.time} {one.body}" for _, _, one in found]

    assert said() == said() != []
