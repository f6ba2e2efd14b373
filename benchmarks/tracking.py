"""Whether things keep their names while the camera turns and looks away, and tracks know their error.

    python benchmarks/tracking.py [--seeds 10] [--flights 200] [--looks 5 10 30] [--json]

Identity: a simulated scene (people, vehicles, a boat; walking, driving, standing) under a drone that flies
by, whose camera turns away at 30 degrees a second, looks elsewhere for 3 seconds and turns back, twice. The
detector misses, calls vehicles motorcycles, and sees what is not there; position, heading, mount, lens, clock
and ground are wrong by one draw a flight, gimbal and pixels by one a frame. The same detections go to
droneops (located on the ground) and, where it is installed (`pip install trackers`), to ByteTrack.

Error: the share of tracks within their 90 % circle over flights with the errors drawn anew, of the
differences between two tracks within their 90 % ellipse, and of velocities. The projection is our own, not
taken from droneops.geo.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount
from droneops.geo.locate import Ground, locate
from droneops.geo.wgs84 import LocalPlane
from droneops.tracking.assignment import NOBODY, assign
from droneops.tracking.motion import Movement, motion
from droneops.tracking.relative import relative
from droneops.tracking.tracker import Tracker
from droneops.types import FloatArray, Pose, Sighting, Sigma, Track, TrackState, read_only

PLANE = LocalPlane.at(16.44, 104.75)
LENS = Lens(1280, 720, 1065.0, 1065.0, 639.5, 359.5, (0.0, 0.0, 0.0, 0.0, 0.0))
SIGMA = CameraSigma(math.radians(3), math.radians(1), math.radians(0.5), 0.1, 1.5, 0.01)
CAMERA = Camera(
    "made", LENS, "file", Mount("stabilised", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), Bias(0.0, 0.0), SIGMA, None
)
GROUND_M, GROUND_SIGMA_M = 212.0, 3.0
GROUND = Ground(GROUND_M, Sigma(GROUND_SIGMA_M, "made"))
HEIGHT_M, POSITION_SIGMA_M, ALTITUDE_SIGMA_M = 80.0, 1.5, 1.5
PITCH_RAD = math.radians(-40)
TURN_RADPS = math.radians(30)
STARE_S, TURN_S, AWAY_S = 6.0, 3.0, 3.0
CYCLE_S = STARE_S + TURN_S + AWAY_S + TURN_S
FLIGHT_S = 2 * CYCLE_S + STARE_S
RECALL, FALSE_ALARMS_A_LOOK, FLICKER = 0.85, 0.3, 0.1
STEP_S = 0.05
CHI2_90 = 4.605
SIZE_M = {"person": (0.7, 1.7), "vehicle": (3.0, 1.7), "boat": (4.0, 1.2)}
CHECKS_S = (STARE_S - 0.5, CYCLE_S + STARE_S - 0.5)


@dataclass(frozen=True)
class Errors:
    """What is wrong with one flight, all of it for the whole of it."""

    heading_rad: float
    tilt_rad: FloatArray
    late_s: float
    east_north_m: FloatArray
    up_m: float
    focal: float


@dataclass(frozen=True)
class Thing:
    """A thing on the ground: where it is (t) and what it is."""

    label: str
    speed_mps: float
    place_m: Callable[[float], FloatArray]


@dataclass(frozen=True)
class Box:
    """A detection, and the number of the thing it shows (None: a false alarm)."""

    thing: int | None
    label: str
    score: float
    bbox_px: tuple[float, float, float, float]


@dataclass(frozen=True)
class Shot:
    """A frame: what the telemetry says of it, and what the detector found."""

    time_s: float
    pose: Pose
    later: Pose
    boxes: tuple[Box, ...]


def turned_away_rad(time_s: float) -> float:
    """How far the camera has turned from the scene."""
    t = time_s % CYCLE_S - STARE_S
    if t < 0:
        return 0.0
    return TURN_RADPS * min(t, TURN_S, max(CYCLE_S - STARE_S - t, 0.0))


def drone_m(time_s: float) -> FloatArray:
    """East and north of the drone: it flies by the scene, which lies about the origin."""
    return np.array([-75.0 + 4.0 * time_s, -95.0])


def yaw_rad(time_s: float) -> float:
    """Where the camera looks: at the scene, but for the turns."""
    east, north = -drone_m(time_s)
    return math.atan2(east, north) + turned_away_rad(time_s)


def pose_at(time_s: float) -> Pose:
    """The pose as the telemetry has it."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(*drone_m(time_s).tolist())
    yaw = yaw_rad(time_s)
    half, tilt = yaw / 2, PITCH_RAD / 2
    body = (math.cos(half), 0.0, 0.0, math.sin(half))
    gimbal = (
        math.cos(half) * math.cos(tilt),
        -math.sin(half) * math.sin(tilt),
        math.cos(half) * math.sin(tilt),
        math.sin(half) * math.cos(tilt),
    )
    return Pose(
        drone_id="d",
        time_us=round(time_s * 1e6),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=GROUND_M + HEIGHT_M,
        alt_above_home_m=HEIGHT_M,
        ned_from_body=read_only(body),
        ned_from_gimbal=read_only(gimbal),
        velocity_ned_mps=read_only((0.0, 4.0, 0.0)),
        hfov_rad=None,
        position_sigma_m=Sigma(POSITION_SIGMA_M, "made"),
        altitude_sigma_m=Sigma(ALTITUDE_SIGMA_M, "made"),
        attitude_sigma_rad=Sigma(0.0, "made"),
        gimbal_sigma_rad=Sigma(0.0, "made"),
        age_s=0.0,
    )


