"""What a rehearsal's files say agrees with what the product makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from rehearsal_scene import write_scenario

from droneops.camera_file import load_camera
from droneops.geo.ground import Ground
from droneops.geo.locate import locate
from droneops.geo.rotation import matrix_from_quaternion
from droneops.geo.wgs84 import LocalPlane
from droneops.simulation.record import record
from droneops.simulation.scenario import load_scenario
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import GroundPoint, Pose, Sigma

PLANE = LocalPlane.at(16.32, 104.93)


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded rehearsal."""
    folder = tmp_path_factory.mktemp("rehearsal")
    record(load_scenario(write_scenario(folder)), folder / "out", lambda *_: None)
    return folder


def rows(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "out" / "truth.jsonl").read_text().splitlines()]


def track(folder: Path) -> PoseTrack:
    log = read_tlog(folder / "out" / "flight.tlog")
    vehicle = choose_vehicle(log, 7)
    assert vehicle is not None
    return build_pose_track(log, vehicle, drone_id="patrol-1")


def test_the_pixel_of_an_actor_is_where_opencv_projects_it_from_the_true_pose(flown: Path) -> None:
    camera = load_camera(flown / "camera.toml")
    lens = camera.lens
    matrix = np.array([[lens.fx_px, 0, lens.cx_px], [0, lens.fy_px, lens.cy_px], [0, 0, 1.0]])
    seen = 0
    for row in rows(flown):
        pose = row["pose"]
        ned_from_body = matrix_from_quaternion(np.array(pose["ned_from_body"]))
        ned_from_camera = (
            matrix_from_quaternion(np.array(pose["ned_from_gimbal"])) @ camera.mount_from_camera()
        )
        east, north = PLANE.east_north_m(pose["lat_deg"], pose["lon_deg"])
        camera_ned = np.array([north, east, 140.0 - pose["alt_msl_m"]]) + ned_from_body @ [0.1, 0.0, 0.2]
        rotation, _ = cv2.Rodrigues(ned_from_camera.T)
        for actor in row["actors"]:
            east, north = PLANE.east_north_m(actor["lat_deg"], actor["lon_deg"])
            pixel, _ = cv2.projectPoints(
                np.array([[north, east, 0.0]]),
                rotation,
                -ned_from_camera.T @ camera_ned,
                matrix,
                np.array(lens.distortion),
            )
            assert actor["foot_px"] == pytest.approx(pixel.ravel(), abs=0.05)
            seen += 1
    assert seen > 25


def test_the_product_puts_an_actor_on_the_map_where_it_is(flown: Path) -> None:
    poses, camera = track(flown), load_camera(flown / "camera.toml")
    for row in rows(flown):
        pose = poses.at(row["time_us"])
        assert isinstance(pose, Pose)
        pixels = np.array([actor["foot_px"] for actor in row["actors"]])
        found = locate(pixels, pose, camera, Ground(140.0, Sigma(0.1, "made")), None)
        for actor, point in zip(row["actors"], found, strict=True):
            assert isinstance(point, GroundPoint)
            apart = np.subtract(
                PLANE.east_north_m(point.lat_deg, point.lon_deg),
                PLANE.east_north_m(actor["lat_deg"], actor["lon_deg"]),
            )
            assert np.hypot(*apart) < 0.5


def test_an_actor_is_there_from_when_it_appears(flown: Path) -> None:
    there = [("late" in {actor["id"] for actor in row["actors"]}) for row in rows(flown)]
    assert there == [False] * 10 + [True] * 10


def test_the_film_has_a_frame_for_each_line_of_the_truth_and_shows_the_car_in_its_box(flown: Path) -> None:
    truth = rows(flown)
    with av.open(str(flown / "out" / "video.mp4")) as video:
        images = [frame.to_ndarray(format="bgr24") for frame in video.decode(video=0)]
    assert len(images) == len(truth) == 20
    car = [next(a for a in row["actors"] if a["id"] == "car") for row in truth]
    first, last = (np.array(car[i]["bbox_px"]).round().astype(int) for i in (0, -1))
    changed = np.abs(images[0].astype(int) - images[-1].astype(int)).max(axis=2)
    for left, top, right, bottom in (first, last):
        inside = changed[top + 2 : bottom - 2, left + 2 : right - 2]
        assert np.median(inside) > np.median(changed) + 5
