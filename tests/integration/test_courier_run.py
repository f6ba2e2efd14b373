"""``droneops run`` as a process, and over TLS."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import free_port
from courier_peers import Broker, Terminal, alert, outbox_of, running, site_at, wait_until

from droneops.config import load_site
from droneops.delivery.service import opening_lines
from droneops.errors import ConfigError, OutputError
from droneops.site.service import Asked, run_site

RUN = "import typer; from droneops.cli.run import run; typer.run(run)"
ONLINE = "droneops/v1/s/state"


class Service:
    """The service as a process of its own; its lines are read as they come."""

    def __init__(self, site: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(site)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def says(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        status = self.process.wait(10)
        self._reader.join(5)
        return status


@contextmanager
def service(site: Path) -> Iterator[Service]:
    started = Service(site)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        if started.process.stdout is not None:
            started._reader.join(5)
            started.process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_that_it_is_connected_and_ends_with_status_0_when_asked(tmp_path: Path, number: int) -> None:
    with Broker(tmp_path) as broker, service(site_at(tmp_path, broker.port)) as run:
        wait_until(lambda: run.says("connected"))
        assert run.end(number) == 0
        assert run.says("stopped")


def test_it_ends_also_while_the_broker_is_away(tmp_path: Path) -> None:
    with service(site_at(tmp_path, free_port())) as run:
        wait_until(lambda: run.says("waiting: "))
        assert run.end(signal.SIGTERM) == 0


def test_it_delivers_what_was_put_before_it_started_and_while_it_runs(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with outbox_of(site) as outbox, Terminal(broker.port, "s", "police") as police:
            outbox.put([alert(1, 1)])
            with service(site) as run:
                wait_until(lambda: police.alerts)
                outbox.put([alert(2, 1)])
                wait_until(lambda: len(police.first_alerts) == 2)
                assert run.end(signal.SIGTERM) == 0
        assert run.says("1 messages wait in the outbox")
        assert run.says("without public_key, their receipts are believed unsigned: police, forest")


def test_killed_it_leaves_its_last_will_and_starts_again_where_it_was(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with outbox_of(site) as outbox, Terminal(broker.port, "s", "police", topics=(ONLINE,)) as police:
            with service(site):
                wait_until(lambda: police.messages)
            wait_until(lambda: json.loads(police.messages[-1][1]).get("reason") == "lost")
            outbox.put([alert(1, 1)])
            with service(site):
                wait_until(lambda: police.alerts)


def test_a_second_one_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        site = site_at(tmp_path, broker.port)
        with service(site) as run:
            wait_until(lambda: run.says("connected"))
            with pytest.raises(OutputError, match="another droneops run"):
                run_site(site, Asked(threading.Event(), threading.Event()), print)


def stopped() -> Asked:
    asked = Asked(threading.Event(), threading.Event())
    asked.stop.set()
    return asked


def test_without_a_broker_it_says_what_to_add(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[site]\nid = "s"\n')
    with pytest.raises(ConfigError, match=r"no \[broker\]"):
        run_site(path, stopped(), print)


def test_an_actual_site_with_stand_in_zones_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = site_at(tmp_path, free_port())
    path.write_text(path.read_text().replace('status = "test"', 'status = "actual"'))
    with pytest.raises(ConfigError, match="stand-ins"):
        run_site(path, stopped(), print)
    path.write_text(path.read_text().replace('"actual"', '"actual"\nallow_placeholder = true'))
    lines: list[str] = []
    run_site(path, stopped(), lines.append)
    assert "status actual" in lines[0]


def test_it_names_drones_of_which_nothing_can_be_heard(tmp_path: Path) -> None:
    path = site_at(tmp_path, 1)
    path.write_text(path.read_text() + '[[drone]]\nid = "patrol-1"\n')
    assert any("patrol-1" in line for line in opening_lines(load_site(path), 0))
    path.write_text(path.read_text() + 'telemetry = "udpin:0.0.0.0:14550"\n')
    assert not any("patrol-1" in line for line in opening_lines(load_site(path), 0))


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """An authority, a broker and two clients, made as deploy/mosquitto/README.md says."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        tmp_path, "req", "-x509", *key, "-days", "30", "-subj", "/CN=droneops CA", "-addext",
        "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.crt",
    )  # fmt: skip
    wanted = {
        "server": ("localhost", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n"),
        "droneops": ("droneops", "extendedKeyUsage=clientAuth\n"),
        "police": ("police", "extendedKeyUsage=clientAuth\n"),
    }
    for name, (common_name, extensions) in wanted.items():
        (tmp_path / f"{name}.ext").write_text(extensions)
        openssl(
            tmp_path, "req", *key, "-subj", f"/CN={common_name}", "-keyout", f"{name}.key",
            "-out", f"{name}.csr",
        )  # fmt: skip
        openssl(
            tmp_path, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt",
        )  # fmt: skip
        (tmp_path / f"{name}.key").chmod(0o644)
    tmp_path.chmod(0o755)
    return tmp_path


def tls_broker(folder: Path) -> Broker:
    return Broker(
        folder,
        listener=f"cafile {folder}/ca.crt\ncertfile {folder}/server.crt\nkeyfile {folder}/server.key\n"
        f"require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n"
        f"acl_file {folder}/acl",
    )


CERTIFICATE = 'ca_file = "ca.crt"\ncert_file = "{0}.crt"\nkey_file = "{0}.key"\nusername = "droneops"'


def test_over_tls_with_client_certificates_the_names_in_them_are_the_users(certificates: Path) -> None:
    broker = tls_broker(certificates)
    site = site_at(certificates, broker.port, scheme="mqtts", broker=CERTIFICATE.format("droneops"))
    from droneops.delivery.rights import acl_text

    (certificates / "acl").write_text(acl_text(load_site(site)))

    def with_certificate(client) -> None:
        context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        context.load_cert_chain(certificates / "police.crt", certificates / "police.key")
        client.tls_set_context(context)

    with (
        broker,
        Terminal(broker.port, "s", "police", options=with_certificate) as police,
        running(site) as (outbox, _),
    ):
        outbox.put([alert(number, 1) for number in range(50)])
        wait_until(lambda: len(police.first_alerts) == 50)


def test_a_broker_with_a_certificate_of_somebody_else_is_not_spoken_to(certificates: Path) -> None:
    broker = tls_broker(certificates)
    site = site_at(certificates, broker.port, scheme="mqtts", broker=CERTIFICATE.format("droneops"))
    (certificates / "acl").write_text("")
    openssl(
        certificates, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "30", "-subj", "/CN=other", "-keyout", "other.key", "-out", "other.crt",
    )  # fmt: skip
    site.write_text(site.read_text().replace('ca_file = "ca.crt"', 'ca_file = "other.crt"'))
    with broker, running(site) as (outbox, lines):
        outbox.put([alert(1, 1)])
        wait_until(lambda: any("certificate" in line.lower() for line in lines))
        assert outbox.depth().waiting == 1


def test_a_key_that_does_not_fit_its_certificate_is_said_before_the_work(certificates: Path) -> None:
    site = site_at(certificates, 8883, scheme="mqtts", broker=CERTIFICATE.format("droneops"))
    site.write_text(site.read_text().replace("droneops.key", "police.key"))
    with pytest.raises(ConfigError, match="key_file"):
        run_site(site, stopped(), print)


def test_what_waits_outlives_the_process_that_could_not_send_it(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    site = site_at(tmp_path, broker.port)
    with outbox_of(site) as outbox:
        outbox.put([alert(1, 1), alert(1, 2)])
    with service(site) as run:
        wait_until(lambda: run.says("waiting: "))
        run.process.kill()
    with broker, Terminal(broker.port, "s", "police") as police, service(site):
        wait_until(lambda: police.first_alerts == [alert(1, 1).raw, alert(1, 2).raw])
