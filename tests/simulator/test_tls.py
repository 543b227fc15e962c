"""The simulator over https, by a certificate that it makes itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from django_tim.client.config import AppConfig
from django_tim.client.tim import Tim
from django_tim.exceptions import NotSent
from django_tim.simulator import Simulator, SimulatorServer
from django_tim.simulator.tls import LOCAL, server_context
from tests.conftest import APP

from .test_wire import BODY, NODE, OK, target

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return server_context(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(
    simulator: Simulator, certificate: tuple[ssl.SSLContext, Path]
) -> Iterator[SimulatorServer]:
    with SimulatorServer(simulator, tls=certificate[0]) as server:
        yield server


def client(server: SimulatorServer, trusted: str) -> Tim:
    return Tim(
        AppConfig(
            sdk_app_id=APP["SDK_APP_ID"],
            secret_key=APP["SECRET_KEY"],
            base_url=server.url,
            ca_bundle=trusted,
            deadline=3,
        )
    )


def test_our_client(
    server: SimulatorServer, certificate: tuple[ssl.SSLContext, Path], simulator: Simulator
) -> None:
    assert server.url.startswith("https://127.0.0.1:")
    tim = client(server, str(certificate[1]))
    tim.accounts.import_one("ann")
    tim.close()
    assert "ann" in simulator.state.accounts


def test_who_does_not_trust_it_sends_nothing(server: SimulatorServer, simulator: Simulator) -> None:
    tim = client(server, "")
    with pytest.raises(NotSent):
        tim.accounts.import_one("ann")
    tim.close()
    assert not simulator.requests


def test_a_strict_client_of_the_standard_library(
    server: SimulatorServer, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[1])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    port = urlsplit(server.url).port
    with (
        socket.create_connection(("127.0.0.1", port or 0)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() in ("TLSv1.2", "TLSv1.3")


def test_a_client_that_never_greets_keeps_nobody_waiting(
    server: SimulatorServer, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)):
        tim = client(server, str(certificate[1]))
        tim.accounts.import_one("ann")
        tim.close()


@pytest.mark.parametrize("name", ["curl", "node"])
def test_others(
    server: SimulatorServer, certificate: tuple[ssl.SSLContext, Path], name: str
) -> None:
    program = shutil.which(name) or pytest.skip(f"needs {name}")
    url, trusted = server.url + target(), str(certificate[1])
    given = ["-sS", "--cacert", trusted, "-d", "@-", url] if name == "curl" else ["-e", NODE, url]
    given += [] if name == "curl" else [BODY.decode()]
    done = subprocess.run(
        [program, *given],
        input=BODY,
        capture_output=True,
        check=True,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": trusted},
    )
    assert json.loads(done.stdout) == OK


def test_it_is_kept_and_made_anew_when_it_lacks_a_name(tmp_path: Path) -> None:
    _, trusted = server_context(tmp_path)
    first = trusted.read_bytes()
    assert stat.S_IMODE((tmp_path / "server.pem").stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in first
    server_context(tmp_path)
    assert trusted.read_bytes() == first
    server_context(tmp_path, [*LOCAL, "console.tim.qq.com"])
    assert trusted.read_bytes() != first
    (tmp_path / "server.pem").write_text("damaged")
    server_context(tmp_path)


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "django", "tim_simulator", "--port", "0", "--groups", "3"]
    command += ["--secret-key", APP["SECRET_KEY"], "--tls", "--tls-folder", str(tmp_path)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    # A shell's background job ignores Ctrl-C, and so would what it starts.
    heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        preexec_fn=heeds,  # noqa: PLW1509
    ) as process:
        assert process.stdout
        trusted = process.stdout.readline().decode().split()[-1]
        line = process.stdout.readline().decode()
        url = re.search(r"https://\S+(?=:)", line)
        assert url, line
        tim = Tim(
            AppConfig(
                sdk_app_id=APP["SDK_APP_ID"],
                secret_key=APP["SECRET_KEY"],
                base_url=url[0],
                ca_bundle=trusted,
            )
        )
        assert len(list(tim.groups.iterate())) == 3
        tim.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
