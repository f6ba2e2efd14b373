"""A rehearsal as a process of its own, with a small scenario."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CAMERA = '[camera]\nname = "small"\nwidth_px = 320\nheight_px = 180\nhfov_deg = 62.0\n'
SCENARIO = """
name = "small"
start_utc = "2026-11-20T01:00:00Z"
duration_s = 25.0
base = "soil"
[place]
name = "here"
lat_deg = 16.32
lon_deg = 104.93
ground_alt_msl_m = 140.0
reach_m = 30.0
[video]
camera = "camera.toml"
fps = 10
kbit_s = 500
[[actor]]
id = "car"
asset = "pickup"
path = [{ t_s = 0, east_m = -8, north_m = 0 }, { t_s = 25, east_m = 8, north_m = 3 }]
[[drone]]
id = "patrol-1"
system_id = 7
path = [{ t_s = 0, east_m = -3, north_m = -25, above_ground_m = 30 }]
gaze = [{ t_s = 0, east_m = 0, north_m = 0 }]
"""


@dataclass(frozen=True)
class Rehearsal:
    """What the process said of its only drone, and the process."""

    drone: dict[str, Any]
    process: subprocess.Popen[str]
    folder: Path


@contextmanager
def rehearsing(folder: Path, telemetry_port: int, *options: str, faults: str = "") -> Iterator[Rehearsal]:
    """Flies the scenario in a folder that keeps its film, on an RTSP port of the system's choice."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "camera.toml").write_text(CAMERA, encoding="utf-8")
    (folder / "small.toml").write_text(SCENARIO + faults, encoding="utf-8")
    where = ["--cache", "cache", "--rtsp", "127.0.0.1:0", "--telemetry", f"127.0.0.1:{telemetry_port}"]
    command = [sys.executable, "-m", "droneops", "simulate", "small.toml", *where, "--json", *options]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.wait(10)
        yield Rehearsal(json.loads(line)["drones"][0], process, folder)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
