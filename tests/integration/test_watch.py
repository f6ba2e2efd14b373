"""The police terminal at a real mosquitto."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import queue
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from droneops.delivery.mqtt import Broker
from droneops.delivery.receipt import parse_receipt
from droneops.errors import DeliveryError
from droneops.evidence.keys import load_private, load_public, make_key_pair, public_pem
from droneops.evidence.signature import sign
from droneops.watch.answers import Answerer
from droneops.watch.desk import Desk, Post
from droneops.watch.reading import AlertCame, Subject
from droneops.watch.session import Terminal, Wire

PROGRAM = [
    sys.executable,
    "-c",
    "from droneops.cli import app, main; from droneops.cli.watch import watch; app.command()(watch); main()",
    "watch",
]
SITE, AGENCY = "mukdahan", "police"
INCIDENT = "71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PICTURE = b"\xff\xd8\xff" + b"picture" * 100
DEADLINE_S = 20.0


def alert(sequence: int = 1, key: Ed25519PrivateKey | None = None, **changes: object) -> bytes:
    table = {
        "schema": "droneops.alert/1",
        "id": str(uuid.uuid5(uuid.UUID(INCIDENT), str(sequence))),
        "incident_id": INCIDENT,
        "sequence": sequence,
        "message_type": "alert" if sequence == 1 else "update",
        "references": [],
        "replaced_by": None,
        "status": "exercise",
        "sent": "2026-11-20T10:07:56.800000Z",
        "onset": "2026-11-20T10:07:50.000000Z",
        "last_seen": "2026-11-20T10:07:56.800000Z",
        "event": "illegal_logging",
        "severity": "extreme",
        "certainty": "likely",
        "headline": {"th": "พบเรือ 1 ลำ", "en": f"boat {sequence}"},
        "instruction": {"th": "ตรวจสอบพื้นที่", "en": "Check the place."},
        "position": None,
        "zones": [],
        "border": None,
        "subjects": [],
        "motion": None,
        "rule": {"id": "R4", "version": "1"},
        "drone": {"id": "patrol-1", "pose": None},
        "snapshot": {"sha256": hashlib.sha256(PICTURE).hexdigest(), "bytes": len(PICTURE)},
        "evidence": None,
        "journal_head": None,
        "provenance": {
            "software": "droneops 0",
            "detector": "forest",
            "weights_sha256": None,
            "zones_sha256": "0" * 64,
            "site_sha256": None,
        },
        "signature": None,
    }
    table |= changes
    if key is not None:
        table["signature"] = sign(table, key)
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()


def topic(kind: str, incident: str = INCIDENT) -> str:
    return f"droneops/v1/{SITE}/{kind}/{AGENCY}/{incident}"


class Headquarters:
    """The site's side: publishes alerts, collects receipts in the order in which they come."""

    def __init__(self, port: int) -> None:
        self.receipts: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="headquarters")
        self._client.on_connect = lambda client, *_: client.subscribe(f"droneops/v1/{SITE}/receipts/+/+", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _c, _d, m: self.receipts.put((m.topic, bytes(m.payload)))
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(DEADLINE_S)

    def publish(self, payload: bytes, where: str = topic("alerts"), *, retain: bool = False) -> None:
        info = self._client.publish(where, payload, qos=1, retain=retain)
        deadline = time.monotonic() + DEADLINE_S
        while not info.is_published():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def receipt(self) -> bytes:
        where, raw = self.receipts.get(timeout=DEADLINE_S)
        assert where == topic("receipts")
        return raw

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def broker_on(port: int, folder: Path, *lines: str) -> Iterator[None]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed: run tests/install-servers.sh")
    config = folder / "broker.conf"
    config.write_text("\n".join((f"listener {port} 127.0.0.1", *(lines or ("allow_anonymous true",)), "")))
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_open(port))
            yield
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def headquarters(mosquitto) -> Iterator[Headquarters]:
    site = Headquarters(mosquitto.port)
    yield site
    site.close()


@dataclass
class Paper:
    """A screen that remembers."""

    alerts: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        self.alerts.append((came.raw, remarks))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def has_noted(self, text: str) -> bool:
        return any(text in note for note in list(self.notes))


WHO = Answerer(SITE, AGENCY, "terminal")


