"""Callbacks at a steady rate: how soon each is answered, and whether one is lost.

    python -m benchmarks.callbacks                 a short look
    FULL=1 python -m benchmarks.callbacks          a minute each; a full sync of 100,000 groups
    ONLY=callbacks_before python -m benchmarks.callbacks

``ratio`` is the share that was answered within the bar's time: for ``callbacks_before`` 100 ms at
1,000 a second, with cached rules and no database; for ``callbacks_during_sync_…`` 1 s at 200 a
second, while a sync writes the same groups and a worker handles the events. ``detail`` has the
p50 and p99 in milliseconds, and what was lost, failed or refused. A request's time runs from when
it was due, so that a server that stops does not hide behind a client that waits. The server is
gunicorn, two processes of eight threads; the client is a process on the same machine.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .support import project
from .support.figures import FULL, Figure, asked_for, show
from .support.stub import Stub, group_id_of

TOKEN = "the benchmark's token"  # noqa: S105
APP_ID = 1400000000
CONNECTIONS = 32
GUNICORN = {
    "workers": 2,
    "worker_class": "gthread",
    "threads": 8,
    "keepalive": 60,
    "loglevel": "warning",
}
BEFORE_RATE, AFTER_RATE = 1000, 200
SECONDS = 60.0 if FULL else 3.0
GROUPS = 100_000 if FULL else 2000
LATENCY = 0.05
PATIENCE = 120.0


def main() -> None:
    figures: list[Figure] = []
    if asked_for("callbacks_before"):
        figures.append(_before())
    for vendor in ("postgresql", "mariadb"):
        if asked_for(f"callbacks_during_sync_{vendor}"):
            figures.append(_during_sync(vendor))
    show(figures)


def _before() -> Figure:
    with _server("sqlite") as port:
        taken = asyncio.run(_fire(port, BEFORE_RATE, _group_message))
    return _figure("callbacks_before", taken, within=0.1, bar=">= 0.99")


def _during_sync(vendor: str) -> Figure:
    with Stub(groups=GROUPS, latency=LATENCY) as stub:
        _role("migrate", vendor, stub.url).wait()
        with _server(vendor, stub.url) as port:
            worker = _role("work", vendor, stub.url)
            sync = _role("sync", vendor, stub.url)
            taken = asyncio.run(_fire(port, AFTER_RATE, _membership))
            synced = sync.wait(3600)
            counts = json.loads(_output("count", vendor, stub.url))
            worker.terminate()
            worker.wait()
    counts["lost"] = len(taken) - counts.pop("stored")
    name = f"callbacks_during_sync_{vendor}"
    return _figure(name, taken, within=1.0, bar=">= 0.99", **counts, sync=synced)


def _figure(
    name: str, taken: list[float | None], *, within: float, bar: str, **detail: Any
) -> Figure:
    """``taken`` holds a request's seconds, or None for one that was not answered with OK."""
    good = sorted(one for one in taken if one is not None)
    ratio = sum(one <= within for one in good) / len(taken)
    about = {
        "p50": round(_quantile(good, 0.5) * 1000, 1),
        "p99": round(_quantile(good, 0.99) * 1000, 1),
        "requests": len(taken),
        "refused": len(taken) - len(good),
    }
    return Figure(name, ratio, bar, {**about, **detail})


def _quantile(values: list[float], part: float) -> float:
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


# The client

Body = Callable[[int], tuple[str, dict[str, Any]]]


def _group_message(number: int) -> tuple[str, dict[str, Any]]:
    said = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": f"message {number}"}}]
    about = {"GroupId": "@TGS#1", "From_Account": f"user{number % 1000:06d}", "Type": "Public"}
    return "Group.CallbackBeforeSendMsg", {**about, "Random": number, "MsgBody": said}


def _membership(number: int) -> tuple[str, dict[str, Any]]:
    """Joins, leaves and new names of the groups that the sync writes."""
    about = {"GroupId": group_id_of(number * 7 % GROUPS), "Type": "Public"}
    users = [{"Member_Account": f"user{number % 5000:06d}"}]
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("Group.CallbackAfterNewMemberJoin", {"JoinType": "Apply", "NewMemberList": users}),
        ("Group.CallbackAfterMemberExit", {"ExitType": "Quit", "ExitMemberList": users}),
        ("Group.CallbackAfterGroupInfoChanged", {"Name": f"name {number}"}),
    ]
    command, more = kinds[number % len(kinds)]
    return command, {**about, **more, "EventTime": 1_700_000_000_000 + number}


