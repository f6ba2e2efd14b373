"""The command as a user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "droneops", *(str(argument) for argument in arguments)]


def test_help_imports_no_heavy_library() -> None:
    heavy = "cv2 numpy onnxruntime av shapely pymavlink pydantic jinja2 paho amqtt mgrs"
    code = (
        "import sys, runpy\nsys.argv=['droneops','--help']\n"
        "try: runpy.run_module('droneops', run_name='__main__')\nexcept SystemExit: pass\n"
        f"print('HEAVY', [m for m in {heavy.split()!r} if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "HEAVY []" in output
    assert "replay" in output


@pytest.mark.parametrize("name", ["replay", "demo", "telemetry"])
def test_the_help_of_every_command_has_an_example(name: str) -> None:
    output = subprocess.run(command(name, "--help"), capture_output=True, text=True, check=True).stdout
    assert f"Example: droneops {name}" in output


def test_an_unknown_option_ends_with_status_two() -> None:
    outcome = subprocess.run(command("replay", "--colour"), capture_output=True, text=True)
    assert outcome.returncode == 2
    assert "--colour" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_replay_told_to_stop_does_so_within_two_seconds_and_leaves_nothing(
    example, tmp_path, number, status
) -> None:
    out = tmp_path / "out"
    flight = ("--telemetry", example / "capture.tlog", "--video", example / "video.mp4")
    with subprocess.Popen(
        command(
            "replay", *flight, "--site", example / "site.toml", "--out", out, "--looks-per-second", "all"
        ),
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("watching"):
                break
        process.send_signal(number)
        began = time.monotonic()
        rest = process.stderr.read()
        assert process.wait(10) == status
    assert time.monotonic() - began < 2.0
    assert "droneops: stopped" in rest
    assert not out.exists()


def test_the_json_output_is_the_summary(droneops, example, tmp_path) -> None:
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", "--out", tmp_path / "out", "--json")
    assert outcome.stdout == (tmp_path / "out" / "summary.json").read_text()


def test_debug_shows_the_traceback_and_the_line_all_the_same(tmp_path) -> None:
    missing = Path(tmp_path / "none.tlog")
    outcome = subprocess.run(
        command("--debug", "replay", "--telemetry", missing, "--out", tmp_path / "out"),
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 2
    assert "Traceback" in outcome.stderr
    assert outcome.stderr.splitlines()[-1].startswith("droneops: ")