@contextmanager
def terminal(
    port: int,
    paper: Paper,
    who: Answerer = WHO,
    *,
    key: object = None,
    pictures: Path | None = None,
    protocol="5",
) -> Iterator[None]:
    """A terminal that is connected."""
    wire = Wire(
        Broker("mqtt", "127.0.0.1", port, "", None, None, None, protocol=protocol), who.terminal, SITE, AGENCY
    )
    desk = Desk(Post(Subject(SITE, AGENCY, key), who, pictures), paper, lambda: 1_790_000_000_000_000)
    stop, errors = threading.Event(), []

    def run() -> None:
        try:
            Terminal(wire, desk, paper.note).run(stop)
        except DeliveryError as error:
            errors.append(error)

    connected = len([note for note in paper.notes if "connected" in note])
    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: errors or len([n for n in paper.notes if "connected" in n]) > connected)
        if errors:
            raise errors[0]
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_an_alert_is_shown_and_received_is_said_of_its_exact_bytes(mosquitto, headquarters, protocol) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper, protocol=protocol):
        headquarters.publish(alert())
        receipt = parse_receipt(headquarters.receipt(), AGENCY, None)
    assert paper.alerts == [(alert(), ())]
    assert (receipt.action, receipt.by) == ("received", "terminal")
    assert receipt.alert_id == json.loads(alert())["id"]
    assert receipt.alert_sha256 == hashlib.sha256(alert()).hexdigest()
    assert headquarters.receipts.empty()


def test_only_a_named_person_acknowledges_and_the_receipt_is_signed(mosquitto, headquarters) -> None:
    who = replace(WHO, by="ด.ต.สมชาย", sign=lambda message: sign(dict(message), KEY))
    with terminal(mosquitto.port, Paper(), who):
        headquarters.publish(alert())
        said = [parse_receipt(headquarters.receipt(), AGENCY, KEY.public_key()) for _ in range(2)]
    assert [(receipt.action, receipt.by) for receipt in said] == [
        ("received", "terminal"),
        ("acknowledged", "ด.ต.สมชาย"),
    ]
    assert said[0].receipt_id != said[1].receipt_id


def test_a_repeat_is_not_shown_again_but_receipted_with_the_same_bytes(mosquitto, headquarters) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper):
        headquarters.publish(alert())
        first = headquarters.receipt()
        headquarters.publish(alert())
        assert headquarters.receipt() == first
    assert len(paper.alerts) == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"hello",
        b"{}",
        b"[" * 3000,
        b"\xff" * 10,
        b"x" * 60_000,
        alert(extra=1),
        alert() + b"\n",
        alert()[:-1],
    ],
)
def test_what_is_no_alert_is_shown_as_such_and_not_receipted(mosquitto, headquarters, payload) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper):
        headquarters.publish(payload)
        wait_until(lambda: paper.has_noted("no alert"))
        headquarters.publish(alert(2))
        receipt = parse_receipt(headquarters.receipt(), AGENCY, None)
    assert receipt.alert_id == json.loads(alert(2))["id"]
    assert headquarters.receipts.empty()
    assert paper.has_noted("no receipt is sent")


def test_an_alert_under_the_topic_of_another_incident_is_none(mosquitto, headquarters) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper):
        headquarters.publish(alert(), topic("alerts", str(uuid.UUID(int=1))))
        wait_until(lambda: paper.has_noted("another incident"))
    assert not paper.alerts
    assert headquarters.receipts.empty()


def test_other_bytes_under_a_known_id_are_shown_with_a_warning_and_not_receipted(
    mosquitto, headquarters
) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper):
        headquarters.publish(alert())
        headquarters.receipt()
        headquarters.publish(alert(severity="minor"))
        wait_until(lambda: len(paper.alerts) == 2)
    assert "ANOTHER ALERT OF THIS ID" in paper.alerts[1][1][0]
    assert headquarters.receipts.empty()


def test_with_the_sites_key_only_what_the_site_signed_is_receipted(mosquitto, headquarters) -> None:
    paper = Paper()
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    forged = alert(1, KEY).replace(b'"extreme"', b'"minor"')
    with terminal(mosquitto.port, paper, key=KEY.public_key()):
        for raw in (alert(1), alert(1, other), forged, alert(1, KEY)):
            headquarters.publish(raw)
        receipt = parse_receipt(headquarters.receipt(), AGENCY, None)
    assert receipt.alert_sha256 == hashlib.sha256(alert(1, KEY)).hexdigest()
    assert ["NOT THE SITE'S WORD" in "".join(remarks) for _, remarks in paper.alerts] == [
        True,
        True,
        True,
        False,
    ]
    assert headquarters.receipts.empty()


