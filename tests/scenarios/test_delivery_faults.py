"""kill -9 of the site process and of the broker, and cut connections, lose, double and disorder nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRIALS = 4


def test_every_message_of_every_event_arrives_once_and_in_order_whatever_is_killed(tmp_path: Path) -> None:
    if shutil.which("mosquitto") is None and shutil.which("mosquitto", path="/usr/sbin") is None:
        pytest.skip("mosquitto is not installed: run tests/install-servers.sh")
    script = ROOT / "benchmarks" / "delivery_faults.py"
    command = [sys.executable, str(script), "--trials", str(TRIALS), "--seed", "11", "--json"]
    done = subprocess.run(
        [*command, "--events", "30", "--keep", str(tmp_path)], capture_output=True, timeout=420
    )
    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert result["good_trials"] == result["trials"] == TRIALS
    assert result["incidents"] == result["events"] == TRIALS * 30
    assert result["lost"] == result["seen_twice"] == result["out_of_order"] == result["other_bytes"] == 0
    assert set(result["faults"]) == {"service", "broker", "connection"}
