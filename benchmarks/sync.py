"""Syncs against the speed that the vendor's rates allow: 1 list call and 200 others a second.

    python -m benchmarks.sync                    a short look
    FULL=1 python -m benchmarks.sync             100,000 groups, 1,000,000 memberships, five rounds
    FULL=1 ONLY=sync_first_sqlite,sweep_postgresql python -m benchmarks.sync

``ratio`` is the shortest time that the rates allow for the calls of a sync, divided by the
time that it took; for ``sync_memory`` and ``sweep_postgresql`` see their functions. Every
sync runs in a process of its own, the stub in another, on the same machine.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .support import project
from .support.figures import FULL, ROUNDS, Figure, asked_for, show
from .support.stub import PAGE, Stub

LATENCY = 0.05
RATE, INFO_BATCH, MEMBER_PAGE = 200, 50, 100
GROUPS = 100_000 if FULL else 3000
MEMBER_GROUPS, MEMBERS = (2000, 500) if FULL else (50, 200)
MEMORY_GROUPS = (100_000, 1_000_000) if FULL else (20_000, 40_000)
SWEEP_ROWS = 1_000_000 if FULL else 20_000
PLAIN_GROUPS = 5000 if FULL else 200
VENDORS = ("sqlite", "postgresql", "mariadb")
FIRST_BARS = {"sqlite": ">= 0.97", "postgresql": ">= 0.97", "mariadb": ">= 0.85"}


def main() -> None:
    figures: list[Figure] = []
    for vendor in VENDORS:
        figures += _first_and_again(vendor)
    for measure in (_members, _memory, _sweep, _plain):
        figures += measure()
    show(figures)


# The figures


def _first_and_again(vendor: str) -> Iterator[Figure]:
    """A first sync, one of which nothing changed, and one of which one group in 100 did."""
    names = [f"sync_{what}_{vendor}" for what in ("first", "again", "changed")]
    if not any(asked_for(name) for name in names):
        return
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        with Stub(groups=GROUPS, latency=LATENCY) as stub:
            rounds[names[0]].append(_child("sync_groups", vendor, stub.url, fresh=True))
            rounds[names[1]].append(_child("sync_groups", vendor, stub.url))
            stub.tell(changed=0.01)
            rounds[names[2]].append(_child("sync_groups", vendor, stub.url))
    bars = (FIRST_BARS[vendor], ">= 0.98", ">= 0.98")
    for name, bar in zip(names, bars, strict=True):
        yield _speed(name, bar, rounds[name], _shortest_list(GROUPS))


def _members() -> Iterator[Figure]:
    """Members of all groups, and again with nothing moved."""
    first, again = "sync_members_postgresql", "sync_members_again_postgresql"
    if not asked_for(first) and not asked_for(again):
        return
    calls = MEMBER_GROUPS * -(-MEMBERS // MEMBER_PAGE)
    rounds: list[dict[str, Any]] = []
    repeats: list[dict[str, Any]] = []
    for _ in range(ROUNDS):
        with Stub(groups=MEMBER_GROUPS, members=MEMBERS, latency=LATENCY) as stub:
            _child("sync_groups", "postgresql", stub.url, fresh=True)
            stub.calls()
            rounds.append(_child("sync_members", "postgresql", stub.url))
            rounds[-1]["calls"] = sum(stub.calls().values())
            repeats.append(_child("sync_members", "postgresql", stub.url, changed=True))
            repeats[-1]["calls"] = sum(stub.calls().values())
    yield _speed(first, ">= 0.9", rounds, calls / RATE + LATENCY)
    share = statistics.median(one["calls"] for one in repeats) / calls
    figure = _speed(again, ">= 0.9", repeats, calls / RATE + LATENCY)
    detail = {**figure.detail, "calls_share": share}
    yield Figure(again, figure.ratio, figure.bar, detail)


def _memory() -> Iterator[Figure]:
    """Peak memory of a sync of ten times as many groups, divided by that of the smaller one."""
    if not asked_for("sync_memory"):
        return
    peaks = []
    for groups in MEMORY_GROUPS:
        with Stub(groups=groups, latency=0.0) as stub:
            found = _child("sync_groups", "postgresql", stub.url, fresh=True, unpaced=True)
        assert found["done"] == groups, found
        peaks.append(found["rss_mib"])
    detail = {"groups": MEMORY_GROUPS, "rss_mib": peaks}
    yield Figure("sync_memory", peaks[1] / peaks[0], "<= 1.2", detail)


def _sweep() -> Iterator[Figure]:
    """Our sweep of that many rows, one in 100 of them unseen, divided by a plain anti-join."""
    if asked_for("sweep_postgresql"):
        found = [_child("sweep", "postgresql", "", fresh=True) for _ in range(ROUNDS)]
        ratio = statistics.median(one["ours"] / one["plain"] for one in found)
        detail = {name: round(_median(found, name), 3) for name in ("ours", "plain")}
        yield Figure("sweep_postgresql", ratio, "<= 3", {**detail, "rows": SWEEP_ROWS})


def _plain() -> Iterator[Figure]:
    """One call after another with update_or_create, scaled to the same number of groups."""
    if not asked_for("plain_way"):
        return
    with Stub(groups=PLAIN_GROUPS, latency=LATENCY) as stub:
        plain = _child("plain", "sqlite", stub.url, fresh=True)
    with Stub(groups=GROUPS, latency=LATENCY) as stub:
        ours = _child("sync_groups", "sqlite", stub.url, fresh=True)
    scaled = plain["seconds"] * GROUPS / PLAIN_GROUPS
    detail = {
        "plain_seconds_scaled": round(scaled, 1),
        "measured_on": PLAIN_GROUPS,
        "our_seconds": round(ours["seconds"], 1),
    }
    yield Figure("plain_way", scaled / ours["seconds"], "", detail)


def _speed(name: str, bar: str, rounds: list[dict[str, Any]], shortest: float) -> Figure:
    detail = {
        "seconds": round(_median(rounds, "seconds"), 2),
        "shortest": round(shortest, 2),
        "cores": round(_median(rounds, "cpu") / _median(rounds, "seconds"), 2),
        "rss_mib": round(_median(rounds, "rss_mib")),
        "rows_written": rounds[-1]["written"],
        "rounds": len(rounds),
    }
    return Figure(name, shortest / _median(rounds, "seconds"), bar, detail)


def _shortest_list(groups: int) -> float:
    """Seconds: the last page comes one a second after the first, and then its own info calls."""
    pages = -(-groups // PAGE)
    last = groups - (pages - 1) * PAGE
    return (pages - 1) + last / INFO_BATCH / RATE + 2 * LATENCY


def _median(rounds: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(one[name] for one in rounds))


# What the processes do


def _child(task: str, vendor: str, url: str, **options: Any) -> dict[str, Any]:
    told = json.dumps({"task": task, "vendor": vendor, "url": url, **options})
    command = [sys.executable, "-m", "benchmarks.sync", told]
    here = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=here, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def child(told: dict[str, Any]) -> dict[str, Any]:
    """One task in this process, with its time, CPU and peak memory."""
    rates = dict.fromkeys(
        ("group_open_http_svc/get_appid_group_list", "group_open_http_svc/get_group_info"), 5000
    )
    app = {"RATES": rates} if told.get("unpaced") else {}
    project.set_up(told["vendor"], told["url"] or "http://127.0.0.1:1", **app)
    if told.get("fresh"):
        project.fresh(told["vendor"])
    if told["task"] == "sweep":
        return _sweep_both()
    from django_tim import sync  # noqa: F401  (before the clock runs)

    work = _plain_way if told["task"] == "plain" else lambda: _run(told)
    began, cpu = time.monotonic(), time.process_time()
    found = work()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "rss_mib": used.ru_maxrss / 1024,
        **found,
    }


def _run(told: dict[str, Any]) -> dict[str, Any]:
    """A sync as the worker does it, in one slice."""
    from django_tim import sync
    from django_tim.services import runs

    run = runs.start(told["task"], params={"changed": True} if told.get("changed") else {})
    assert runs.claim(run)
    assert sync.run_slice(run, 3600)
    assert run.status == "succeeded", (run.status, run.error)
    return {"written": run.created + run.updated + run.gone, "done": run.done}


def _plain_way() -> dict[str, Any]:
    """What is written without a library: a call, then a row, then the next call."""
    from django_tim.connection import tims
    from django_tim.models import Group
    from django_tim.services import mapping

    tim, written = tims["default"], 0
    for page in tim.groups.iterate_pages():
        ids = [row["GroupId"] for row in page["GroupIdList"]]
        for at in range(0, len(ids), INFO_BATCH):
            found = tim.groups.get_many(ids[at : at + INFO_BATCH], fields=mapping.GROUP_FIELDS)
            for info in found.values():
                columns = mapping.group_columns(info)  # type: ignore[arg-type]
                key = {"sdk_app_id": 1400000000, "group_id": columns.pop("group_id")}
                Group.objects.update_or_create(**key, defaults=columns)
                written += 1
    return {"written": written, "done": written}


def _sweep_both() -> dict[str, float]:
    """Seconds of our sweep and of a plain anti-join UPDATE, each of the same rows."""
    from django.db import connection

    from django_tim.services import runs
    from django_tim.sync.groups import GroupSync

    run = runs.start("sync_groups")
    assert runs.claim(run)
    with connection.cursor() as cursor:
        _fill(cursor, run.pk)

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE django_tim_group g SET gone_at = now(), digest = '' WHERE NOT EXISTS ("
                "SELECT FROM plain_seen s WHERE s.remote_id = g.group_id)"
            )

    seconds = {}
    ways: dict[str, Callable[[], Any]] = {"plain": plain, "ours": GroupSync(run).sweep}
    for name, sweep in ways.items():
        with _rolled_back():
            began = time.monotonic()
            sweep()
            seconds[name] = time.monotonic() - began
    return seconds


def _fill(cursor: Any, run_id: int) -> None:
    columns = (
        "(sdk_app_id, group_id, name, type, owner_account, member_num, max_member_num,"
        " apply_join_option, mute_all_member, next_msg_seq, members_mark, raw, digest, synced_at)"
    )
    cursor.execute(
        f"INSERT INTO django_tim_group {columns} SELECT 1400000000, '@TGS#1' || n, 'Group ' || n,"  # noqa: S608
        " 'Public', 'user1', 10, 6000, 'FreeAccess', false, 1, '',"
        " jsonb_build_object('Introduction', repeat('x', 800)),"
        " md5(n::text), now() - interval '1 day'"
        " FROM generate_series(1, %s) n",
        [SWEEP_ROWS],
    )
    cursor.execute(
        "CREATE TABLE plain_seen AS SELECT '@TGS#1' || n AS remote_id"
        " FROM generate_series(1, %s) n WHERE n %% 100 <> 0",
        [SWEEP_ROWS],
    )
    cursor.execute(
        "INSERT INTO django_tim_seenpage (run_id, ids) SELECT %s, jsonb_agg('@TGS#1' || n)"
        " FROM generate_series(1, %s) n WHERE n %% 100 <> 0 GROUP BY n / %s",
        [run_id, SWEEP_ROWS, PAGE],
    )
    for table in ("django_tim_group", "django_tim_seenpage", "plain_seen"):
        cursor.execute(f"ANALYZE {table}")


@contextmanager
def _rolled_back() -> Iterator[None]:
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(child(json.loads(sys.argv[1]))))
    else:
        main()
