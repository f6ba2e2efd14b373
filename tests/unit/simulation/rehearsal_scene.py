"""A small scenario that is rendered within a second."""

from __future__ import annotations

from pathlib import Path

CAMERA = """
[camera]
name = "small"
width_px = 320
height_px = 180
hfov_deg = 62.0
distortion = [-0.08, 0.01, 0.001, -0.001, 0.0]
[mount]
kind = "stabilised"
boresight_rpy_deg = [0.5, -1.0, 2.0]
lever_arm_m = [0.1, 0.0, 0.2]
"""

SCENARIO = """
name = "small"
start_utc = "2026-11-20T01:00:00Z"
duration_s = 4.0
base = "soil"
[place]
name = "here"
lat_deg = 16.32
lon_deg = 104.93
ground_alt_msl_m = 140.0
reach_m = 40.0
[video]
camera = "camera.toml"
fps = 5
kbit_s = 800
[[ground]]
kind = "water"
outline = [[15, -40], [40, -40], [40, 40], [15, 40]]
[[actor]]
id = "car"
asset = "pickup"
path = [{ t_s = 0, east_m = -8, north_m = 0 }, { t_s = 4, east_m = 4, north_m = 3 }]
[[actor]]
id = "late"
asset = "person_stand"
appears_s = 2.0
path = [{ t_s = 0, east_m = 5, north_m = -3 }]
[[drone]]
id = "patrol-1"
system_id = 7
gps_sigma_m = 0.0
heading_error_deg = 0.0
path = [
    { t_s = 0, east_m = -3, north_m = -25, above_ground_m = 30 },
    { t_s = 4, east_m = 3, north_m = -25, above_ground_m = 30 },
]
gaze = [{ t_s = 0, east_m = 0, north_m = 0 }]
"""


def write_scenario(folder: Path, scenario: str = SCENARIO) -> Path:
    """The scenario and its camera in a folder; gives the scenario's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "camera.toml").write_text(CAMERA, encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(scenario, encoding="utf-8")
    return path
