"""`droneops outbox` as scripts use it: alerts in by lines, ids out once durable, everything out again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from droneops.delivery.outbox.lines import lines_as_they_come
from droneops.delivery.outbox.store import Outbox
from droneops.evidence.journal import verify_chain

SITE = """
[site]
id = "mukdahan"
status = "exercise"

[[agency]]
id = "police"
events = ["intrusion", "illegal_logging"]

[[agency]]
id = "fire"
events = ["fire"]
"""
COMMAND = """
import droneops.cli as cli
from droneops.cli.outbox import outbox
if all(group.name != "outbox" for group in cli.app.registered_groups):
    cli.app.add_typer(outbox, name="outbox")
cli.main()
"""


def message(incident: int, sequence: int, **more: Any) -> dict[str, Any]:
    incident_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"incident {incident}"))
    words = {"th": "พบคนในป่า", "en": "People in the forest"}
    return {
        "schema": "droneops.alert/1",
        "id": str(uuid.uuid5(uuid.UUID(incident_id), str(sequence))),
        "incident_id": incident_id,
        "sequence": sequence,
        "message_type": "alert" if sequence == 1 else "update",
        "references": [],
        "replaced_by": None,
        "status": "exercise",
        "sent": "2026-11-20T10:05:00.000000Z",
        "onset": "2026-11-20T10:05:00.000000Z",
        "last_seen": "2026-11-20T10:05:00.000000Z",
        "event": "intrusion",
        "severity": "moderate",
        "certainty": "observed",
        "headline": words,
        "instruction": words,
        "position": None,
        "zones": [],
        "border": None,
        "subjects": [],
        "motion": None,
        "rule": {"id": "R0", "version": "1"},
        "drone": {"id": "patrol-1", "pose": None},
        "snapshot": None,
        "evidence": None,
        "journal_head": None,
        "provenance": {
            "software": "droneops",
            "detector": "aruco",
            "weights_sha256": None,
            "zones_sha256": "0" * 64,
            "site_sha256": None,
        },
        "signature": None,
        **more,
    }


def line(incident: int, sequence: int, **more: Any) -> bytes:
    return json.dumps(message(incident, sequence, **more), ensure_ascii=False).encode() + b"\n"


def ident(incident: int, sequence: int) -> str:
    return str(message(incident, sequence)["id"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


def run(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", COMMAND, "outbox", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, timeout=60)


def listed(site: Path) -> dict[str, Any]:
    done = run("list", site, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_alerts_are_stored_as_they_are_and_their_ids_told(site, tmp_path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(
        line(1, 1) + line(1, 2).replace(b"\n", b"\r\n") + b"\n" + line(2, 1, event="fire").strip()
    )
    done = run("put", site, file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split() == [ident(1, 1), ident(1, 2), ident(2, 1)]
    found = listed(site)
    assert (found["alerts"], found["waiting"], found["unacknowledged"]) == (3, 3, 3)
    assert [(d["alert_id"], d["agency"], d["state"], d["raises"]) for d in found["deliveries"]] == [
        (ident(1, 1), "police", "stored", True),
        (ident(1, 2), "police", "stored", False),
        (ident(2, 1), "fire", "stored", True),
    ]
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        assert box.due(1, 1)[0].payload + b"\n" == line(1, 1)
    assert run("put", site, file).stdout == done.stdout, "a second time changes nothing, and all are durable"
    assert listed(site)["alerts"] == 3


def test_a_line_that_is_no_alert_is_named_and_costs_no_other_line(site) -> None:
    actual = line(3, 1, status="actual")
    given = line(1, 1) + b"{}\n" + line(1, 2) + b"x" * 5000 + b"\n" + b"\xff\n" + actual + line(2, 1)
    done = run("put", site, "-", given=given)
    assert done.returncode == 2
    assert done.stdout.decode().split() == [ident(1, 1), ident(1, 2), ident(2, 1)]
    *warnings, error = done.stderr.decode().splitlines()
    assert [text.split(" is ")[0].split(" status")[0] for text in warnings] == [
        f"warning: standard input: line {number}" for number in (2, 4, 5, 6)
    ]
    assert error.startswith("droneops: standard input: line 2 is no alert: ")
    assert "3 lines more" in error
    assert "actual" in warnings[3]


def test_other_bytes_under_a_known_id_are_refused_by_their_line(site) -> None:
    assert run("put", site, "-", given=line(1, 1)).returncode == 0
    done = run("put", site, "-", given=line(2, 1) + line(1, 1, severity="minor") + line(2, 2))
    assert done.returncode == 2
    assert done.stdout.decode().split() == [ident(2, 1), ident(2, 2)]
    assert b"line 2" in done.stderr
    assert ident(1, 1).encode() in done.stderr


def test_an_id_is_told_without_waiting_for_more_lines(site) -> None:
    command = [sys.executable, "-c", COMMAND, "outbox", "put", str(site), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as putter:
        assert putter.stdin is not None
        assert putter.stdout is not None
        putter.stdin.write(line(1, 1) + line(1, 2)[:40])
        putter.stdin.flush()
        assert putter.stdout.readline().decode().strip() == ident(1, 1)
        putter.stdin.write(line(1, 2)[40:])
        putter.stdin.flush()
        assert putter.stdout.readline().decode().strip() == ident(1, 2)
        putter.stdin.close()
        assert putter.wait(30) == 0


def test_alerts_can_be_put_while_the_service_has_the_outbox_open(site, tmp_path) -> None:
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        assert run("put", site, "-", given=line(1, 1)).returncode == 0
        assert box.changed()
        assert [owed.alert_id for owed in box.due(1, 9)] == [ident(1, 1)]


def test_a_rise_in_severity_asks_for_an_answer(site) -> None:
    run("put", site, "-", given=line(1, 1) + line(1, 2, severity="severe") + line(1, 3, severity="severe"))
    run("put", site, "-", given=line(1, 4, severity="severe") + line(1, 5, severity="extreme"))
    assert [d["raises"] for d in listed(site)["deliveries"]] == [True, True, False, False, True]


def test_an_alert_that_nobody_takes_is_stored_and_said(site) -> None:
    done = run("put", site, "-", given=line(1, 1, event="drone_blind"))
    assert done.returncode == 0
    assert done.stdout.decode().split() == [ident(1, 1)]
    assert b"goes to nobody" in done.stderr


def test_everything_comes_out_again_byte_by_byte_with_the_journal(site, tmp_path) -> None:
    given = line(1, 1) + line(1, 2)
    run("put", site, "-", given=given)
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        box.refuse("police", "not_json", "0" * 64, 1)
    done = run("export", site)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(text) for text in done.stdout.splitlines()]
    alerts = [row for row in rows if row["type"] == "alert"]
    assert b"".join(row["raw"].encode() + b"\n" for row in alerts) == given
    assert [row["sha256"] for row in alerts] == [
        hashlib.sha256(one).hexdigest() for one in given.splitlines()
    ]
    assert [row["deliveries"][0]["agency"] for row in alerts] == ["police", "police"]
    assert [row["reason"] for row in rows if row["type"] == "refusal"] == ["not_json"]
    entries = [
        text[len(b'{"type":"journal","entry":') : -1]
        for text in done.stdout.splitlines()
        if b"journal" in text[:20]
    ]
    assert verify_chain(entries)[0] == 3


def test_what_waits_can_be_asked_for_again(site, tmp_path) -> None:
    run("put", site, "-", given=line(1, 1) + line(2, 1))
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        box.sent([owed.key for owed in box.due(1, 9)], 1)
    assert listed(site)["waiting"] == 0
    assert run("resend", site, ident(1, 1)).stdout == b"1 will be sent again\n"
    assert run("resend", site).stdout == b"1 will be sent again\n"
    assert listed(site)["waiting"] == 2
    unknown = run("resend", site, "nothing")
    assert unknown.returncode == 2
    assert b"there is no alert" in unknown.stderr


def test_the_list_says_what_waits_to_whom_since_when(site) -> None:
    run("put", site, "-", given=line(1, 1))
    done = run("list", site)
    first, last = done.stdout.decode().splitlines()
    assert all(part in first for part in (ident(1, 1), "police", "stored", "since 20", "moderate"))
    assert last.startswith("1 to be sent (since 20")


def test_alerts_come_out_as_cap_and_as_cursor_on_target(site, tmp_path) -> None:
    place = {"lat_deg": 16.44, "lon_deg": 104.75, "ce90_m": 8.0, "cov_m2": [[9.0, 0.0], [0.0, 9.0]]}
    place |= {"utm": None, "mgrs": None, "near": None}
    run("put", site, "-", given=line(1, 1, position=place) + line(2, 1, position=place))
    for form, root in (("cap", "{urn:oasis:names:tc:emergency:cap:1.2}alert"), ("cot", "event")):
        done = run("export", site, "--format", form, "--out", tmp_path / form)
        files = sorted((tmp_path / form).rglob("*.xml"))
        assert f"{len(files)} alerts written" in done.stdout.decode(), done.stderr
        assert len(files) == 2
        assert all(etree.parse(file).getroot().tag == root for file in files)
    again = run("export", site, "--format", "cap", "--out", tmp_path / "cap")
    assert (again.returncode, b"is there already" in again.stderr) == (2, True)
    assert run("export", site, "--format", "cap").returncode == 2


@pytest.mark.parametrize(
    "arguments", [("put", "{site}", "{folder}/none"), ("put", "{site}", "{folder}"), ("list", "no.toml")]
)
def test_what_cannot_be_read_is_one_line(site, tmp_path, arguments) -> None:
    done = run(*(text.format(site=site, folder=tmp_path) for text in arguments))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(b"droneops: ")


def test_a_line_without_end_takes_no_memory() -> None:
    blocks = iter([b"one\ntw", b"o\n", *[b"x" * 100_000] * 50, b"x\nthree"])
    found = list(lines_as_they_come(lambda _: next(blocks, b""), 10))
    assert [row for batch in found for row in batch] == [(1, b"one"), (2, b"two"), (3, None), (4, b"three")]


def test_a_full_disk_ends_putting_with_one_line(site, tmp_path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "var"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        done = run("put", site, "-", given=b"".join(line(n, 1) for n in range(3000)))
        told = done.stdout.decode().split()
        assert done.returncode == 2
        assert b"No space left" in done.stderr
        assert told == [ident(n, 1) for n in range(len(told))]
        assert len(told) > 100
        assert {d["alert_id"] for d in listed(site)["deliveries"]} >= set(told)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