def drawn_errors(random: np.random.Generator) -> Errors:
    """One draw of what the sigmas describe."""
    return Errors(
        heading_rad=random.normal(0, SIGMA.heading_rad),
        tilt_rad=random.normal(0, SIGMA.boresight_rad, 3),
        late_s=random.normal(0, SIGMA.time_offset_s),
        east_north_m=random.normal(0, POSITION_SIGMA_M, 2),
        up_m=random.normal(0, math.hypot(ALTITUDE_SIGMA_M, GROUND_SIGMA_M)),
        focal=random.normal(0, SIGMA.focal_fraction),
    )


def camera_axes(time_s: float, errors: Errors, shake_rad: FloatArray) -> FloatArray:
    """Rows (3, 3): right, down, forward of the true camera in east, north, up."""
    yaw, pitch = yaw_rad(time_s) + errors.heading_rad, PITCH_RAD
    forward = np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
    right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
    axes = np.stack([right, np.cross(forward, right), forward])
    turn = errors.tilt_rad + shake_rad
    small = np.array([[0, -turn[2], turn[1]], [turn[2], 0, -turn[0]], [-turn[1], turn[0], 0]])
    twisted, _ = np.linalg.qr((np.eye(3) + small).T)
    return (twisted * np.sign(np.diag(twisted))).T @ axes


def project(
    foot_m: FloatArray, time_s: float, axes: FloatArray, errors: Errors
) -> tuple[float, float, float] | None:
    """Pixel and depth of a point on the ground, None where it is behind the camera."""
    camera_m = np.array([*(drone_m(time_s) + errors.east_north_m), HEIGHT_M + errors.up_m])
    x, y, z = axes @ (np.array([*foot_m, 0.0]) - camera_m)
    if z < 1:
        return None
    focal_px = 1065.0 * (1 + errors.focal)
    return LENS.cx_px + focal_px * x / z, LENS.cy_px + focal_px * y / z, z


def scene(random: np.random.Generator) -> list[Thing]:
    """Six people, of whom two stand, two vehicles that drive and one that is parked, and a boat."""
    kinds = (
        [("person", 1.3)] * 4
        + [("person", 0.0)] * 2
        + [("vehicle", 5.0)] * 2
        + [("vehicle", 0.0), ("boat", 2.0)]
    )
    return [Thing(label, speed, _path(speed, random)) for label, speed in kinds]