async def _fire(port: int, rate: int, body: Body) -> list[float | None]:
    """Send at a steady rate; the seconds of each request from when it was due."""
    total = int(rate * SECONDS)
    taken: list[float | None] = [None] * total
    due: asyncio.Queue[int] = asyncio.Queue()
    begin = time.perf_counter() + 0.2

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (number := await due.get()) >= 0:
            writer.write(_request(number, body))
            if await _is_ok(reader):
                taken[number] = time.perf_counter() - begin - number / rate
        writer.close()

    clients = [asyncio.create_task(connection()) for _ in range(CONNECTIONS)]
    for number in range(total):
        pause = begin + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        due.put_nowait(number)
    for _ in clients:
        due.put_nowait(-1)
    await asyncio.gather(*clients)
    return taken


def _request(number: int, body: Body) -> bytes:
    command, fields = body(number)
    stamp = str(int(time.time()))
    sign = sha256(f"{TOKEN}{stamp}".encode()).hexdigest()
    query = {"SdkAppid": APP_ID, "CallbackCommand": command, "Sign": sign, "RequestTime": stamp}
    content = json.dumps({"CallbackCommand": command, **fields}).encode()
    head = (
        f"POST /tim/callback/default/?{urlencode(query)} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _is_ok(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    content = await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200") and json.loads(content)["ErrorCode"] == 0


# The other processes


@contextmanager
def _server(vendor: str, host: str = "http://127.0.0.1:1") -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = _role("serve", vendor, host, str(port))
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.callbacks", *arguments]


def _role(*arguments: str) -> subprocess.Popen[bytes]:
    here = Path(__file__).resolve().parent.parent
    return subprocess.Popen(_command(*arguments), cwd=here)  # noqa: S603


def _output(*arguments: str) -> str:
    here = Path(__file__).resolve().parent.parent
    done = subprocess.run(  # noqa: S603
        _command(*arguments), cwd=here, check=True, capture_output=True, text=True
    )
    return done.stdout


def _set_up(vendor: str, host: str) -> None:
    from celery import current_app
    from django.conf import settings
    from django.db import connections

    project.set_up(vendor, host, CALLBACK_TOKENS=[TOKEN])
    settings.ROOT_URLCONF = "benchmarks.support.urls"
    settings.ALLOWED_HOSTS = ["*"]
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    connections.settings["default"]["CONN_MAX_AGE"] = 60  # as servers have it
    current_app.conf.broker_url = "memory://"


def _migrate() -> None:
    project.fresh(sys.argv[2])


def _serve() -> None:
    """A server as projects have it, with a receiver that decides by words it has in memory."""
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    from django_tim.signals import callback
    from django_tim.webhooks import Veto

    forbidden = {"casino", "lottery"}

    def judge(event: Any, **kwargs: Any) -> Veto | None:
        return Veto(10101) if forbidden & set(event.text.split()) else None

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in {**GUNICORN, "bind": f"127.0.0.1:{sys.argv[4]}"}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return get_wsgi_application()

    callback.connect(judge, command="Group.CallbackBeforeSendMsg", weak=False)
    Server().run()


def _work() -> None:
    """The worker: what ``process_callbacks`` does, without a broker."""
    from django_tim.webhooks import processing

    while True:
        if not processing.drain(10):
            time.sleep(0.05)


def _sync() -> None:
    from django_tim import tasks
    from django_tim.services import runs

    run = runs.start("sync_groups")
    while run.status not in run.FINISHED:
        tasks.run_sync(run.pk)
        run.refresh_from_db()
    sys.exit(run.status != "succeeded")


def _count() -> None:
    """Wait until all is handled; print what became of it."""
    from django_tim.models import CallbackEvent

    rows = CallbackEvent.objects.all()
    end = time.monotonic() + PATIENCE
    while rows.filter(state__in=("waiting", "claimed")).exists() and time.monotonic() < end:
        time.sleep(0.5)
    counts = {
        "stored": rows.count(),
        "done": rows.filter(state="done").count(),
        "deadlocks": rows.filter(error__icontains="deadlock").count(),
    }
    print(json.dumps(counts))


ROLES = {"serve": _serve, "work": _work, "sync": _sync, "count": _count, "migrate": _migrate}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        _set_up(sys.argv[2], sys.argv[3])
        ROLES[sys.argv[1]]()
    else:
        main()
