"""A store over TLS: the certificate is checked, and what is wrong with it is said."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_peers import Store, wait_until

from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.health import StoreState
from droneops.fleet.mirror.mirror import Mirror
from droneops.telemetry.live.now import system_clock


def certificate(folder: Path, name: str) -> None:
    """A self-signed certificate for localhost, which is its own authority."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")
    about = ("-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    use = ("-addext", "keyUsage=critical,digitalSignature,keyCertSign")
    command = ["openssl", "req", "-x509", *key, *about, *use, "-out", f"{name}.crt"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A redis-server that speaks TLS on this port."""
    certificate(tmp_path, "server")
    certificate(tmp_path, "other")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--tls-port", str(port), "--tls-auth-clients", "no"]
    for name, file in (("cert", "server.crt"), ("key", "server.key"), ("ca-cert", "server.crt")):
        options += [f"--tls-{name}-file", str(tmp_path / file)]
    with Store("redis", tmp_path, *options):
        yield port


def mirror_to(port: int, ca_file: Path, lines: list[str]) -> Mirror:
    address = StoreAddress.from_url(f"rediss://localhost:{port}", ca_file=ca_file)
    return Mirror("s", address, system_clock(), lines.append)


def test_a_store_with_the_right_certificate_is_written_to(tls_port: int, tmp_path: Path) -> None:
    with mirror_to(tls_port, tmp_path / "server.crt", []) as mirror:
        wait_until(lambda: mirror.health.state is StoreState.CONNECTED)


def test_a_strangers_certificate_is_refused_with_its_reason(tls_port: int, tmp_path: Path) -> None:
    lines: list[str] = []
    with mirror_to(tls_port, tmp_path / "other.crt", lines) as mirror:
        wait_until(lambda: lines)
        assert mirror.health.state is not StoreState.CONNECTED
    assert "certificate" in lines[0]


def test_a_ca_file_that_is_not_there_is_said(tls_port: int, tmp_path: Path) -> None:
    lines: list[str] = []
    with mirror_to(tls_port, tmp_path / "missing.crt", lines):
        wait_until(lambda: lines)
    assert "refused" in lines[0]
    assert "missing.crt" in lines[0]
