"""The simulator as clients meet it that speak HTTP in ways of their own, byte by byte."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from TLSSigAPIv2 import TLSSigAPIv2

from django_tim.simulator import Simulator, SimulatorServer
from tests.conftest import APP

BODY = '{"UserID": "ann", "Nick": "安"}'.encode()
OK = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}


def usersig() -> str:
    return str(TLSSigAPIv2(APP["SDK_APP_ID"], APP["SECRET_KEY"]).gen_sig(APP["ADMIN"]))


def target(path: str = "im_open_login_svc/account_import", **changes: str) -> str:
    query = {"sdkappid": APP["SDK_APP_ID"], "identifier": APP["ADMIN"], "usersig": usersig()}
    query |= {"random": "4294967295", "contenttype": "json"} | changes
    return f"/v4/{path}?{urlencode(query)}"


class Wire:
    """One connection, on which requests are written as they are given."""

    def __init__(self, server: SimulatorServer) -> None:
        address = server.url.rpartition("/")[2].split(":")
        self._socket = socket.create_connection((address[0], int(address[1])), timeout=10)
        self._stream = self._socket.makefile("rb")

    def send(self, *parts: str | bytes) -> None:
        for part in parts:
            self._socket.sendall(part.encode() if isinstance(part, str) else part)

    def head(self) -> tuple[str, dict[str, str]]:
        """The status line, and the headers in lower case."""
        status = self._stream.readline().decode().strip()
        headers = {}
        while line := self._stream.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers

    def answer(self) -> dict[str, Any]:
        status, headers = self.head()
        assert status.endswith("200 OK"), status
        found: dict[str, Any] = json.loads(self._stream.read(int(headers["content-length"])))
        return found

    def closed(self) -> bool:
        return self._stream.read(1) == b""

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


@pytest.fixture
def wire(server: SimulatorServer) -> Iterator[Wire]:
    wire = Wire(server)
    yield wire
    wire.close()


def test_lower_case_headers_and_no_content_type(wire: Wire, simulator: Simulator) -> None:
    wire.send(f"POST {target()} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(BODY)}\r\n\r\n", BODY)
    assert wire.answer() == OK
    assert simulator.state.accounts["ann"].tags["Tag_Profile_IM_Nick"] == "安"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "x/y; q=1"])
def test_any_content_type(wire: Wire, kind: str) -> None:
    head = f"POST {target()} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
    wire.send(head, f"Content-Length: {len(BODY)}\r\n\r\n", BODY)
    assert wire.answer() == OK


def test_a_body_in_chunks_and_the_next_request_behind_it(wire: Wire, simulator: Simulator) -> None:
    head = f"POST {target()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    for _ in range(2):
        wire.send(head, b"A;ext=1\r\n", BODY[:10], b"\r\n")
        wire.send(f"{len(BODY) - 10:x}\r\n", BODY[10:], b"\r\n0\r\nTrailer: x\r\n\r\n")
        assert wire.answer() == OK
    assert simulator.requests[-1].body == json.loads(BODY)


def test_http_1_0_with_and_without_keep_alive(wire: Wire) -> None:
    head = f"POST {target()} HTTP/1.0\r\nContent-Length: {len(BODY)}\r\n"
    wire.send(head, "Connection: Keep-Alive\r\n\r\n", BODY)
    status, headers = wire.head()
    assert (status.split()[1], headers["connection"]) == ("200", "keep-alive")
    wire._stream.read(int(headers["content-length"]))
    wire.send(head, "\r\n", BODY)
    assert wire.answer() == OK
    assert wire.closed()


def test_a_client_that_asks_before_it_sends(wire: Wire) -> None:
    head = f"POST {target()} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
    wire.send(head, f"Content-Length: {len(BODY)}\r\n\r\n")
    assert wire.head()[0] == "HTTP/1.1 100 Continue"  # before a byte of the body was sent
    wire.send(BODY)
    assert wire.answer() == OK


def test_requests_one_behind_the_other_without_waiting(wire: Wire) -> None:
    request = f"POST {target()} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n"
    wire.send((request.encode() + BODY) * 3)
    assert [wire.answer() for _ in range(3)] == [OK] * 3


def test_a_query_in_another_order_with_everything_encoded(wire: Wire) -> None:
    signature = "".join(f"%{ord(letter):02x}" for letter in usersig())
    query = f"contenttype=json&random=1&usersig={signature}&identifier={quote(APP['ADMIN'])}"
    path = f"/v4/im_open_login_svc/account_import?{query}&sdkappid={APP['SDK_APP_ID']}"
    wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n", BODY)
    assert wire.answer() == OK


def test_an_absolute_target_as_proxies_send_it(wire: Wire) -> None:
    where = f"http://console.tim.qq.com{target()}"
    wire.send(f"POST {where} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n", BODY)
    assert wire.answer() == OK


def test_a_get_reads_as_a_post_does(wire: Wire, simulator: Simulator) -> None:
    wire.send(
        f"GET {target('group_open_http_svc/get_appid_group_list')} HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert wire.answer()["TotalCount"] == 0


def test_an_empty_post_is_refused(wire: Wire) -> None:
    wire.send(f"POST {target()} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert wire.answer()["ErrorCode"] == 60003


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("Content-Length: many", b"", "400"),
        ("Content-Length: -1", b"", "400"),
        ("Content-Length: 99999999", b"", "413"),
        ("Transfer-Encoding: chunked", b"zz\r\n", "400"),
        ("Transfer-Encoding: chunked", b"2\r\nabc\r\n0\r\n\r\n", "400"),
        ("Transfer-Encoding: chunked", b"ffffffff\r\n", "413"),
        ("Transfer-Encoding: gzip", b"", "501"),
    ],
)
def test_what_is_no_http_is_refused(wire: Wire, headers: str, body: bytes, status: str) -> None:
    wire.send(f"POST {target()} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n", body)
    assert wire.head()[0].split()[1] == status


def test_a_client_that_goes_away_disturbs_nobody(
    server: SimulatorServer, wire: Wire, capfd: pytest.CaptureFixture[str]
) -> None:
    other = Wire(server)
    other.send(f"POST {target()} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf")
    other.close()
    wire.send(f"POST {target()} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n", BODY)
    assert wire.answer() == OK
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("im_open_login_svc/account_import", {"Identifier": "bob", "Type": 0}),
        ("im_open_login_svc/multiaccount_import", {"Accounts": ["bob", "cyd"]}),
        ("im_open_login_svc/kick", {"Identifier": "ann"}),
        ("openim/querystate", {"To_Account": ["ann"]}),
        ("group_open_http_svc/get_group_shutted_uin", {"GroupId": "club"}),
        (
            "group_open_http_svc/forbid_send_msg",
            {"GroupId": "club", "Members_Account": ["ann"], "ShutUpTime": 60},
        ),
        (
            "group_open_http_svc/modify_group_member_info",
            {"GroupId": "club", "Member_Account": "ann", "ShutUpTime": 60},
        ),
        (
            "group_open_http_svc/modify_group_base_info",
            {"GroupId": "club", "ShutUpAllMember": "On"},
        ),
        (
            "openim/admin_getroammsg",
            {"From_Account": "ann", "To_Account": "eve", "MaxCnt": 5, "MinTime": 0, "MaxTime": 9},
        ),
    ],
)
def test_names_of_earlier_years(
    wire: Wire, simulator: Simulator, path: str, body: dict[str, Any]
) -> None:
    for user_id in ("ann", "eve"):
        simulator.state.add_account(user_id)
    create = {"Type": "Public", "Name": "Club", "GroupId": "club", "Owner_Account": "ann"}
    for called, fields in (("group_open_http_svc/create_group", create), (path, body)):
        content = json.dumps(fields)
        head = f"POST {target(called)} HTTP/1.1\r\nHost: x\r\n"
        wire.send(head, f"Content-Length: {len(content)}\r\n\r\n{content}")
        answer = wire.answer()
        assert answer["ErrorCode"] == 0, answer


def test_curl(server: SimulatorServer, simulator: Simulator) -> None:
    curl = shutil.which("curl") or pytest.skip("needs curl")
    large = json.dumps({"UserID": "ann", "Nick": "n", "Pad": "x" * 70_000})  # curl asks first
    command = [curl, "-sS", "-X", "POST", "-d", "@-", server.url + target()]
    done = subprocess.run(command, input=large, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == OK
    assert "ann" in simulator.state.accounts


NODE = """
const [url, body] = process.argv.slice(1);
fetch(url, {method: "POST", body}).then((one) => one.json()).then((answer) => {
  console.log(JSON.stringify(answer));
});
"""


def test_node(server: SimulatorServer, simulator: Simulator) -> None:
    node = shutil.which("node") or pytest.skip("needs node")
    command = [node, "-e", NODE, server.url + target(), BODY.decode()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == OK
    assert simulator.state.accounts["ann"].tags["Tag_Profile_IM_Nick"] == "安"
