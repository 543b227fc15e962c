"""A server on a socket of its own that does exactly as told, however rude."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[["RudeServer", socket.socket], None]


@dataclass
class Request:
    """One request, as bytes."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RudeServer:
    """Treats every connection as ``behaviour`` says; keeps what was received."""

    behaviour: Behaviour
    tls: ssl.SSLContext | None = None
    received: list[Request] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __enter__(self) -> RudeServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for one in (self._listener, *self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if not self.tls:
                self.behaviour(self, connection)
                return
            with self.tls.wrap_socket(connection, server_side=True) as secured:
                self.open.append(secured)
                self.behaviour(self, secured)

    def read(self, connection: socket.socket) -> Iterator[Request]:
        """The requests of a connection, until the client closes it."""
        stream = connection.makefile("rb")
        while line := stream.readline():
            headers = {}
            while (header := stream.readline().strip()) != b"":
                name, _, value = header.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            self.received.append(Request(line.decode().strip(), headers, body))
            yield self.received[-1]


def answer(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    """An HTTP answer's bytes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def polite(*answers: bytes) -> Behaviour:
    """Answer every request, with the last of the answers ever after."""

    def behave(server: RudeServer, connection: socket.socket) -> None:
        for _ in server.read(connection):
            number = min(len(server.received), len(answers)) - 1
            connection.sendall(answers[number])

    return behave


def answers_and_closes(server: RudeServer, connection: socket.socket) -> None:
    """One answer a connection, without saying so; ``closed`` counts those that are over."""
    next(server.read(connection))
    connection.sendall(answer())
    connection.shutdown(socket.SHUT_RDWR)
    server.closed.release()


def reads_and_closes(server: RudeServer, connection: socket.socket) -> None:
    """Take the request, and never answer."""
    next(server.read(connection))


def reads_and_resets(server: RudeServer, connection: socket.socket) -> None:
    """Take the request, then break the connection."""
    next(server.read(connection))
    _reset(connection)


def resets(server: RudeServer, connection: socket.socket) -> None:
    """Break the connection as soon as something comes (a TLS handshake)."""
    connection.recv(1)
    _reset(connection)


def speaks_no_tls(server: RudeServer, connection: socket.socket) -> None:
    """Take a TLS greeting for a bad request."""
    connection.recv(1024)
    connection.sendall(answer(b"", "400 Bad Request"))


def alerts(server: RudeServer, connection: socket.socket) -> None:
    """Refuse every TLS handshake (alert 40)."""
    connection.recv(1024)
    connection.sendall(b"\x15\x03\x01\x00\x02\x02\x28")


def is_silent(server: RudeServer, connection: socket.socket) -> None:
    """Say nothing at all."""
    server.stopped.wait(10)


def sends(raw: bytes) -> Behaviour:
    """Take the request, send these bytes, close."""

    def behave(server: RudeServer, connection: socket.socket) -> None:
        next(server.read(connection))
        connection.sendall(raw)

    return behave


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
