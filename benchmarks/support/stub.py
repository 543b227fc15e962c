"""A fast stand-in for the service: canned answers of the right size after a fixed latency.

The simulator checks and keeps everything, which costs more than what is measured. This one
reads no more of a call than it must, and answers some thousand calls a second on part of a core.

    with Stub(groups=100_000, latency=0.05) as stub:
        AppConfig(base_url=stub.url, …)
        stub.tell(changed=0.01)  # from now on, one group in a hundred has another name
        stub.calls()             # how many calls of each command there were

It answers get_appid_group_list, get_group_info (26 fields a group), get_group_member_info,
account_check and portrait_get; a bare OK to everything else, imports among them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

OK = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"",'
PAGE = 10_000
RENDERED = 100_000  # some 130 MB
TYPES = ("Public", "Private", "ChatRoom", "Community")
GROUP = (
    '{{"GroupId":"{id}","ErrorCode":0,"ErrorInfo":"","Type":"{type}","Name":"Group 群 {name}",'
    '"Appid":1400000000,"Introduction":"{filler}","Notification":"{filler}",'
    '"FaceUrl":"https://example.com/groups/{number}/face.png","Owner_Account":"user{owner:06d}",'
    '"CreateTime":{time},"InfoSeq":12,"LastInfoTime":{time},"LastMsgTime":{time},'
    '"NextMsgSeq":{number},"MemberNum":{members},"MaxMemberNum":6000,'
    '"ApplyJoinOption":"NeedPermission","InviteJoinOption":"FreeAccess","MuteAllMember":"Off",'
    '"SupportTopic":0,"OnlineMemberNum":0,"IsSupportTopic":0,"EnablePermissionGroup":0,'
    '"DefaultPermissions":0,"HideMemberList":"Off","VisibleNum":0,"Flag":0}}'
)
FILLER = "Everything that people wanted to say about it. 大家想说的一切。 " * 4
MEMBER = (
    '{{"Member_Account":"user{user:06d}","Role":"{role}","JoinTime":{time},"MsgSeq":7,'
    '"MsgFlag":"AcceptAndNotify","LastSendMsgTime":{time},"MuteUntil":0,"NameCard":"Card {user}"}}'
)
PROFILE = (
    '{{"To_Account":"{id}","ResultCode":0,"ResultInfo":"","ProfileItem":['
    '{{"Tag":"Tag_Profile_IM_Nick","Value":"Nick {id}"}},'
    '{{"Tag":"Tag_Profile_IM_Image","Value":"https://example.com/{id}.png"}}]}}'
)
CHECKED = '{{"UserID":"{id}","ResultCode":0,"ResultInfo":"","AccountStatus":"Imported"}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
SINCE = 1_700_000_000


class Answers:
    """What each command is answered, by its name."""

    def __init__(self, groups: int, members: int) -> None:
        self.groups, self.members = groups, members
        self.changed = 0.0
        self.counts: Counter[str] = Counter()
        self._pages: dict[int, bytes] = {}
        self._rendered: dict[str, str] = {}

    def to(self, command: str, body: bytes) -> bytes:
        """The answer to a call."""
        self.counts[command] += 1
        answer = getattr(self, f"_{command}", None)
        return answer(body) if answer else (OK[:-1] + "}").encode()

    def control(self, body: bytes) -> bytes:
        """Set what is told, and answer the counts so far, which begin anew."""
        told = json.loads(body)
        if told.get("changed", self.changed) != self.changed:
            self.changed = told["changed"]
            self.render()
        counts, self.counts = self.counts, Counter()
        return json.dumps(counts).encode()

    def _get_appid_group_list(self, body: bytes) -> bytes:
        asked = json.loads(body)
        limit = asked.get("Limit", PAGE)
        start = asked.get("Next", 0)
        if start not in self._pages:
            end = min(start + limit, self.groups)
            rows = ",".join(
                f'{{"GroupId":"{group_id_of(number)}"}}' for number in range(start, end)
            )
            following = end if end < self.groups else 0
            tail = f'"TotalCount":{self.groups},"Next":{following},"GroupIdList":[{rows}]}}'
            self._pages[start] = (OK + tail).encode()
        return self._pages[start]

    def _get_group_info(self, body: bytes) -> bytes:
        ids = json.loads(body)["GroupIdList"]
        rows = ",".join([self._rendered.get(one) or self._group(one) for one in ids])
        return f'{OK}"GroupInfo":[{rows}]}}'.encode()

    def render(self) -> None:
        """Have the groups ready, so that their making takes no time from who is measured."""
        ready = range(min(self.groups, RENDERED))
        self._rendered = {(one := group_id_of(number)): self._group(one) for number in ready}

    def _group(self, group_id: str) -> str:
        number = int(group_id[6:])
        changed = number % 10_000 < self.changed * 10_000
        return GROUP.format(
            id=group_id,
            type=TYPES[number % 3],
            name=f"{number} again" if changed else number,
            number=number,
            filler=FILLER,
            owner=number % 5000,
            time=SINCE + number % 1_000_000,
            members=self.members,
        )

    def _get_group_member_info(self, body: bytes) -> bytes:
        asked = json.loads(body)
        first, start = int(asked["GroupId"][6:]) * 37, asked.get("Offset", 0)
        end = min(start + asked.get("Limit", 100), self.members)
        rows = ",".join(
            MEMBER.format(
                user=(first + place) % 100_000,
                role="Member" if place else "Owner",
                time=SINCE + place,
            )
            for place in range(start, end)
        )
        return f'{OK}"MemberNum":{self.members},"MemberList":[{rows}]}}'.encode()

    def _account_check(self, body: bytes) -> bytes:
        rows = ",".join(CHECKED.format(id=row["UserID"]) for row in json.loads(body)["CheckItem"])
        return f'{OK}"ResultItem":[{rows}]}}'.encode()

    def _portrait_get(self, body: bytes) -> bytes:
        rows = ",".join(PROFILE.format(id=one) for one in json.loads(body)["To_Account"])
        return f'{OK}"UserProfileItem":[{rows}]}}'.encode()


def group_id_of(number: int) -> str:
    return f"@TGS#1{number:08d}"


class Protocol(asyncio.Protocol):
    """Just enough of HTTP/1.1: requests with a Content-Length, one after the other."""

    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers, self._latency = answers, latency
        self._read = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._read) < end + 4 + length:
                return
            body = self._read[end + 4 : end + 4 + length]
            path = self._read.split(b" ", 2)[1].split(b"?", 1)[0].decode()
            self._read = self._read[end + 4 + length :]
            self._answer(path, body)

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/control":
            self._send(self._answers.control(body))
            return
        content = self._answers.to(path.rsplit("/", 1)[1], body)
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._send, content)
        else:
            self._send(content)

    def _send(self, content: bytes) -> None:
        if not self._transport.is_closing():
            head = HEAD + str(len(content)).encode()
            self._transport.write(head + b"\r\n\r\n" + content)


class Stub:
    """A stub in a process of its own, while it is entered."""

    def __init__(self, *, groups: int = 0, members: int = 10, latency: float = 0.05) -> None:
        self._arguments = {"groups": groups, "members": members, "latency": latency}
        self.url = ""

    def __enter__(self) -> Stub:
        arguments = [f"--{name}={value}" for name, value in self._arguments.items()]
        self._process = subprocess.Popen(  # noqa: S603  (ourselves)
            [sys.executable, "-m", "benchmarks.support.stub", *arguments],
            cwd=Path(__file__).resolve().parent.parent.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def tell(self, **what: Any) -> None:
        """Change how it answers: ``changed`` is the share of groups with another name."""
        self._control(what)

    def calls(self) -> dict[str, int]:
        """The calls by command since this was last asked."""
        return self._control({})

    def _control(self, told: dict[str, Any]) -> dict[str, int]:
        request = Request(f"{self.url}/control", data=json.dumps(told).encode())  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310  (our own process)
            counts: dict[str, int] = json.load(answer)
            return counts


async def _serve(options: argparse.Namespace) -> None:
    answers = Answers(options.groups, options.members)
    answers.render()
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = await asyncio.get_running_loop().create_server(
        lambda: Protocol(answers, options.latency), sock=listening
    )
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve until ended; the URL is printed.")
    parser.add_argument("--groups", type=int, default=0)
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
