"""Rehearsed events for the live benchmarks: a drone hops from marker to marker, each marker one alert.

The film is drawn beforehand and sent as a drone would send it: H.264 over RTSP with sender reports, telemetry
as MAVLink over UDP. Markers stand for people in a park, so that the deciding frame is known: the first look
that has seen one for the rule's dwell, which the alert names as ``last_seen``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from droneops.camera_file import load_camera
from droneops.simulation.encoding import encode_mp4
from droneops.simulation.live import LEAD_S, Air, at_time, fly
from droneops.simulation.scenario import FlightPoint, GazePoint, Scenario, load_scenario
from droneops.simulation.words import Vehicle
from droneops.telemetry.live.now import system_clock

EVENT_S = 8.0
"""Four seconds to the next marker at 50 m/s, four over it: R0 asks for two."""

QUICK_EVENT_S = 5.6
"""The same in a hurry, where nothing is to fail in between: R0's two seconds and most of one to spare."""

HOP_M = 200.0
"""Further than what the rules take for one incident."""

FPS = 25
HEIGHT_M = 60.0
MARKER_PX = 90

CAMERA = """[camera]
name = "live-events"
width_px = {width}
height_px = {height}
hfov_deg = 62.0
"""

SCENARIO = """name = "live-events"
start_utc = "2026-11-20T01:00:00Z"
duration_s = {duration}
[place]
name = "a park"
lat_deg = 16.44
lon_deg = 104.75
ground_alt_msl_m = 200.0
[video]
camera = "camera.toml"
fps = {fps}
kbit_s = {kbit_s}
[[drone]]
id = "patrol-1"
wind_mps = 0.0
gps_sigma_m = 0.3
heading_error_deg = 0.0
path = [{{ t_s = 0, east_m = 0, north_m = 0, above_ground_m = 60 }}]
gaze = [{{ t_s = 0, east_m = 0, north_m = 0 }}]
"""


def scenario_in(
    folder: Path, size: tuple[int, int], events: int, *, drone_id: str = "patrol-1", event_s: float = EVENT_S
) -> Scenario:
    """The scenario, written into a folder and read back, with a way longer than a file may hold."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "camera.toml").write_text(CAMERA.format(width=size[0], height=size[1]))
    kbit_s = 4000 if size[1] <= 720 else 8000
    text = SCENARIO.format(duration=event_s * (events + 1), fps=FPS, kbit_s=kbit_s)
    (folder / "scenario.toml").write_text(text)
    scenario = load_scenario(folder / "scenario.toml")
    stops = [(k * event_s, k * HOP_M) for k in range(events + 1)]
    corners = [(t, north) for t0, north in stops for t, north in ((t0, north), (t0 + event_s / 2, north))]
    flight = FlightPoint.model_construct
    gaze = GazePoint.model_construct
    path = [flight(t_s=t, east_m=0.0, north_m=north, above_ground_m=HEIGHT_M) for t, north in corners]
    looks = [gaze(t_s=t, east_m=0.0, north_m=north) for t, north in corners]
    drone = scenario.file.drone[0].model_copy(update={"id": drone_id, "path": path, "gaze": looks})
    return Scenario(scenario.file.model_copy(update={"drone": [drone]}), folder, scenario.sha256)


def draw_film(
    scenario: Scenario, size: tuple[int, int], events: int, out: Path, *, event_s: float = EVENT_S
) -> None:
    """``out``/video.mp4: grass that rushes by between the stops, and a marker at each of them."""
    out.mkdir(parents=True, exist_ok=True)
    encode_mp4(
        out / "video.mp4",
        enumerate(_pictures(size, events, event_s)),
        size,
        FPS,
        scenario.file.video.kbit_s,
    )


def _pictures(size: tuple[int, int], events: int, event_s: float) -> Iterator[npt.NDArray[np.uint8]]:
    width, height = size
    chance = np.random.default_rng(1)
    grass = cv2.resize(chance.integers(60, 130, (400, 160, 3), np.uint8), (width, height * 3))
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    for number in range(round((events + 1) * event_s * FPS)):
        event, t_s = divmod(number / FPS, event_s)
        moved = 0 if t_s < event_s / 2 else round((t_s - event_s / 2) * height / 2)
        image = np.ascontiguousarray(grass[moved % (2 * height) :][:height])
        noise = chance.integers(0, 6, (height // 4, width // 4, 3), np.uint8)
        image = cv2.add(image, cv2.resize(noise, size))
        if t_s < event_s / 2 and 0 < event <= events:
            marker = cv2.aruco.generateImageMarker(dictionary, int(event), MARKER_PX)
            square = cv2.copyMakeBorder(marker, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=(255, 255, 255))
            left, top = (width - square.shape[1]) // 2, (height - square.shape[0]) // 2
            image[top : top + square.shape[0], left : left + square.shape[1]] = square[:, :, None]
        yield np.asarray(image, np.uint8)


def main() -> None:
    """python live_events.py FOLDER WIDTH HEIGHT EVENTS TELEMETRY_PORT RTSP_PORT EVENT_S: flies once.

    Prints by how many microseconds the drone's clock, which stamps pictures and telemetry, is behind ours:
    the flight begins once the film is loaded.
    """
    folder, width, height, events, telemetry, rtsp = Path(sys.argv[1]), *map(int, sys.argv[2:7])
    scenario = scenario_in(folder, (width, height), events, event_s=float(sys.argv[7]))
    clock = system_clock()
    vehicle = at_time(
        Vehicle(scenario, scenario.file.drone[0], load_camera(scenario.camera_path), 0),
        clock.utc_us() + round(LEAD_S * 1e6),
    )
    air = Air(("127.0.0.1", telemetry), ("127.0.0.1", rtsp))
    films = {vehicle.drone.id: folder / "film"}

    def started(_port: int) -> None:
        print(clock.utc_us() + round(LEAD_S * 1e6) - vehicle.start_us, flush=True)

    asyncio.run(fly([vehicle], films, air, clock, started, asyncio.Event()))


if __name__ == "__main__":
    main()
