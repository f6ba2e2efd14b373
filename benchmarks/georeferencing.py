"""How near to the truth points on the ground come, and how many of them a second.

    python benchmarks/georeferencing.py [--data ../shared/data] [--only frames,flights,oracles,speed]

frames    real oblique pictures with a surface model: each lens with heights and on flat ground, beside the
          baselines of the data pack's README (a plain pinhole with the gimbal's reading)
flights   recorded patrols: marker centres with the true poses and with those of the telemetry
oracles   10,000 random poses and lenses against OpenCV and pymap3d; against orthority where it is installed
speed     points a second
"""

from __future__ import annotations

import argparse
import csv
import math
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount, normalised
from droneops.geo.ground import Ground
from droneops.geo.locate import locate, view_of
from droneops.geo.view import rays_ned
from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray, GroundPoint, NoPose, Pose, Sigma, read_only

PARTS = ("frames", "flights", "oracles", "speed")
NO_ERROR = CameraSigma(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
UNCALIBRATED = CameraSigma(math.radians(3), math.radians(1), math.radians(0.5), 0.1, 1.5, 0.01)
POSES = 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    parts = {"frames": _frames, "flights": _flights, "oracles": _oracles, "speed": _speed}
    for name in arguments.only.split(","):
        parts[name](arguments.data)


def _camera(lens: Lens, sigma: CameraSigma = NO_ERROR) -> Camera:
    mount = Mount("stabilised", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    return Camera("made", lens, "file", mount, Bias(0.0, 0.0), sigma, None)


def _pose(
    lat_deg: float, lon_deg: float, alt_msl_m: float, above_home_m: float, ned_from_camera_mount: FloatArray
) -> Pose:
    none = Sigma(0.0, "made")
    return Pose(
        drone_id="d",
        time_us=0,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=alt_msl_m,
        alt_above_home_m=above_home_m,
        ned_from_body=ned_from_camera_mount,
        ned_from_gimbal=ned_from_camera_mount,
        velocity_ned_mps=read_only((0.0, 0.0, 0.0)),
        hfov_rad=None,
        position_sigma_m=none,
        altitude_sigma_m=none,
        attitude_sigma_rad=none,
        gimbal_sigma_rad=none,
        age_s=0.0,
    )


def _quaternion(yaw_rad: float, pitch_rad: float, roll_rad: float) -> FloatArray:
    from scipy.spatial.transform import Rotation

    return read_only(Rotation.from_euler("ZYX", [yaw_rad, pitch_rad, roll_rad]).as_quat(scalar_first=True))


def _apart_m(point: GroundPoint, lat_deg: float, lon_deg: float) -> float:
    return math.hypot(*LocalPlane.at(lat_deg, lon_deg).east_north_m(point.lat_deg, point.lon_deg))


def _told(name: str, errors_m: list[float], asked: int, beside: str = "") -> None:
    found = np.array(errors_m)
    figures = " ".join(
        f"{what} {np.percentile(found, p):7.3f}" for what, p in (("median", 50), ("p90", 90), ("p95", 95))
    )
    print(f"  {name:<44} {figures} m  ({len(found)} of {asked}) {beside}")


# Real frames.


def _frames(data: Path) -> None:
    """The pictures' own metadata gives gimbal and lens; nothing is fitted to the truth."""
    from droneops.terrain.area import Area
    from droneops.terrain.geotiff import read_geotiff

    folder = data / "georef" / "orthority_odm"
    with (folder / "orthority_odm_truth.csv").open() as file:
        rows = list(csv.DictReader(file))
    lats, lons = (np.array([float(row[key]) for row in rows]) for key in ("true_lat", "true_lon"))
    area = Area(lats.min() - 0.004, lats.max() + 0.004, lons.min() - 0.004, lons.max() + 0.004)
    dsm = Ground(None, Sigma(1.0, "made"), read_geotiff(folder / "dsm.tif", area))
    home = Ground(None, Sigma(10.0, "assumed"))
    print("real frames (orthority_odm; baselines: with DSM 4.0 / p90 14.6, flat 6.9 / 29.8)")
    grounds = {
        "surface model, 0.8 m": dsm,
        "the same at 30 m, as SRTM": _coarse(dsm, 37),
        "flat at home": home,
        "flat at the model's median": Ground(_median_m(dsm), Sigma(3.0, "made")),
    }
    for lens_name in ("pinhole", "maker's calibration"):
        for ground_name, ground in grounds.items():
            errors = []
            for row in rows:
                camera = _camera(_frame_lens(folder / "images" / row["image"], lens_name))
                pose = _frame_pose(row)
                (point,) = locate(
                    np.array([[float(row["px_x"]), float(row["px_y"])]]), pose, camera, ground, None
                )
                if isinstance(point, GroundPoint):
                    errors.append(_apart_m(point, float(row["true_lat"]), float(row["true_lon"])))
            _told(f"{lens_name}, {ground_name}", errors, len(rows))


def _median_m(ground: Ground) -> float:
    return float(np.nanmedian(ground.relief.heights_m))


def _coarse(ground: Ground, cells: int) -> Ground:
    """Means over squares of cells, as a coarse grid gives them."""
    from droneops.geo.dem import DemGrid, GridMap

    grid = ground.relief
    rows, columns = (size // cells for size in grid.heights_m.shape)
    squares = grid.heights_m[: rows * cells, : columns * cells].reshape(rows, cells, columns, cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a square may hold nothing but holes
        heights = np.nanmean(squares, axis=(1, 3)).astype(np.float32)
    coefficients = grid.map.coefficients / cells
    coefficients[0] -= (cells - 1) / 2 / cells
    place = GridMap(grid.map.centre_lat_deg, grid.map.centre_lon_deg, coefficients)
    return replace(ground, relief=DemGrid(heights, place, grid.spacing_m * cells, "coarse"))


def _frame_pose(row: dict[str, str]) -> Pose:
    turn = [math.radians(float(row[key])) for key in ("gimbal_yaw", "gimbal_pitch", "gimbal_roll")]
    place = [float(row[key]) for key in ("gps_lat", "gps_lon", "abs_alt", "rel_alt")]
    return _pose(*place, _quaternion(*turn))


def _frame_lens(path: Path, name: str) -> Lens:
    """The lens of a picture that was shrunk to a quarter, from what its maker wrote into it.

    DewarpData: date; fx, fy, cx and cy from the middle, k1, k2, p1, p2, k3, in pixels of the whole sensor.
    """
    text = path.read_bytes()
    shrunk = 4.0
    width, height = 5472 / shrunk, 3648 / shrunk
    if name == "pinhole":
        focal = float(_tag(text, "CalibratedFocalLength")) / shrunk
        return Lens(int(width), int(height), focal, focal, (width - 1) / 2, (height - 1) / 2, (0.0,) * 5)
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = map(float, _tag(text, "DewarpData").split(";")[1].split(","))
    centre = (width - 1) / 2 + cx / shrunk, (height - 1) / 2 + cy / shrunk
    return Lens(int(width), int(height), fx / shrunk, fy / shrunk, *centre, (k1, k2, p1, p2, k3))


def _tag(text: bytes, name: str) -> str:
    found = re.search(f'drone-dji:{name}="([^"]*)"'.encode(), text)
    if found is None:
        raise SystemExit(f"the picture lacks {name}")
    return found[1].decode()


# Recorded patrols.


def _flights(data: Path) -> None:
    from droneops.camera_file import load_camera

    reachable = {"park-patrol": "0.017 / 0.044 true, 0.75 / 1.73 telemetry", "faults": "0.015 / 0.029 true"}
    for name, says in reachable.items():
        folder = data / "flights" / name
        camera = load_camera(folder / "camera.toml")
        print(f"{name} (its README, median / p95: {says}); true pixels of the centres, level ground")
        marks = list(_marks(folder))
        for source, pose_at in (("true poses", _true_poses(folder)), ("telemetry", _telemetry_poses(folder))):
            errors, radii = [], []
            for mark in marks:
                pose = pose_at(mark)
                if pose is None:
                    continue
                (point,) = locate(
                    mark.pixel[None], pose, camera, Ground(mark.alt_m, Sigma(0.5, "made")), None
                )
                if isinstance(point, GroundPoint):
                    errors.append(_apart_m(point, mark.lat_deg, mark.lon_deg))
                    radii.append(point.ce90_m)
            inside = np.mean(np.array(errors) <= np.array(radii))
            _told(
                source,
                errors,
                len(marks),
                f"inside ce90_m {inside:.0%}, median ce90_m {np.median(radii):.1f} m",
            )


@dataclass(frozen=True)
class _Mark:
    """A marker's centre in one frame: the time of the scene, its pixel, its place."""

    time_s: float
    pixel: FloatArray
    lat_deg: float
    lon_deg: float
    alt_m: float


def _marks(folder: Path) -> Iterator[_Mark]:
    with (folder / "targets.csv").open() as file:
        places = {row["id"]: row for row in csv.DictReader(file)}
    with (folder / "pixel_truth.csv").open() as file:
        for row in csv.DictReader(file):
            if row["visible"] == "1":
                place = places[row["marker_id"]]
                yield _Mark(
                    float(row["t_scene_utc"]),
                    np.array([float(row["u"]), float(row["v"])]),
                    float(place["lat"]),
                    float(place["lon"]),
                    float(place["alt_msl"]),
                )


def _true_poses(folder: Path):
    with (folder / "truth.csv").open() as file:
        reader = csv.reader(file)
        names = next(reader)
        table = np.array([[float(cell) for cell in row] for row in reader])
    column = {name: table[:, index] for index, name in enumerate(names)}
    yaw = np.unwrap(np.radians(column["yaw"] + column["gimbal_yaw_body"]))
    times = column["t_utc"]

    def at(mark: _Mark) -> Pose | None:
        value = {
            key: float(np.interp(mark.time_s, times, column[key]))
            for key in ("lat", "lon", "alt_msl", "gimbal_pitch", "gimbal_roll")
        }
        turn = (
            float(np.interp(mark.time_s, times, yaw)),
            *np.radians([value["gimbal_pitch"], value["gimbal_roll"]]),
        )
        return _pose(value["lat"], value["lon"], value["alt_msl"], 0.0, _quaternion(*turn))

    return at


def _telemetry_poses(folder: Path):
    from droneops.telemetry.pose_track import build_pose_track
    from droneops.telemetry.tlog import read_tlog
    from droneops.telemetry.vehicles import choose_vehicle

    log = read_tlog(folder / "capture.tlog")
    vehicle = choose_vehicle(log, 1)
    poses = build_pose_track(log, vehicle, drone_id="d")

    def at(mark: _Mark) -> Pose | None:
        pose = poses.at(round(mark.time_s * 1e6))
        return None if isinstance(pose, NoPose) else pose

    return at


# Oracles.


@dataclass(frozen=True)
class _Case:
    """A random look: the lens, how the camera is turned, where it is, and a pixel."""

    lens: Lens
    turn: tuple[float, float, float]
    ned_from_camera: FloatArray
    place: tuple[float, float]
    height_m: float
    pixel: FloatArray


def _cases(count: int) -> Iterator[_Case]:
    from scipy.spatial.transform import Rotation

    random = np.random.default_rng(11)
    axes = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]])
    made = 0
    while made < count:
        focal, part = random.uniform(700, 2500), random.uniform(-1, 1, 5)
        distortion = tuple((part * (0.1, 0.02, 0.001, 0.001, 0.005)).tolist())
        centre = 640 + random.uniform(-20, 20), 360 + random.uniform(-20, 20)
        lens = Lens(1280, 720, focal, focal * random.uniform(0.99, 1.01), *centre, distortion)
        turn = (
            random.uniform(-math.pi, math.pi),
            -random.uniform(0.1, math.pi / 2),
            random.uniform(-0.3, 0.3),
        )
        ned_from_camera = Rotation.from_euler("ZYX", turn).as_matrix() @ axes
        pixel = random.uniform((0, 0), (1279, 719))
        ray = ned_from_camera @ np.append(normalised(pixel[None], lens)[0], 1.0)
        height_m = random.uniform(20, 400)
        if ray[2] / np.linalg.norm(ray) > max(math.sin(math.radians(5.5)), height_m / 2900):
            made += 1
            place = random.uniform(-80, 80), random.uniform(-180, 180)
            yield _Case(lens, turn, ned_from_camera, place, height_m, pixel)


def _oracles(_data: Path) -> None:
    """A located point is put back into the picture by pymap3d and OpenCV; its miss there, on the ground."""
    import cv2
    import pymap3d

    worst = behind = 0.0
    for case in _cases(POSES):
        lat, lon = case.place
        pose = _pose(lat, lon, 200.0 + case.height_m, case.height_m, _quaternion(*case.turn))
        (point,) = locate(case.pixel[None], pose, _camera(case.lens), Ground(200.0, Sigma(0.0, "made")), None)
        if not isinstance(point, GroundPoint):
            raise SystemExit(f"no point for {case}")
        east, north, up = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 200.0, lat, lon, pose.alt_msl_m)
        # The air bends the ray after the earth by 0.13 of its fall: the ground seems higher.
        apparent = up + 0.13 * (-case.height_m - up)
        seen = case.ned_from_camera.T @ (north, east, -apparent)
        behind = max(behind, float(seen[2] <= 0))
        matrix = np.array(
            [[case.lens.fx_px, 0, case.lens.cx_px], [0, case.lens.fy_px, case.lens.cy_px], [0, 0, 1.0]]
        )
        back, _ = cv2.projectPoints(
            seen[None], np.zeros(3), np.zeros(3), matrix, np.array(case.lens.distortion)
        )
        miss_px = float(np.hypot(*(back.ravel() - case.pixel)))
        down = -apparent / float(np.linalg.norm(seen))
        worst = max(
            worst, miss_px / min(case.lens.fx_px, case.lens.fy_px) * float(np.linalg.norm(seen)) / down
        )
    print(f"oracles, {POSES} random poses and lenses, latitudes to 80 degrees")
    print(
        f"  pymap3d and OpenCV: worst miss on the ground {worst * 1000:.4f} mm,"
        f" points behind the camera {behind:.0f}"
    )
    _orthority()


