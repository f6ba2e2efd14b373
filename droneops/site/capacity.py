"""Before the flight: about how much of this machine the drones of a site will take.

An estimate: the detector's time is measured here on a picture of nothing, decoding is reckoned from what it
took elsewhere. While `run` runs, what is measured there counts (`site.load`).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from droneops.config import DroneCameraSection, DroneSection, Site
from droneops.site.checked import Checked

FULL_HD_PX = 1920 * 1080
"""Taken where no camera file tells the size: what most drones send."""

DECODE_S_A_SECOND = 0.15
"""Core seconds a second of 1080p30 for decoding and for receiving, with a key frame a second: 0.07 to 0.10 at
two and at five looks a second by benchmarks/live_video.py, telemetry and the process's own needs above that
(benchmarks/live_drones.py)."""

ROOM = 1.6
"""Looks that fall together wait for each other: on one core pictures stayed younger than 300 ms up to about
two thirds of its time (benchmarks/live_drones.py)."""

PATCH_PX = 40

TRIALS = 2
"""The first look loads what later ones have; the least of them counts."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the drones of a site take, in cores, and what there is."""

    drones: int
    needed: float
    cores: int

    @property
    def is_too_much(self) -> bool:
        """Whether looks will be left out."""
        return self.needed > self.cores

    def told(self) -> str:
        """In one line."""
        about = f"{self.drones} drones take about {self.needed:.1f} of {self.cores} cores"
        if not self.is_too_much:
            return about
        carried = max(int(self.drones * self.cores / self.needed), 0)
        return f"{about}: it carries about {carried}; beyond that all are looked at less often"


def need_of(site: Site) -> Need:
    """Raises DroneopsError where a detector cannot be used."""
    watched = [drone for drone in site.file.drone if any(camera.video for camera in drone.camera)]
    look_s: dict[tuple[str, int, int], float] = {}
    needed = sum(_needed(site, drone, camera, look_s) for drone in watched for camera in drone.camera)
    return Need(len(watched), needed, len(os.sched_getaffinity(0)))


def check_capacity(site: Site) -> Checked:
    """One line on whether this machine carries the drones that are configured."""
    need = need_of(site)
    if not need.is_too_much:
        return Checked("capacity", "ok", f"{need.told()} (estimated)")
    mend = "fewer looks_per_second, fewer drones, a smaller picture or more cores"
    return Checked("capacity", "warning", f"{need.told()} (estimated: the detector tried here)", mend)


def _needed(
    site: Site, drone: DroneSection, camera: DroneCameraSection, look_s: dict[tuple[str, int, int], float]
) -> float:
    if camera.video is None:
        return 0.0
    width, height = _size_px(site, camera)
    key = (drone.detector or "", width, height)
    if key not in look_s:
        look_s[key] = _look_s(site, drone, width, height)
    decode_s = DECODE_S_A_SECOND * width * height / FULL_HD_PX
    return ROOM * (decode_s + float(drone.looks_per_second) * look_s[key])


def _size_px(site: Site, camera: DroneCameraSection) -> tuple[int, int]:
    from droneops.camera_file import load_camera

    if camera.file is None:
        return 1920, 1080
    lens = load_camera(site.beside(camera.file)).lens
    return lens.width_px, lens.height_px


def _look_s(site: Site, drone: DroneSection, width: int, height: int) -> float:
    """Core seconds of one look, those of all threads."""
    import numpy as np

    from droneops.replay.prepare import live_detector_of

    _, detector = live_detector_of(site, drone)
    # Patches of soil and leaves: noise at every pixel is what no camera shows.
    patches = np.random.default_rng(1).integers(60, 130, (height // PATCH_PX + 1, width // PATCH_PX + 1, 3))
    image = patches.astype(np.uint8).repeat(PATCH_PX, 0).repeat(PATCH_PX, 1)[:height, :width]
    image = np.ascontiguousarray(image)
    took_s = []
    for _ in range(TRIALS):
        began_s = time.process_time()
        detector.detect(image)
        took_s.append(time.process_time() - began_s)
    return min(took_s)
