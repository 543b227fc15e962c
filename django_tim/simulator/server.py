"""The simulator over real HTTP: HTTP/1.1 with keep-alive, one thread a connection.

The standard library's server is used, for a WSGI server that keeps connections and takes
hundreds of them would be a dependency of every project that only tests with it.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from .control import control
from .core import Simulator
from .faults import Fault
from .http_body import BadRequest, read_body

_IDLE: Final = 300.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: _Server

    timeout = _IDLE

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        try:
            body = read_body(self.headers, self.rfile)
        except BadRequest as error:
            self.close_connection = True
            self._send(error.status, f"{error.reason}\n".encode())
            return
        if url.path.startswith("/control/"):
            self._send(*control(self.server.simulator, url.path, body))
            return
        if self.command == "GET":
            body = body or b"{}"
        self._call(url.path, dict(parse_qsl(url.query, keep_blank_values=True)), body)

    # The pages ask for POST; some clients read by GET, and even send a body with it.
    do_GET = do_POST

    def handle_expect_100(self) -> bool:
        """Let a client go on that asked before it sends its body."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the request line holds the signature."""

    def _call(self, path: str, query: dict[str, str], body: bytes) -> None:
        simulator = self.server.simulator
        if self.server.latency:
            self.server.sleep(self.server.latency)
        fault = simulator.faults.at_door(path.strip("/").removeprefix("v4/"))
        if fault is not None and self._spoil(fault):
            return
        answer = json.dumps(simulator.handle(path, query, body), ensure_ascii=False)
        content = answer.encode("utf-8", "surrogatepass")
        if fault is not None and fault.kind == "truncate":
            self.close_connection = True
            self._send(200, content[: len(content) // 2])
        elif fault is not None and fault.kind == "drop" and fault.value:
            self.close_connection = True  # carried out, and nobody hears of it
        else:
            self._send(200, content)

    def _spoil(self, fault: Fault) -> bool:
        """Whether the fault took the place of the call."""
        if fault.kind == "delay":
            self.server.sleep(fault.value)
            return False
        if fault.kind == "drop" and not fault.value:
            self.close_connection = True
            return True
        if fault.kind == "status":
            self._send(int(fault.value), b"<html>trouble</html>")
            return True
        if fault.kind == "garbage":
            self._send(200, b"<html>not what you asked for</html>")
            return True
        return False

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The simulator's time, not the machine's."""
        clock = self.server.simulator.clock
        return super().date_time_string(clock.time() if timestamp is None else timestamp)

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        elif self.request_version == "HTTP/1.0":
            self.send_header("Connection", "keep-alive")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    simulator: Simulator
    latency: float
    sleep: Callable[[float], None]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class SimulatorServer:
    """Serves a simulator on ``host:port`` (0: a free port) while it is entered.

    ``latency`` is in seconds, added to every call. ``tls`` makes it speak https, see ``tls.py``.
    """

    def __init__(
        self,
        simulator: Simulator,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        latency: float = 0.0,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.simulator = simulator
        self._server = _Server((host, port), _Handler)
        self._scheme = "https" if tls else "http"
        if tls is not None:
            # The handshake is each connection's own thread's: a slow one keeps nobody waiting.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.simulator = simulator
        self._server.latency = latency
        self._server.sleep = sleep
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port, as the setting HOST takes it."""
        host, port = self._server.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"

    def __enter__(self) -> SimulatorServer:
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        if self._thread is not None:
            self._thread.join()
        self._server.server_close()
        self.simulator.callbacks.close()

    def serve(self) -> None:
        """Serve in this thread until ``stop`` is called from another."""
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Make ``serve`` return."""
        self._server.shutdown()
