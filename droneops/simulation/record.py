"""A scenario as files, as fast as it can be rendered: flight.tlog, video.mp4, video.json, truth.jsonl."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from droneops import times
from droneops.camera_file import load_camera
from droneops.errors import OutputError
from droneops.simulation.encoding import encode_mp4
from droneops.simulation.film import Set, build, faults_at, frame_count, shots
from droneops.simulation.scenario import STREAM_FAULTS, Scenario
from droneops.simulation.telemetry import Mouth, said_between
from droneops.simulation.words import Vehicle

# A ground station hears a drone some seconds before its camera streams, and after.
_MARGIN_S = 2.0
Tell = Callable[[int, int], None]


def record(scenario: Scenario, out: Path, progress: Tell) -> dict[str, Path]:
    """Writes a folder for each drone below ``out`` (with one drone: ``out`` itself); gives them by drone.

    ``progress`` is told frames done and frames in all.

    Raises:
        OutputError: the folder cannot be written.
        ConfigError: the camera file, or an asset that there is none of.
    """
    vehicles = vehicles_of(scenario, scenario.start_us)
    total = sum(frame_count(vehicle) for vehicle in vehicles)
    built = build(scenario)
    folders: dict[str, Path] = {}
    for index, vehicle in enumerate(vehicles):
        folder = out if len(vehicles) == 1 else out / vehicle.drone.id
        before = index * frame_count(vehicle)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_tlog(vehicle, folder / "flight.tlog")
            write_film(vehicle, built, folder, counted_on(progress, before, total))
        except OSError as error:
            raise OutputError(error.strerror or str(error), where=str(folder)) from error
        folders[vehicle.drone.id] = folder
    return folders


def counted_on(progress: Tell, before: int, total: int) -> Callable[[int], None]:
    """Tells ``progress`` of one film among several: ``before`` frames are done, of ``total``."""
    return lambda done: progress(before + done, total)


def vehicles_of(scenario: Scenario, start_us: int) -> tuple[Vehicle, ...]:
    """The drones of a scenario whose second 0 is at a time. Raises ConfigError for the camera file."""
    camera = load_camera(scenario.camera_path)
    return tuple(Vehicle(scenario, drone, camera, start_us) for drone in scenario.file.drone)


def write_tlog(vehicle: Vehicle, path: Path) -> None:
    """The telemetry as a ground station records it: each frame behind its UTC in microseconds."""
    end_s = vehicle.scenario.file.duration_s + _MARGIN_S
    with path.open("wb") as file:
        for t_s, frame in said_between(vehicle, Mouth(vehicle.drone.system_id), -_MARGIN_S, end_s):
            file.write(vehicle.utc_us(t_s).to_bytes(8, "big") + frame)


def write_film(
    vehicle: Vehicle, built: Set, folder: Path, progress: Callable[[int], None], *, whole: bool = False
) -> None:
    """video.mp4, video.json, truth.jsonl; unless ``whole``, without the frames that a fault of the stream
    swallows."""
    lens, video = vehicle.camera.lens, vehicle.scenario.file.video
    size = (lens.width_px, lens.height_px)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        pictures = _pictures(vehicle, built, truth, progress, whole=whole)
        encode_mp4(folder / "video.mp4", pictures, size, video.fps, video.kbit_s)
    sidecar = {
        "file": "video.mp4",
        "start_utc": times.to_text(vehicle.start_us),
        "fps": video.fps,
        "width": size[0],
        "height": size[1],
        "codec": "h264",
    }
    (folder / "video.json").write_text(json.dumps(sidecar, indent=1) + "\n", encoding="utf-8")


def _pictures(
    vehicle: Vehicle, built: Set, truth: TextIO, progress: Callable[[int], None], *, whole: bool
) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    for shot in shots(vehicle, built):
        truth.write(json.dumps(shot.truth, separators=(",", ":")) + "\n")
        if whole or not set(STREAM_FAULTS) & set(faults_at(vehicle, shot.t_s)):
            yield shot.number, shot.image_bgr
        progress(shot.number + 1)