def _path(speed_mps: float, random: np.random.Generator) -> Callable[[float], FloatArray]:
    """A walk whose course changes slowly, and turns back to the scene beyond 40 m."""
    place, course = random.uniform(-30, 30, 2), random.uniform(0, 2 * math.pi)
    places = [place]
    for _ in range(round((FLIGHT_S + 2) / STEP_S)):
        course += random.normal(0, 0.05)
        if place @ place > 40**2 and place @ np.array([math.sin(course), math.cos(course)]) > 0:
            course += STEP_S * 1.0
        place = place + speed_mps * STEP_S * np.array([math.sin(course), math.cos(course)])
        places.append(place)
    path = np.array(places)
    steps = np.arange(len(path)) * STEP_S - 1.0
    return lambda t: np.array([np.interp(t, steps, path[:, 0]), np.interp(t, steps, path[:, 1])])


def shots(
    random: np.random.Generator, things: Sequence[Thing], looks_per_second: float, clean: bool
) -> Iterator[Shot]:
    """The frames of one flight. ``clean`` leaves out false alarms and wrong labels."""
    errors = drawn_errors(random)
    for step in range(round(FLIGHT_S * looks_per_second)):
        told_s = step / looks_per_second
        taken_s = told_s + errors.late_s
        axes = camera_axes(taken_s, errors, random.normal(0, SIGMA.gimbal_rad, 3))
        boxes = [
            box
            for number, thing in enumerate(things)
            if (box := _box(number, thing, taken_s, axes, errors, random, clean)) is not None
        ]
        if not clean:
            boxes += [_false_alarm(random) for _ in range(random.poisson(FALSE_ALARMS_A_LOOK))]
        order = random.permutation(len(boxes))
        yield Shot(told_s, pose_at(told_s), pose_at(told_s + STEP_S), tuple(boxes[k] for k in order))


def _box(
    number: int,
    thing: Thing,
    time_s: float,
    axes: FloatArray,
    errors: Errors,
    random: np.random.Generator,
    clean: bool,
) -> Box | None:
    seen = project(thing.place_m(time_s), time_s, axes, errors)
    if seen is None or random.random() > RECALL:
        return None
    u, v = np.array(seen[:2]) + random.normal(0, SIGMA.pixel_px, 2)
    if not (0 <= u < LENS.width_px and 0 <= v < LENS.height_px):
        return None
    width, height = np.array(SIZE_M[thing.label]) * 1065.0 / seen[2] * random.normal(1, 0.05, 2)
    label = (
        "motorcycle" if thing.label == "vehicle" and not clean and random.random() < FLICKER else thing.label
    )
    score = float(np.clip(random.normal(0.68, 0.15), 0.12, 0.98))
    return Box(number, label, score, (u - width / 2, v - height, u + width / 2, v))


def _false_alarm(random: np.random.Generator) -> Box:
    u, v, size = random.uniform(0, 1280), random.uniform(0, 720), random.uniform(10, 40)
    return Box(None, "person", float(random.uniform(0.1, 0.65)), (u - size / 2, v - size, u + size / 2, v))


def sightings(shot: Shot) -> list[Sighting]:
    """The detections of a frame, located; the foot is the middle of the box's lower edge."""
    feet = np.array([((b.bbox_px[0] + b.bbox_px[2]) / 2, b.bbox_px[3]) for b in shot.boxes]).reshape(-1, 2)
    points = locate(feet, shot.pose, CAMERA, GROUND, shot.later)
    return [
        Sighting("d", shot.pose.time_us, i, box.label, box.label, None, box.score, box.bbox_px, point, 0.0)
        for i, (box, point) in enumerate(zip(shot.boxes, points, strict=True))
    ]


Names = list[list[Hashable | None]]


def names_in_metres(flight: Sequence[Shot]) -> Names:
    """The track of each detection by droneops; None while it is tentative."""
    tracker, names = Tracker("d"), []
    for shot in flight:
        tracks = tracker.observe(sightings(shot), shot.pose.time_us)
        names.append(
            [t.id if t is not None and t.state is not TrackState.TENTATIVE else None for t in tracks]
        )
    return names


