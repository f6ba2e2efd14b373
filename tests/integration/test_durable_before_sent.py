"""No alert leaves before it is on disk: seen from outside, in the calls that the site process makes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVENTS, MESSAGES = 4, 12
CALL = re.compile(r"^(\d+) +(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$", re.DOTALL)
ALERT_ID = re.compile(r'droneops\.alert/1\\",\\"id\\":\\"([0-9a-f-]{36})')

SITE = """
[site]
id = "trial"
status = "test"

[broker]
url = "mqtt://127.0.0.1:{port}"

[[agency]]
id = "police"
"""


def traced(site: Path, log: Path) -> subprocess.Popen[bytes]:
    """The site process of the fault trials, with every write, flush and send on record."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: run tests/install-servers.sh")
    service = ROOT / "benchmarks" / "delivery_service.py"
    tracing = [strace, "-f", "-s", "9000", "-o", str(log), "-e", "trace=fdatasync,pwrite64,sendto"]
    return subprocess.Popen(
        [*tracing, sys.executable, str(service), str(site), "1", str(EVENTS), "50"], start_new_session=True
    )


def returned(log: Path) -> list[tuple[str, str]]:
    """Name and text of each call in the order in which it returned."""
    begun: dict[str, str] = {}
    calls = []
    for line in log.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        thread, name, text, resumed, rest = found.groups()
        if resumed is not None:
            calls.append((resumed, begun.pop(thread, "") + rest))
        elif text.endswith("<unfinished ...>"):
            begun[thread] = text
        else:
            calls.append((name, text))
    return calls


def instants(calls: list[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """When each alert was first written, when the next flush of that file returned, when it was sent."""
    seen: dict[str, dict[str, int]] = {}
    file_of: dict[str, str] = {}
    for place, (name, text) in enumerate(calls):
        for alert_id in ALERT_ID.findall(text):
            kind = "written" if name == "pwrite64" else "sent"
            seen.setdefault(alert_id, {}).setdefault(kind, place)
            if kind == "written":
                file_of.setdefault(alert_id, text.partition(",")[0])
        if name == "fdatasync" and text.rstrip().endswith("= 0"):
            for alert_id, file in file_of.items():
                if text.startswith(f"{file})"):
                    seen[alert_id].setdefault("durable", place)
    return seen


def sent_alerts(log: Path) -> set[str]:
    return {i for i, at in instants(returned(log)).items() if "sent" in at}


def test_the_flush_of_an_alerts_record_returns_before_it_is_published(
    mosquitto: object, tmp_path: Path
) -> None:
    site, log = tmp_path / "site.toml", tmp_path / "calls"
    site.write_text(SITE.format(port=mosquitto.port))
    process = traced(site, log)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.5)
            if log.exists() and len(sent_alerts(log)) == MESSAGES:
                break
    finally:
        # strace alone would leave the traced process behind.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    if not log.exists() or log.stat().st_size == 0:
        pytest.skip("strace may not trace here (ptrace is forbidden)")
    seen = instants(returned(log))
    assert len(seen) == MESSAGES
    for at in seen.values():
        assert at["written"] < at["durable"] < at["sent"]
