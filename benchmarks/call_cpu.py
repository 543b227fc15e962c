"""CPU of ``tim.call``, typed, paced, signed and parsed, against bare requests.

    python -m benchmarks.call_cpu              a short look
    FULL=1 python -m benchmarks.call_cpu       the full size

The exchange is get_group_info of 50 groups, an answer of some 60 KB, with a stub that answers at
once. Both ways are tried in turn, in lots, and the CPU time of this process alone is counted; the
ratio is of the medians. Bare means ``requests.Session().post(url, params=…, json=…).json()``
with a signature made beforehand.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import requests

from benchmarks.support.figures import FULL, Figure, asked_for, show
from benchmarks.support.stub import Stub
from django_tim.catalogue import GROUP_INFO
from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.pacing.memory import MemoryBackend
from django_tim.pacing.reserving import ReservingPacer

CALLS = 200 if FULL else 20
LOTS = 15 if FULL else 5
NO_LIMIT = 1_000_000.0


def main() -> None:
    if asked_for("call_cpu"):
        with Stub(groups=1000, latency=0) as stub:
            show([measure(stub.url)])


def measure(url: str) -> Figure:
    """Both ways in turn."""
    config = AppConfig(
        sdk_app_id=1400000000,
        secret_key="benchmark",  # noqa: S106  (the stub looks at no signature)
        base_url=url,
        rate_share=1,
        rates={GROUP_INFO.path: NO_LIMIT},
    )
    tim = Tim(config, pacer=ReservingPacer(MemoryBackend()))
    session = requests.Session()
    ids = [f"@TGS#1{number:08d}" for number in range(50)]
    payload = {"GroupIdList": ids, "ResponseFilter": {"GroupBaseInfoFilter": ["Name", "Type"]}}
    query = {name: str(value) for name, value in tim._query(tim._signature.get()).items()}

    def ours() -> object:
        return tim.call(GROUP_INFO, payload)["GroupInfo"]

    def bare() -> object:
        answer = session.post(f"{url}/v4/{GROUP_INFO.path}", params=query, json=payload).json()
        return answer["GroupInfo"]

    spent: dict[str, list[float]] = {"ours": [], "bare": []}
    assert ours() == bare()
    for _ in range(LOTS):
        spent["bare"].append(cpu_of(bare))
        spent["ours"].append(cpu_of(ours))
    medians = {name: statistics.median(lots) for name, lots in spent.items()}
    detail = {f"{name}_us": round(seconds * 1e6) for name, seconds in medians.items()}
    return Figure("call_cpu", medians["ours"] / medians["bare"], "≤ 1.0", {**detail, "lots": LOTS})


def cpu_of(call: Callable[[], object]) -> float:
    """Seconds of CPU of one call, the mean of a lot."""
    start = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - start) / CALLS


if __name__ == "__main__":
    main()
