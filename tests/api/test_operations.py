"""Addresses, archives and statistics."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime

import pytest

from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, NotFound
from django_tim.simulator import Simulator
from django_tim.simulator.operations import Archives

NOW = 1_700_000_000  # 2023-11-15 06:13:20 in Beijing
THIS_HOUR = datetime.fromtimestamp(NOW, UTC)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def empty_at_now(simulator: Simulator) -> None:
    """Stop the clock, and begin the app's life then."""
    simulator.clock.freeze(NOW)
    with simulator.lock:
        simulator.state.clear()


def test_addresses_by_the_kind_of_net(simulator: Simulator, tim: Tim) -> None:
    every = tim.operations.get_ips()
    assert simulator.requests[-1].query["nettype"] == "0"
    callbacks = tim.operations.get_ips(net_type="callbacks_china")
    assert simulator.requests[-1].query["nettype"] == "5"
    assert simulator.requests[-1].body == {}
    assert callbacks
    assert set(callbacks) < set(every)
    with pytest.raises(InvalidArgument):
        tim.operations.get_ips(net_type="moon")  # type: ignore[arg-type]  # what mypy refuses


def test_an_hour_of_messages(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    tim.messages.send("bob", "早", sender="ann", msg_seq=1, msg_random=2)
    with pytest.raises(NotFound) as early:
        tim.operations.get_archive("C2C", THIS_HOUR)
    assert early.value.code == 1004
    simulator.clock.advance(3600)
    (file,) = tim.operations.get_archive("C2C", THIS_HOUR)
    assert simulator.requests[-1].body == {"ChatType": "C2C", "MsgTime": "2023111506"}
    with simulator.lock:
        packed = simulator.state.part(Archives).files[file["URL"]]
    assert (len(packed), md5(packed)) == (file["GzipSize"], file["GzipMD5"])
    content = gzip.decompress(packed)
    assert (len(content), md5(content)) == (file["FileSize"], file["FileMD5"])
    assert json.loads(content) == {
        "SdkAppId": str(simulator.state.sdk_app_id),
        "ChatType": "C2C",
        "MsgTime": "2023111506",
        "MsgList": [
            {
                "From_Account": "ann",
                "To_Account": "bob",
                "MsgTimestamp": NOW,
                "MsgSeq": 1,
                "MsgRandom": 2,
                "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "早"}}],
            }
        ],
    }
    assert tim.operations.get_archive("C2C", "2023111506") == [file]


def test_an_hour_of_group_messages(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze(NOW)
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    tim.groups.create(
        group_type="Public", name="Club", group_id="club", owner="ann", members=["bob"]
    )
    tim.group_messages.send("club", "hello", sender="ann")
    simulator.clock.advance(3600)
    (file,) = tim.operations.get_archive("Group", THIS_HOUR)
    with simulator.lock:
        content = gzip.decompress(simulator.state.part(Archives).files[file["URL"]])
    (row,) = json.loads(content)["MsgList"]
    assert (row["GroupId"], row["From_Account"], row["MsgSeq"]) == ("club", "ann", 1)
    today = tim.operations.get_statistics()[0]
    assert (today["GroupUpMsgNum"], today["GroupDownMsgNum"], today["UpMsgNum"]) == ("1", "1", "1")
    assert (today["GroupSendMsgGroupNum"], today["GroupSendMsgUserNum"]) == ("1", "1")


def test_hours_without_messages_and_too_long_ago(simulator: Simulator, tim: Tim) -> None:
    simulator.clock.freeze(NOW)
    for hour, code in (("2023111505", 1004), ("2023111406", 1004), ("2023110705", 1005)):
        with pytest.raises(APIError) as caught:
            tim.operations.get_archive("C2C", hour)
        assert caught.value.code == code


@pytest.mark.parametrize("hour", ["20231115", "2023-11-15", datetime(2023, 11, 15, 6), 2023111506])
def test_an_hour_that_is_none(simulator: Simulator, tim: Tim, hour: object) -> None:
    with pytest.raises(InvalidArgument):
        tim.operations.get_archive("C2C", hour)  # type: ignore[arg-type]  # on purpose
    assert not simulator.requests


def test_thirty_days_are_counted_from_the_state(simulator: Simulator, tim: Tim) -> None:
    empty_at_now(simulator)
    tim.accounts.import_many(["ann", "bob"]).raise_for_failures()
    tim.groups.create(group_type="Public", name="Club", owner="ann")
    tim.messages.send("bob", "hi", sender="ann")
    tim.messages.import_one("bob", "ann", "earlier", sent_at=NOW - 7 * 3600)
    tim.messages.import_one("bob", "ann", "earlier", sent_at=NOW - 7 * 3600 + 1)
    days = tim.operations.get_statistics()
    assert "RequestField" not in simulator.requests[-1].body
    assert len(days) == 30
    assert [day["Date"] for day in days[:2]] == ["20231115", "20231114"]
    today, before = days[:2]
    assert (today["C2CUpMsgNum"], today["UpMsgNum"], today["C2CSendMsgUserNum"]) == ("1", "1", "1")
    assert (before["C2CUpMsgNum"], before["C2CSendMsgUserNum"]) == ("2", "1")
    assert (today["RegistUserNumOneDay"], today["RegistUserNumTotal"]) == ("3", "3")
    assert (before["RegistUserNumTotal"], today["GroupNewGroupNum"]) == ("0", "1")
    assert all(isinstance(value, str) for day in days for value in day.values())


def test_named_numbers_only(simulator: Simulator, tim: Tim) -> None:
    days = tim.operations.get_statistics(fields=["ChainIncrease", "UpMsgNum"])
    assert simulator.requests[-1].body == {"RequestField": ["ChainIncrease", "UpMsgNum"]}
    assert {frozenset(day) for day in days} == {frozenset({"Date", "ChainIncrease", "UpMsgNum"})}
    with pytest.raises(InvalidArgument):
        tim.operations.get_statistics(fields=["UpMsgNumber"])  # type: ignore[list-item]  # on purpose


def test_a_seeded_app_has_the_same_past_every_time(simulator: Simulator, tim: Tim) -> None:
    empty_at_now(simulator)
    simulator.seed(groups=10, accounts=500)
    first = tim.operations.get_statistics()
    assert all(int(day["ActiveUserNum"]) > 0 for day in first)
    assert len({day["UpMsgNum"] for day in first}) > 20
    empty_at_now(simulator)
    simulator.seed(groups=10, accounts=500)
    assert tim.operations.get_statistics() == first
