"""Clients written by others drive the simulator, unaltered: the extra ``interop``.

They know no host but the vendor's. So they go through a proxy that leads it to the simulator,
whose certificate they trust, all of it by the environment's usual variables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from django_tim.simulator import Simulator, SimulatorServer
from django_tim.simulator.tls import LOCAL, server_context
from tests.conftest import APP

from .proxy import proxy_to

HOST = "console.tim.qq.com"


def imported(name: str) -> ModuleType:
    """A client's module; CI has it, elsewhere it may be missing."""
    if os.environ.get("TIM_REQUIRE_SERVERS") == "1":
        return import_module(name)
    return pytest.importorskip(name, reason="needs the extra interop")


@pytest.fixture
def simulator(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Simulator]:
    """The vendor's host, for whatever calls it by https in this process."""
    tls, trusted = server_context(tmp_path, [*LOCAL, HOST])
    with SimulatorServer(simulator, tls=tls) as server, proxy_to(_port(server)) as proxy:
        for variable in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, proxy)
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        yield simulator


def _port(server: SimulatorServer) -> int:
    return urlsplit(server.url).port or 0


def ok(answer: Any) -> dict[str, Any]:
    """An answer's fields, whatever the client made of it."""
    assert answer is not None
    found: dict[str, Any] = answer if isinstance(answer, dict) else answer.json()
    assert found["ErrorCode"] == 0, found
    return found


@pytest.fixture
def sdk() -> ModuleType:
    return imported("tencentcloud_im.tcim_client")


@pytest.fixture
def tim(simulator: Simulator, sdk: ModuleType) -> Any:
    """The client of tencentcloud-sdk-python-im, with four accounts."""
    tim = sdk.TCIMClient(APP["SDK_APP_ID"], APP["SECRET_KEY"], APP["ADMIN"])
    ok(tim.add_single_user("ann", "安", ""))
    assert ok(tim.batch_add_users(["bob", "cyd", "dan", "x" * 40]))["FailAccounts"] == ["x" * 40]
    return tim


def test_tencentcloud_sdk_python_im_on_accounts_and_groups(tim: Any, sdk: ModuleType) -> None:
    states = ok(tim.search_user(["ann", "eve"]))["ResultItem"]
    assert [row["AccountStatus"] for row in states] == ["Imported", "NotImported"]
    assert ok(tim.check_user_online(["ann"]))["QueryResult"][0]["Status"] == "Offline"
    ok(tim.abolition_user_sig("ann"))

    group = sdk.GroupObj(
        "ann", "Public", "Club", mem_list=[sdk.GroupMemObj("bob")], group_id="club"
    )
    assert ok(tim.create_group(group))["GroupId"] == "club"
    assert ok(tim.get_group())["GroupIdList"] == [{"GroupId": "club"}]
    info = ok(tim.get_group_detail(["club"]))["GroupInfo"][0]
    assert [row["Member_Account"] for row in info["MemberList"]] == ["ann", "bob"]
    ok(tim.import_group_members("club", [sdk.GroupMemObj("cyd", "Admin")]))
    ok(tim.forbid_send_msg("club", ["bob"], 60))
    muted = ok(tim.get_group_shutup_list("club"))["ShuttedUinList"]
    assert [row["Member_Account"] for row in muted] == ["bob"]
    assert ok(tim.get_group_mem_info_detail("club"))["MemberNum"] == 3
    ok(tim.set_group_unread_msg_num("club", "bob", 0))
    seat = [sdk.GroupAppDefinedData("seat", "A1")]
    ok(tim.update_group_mem_info("club", "bob", namecard="B", appMemDefineData=seat, shutUpTime=9))
    ok(tim.update_group_baseinfo("club", "Readers", shutUpFlag="Off", appDefineData=seat))
    assert ok(tim.get_mem_role_in_group("club", ["bob"]))["UserIdList"][0]["Role"] == "Member"
    assert ok(tim.get_joined_groups("bob", 10, 0, "Public", ["Name"], ["Role"]))["TotalCount"] == 1
    ok(tim.change_group_owner("club", "cyd"))
    ok(tim.delete_group_mem("club", ["bob"]))


