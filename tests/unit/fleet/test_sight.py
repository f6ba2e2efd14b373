"""What a drone sees with: pictures of other sizes, badly known times, ground that nobody knows yet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droneops.camera_file import assumed_camera
from droneops.config import load_site
from droneops.errors import ConfigError
from droneops.fleet.sight import (
    UNKNOWN_STREAM_S,
    Sight,
    UnknownLens,
    ground_now,
    scaled,
    sight_of,
    time_sigma_s,
    with_time_sigma,
)
from droneops.geo.camera import Camera
from droneops.geo.dem import DemGrid
from droneops.types import NoPose, Reason

CAMERA = """
[camera]
name = "720p"
width_px = 1280
height_px = 720
fx_px = 1000.0
fy_px = 1010.0
cx_px = 640.3
cy_px = 355.2
[sigma]
time_offset_s = 0.04
"""
SITE = """
[site]
id = "s"
{more}
[[drone]]
id = "d1"
detector = "aruco"
[[drone.camera]]
id = "eo"
file = "camera.toml"
[[drone.camera]]
id = "ir"
"""


@dataclass(frozen=True)
class Boot:
    """What a vehicle's clock is known by."""

    spread_us: int


@dataclass(frozen=True)
class Track:
    """A telemetry of which only the clock counts."""

    boots: tuple[Boot, ...]


class Poses:
    """The poses of a drone that has none."""

    def at(self, time_us: int) -> NoPose:
        return NoPose(time_us, Reason.NO_POSE)


def site_at(folder: Path, more: str = "") -> Any:
    (folder / "camera.toml").write_text(CAMERA)
    path = folder / "site.toml"
    path.write_text(SITE.format(more=more))
    return load_site(path)


@pytest.fixture
def sight(tmp_path: Path) -> Sight:
    site = site_at(tmp_path)
    return sight_of(site, site.file.drone[0], Poses())


@pytest.fixture
def camera(sight: Sight) -> Camera:
    found = sight.cameras["eo"]
    assert found is not None
    return found


def test_a_picture_of_the_files_size_is_seen_through_the_files_lens(sight: Sight, camera: Camera) -> None:
    eyes = sight.eyes_for("eo", (1280, 720), 0.2, pytest.fail)
    assert eyes.camera.lens == camera.lens
    assert eyes.camera.sigma.time_offset_s == 0.2


@pytest.mark.parametrize("size_px", [(640, 360), (1920, 1080), (3840, 2160), (854, 480)])
def test_a_pixel_of_a_resized_stream_looks_where_it_did(camera: Camera, size_px: tuple[int, int]) -> None:
    made = scaled(camera, *size_px)
    assert made is not None
    # The same spot of the scene, as a share of the picture from its left and upper edge.
    for share in (0.0, 0.25, 0.9):
        for lens, (width, height) in ((camera.lens, (1280, 720)), (made.lens, size_px)):
            right = (share * width - 0.5 - lens.cx_px) / lens.fx_px
            down = (share * height - 0.5 - lens.cy_px) / lens.fy_px
            if lens is camera.lens:
                wanted = right, down
        assert (right, down) == pytest.approx(wanted, abs=1e-9)


def test_a_stream_of_another_shape_puts_nothing_on_the_map_and_says_why(sight: Sight) -> None:
    lines: list[str] = []
    eyes = sight.eyes_for("eo", (1024, 768), 0.2, lines.append)
    assert isinstance(eyes.poses, UnknownLens)
    pose = eyes.poses.at(5)
    assert isinstance(pose, NoPose) and pose.reason is Reason.FOV_UNKNOWN
    assert "1024 x 768" in lines[0]


def test_a_camera_without_a_file_has_an_assumed_lens_of_its_pictures_size(sight: Sight) -> None:
    for name in ("ir", "never heard of"):
        lens = sight.eyes_for(name, (800, 600), 0.2, pytest.fail).camera.lens
        assert (lens.width_px, lens.height_px) == (800, 600)


def test_a_cameras_own_error_the_streams_and_the_vehicles_clock_add_as_squares(camera: Camera) -> None:
    track: Any = Track((Boot(9_000_000), Boot(196_000)))
    assert time_sigma_s(camera, 0.03, None) == pytest.approx(0.05)
    assert time_sigma_s(camera, 0.03, track) == pytest.approx(math.hypot(0.05, 0.1))
    assert with_time_sigma(camera, 0.7).sigma == replace(camera.sigma, time_offset_s=0.7)


def test_a_stream_that_tells_no_times_is_assumed_to_be_late_and_never_exact(camera: Camera) -> None:
    assert time_sigma_s(camera, None, None) > UNKNOWN_STREAM_S
    assert time_sigma_s(None, 0.0, None) == assumed_camera(1, 1).sigma.time_offset_s > 0.0


def test_ground_of_the_report_is_nowhere_before_any_telemetry_came(tmp_path: Path) -> None:
    site = site_at(tmp_path, '[terrain]\nsource = "report"')
    ground = ground_now(site, None, None, pytest.fail)
    relief: Any = ground.relief
    assert isinstance(relief, DemGrid)
    assert np.isnan(relief.height_msl_m(np.array([16.4]), np.array([104.7]))).all()


def test_ground_of_a_value_is_that_value_at_once(tmp_path: Path) -> None:
    site = site_at(tmp_path, '[terrain]\nsource = "value"\nalt_msl_m = 212.0\nsigma_m = 0.5')
    ground = ground_now(site, None, None, pytest.fail)
    assert (ground.alt_msl_m, ground.sigma_m.value) == (212.0, 0.5)


@pytest.mark.parametrize("change", [("camera.toml", "lost.toml"), ("aruco", "no-such-model")])
def test_what_cannot_be_seen_with_is_known_before_the_flight(tmp_path: Path, change: tuple[str, str]) -> None:
    site_at(tmp_path)
    path = tmp_path / "site.toml"
    path.write_text(path.read_text().replace(*change))
    site = load_site(path)
    with pytest.raises(ConfigError):
        sight_of(site, site.file.drone[0], Poses())
