"""``make demo``: a simulator, a worker, beat and the admin, with a data set already synced.

``--check`` compares the mirror with the simulator instead of serving, and exits 0 only if
they are equal. Everything lives in ``var/`` and begins anew at every start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from demo_failure import Failed

HERE = Path(__file__).resolve().parent
GROUPS, ACCOUNTS = 1200, 5000
PATIENCE = 120.0
GRACE = 7.0
stopping = threading.Event()


class Processes:
    """The demo's processes: all are ended, whatever happens."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start one, in a session of its own: a Ctrl-C is ours to pass on."""
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603  (our own commands)
                [sys.executable, *command],
                cwd=HERE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise Failed if one has ended, with the last it said."""
        for name, process in self._running.items():
            if process.poll() is not None:
                said = (self._logs / f"{name}.log").read_text(errors="replace")[-2000:]
                raise Failed(f"{name} ended with {process.returncode}:\n{said}")

    def stop(self) -> None:
        """End all of them: kindly, and after a while not."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--port", type=int, help="of the admin; 8000 unless told")
    parser.add_argument("--groups", type=int, default=GROUPS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    port = options.port or (_free_port() if options.check else 8000)
    var = HERE / ("var-check" if options.check else "var")
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir()
    os.environ["EXAMPLE_VAR"] = str(var)
    simulator = _free_port()
    os.environ["TIM_HOST"] = f"http://127.0.0.1:{simulator}"
    processes = Processes(var)
    try:
        _refuse_a_port_in_use(port)
        return _run(processes, options, port, simulator)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        processes.stop()


def _run(processes: Processes, options: argparse.Namespace, port: int, simulator: int) -> int:
    sys.path.insert(0, str(HERE))
    os.environ["DJANGO_SETTINGS_MODULE"] = "example.settings"
    import django

    django.setup()
    import demo_data
    import demo_users
    from django.conf import settings

    print("Making the database …", flush=True)
    password = demo_data.prepare(options.accounts)
    app = settings.DJANGO_TIM["default"]
    processes.start(
        "simulator",
        *("manage.py", "tim_simulator", "--port", str(simulator)),
        *("--sdk-app-id", app["SDK_APP_ID"], "--secret-key", app["SECRET_KEY"]),
        *("--groups", str(options.groups), "--accounts", str(options.accounts)),
        *("--callback-url", f"http://127.0.0.1:{port}/tim/callback/default/"),
        *("--callback-token", app["CALLBACK_TOKENS"][0]),
    )
    celery = ("-m", "celery", "-A", "example")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    processes.start("worker", *celery, "worker", "--pool", "threads", "-c", "4", *quiet)
    processes.start("beat", *celery, "beat", "--pidfile=")
    processes.start("admin", "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}")
    _wait_for(processes, f"http://127.0.0.1:{simulator}/control/state")
    print("The worker makes accounts of the project's users …", flush=True)
    demo_data.link(lambda: _still_going(processes), PATIENCE)
    for what in ("groups", "members", "accounts"):
        print(f"The worker syncs {what} …", flush=True)
        demo_data.sync(what, lambda: _still_going(processes), PATIENCE)
    _wait_for(processes, f"http://127.0.0.1:{port}/admin/login/")
    print("A user creates a group, others join and write; callbacks tell …", flush=True)
    demo_users.live(f"http://127.0.0.1:{simulator}", lambda: _still_going(processes), PATIENCE)
    counts = demo_data.counts()
    print(", ".join(f"{number} {name}" for name, number in counts.items()))
    if options.check:
        return demo_data.compare(options.accounts)
    print(f"\n  http://127.0.0.1:{port}/admin/   login: admin   password: {password}")
    print("  Ctrl-C stops everything.", flush=True)
    while not stopping.wait(1):
        processes.check()
    print("\nstopped")
    return 0


def _still_going(processes: Processes) -> None:
    processes.check()
    if stopping.wait(0.2):
        raise Failed("stopped")


def _wait_for(processes: Processes, url: str) -> None:
    for _ in range(int(PATIENCE / 0.2)):
        try:
            with urlopen(url, timeout=5):  # noqa: S310  (loopback)
                return
        except URLError:
            _still_going(processes)
    raise Failed(f"{url} does not answer")


def _refuse_a_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Failed(f"port {port} is in use: choose another with --port ({error})") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop(number: int, frame: FrameType | None) -> None:
    stopping.set()


if __name__ == "__main__":
    sys.exit(main())