def test_tencentcloud_sdk_python_im_on_group_messages(
    tim: Any, sdk: ModuleType, simulator: Simulator
) -> None:
    text = [sdk.MessageText("hello")]
    ok(tim.create_group(sdk.GroupObj("ann", "Public", "Club", group_id="club")))
    sent = ok(tim.send_group_message("club", text, from_account="ann"))
    shown = ok(tim.get_msg_in_group("club", 5))["RspMsgList"]
    assert shown[0]["MsgBody"][0]["MsgContent"]["Text"] == "hello"
    recalled = ok(tim.recall_group_message("club", [sent["MsgSeq"]]))["RecallRetList"]
    assert recalled[0]["RetCode"] == 0
    ok(tim.send_system_message_in_group("club", "closing"))
    ok(tim.update_group_attr("club", [sdk.GroupAttr("a", "1")]))
    ok(tim.get_group_attr("club"))
    ok(tim.clean_group_attr("club"))
    ok(tim.create_group(sdk.GroupObj("ann", "AVChatRoom", "Stage", group_id="stage")))
    assert ok(tim.get_online_member_num("stage"))["OnlineMemberNum"] == 0
    ok(tim.delete_group_msg_by_sender("club", "ann"))

    ok(tim.create_group(sdk.GroupObj("ann", "Public", "Old", group_id="old")))
    old = sdk.GroupMessageObj("ann", simulator.clock.seconds(), text)
    old_ones = ok(tim.import_message_to_group("old", messages=[old]))["ImportMsgResult"]
    assert old_ones[0]["Result"] == 0
    ok(tim.delete_group("old"))


def test_tencentcloud_sdk_python_im_on_messages_and_friends(
    tim: Any, sdk: ModuleType, simulator: Simulator
) -> None:
    text = [sdk.MessageText("hello")]
    ok(tim.import_message_to_im(sdk.MessageObj("ann", "bob", text), simulator.clock.seconds()))
    said = ok(tim.send_message(sdk.MessageObj("ann", "bob", text)))
    ok(tim.batch_send_message(sdk.BatchMessageObj("ann", ["bob", "cyd"], text)))
    assert ok(tim.get_unread_num("bob", ["ann"]))["C2CUnreadMsgNumList"]
    roamed = ok(tim.get_message_list("ann", "bob", 10, 0, said["MsgTime"] + 60))
    assert said["MsgKey"] in [row["MsgKey"] for row in roamed["MsgList"]]
    ok(tim.set_user_message_read("bob", "ann"))
    ok(tim.draw_message("ann", "bob", said["MsgKey"]))

    ok(tim.add_friend("ann", [sdk.FriendObj("bob", "web")]))
    remark = sdk.UpdateFriendObj("bob", [sdk.SnsItemObj("Tag_SNS_IM_Remark", "Bobby")])
    ok(tim.update_friend("ann", [remark]))
    ok(tim.add_sns_group("ann", ["readers"], ["bob"]))
    assert ok(tim.get_sns_group("ann"))["ResultItem"][0]["To_Account"] == ["bob"]
    known = ok(tim.get_target_friends("ann", ["bob"], ["Tag_SNS_IM_Remark"]))["InfoItem"]
    assert known[0]["SnsProfileItem"] == [{"Tag": "Tag_SNS_IM_Remark", "Value": "Bobby"}]
    assert ok(tim.get_friends("ann"))["FriendNum"] == 1
    ok(tim.delete_sns_group("ann", ["readers"]))
    ok(tim.delete_friends("ann", ["bob"]))
    assert ok(tim.del_user(["dan"]))["ResultItem"][0]["ResultCode"] == 0


@pytest.fixture
def timsdk(simulator: Simulator) -> Any:
    """The client of timsdk, with three accounts."""
    tim = imported("timsdk").TimClient(APP["SDK_APP_ID"], APP["SECRET_KEY"], APP["ADMIN"])
    ok(tim.im_open_login_svc.account_import("ann", nick="安"))
    ok(tim.im_open_login_svc.im_open_login_svc(["bob", "cyd"]))
    return tim


def test_timsdk_on_accounts(timsdk: Any) -> None:
    login, tim = timsdk.im_open_login_svc, timsdk
    assert ok(login.account_check(["ann"]))["ResultItem"][0]["AccountStatus"] == "Imported"
    ok(login.kick("ann"))
    assert ok(tim.open_im.query_state(["ann"]))["QueryResult"][0]["State"] == "Offline"
    items = [{"Tag": "Tag_Profile_IM_SelfSignature", "Value": "读书"}]
    ok(tim.profile.portrait_set("ann", items))
    profile = ok(tim.profile.portrait_get(["ann"]))["UserProfileItem"][0]["ProfileItem"]
    assert items[0] in profile

    ok(tim.open_config_svr.set_no_speaking("ann", 60, 60))
    assert ok(tim.open_config_svr.get_no_speaking("ann"))["C2CmsgNospeakingTime"] > 0
    ok(tim.open_config_svr.get_app_info())
    ok(login.account_delete(["cyd"]))