def names_in_pixels(flight: Sequence[Shot], looks_per_second: float) -> Names:
    """The same by ByteTrack on the boxes, which keeps lost tracks for 15 s: longer than the looking away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import supervision
        from trackers import ByteTrackTracker

        tracker = ByteTrackTracker(
            lost_track_buffer=450,
            frame_rate=looks_per_second,
            track_activation_threshold=0.5,
            high_conf_det_threshold=0.5,
        )
        names: Names = []
        for shot in flight:
            boxes = np.array([b.bbox_px for b in shot.boxes], dtype=np.float32).reshape(-1, 4)
            scores = np.array([b.score for b in shot.boxes], dtype=np.float32)
            given = supervision.Detections(
                xyxy=boxes, confidence=scores, data={"row": np.arange(len(scores))} if len(scores) else {}
            )
            told = tracker.update(given)
            row: list[Hashable | None] = [None] * len(scores)
            for k in range(len(told)):
                if told.tracker_id[k] >= 0:
                    row[int(told.data["row"][k])] = int(told.tracker_id[k])
            names.append(row)
    return names


def identity_figures(flight: Sequence[Shot], names: Names) -> dict[str, float]:
    """Switches, extra names a thing got, IDF1 (Ristani et al. 2016) over the detections, and names in all."""
    pairs: Counter[tuple[int, Hashable]] = Counter()
    last: dict[int, Hashable] = {}
    got: dict[int, set[Hashable]] = defaultdict(set)
    switches = shown = named = 0
    for shot, row in zip(flight, names, strict=True):
        for box, name in zip(shot.boxes, row, strict=True):
            shown += box.thing is not None
            named += name is not None
            if box.thing is None or name is None:
                continue
            switches += last.get(box.thing, name) != name
            last[box.thing] = name
            got[box.thing].add(name)
            pairs[box.thing, name] += 1
    return {
        "switches": switches,
        "extra_names": sum(len(found) - 1 for found in got.values()),
        "idf1": 2 * _best_overlap(pairs) / max(shown + named, 1),
        "names": len({name for row in names for name in row if name is not None}),
    }


def _best_overlap(pairs: Counter[tuple[int, Hashable]]) -> int:
    rows = sorted({thing for thing, _ in pairs})
    columns = sorted({name for _, name in pairs}, key=str)
    if not rows:
        return 0
    count = np.array([[pairs[row, column] for column in columns] for row in rows], dtype=np.float64)
    chosen = assign(-count, np.full(len(rows), 0.5))
    return int(sum(count[row, column] for row, column in enumerate(chosen) if column != NOBODY))


def identity(seeds: int, looks_per_second: float) -> dict[str, Any]:
    """Means over flights, for both trackers."""
    totals: dict[str, list[dict[str, float]]] = defaultdict(list)
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        flight = list(shots(random, scene(random), looks_per_second, clean=False))
        totals["droneops, metres"].append(identity_figures(flight, names_in_metres(flight)))
        try:
            totals["ByteTrack, pixels"].append(
                identity_figures(flight, names_in_pixels(flight, looks_per_second))
            )
        except ImportError:
            totals["ByteTrack, pixels"] = []
    return {
        who: {key: round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}
        if rows
        else "not installed"
        for who, rows in totals.items()
    }


@dataclass
class Shares:
    """Whether the truth lay within what was said, one by one."""

    standing: list[bool]
    moving: list[bool]
    standing_later: list[bool]
    moving_later: list[bool]
    pairs_ellipse: list[bool]
    pairs_one_view_ellipse: list[bool]
    velocity_standing: list[bool]
    velocity_moving: list[bool]
    standing_called_moving: list[bool]
    moving_called_still: list[bool]


def consistency(flights: int) -> dict[str, Any]:
    """Shares over flights with all errors drawn anew, at the end of the first and of the second stare."""
    shares = Shares(*([] for _ in fields(Shares)))
    radii: list[float] = []
    ends: list[dict[str, int]] = []
    for seed in range(flights):
        random = np.random.default_rng(10_000 + seed)
        things = scene(random)
        tracker, owner = Tracker("d"), {}
        done = 0
        for shot in shots(random, things, 5.0, clean=True):
            if done < len(CHECKS_S) and shot.time_s > CHECKS_S[done]:
                _check(tracker.tracks, owner, things, shot.time_s, done, shares, radii)
                done += 1
            for box, track in zip(
                shot.boxes, tracker.observe(sightings(shot), shot.pose.time_us), strict=True
            ):
                if track is not None and box.thing is not None:
                    owner[track.id] = box.thing
        ends.append({name.name: len(getattr(shares, name.name)) for name in fields(Shares)})
    figures = {
        name.name: _share(getattr(shares, name.name), [end[name.name] for end in ends])
        for name in fields(Shares)
    }
    median_m = round(float(np.median(radii)), 2) if radii else None
    return {"flights": flights, "median_ce90_m": median_m, **figures}


def _share(found: list[bool], ends: list[int]) -> dict[str, float]:
    """The share, and its 95 % half width over flights: what one flight tells comes true or not together.

    ``ends`` are how many of ``found`` there were after each flight. Linearised ratio estimate (Cochran 1977,
    "Sampling techniques", section 6.4).
    """
    if not found:
        return {"share": math.nan, "give_or_take": math.nan, "of": 0}
    share = float(np.mean(found))
    flights = np.split(np.array(found, dtype=np.float64), ends[:-1])
    off = sum((float(flight.sum()) - share * len(flight)) ** 2 for flight in flights)
    wide = 1.96 * math.sqrt(off) / len(found)
    return {"share": round(share, 3), "give_or_take": round(wide, 3), "of": len(found)}


def _check(
    tracks: Sequence[Track],
    owner: dict[str, int],
    things: Sequence[Thing],
    now_s: float,
    later: int,
    shares: Shares,
    radii: list[float],
) -> None:
    lately = [t for t in tracks if now_s - t.last_seen_us / 1e6 < 0.5 and t.state is TrackState.CONFIRMED]
    for track in lately:
        thing = things[owner[track.id]]
        stands = thing.speed_mps == 0
        radii.append(track.ce90_m)
        inside = bool(np.hypot(*(_place(track) - _true(thing, track))) <= track.ce90_m)
        kind = ("standing" if stands else "moving") + ("_later" if later else "")
        getattr(shares, kind).append(inside)
        _check_motion(track, thing, stands, shares)
    for i, one in enumerate(lately):
        for other in lately[i + 1 :]:
            difference, cov = relative(one, other)
            truth = _true(things[owner[other.id]], other) - _true(things[owner[one.id]], one)
            off = difference - truth
            held = bool(off @ np.linalg.solve(cov, off) <= CHI2_90)
            (shares.pairs_ellipse if later else shares.pairs_one_view_ellipse).append(held)


def _check_motion(track: Track, thing: Thing, stands: bool, shares: Shares) -> None:
    t = track.last_seen_us / 1e6
    velocity = (thing.place_m(t + 0.05) - thing.place_m(t - 0.05)) / 0.1
    off = track.velocity_mps - velocity
    held = bool(off @ np.linalg.solve(track.velocity_cov_m2ps2, off) <= CHI2_90)
    (shares.velocity_standing if stands else shares.velocity_moving).append(held)
    said = motion(track).movement
    if stands:
        shares.standing_called_moving.append(said is Movement.MOVING)
    else:
        shares.moving_called_still.append(said is Movement.STILL)


def _place(track: Track) -> FloatArray:
    return np.array(PLANE.east_north_m(track.lat_deg, track.lon_deg))


def _true(thing: Thing, track: Track) -> FloatArray:
    """Where the thing was at the frame's told time: a late clock is one of the errors."""
    return thing.place_m(track.last_seen_us / 1e6)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--flights", type=int, default=200)
    parser.add_argument("--looks", type=float, nargs="*", default=[5.0, 10.0, 30.0], help="a second")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = {
        "identity": {f"{rate:g} looks a second": identity(arguments.seeds, rate) for rate in arguments.looks},
        "error": consistency(arguments.flights),
    }
    print(json.dumps(figures, indent=1) if arguments.json else _table(figures))


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for rate, rows in figures["identity"].items():
        lines += [
            f"{rate:>20}  {who:<18} {told if isinstance(told, str) else json.dumps(told)}"
            for who, told in rows.items()
        ]
    error = figures["error"]
    lines.append(f"{error['flights']} flights, median ce90_m {error['median_ce90_m']}")
    lines += [
        f"{name:>24}  {row['share']:.3f} +- {row['give_or_take']:.3f} of {row['of']}"
        for name, row in error.items()
        if isinstance(row, dict)
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