def test_alerts_come_in_order_and_a_gap_and_a_straggler_are_said(mosquitto, headquarters) -> None:
    paper = Paper()
    with terminal(mosquitto.port, paper):
        for sequence in (1, 2, 4, 3):
            headquarters.publish(alert(sequence))
            headquarters.receipt()
    assert [json.loads(raw)["sequence"] for raw, _ in paper.alerts] == [1, 2, 4, 3]
    remarks = ["".join(remarks) for _, remarks in paper.alerts]
    assert remarks[:2] == ["", ""]
    assert "messages 3 to 3 of its incident have not come" in remarks[2]
    assert "older than message 4" in remarks[3]


def test_what_came_while_the_terminal_was_away_is_shown_when_it_is_back(mosquitto, headquarters) -> None:
    with terminal(mosquitto.port, Paper()):
        pass
    for sequence in range(1, 31):
        headquarters.publish(alert(sequence))
    paper = Paper()
    with terminal(mosquitto.port, paper):
        said = [parse_receipt(headquarters.receipt(), AGENCY, None).alert_id for _ in range(30)]
    assert [json.loads(raw)["sequence"] for raw, _ in paper.alerts] == list(range(1, 31))
    assert said == [json.loads(raw)["id"] for raw, _ in paper.alerts]


def test_an_alert_that_a_dying_terminal_did_not_show_comes_again(mosquitto, headquarters) -> None:
    class Torn(Paper):
        def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
            raise DeliveryError("the paper is torn")

    torn = Torn()
    with terminal(mosquitto.port, torn):
        headquarters.publish(alert())
    assert headquarters.receipts.empty()
    paper = Paper()
    with terminal(mosquitto.port, paper):
        headquarters.receipt()
    assert [raw for raw, _ in paper.alerts] == [alert()]


def test_a_broker_that_goes_and_comes_back_is_said_and_survived(tmp_path) -> None:
    port, paper = unused_port(), Paper()
    with broker_on(port, tmp_path):
        session = terminal(port, paper)
        session.__enter__()
    try:
        wait_until(lambda: paper.has_noted("trying again"))
        with broker_on(port, tmp_path):
            wait_until(lambda: len([note for note in paper.notes if "connected" in note]) == 2)
            site = Headquarters(port)
            try:
                site.publish(alert())
                assert parse_receipt(site.receipt(), AGENCY, None).action == "received"
            finally:
                site.close()
    finally:
        session.__exit__(None, None, None)
    assert [raw for raw, _ in paper.alerts] == [alert()]


def test_a_second_terminal_of_the_same_name_is_told_apart(mosquitto) -> None:
    one, two = Paper(), Paper()
    with terminal(mosquitto.port, one), terminal(mosquitto.port, two):
        wait_until(lambda: one.has_noted("--client-id"))


def test_a_broker_that_lets_us_not_in_is_an_error_that_says_so(tmp_path) -> None:
    port = unused_port()
    with (
        broker_on(port, tmp_path, "allow_anonymous false"),
        pytest.raises(DeliveryError, match="refused us"),
        terminal(port, Paper()),
    ):
        pass


def test_pictures_are_kept_once_and_told_whether_an_alert_names_them(
    mosquitto, headquarters, tmp_path
) -> None:
    paper, folder = Paper(), tmp_path / "pictures"
    folder.mkdir()
    with terminal(mosquitto.port, paper, pictures=folder):
        headquarters.publish(alert())
        headquarters.receipt()
        for payload in (PICTURE, PICTURE, PICTURE + b"other", b"no picture"):
            headquarters.publish(payload, topic("snapshots"))
        headquarters.publish(PICTURE, topic("snapshots", ".."))
        wait_until(lambda: paper.has_noted("none of ours"))
    assert all(path.name.startswith(INCIDENT) for path in folder.iterdir())
    assert sorted(path.read_bytes() for path in folder.iterdir()) == sorted([PICTURE, PICTURE + b"other"])
    told = [note for note in paper.notes if note.startswith("picture of")]
    assert ["the one that its alert names" in note for note in told] == [True, False]
    assert paper.has_noted("no JPEG")


@contextmanager
def command(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "LANG": "C", "PYTHONIOENCODING": "ascii"}
    with subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def connected(process: subprocess.Popen[bytes]) -> None:
    for line in process.stderr:
        if b"connected" in line:
            return
    raise AssertionError("it ended")