def test_timsdk_on_groups(timsdk: Any) -> None:
    group = timsdk.group_open_http_svc
    group_id = ok(group.create_group("Club", "ann", [{"Member_Account": "bob"}]))["GroupId"]
    assert ok(group.get_app_id_group_list())["TotalCount"] == 1
    ok(group.add_group_member(group_id, [{"Member_Account": "cyd"}]))
    ok(group.modify_group_base_info(group_id, shut_up_all_member="On"))
    ok(group.modify_group_base_info(group_id, shut_up_all_member="Off"))
    ok(group.modify_group_member_info(group_id, "bob", role="Admin", shut_up_time=60))
    assert ok(group.get_group_shut_uin(group_id))["ShuttedUinList"]
    ok(group.forbid_send_msg(group_id, ["bob"], 0))
    assert ok(group.get_role_in_group(group_id, ["bob"]))["UserIdList"][0]["Role"] == "Admin"
    assert ok(group.get_joined_group_list("cyd"))["TotalCount"] == 1
    body = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}]
    assert ok(group.send_group_msg(group_id, body))["MsgSeq"] == 1
    assert ok(group.group_msg_get_simple(group_id, 5))["RspMsgList"]
    ok(group.group_msg_recall(group_id, [{"MsgSeq": 1}]))
    ok(group.send_group_system_notification(group_id, "closing"))
    assert ok(group.get_group_info([group_id]))["GroupInfo"][0]["Name"] == "Club"
    assert ok(group.get_group_member_info(group_id, 10))["MemberNum"] == 3
    ok(group.set_unread_msg_num(group_id, "bob", 0))
    old_id = ok(group.import_group("Old", "ann", create_time=1_600_000_000))["GroupId"]
    ok(group.import_group_member(old_id, [{"Member_Account": "bob", "JoinTime": 1_600_000_100}]))
    old = {"From_Account": "bob", "SendTime": 1_600_000_200, "Random": 1, "MsgBody": body}
    assert ok(group.import_group_msg(old_id, [old]))["ImportMsgResult"][0]["Result"] == 0
    ok(group.delete_group_member(group_id, ["cyd"]))
    ok(group.change_group_owner(group_id, "bob"))
    ok(group.destroy_group(group_id))


def test_timsdk_on_messages_and_friends(timsdk: Any) -> None:
    tim, sns = timsdk, timsdk.sns
    sent = ok(tim.open_im.send_text_msg("bob", "hello", "ann"))
    ok(tim.open_im.batch_send_text_msg(["bob", "cyd"], "hello", "ann"))
    ok(tim.open_im.import_text_msg("bob", "ann", "of old"))
    ok(tim.open_im.admin_msg_withdraw("bob", "ann", sent["MsgKey"]))
    friend = [{"To_Account": "bob", "AddSource": "AddSource_Type_Web"}]
    ok(sns.friend_add("ann", friend))
    assert ok(sns.friend_check("ann", ["bob"]))["InfoItem"][0]["Relation"].endswith("BothWay")
    ok(sns.black_list_add("ann", ["cyd"]))
    assert ok(sns.black_list_get("ann"))["BlackListItem"][0]["To_Account"] == "cyd"
    ok(sns.black_list_delete("ann", ["cyd"]))
    remark = {"Tag": "Tag_SNS_IM_Remark", "Value": "Bobby"}
    ok(sns.friend_update("ann", [{"To_Account": "bob", "SnsItem": [remark]}]))
    assert ok(sns.friend_get("ann"))["FriendNum"] == 1
    assert remark in ok(sns.friend_get_list("ann", ["bob"]))["InfoItem"][0]["SnsProfileItem"]
    ok(sns.group_add("ann", ["readers"], ["bob"]))
    ok(sns.group_delete("ann", ["readers"]))
    ok(sns.friend_delete("ann", ["bob"]))
    ok(sns.friend_import("ann", friend))
    ok(sns.black_list_check("ann", ["bob"]))
    ok(sns.friend_delete_all("ann"))
    archive = tim.open_msg_svc.get_history("C2C")
    assert archive["ErrorCode"] in (0, 1004)  # an hour without a message has no archive
