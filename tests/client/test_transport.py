"""The network: what is sent, and how each way of failing is told, over real sockets."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from django_tim.client.secret import Secret
from django_tim.client.transport import HTTPTransport, RawAnswer
from django_tim.exceptions import NotSent, OutcomeUnknown, TransportError

from .doubles import config, frames
from .rude_server import (
    Behaviour,
    RudeServer,
    alerts,
    answer,
    answers_and_closes,
    is_silent,
    polite,
    reads_and_closes,
    reads_and_resets,
    resets,
    sends,
    speaks_no_tls,
)

SIGNATURE = "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CS*-_"
PARAMS = {
    "sdkappid": "1400000000",
    "identifier": "administrator",
    "usersig": Secret(SIGNATURE),
    "random": "4294967295",
    "contenttype": "json",
}
PATIENT = (20.0, 20.0)
"""Time limits that no slow machine uses up; connecting and reading."""
QUICK = (20.0, 0.2)
"""For a server that does not answer at all."""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def transport() -> Iterator[HTTPTransport]:
    transport = HTTPTransport(config())
    yield transport
    transport.close()


def post(
    transport: HTTPTransport,
    server: RudeServer,
    *,
    scheme: str = "http",
    timeout: tuple[float, float] = PATIENT,
) -> RawAnswer:
    return transport.post(f"{scheme}://{server.host}/v4/openim/sendmsg", PARAMS, b"{}", timeout)


def test_what_is_sent(transport: HTTPTransport) -> None:
    with RudeServer(polite(answer(b'{"ErrorCode": 0}'))) as server:
        got = post(transport, server)
    assert got == RawAnswer(200, b'{"ErrorCode": 0}')
    request = server.received[0]
    assert request.line == (
        "POST /v4/openim/sendmsg?sdkappid=1400000000&identifier=administrator"
        f"&usersig={SIGNATURE}&random=4294967295&contenttype=json HTTP/1.1"
    )
    assert request.body == b"{}"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["content-length"] == "2"
    assert request.headers["user-agent"].startswith("django-tim/")


def test_an_administrator_of_any_name_fits_into_the_url(transport: HTTPTransport) -> None:
    with RudeServer(polite(answer())) as server:
        params = {**PARAMS, "identifier": "管 理&员#"}
        transport.post(f"http://{server.host}/v4/a/b", params, b"{}", PATIENT)
    assert "identifier=%E7%AE%A1%20%E7%90%86%26%E5%91%98%23&" in server.received[0].line


def test_the_connection_is_kept(transport: HTTPTransport) -> None:
    with RudeServer(polite(answer())) as server:
        for _ in range(3):
            post(transport, server)
        assert server.connections == 1
        transport.close()
        post(transport, server)
        assert server.connections == 2
    assert len(server.received) == 4


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    transport: HTTPTransport,
) -> None:
    with RudeServer(answers_and_closes) as server:
        for _ in range(3):
            assert post(transport, server).status == 200
            assert server.closed.acquire(timeout=5)
    assert server.connections == 3


def test_threads_share_it(transport: HTTPTransport) -> None:
    with RudeServer(polite(answer())) as server:
        threads = [
            threading.Thread(target=lambda: [post(transport, server) for _ in range(10)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.received) == 80
        assert server.connections <= 8


def test_a_forked_child_has_connections_of_its_own(
    transport: HTTPTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RudeServer(polite(answer())) as server:
        post(transport, server)
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            post(transport, server)
            assert server.connections == 2
            transport.close()
        post(transport, server)
        assert server.connections == 2


def test_any_status_is_an_answer_and_no_redirect_is_followed(transport: HTTPTransport) -> None:
    moved = answer(b"", "302 Found", "Location: http://127.0.0.1:9/elsewhere")
    with RudeServer(polite(moved, answer(b"Bad Gateway", "502 Bad Gateway"))) as server:
        assert post(transport, server).status == 302
        assert post(transport, server) == RawAnswer(502, b"Bad Gateway")
    assert len(server.received) == 2


def test_cookies_are_not_kept(transport: HTTPTransport) -> None:
    with RudeServer(polite(answer(b"{}", "200 OK", "Set-Cookie: a=b; Path=/"))) as server:
        post(transport, server)
        post(transport, server)
    assert "cookie" not in server.received[1].headers


def test_a_netrc_is_never_used(
    transport: HTTPTransport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with RudeServer(polite(answer())) as server:
        post(transport, server)
    assert "authorization" not in server.received[0].headers


def test_a_body_that_reveals_the_url_is_not_printed() -> None:
    assert SIGNATURE not in repr(RawAnswer(502, SIGNATURE.encode()))


AFTER_SENDING: dict[str, tuple[Behaviour, str]] = {
    "closed": (reads_and_closes, "broke"),
    "reset": (reads_and_resets, "broke"),
    "silent": (is_silent, "no answer within the time limit"),
    "cut off": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "broke"),
    "half a chunk": (
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"),
        "broke",
    ),
    "no HTTP": (sends(b"220 smtp.example.com ESMTP\r\n"), "broke"),
    "bad gzip": (sends(answer(b"no gzip", "200 OK", "Content-Encoding: gzip")), "broke"),
}


@pytest.mark.parametrize("name", AFTER_SENDING)
def test_after_sending_the_outcome_is_unknown(name: str, transport: HTTPTransport) -> None:
    behaviour, said = AFTER_SENDING[name]
    with RudeServer(behaviour) as server:
        with pytest.raises(OutcomeUnknown, match=said) as caught:
            post(transport, server, timeout=QUICK if behaviour is is_silent else PATIENT)
        assert_no_secret(caught.value)


def test_a_refused_connection_is_not_sent(transport: HTTPTransport) -> None:
    with pytest.raises(NotSent, match="Connection refused") as caught:
        transport.post("http://127.0.0.1:1/v4/a/b", PARAMS, b"{}", PATIENT)
    assert_no_secret(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_unknown_host_name_is_not_sent(
    scheme: str, transport: HTTPTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_such_name(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(NotSent, match="Name or service not known") as caught:
        transport.post(f"{scheme}://tim.invalid/v4/a/b", PARAMS, b"{}", PATIENT)
    assert_no_secret(caught.value)


@pytest.mark.parametrize("url", ["ftp://host", "http://", "http://a b"])
def test_an_address_that_is_none_is_not_sent(url: str, transport: HTTPTransport) -> None:
    with pytest.raises(NotSent, match=r"not a usable address|no connection") as caught:
        transport.post(f"{url}/v4/a/b", PARAMS, b"{}", PATIENT)
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (resets, "no connection"),
        (is_silent, "not within the time limit"),
        (speaks_no_tls, "(?i)ssl"),
        (alerts, "(?i)ssl"),
    ],
    ids=["reset", "silent", "plain HTTP", "alert"],
)
def test_a_failed_tls_handshake_is_not_sent(
    behaviour: Behaviour, said: str, transport: HTTPTransport
) -> None:
    limit = 0.3 if behaviour is is_silent else 20.0
    with RudeServer(behaviour) as server:
        with pytest.raises(NotSent, match=said) as caught:
            post(transport, server, scheme="https", timeout=(limit, limit))
        assert_no_secret(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", f"{path}.crt"]
    subprocess.run([openssl, *command.split(), *more], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_an_unknown_certificate_is_refused(transport: HTTPTransport, certificate: Path) -> None:
    with RudeServer(polite(answer()), tls=tls(certificate)) as server:
        with pytest.raises(NotSent, match="certificate is not valid") as caught:
            post(transport, server, scheme="https")
        assert_no_secret(caught.value)
    assert not server.received


def test_own_certificates_are_trusted_when_named(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    transport = HTTPTransport(config(ca_bundle=f"{certificate}.crt"))
    with RudeServer(polite(answer()), tls=tls(certificate)) as server:
        assert post(transport, server, scheme="https").status == 200
        transport.close()
    assert server.received


def test_the_environments_certificates_are_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{certificate}.crt")
    transport = HTTPTransport(config())
    with RudeServer(polite(answer()), tls=tls(certificate)) as server:
        assert post(transport, server, scheme="https").status == 200
        transport.close()


def test_a_missing_bundle_is_named() -> None:
    transport = HTTPTransport(config(ca_bundle="/no/such/bundle.pem"))
    with pytest.raises(NotSent, match=r"/no/such/bundle\.pem") as caught:
        transport.post("https://127.0.0.1:1/v4/a/b", PARAMS, b"{}", PATIENT)
    assert_no_secret(caught.value)


def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with RudeServer(polite(answer(b"via proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
        transport = HTTPTransport(config())
        for _ in range(2):
            got = transport.post("http://tim.example/v4/a/b", PARAMS, b"{}", PATIENT)
            assert got.body == b"via proxy"
        transport.close()
    assert proxy.received[1].line.startswith("POST http://tim.example/v4/a/b?sdkappid=")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy_is_not_sent(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", "http://127.0.0.1:1")
    with pytest.raises(NotSent, match="proxy") as caught:
        HTTPTransport(config()).post(f"{scheme}://tim.example/v4/a/b", PARAMS, b"{}", PATIENT)
    assert_no_secret(caught.value)


def test_a_proxy_that_refuses_the_tunnel_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with RudeServer(polite(answer(b"", "403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        with pytest.raises(NotSent, match="proxy") as caught:
            HTTPTransport(config()).post("https://tim.example/v4/a/b", PARAMS, b"{}", PATIENT)
        assert_no_secret(caught.value)


def test_the_environment_can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    transport = HTTPTransport(config(trust_env=False))
    with RudeServer(polite(answer())) as server:
        assert post(transport, server).status == 200
        transport.close()


class TimeLimit(BaseException):
    """Strikes anywhere, as Celery's does."""


class Struck(requests.adapters.BaseAdapter):
    """An adapter inside which something else happens."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = str(request.url)
        try:
            raise ConnectionResetError(url)
        except ConnectionResetError:
            raise self.error  # noqa: B904  (a chain that holds the URL)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [TimeLimit("over"), RuntimeError("soft limit"), MemoryError()])
def test_whatever_strikes_inside_requests_shows_no_signature(error: BaseException) -> None:
    transport = HTTPTransport(config(), adapter=Struck(error))
    with pytest.raises(type(error)) as caught:
        transport.post("http://host/v4/a/b", PARAMS, b"{}", PATIENT)
    assert caught.value is error
    assert_no_secret(caught.value)


def test_the_debug_log_shows_no_signature(
    transport: HTTPTransport, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), RudeServer(polite(answer())) as server:
        post(transport, server)
    assert "POST /v4/openim/sendmsg?sdkappid=" in caplog.text
    assert SIGNATURE not in caplog.text


def assert_no_secret(error: BaseException) -> None:
    shown = "\n".join(frames(error))
    assert SIGNATURE not in shown
    assert SIGNATURE[:20] not in shown
    if isinstance(error, TransportError):
        assert error.__context__ is None
        assert error.__cause__ is None