def refused(*arguments: object) -> str:
    done = subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stderr.decode()


def address(port: int) -> tuple[object, ...]:
    return ("--broker", f"mqtt://127.0.0.1:{port}", "--site-id", SITE, "--agency", AGENCY)


def test_the_command_prints_the_exact_bytes_and_ends_when_asked(mosquitto, headquarters) -> None:
    with command(*address(mosquitto.port), "--json") as process:
        connected(process)
        headquarters.publish(alert())
        assert process.stdout.readline() == alert() + b"\n"
        headquarters.receipt()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 143
        assert process.stdout.read() == b""


def test_the_command_shows_a_card_in_thai_and_english_and_acknowledges_by_name(
    mosquitto, headquarters
) -> None:
    with command(*address(mosquitto.port), "--ack", "--by", "Sgt Somchai") as process:
        connected(process)
        headquarters.publish(alert(headline={"th": "พบเรือ \u001b[2J", "en": "boat"}))
        actions = [parse_receipt(headquarters.receipt(), AGENCY, None).action for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.wait(DEADLINE_S)
        text = process.stdout.read()
    assert actions == ["received", "acknowledged"]
    assert text.startswith(b"ALERT 1  EXERCISE  2026-11-20T10:07:56.800000Z  extreme, likely\n")
    assert b"boat" in text
    assert b"\x1b" not in text


def test_on_a_terminal_a_card_has_the_colour_of_its_severity_and_a_real_grave_one_rings(
    mosquitto, headquarters
) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*PROGRAM, *map(str, address(mosquitto.port))], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    try:
        assert "connected" in read_until(ours, "connected")
        headquarters.publish(alert(status="actual"))
        text = read_until(ours, "\x07")
    finally:
        process.kill()
        process.wait(DEADLINE_S)
        os.close(ours)
    assert "\x1b[1;37;41m" in text
    assert "พบเรือ 1 ลำ" in text
    assert "Check the place." in text


def read_until(descriptor: int, wanted: str) -> str:
    raw = b""
    while wanted.encode() not in raw:
        ready, _, _ = select.select([descriptor], [], [], DEADLINE_S)
        assert ready, raw
        raw += os.read(descriptor, 4096)
    return raw.decode("utf-8", "replace")


def test_the_site_file_gives_broker_and_agency_and_a_key_that_fits(mosquitto, headquarters, tmp_path) -> None:
    pair = make_key_pair(tmp_path / "keys")
    site = tmp_path / "site.toml"
    site.write_text(
        f'[site]\nid = "{SITE}"\n[broker]\nurl = "mqtt://127.0.0.1:{mosquitto.port}"\n'
        f'[[agency]]\nid = "{AGENCY}"\npublic_key = "{pair.public}"\n'
    )
    home = make_key_pair(tmp_path / "home")
    keys = ("--key", pair.private, "--public-key", home.public)
    with command(site, "--agency", AGENCY, *keys, "--json") as process:
        connected(process)
        headquarters.publish(alert())
        headquarters.publish(alert(key=load_private(home.private)))
        receipt = parse_receipt(headquarters.receipt(), AGENCY, load_public(pair.public))
    signed = alert(key=load_private(home.private))
    assert receipt.alert_sha256 == hashlib.sha256(signed).hexdigest()
    assert headquarters.receipts.empty()

    other = make_key_pair(tmp_path / "other")
    assert "--key is not the one" in refused(site, "--agency", AGENCY, "--key", other.private)
    assert "it has: police" in refused(site, "--agency", "forest")


def test_arguments_that_do_not_fit_together_are_refused_in_one_line(tmp_path) -> None:
    public = tmp_path / "site.pub"
    public.write_bytes(public_pem(KEY.public_key()))
    here = address(1)
    assert "--ack and --by go together" in refused(*here, "--ack")
    assert "--ack and --by go together" in refused(*here, "--by", "x")
    assert "--agency is missing" in refused("--broker", "mqtt://h", "--site-id", "s")
    assert "--site-id go together" in refused("--broker", "mqtt://h", "--agency", "a")
    assert "topics" in refused("--broker", "mqtt://h", "--site-id", "s", "--agency", "a/#")
    assert str(public) in refused(*here, "--key", public)
    assert str(tmp_path / "none.pub") in refused(*here, "--public-key", tmp_path / "none.pub")
    assert "password_file" in refused(*here, "--username", "u", "--password-file", tmp_path / "none")