def _orthority() -> None:
    """The same rays on a plane (orthority works in projected coordinates), by an independent program."""
    try:
        from orthority.camera import OpenCVCamera
    except ImportError:
        print("  orthority: not installed here")
        return
    from scipy.spatial.transform import Rotation

    worst = 0.0
    to_enu = np.array([[0, 1.0, 0], [1, 0, 0], [0, 0, -1]])
    for case in _cases(POSES):
        lens = case.lens
        # Its camera looks along -z with y up; omega, phi, kappa turn about x, y, z in this order.
        world = to_enu @ case.ned_from_camera @ np.diag([1.0, -1.0, -1.0])
        omega, phi, kappa = Rotation.from_matrix(world).as_euler("XYZ")
        k1, k2, p1, p2, k3 = lens.distortion
        its = OpenCVCamera(
            (lens.width_px, lens.height_px),
            (lens.fx_px / lens.width_px, lens.fy_px / lens.width_px),
            cx=(lens.cx_px - (lens.width_px - 1) / 2) / lens.width_px,
            cy=(lens.cy_px - (lens.height_px - 1) / 2) / lens.width_px,
            k1=k1, k2=k2, k3=k3, p1=p1, p2=p2,
            xyz=(0.0, 0.0, case.height_m),
            opk=(omega, phi, kappa),
        )  # fmt: skip
        pose = _pose(0.0, 0.0, case.height_m, case.height_m, _quaternion(*case.turn))
        view = view_of(pose, _camera(lens))
        (ray,) = rays_ned(normalised(case.pixel[None], lens), view)
        ours = np.append(ray[[1, 0]] * case.height_m / ray[2], 0.0)
        # Put back into its picture: the other way it asks OpenCV to undistort in five steps, which ends
        # up to 41 mm off.
        missed_px = float(np.hypot(*(its.world_to_pixel(ours[:, None])[:, 0] - case.pixel)))
        m_per_px = case.height_m / ray[2] ** 2 / min(lens.fx_px, lens.fy_px)
        worst = max(worst, missed_px * m_per_px)
    print(f"  orthority, on a plane: worst miss on the ground {worst * 1000:.4f} mm")


# Speed.


def _speed(_data: Path) -> None:
    lens = Lens(1280, 720, 1065.1, 1065.1, 646.3, 355.2, (-0.08, 0.01, 0.0, 0.0, 0.0))
    camera = _camera(lens, UNCALIBRATED)
    pose = _pose(16.44, 104.75, 312.0, 100.0, _quaternion(0.4, -1.0, 0.0))
    later = replace(pose, time_us=50_000)
    print("speed of locate, points a second, with errors")
    for count in (1, 10, 100):
        pixels = np.random.default_rng(1).uniform((0, 0), (1279, 719), (count, 2))
        level = _rate(pixels, pose, camera, Ground(None, Sigma(10.0, "made")), later)
        hills = _rate(pixels, pose, camera, Ground(None, Sigma(6.0, "made"), _hills()), later)
        print(f"  {count:3d} in a frame: level {level:9,.0f}   30 m relief {hills:9,.0f}")


def _hills():
    from droneops.geo.dem import TERMS, DemGrid, GridMap

    side, step = 241, 1 / 3600
    rows, columns = np.mgrid[0:side, 0:side]
    heights = (200 + 30 * np.sin(rows / 9) * np.cos(columns / 7)).astype(np.float32)
    coefficients = np.zeros((TERMS, 2))
    coefficients[0] = (side - 1) / 2
    coefficients[2, 0], coefficients[1, 1] = 1 / step, -1 / step
    return DemGrid(heights, GridMap(16.44, 104.75, coefficients), 29.6, "made")


def _rate(pixels: FloatArray, pose: Pose, camera: Camera, ground: Ground, later: Pose) -> float:
    runs, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < 1.0:
        locate(pixels, pose, camera, ground, later)
        runs += 1
    return runs * len(pixels) / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
