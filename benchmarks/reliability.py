"""Said 0.9, was 0.9? The reliability of `probability_inside` and `p_thailand` over simulated flights.

    python benchmarks/reliability.py [--quick] [--flights N] [--law NAME] [--jobs N] [--json] [--picture SVG]

Every flight draws its biases anew, and every line is disturbed anew in another way than the model assumes:
not displaced as one piece, but along its normal by a smooth random amount, whose sigma is the line's accuracy
and which changes over a length of 300 m to 3 km. Each flight passes one thing at each site, standing or
walking, spread evenly about the line as drawn. Bars are 95 % over resampled flights.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pymap3d
import shapely
import synthetic_flights as sim
from reliability_picture import Panel, Point, Series, picture
from shapely.geometry import LineString, Polygon

from droneops.geo.locate import locate
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import ChangeKind, Observation, Origin
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.rules import Presence
from droneops.tracking.tracker import Tracker
from droneops.types import GroundPoint, Pose, Sighting, Track
from geofences import ZoneHit, ZoneIndex, load_layer

SEED = 44
FRAMES = 16
LOOKS_PER_SECOND = 1.0
PASS_S = 40.0
"""From one thing to the next."""

SPEED_MPS = 10.0
WALKING_MPS = 1.2
LENGTHS_M = (300.0, 3000.0)
TOLD_EVERY = 4
"""Tracks are asked for at every fourth sighting: neighbours say nearly the same."""

RULE = Presence()
RULES = RuleSet(tuple(replace(rule, enabled=rule == RULE) for rule in RuleSet().rules))
"""The flights are by day and nobody stays: R0 alone, so that one rule's threshold is what is measured."""

BINS = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
OPENED_BINS = np.array([RULE.probability, 0.85, 0.9, 0.95, 1.0])
"""Nothing opens below the rule's threshold."""

NINE = (0.85, 0.95)
RESAMPLED = 400
LEVELS = (
    "sighting",
    "track",
    "sighting's ce90",
    "track's ce90",
    "sighting's side",
    "track's side",
    "incident",
    "incident, opened late",
)


@dataclass(frozen=True, slots=True)
class Site:
    """A zone and where things are put: a wavy ring of some radius, or a line (None) with a strip about it.

    Things are spread about the line's drawn place, or about ``offset_m`` to either side of it; along a line
    without radius they are about ``middle_m`` north of its middle.
    """

    id: str
    kind: str
    lon_deg: float
    radius_m: float | None
    accuracy_m: float
    offset_m: float = 0.0
    middle_m: float = 0.0


STRIP_M = 1000.0
SITES = (
    Site("park 3 km", "park", 104.70, 3000.0, 50.0),
    Site("park 600 m", "park", 104.80, 600.0, 25.0),
    Site("park 150 m", "park", 104.85, 150.0, 10.0),
    Site("clearing 60 m", "park", 104.90, 60.0, 5.0),
    Site("vague 100 m", "park", 104.95, 100.0, 30.0),
    Site("border", "border", 105.10, None, 120.0),
    Site("border north", "border", 105.10, None, 120.0, 0.0, 9000.0),
    Site("border south", "border", 105.10, None, 120.0, 0.0, -9000.0),
    Site("border strip", "border", 105.10, None, 120.0, STRIP_M),
)
SITE_LAT_DEG = 16.44
LINE_HALF_M = 20_000.0


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: what was said, whether it was true."""

    level: str
    site: str
    flight: int
    said: float
    true: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so at one frame: inside the site's zone, on the Thai side, and where."""

    inside: bool
    thai: bool
    lat_deg: float
    lon_deg: float

    def is_within(self, place: GroundPoint | Track) -> bool:
        """Whether it is inside the circle said to hold 90 %."""
        east, north, _ = pymap3d.geodetic2enu(self.lat_deg, self.lon_deg, 0, place.lat_deg, place.lon_deg, 0)
        return math.hypot(east, north) <= place.ce90_m


@dataclass(frozen=True, slots=True)
class Passes:
    """All passes of some flights: arrays (flights, sites, frames) in metres about each site's middle."""

    thing_m: sim.Array
    times_s: sim.Array
    start_m: sim.Array
    velocity_mps: sim.Array
    look_m: sim.Array
    height_m: sim.Array


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    flights = 20 if arguments.quick else arguments.flights
    chunks = [
        (assumed, arguments.law, first, min(10, flights - first))
        for assumed in (sim.UNCALIBRATED, sim.CALIBRATED)
        for first in range(0, flights, 10)
    ]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        results = list(_told(pool.map(fly, chunks), len(chunks)))
    said = {
        assumed.name: [
            row for (a, *_), rows in zip(chunks, results, strict=True) if a is assumed for row in rows
        ]
        for assumed in (sim.UNCALIBRATED, sim.CALIBRATED)
    }
    figures = {name: _figures(rows, flights) for name, rows in said.items()}
    print(json.dumps(figures, indent=1) if arguments.json else "\n".join(_text(figures)))
    if arguments.picture is not None:
        arguments.picture.write_text(_picture(figures, flights), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few flights: to see that it runs")
    parser.add_argument("--flights", type=int, default=250, help="for each camera")
    parser.add_argument("--law", choices=sim.LAWS, default="normal", help="how the errors are distributed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--picture", type=Path)
    return parser.parse_args()


def _told(results: Iterator[list[Said]], count: int) -> Iterator[list[Said]]:
    for number, rows in enumerate(results, 1):
        if number % 10 == 0:
            print(f"{number} of {count} groups of flights", file=sys.stderr, flush=True)
        yield rows


# Zones as drawn, and as they truly are


@cache
def drawn_line(site: Site) -> tuple[sim.Array, sim.Array, float]:
    """Points (n, 2) of the line as drawn, its normals (n, 2), and its length; closed for a ring."""
    if site.radius_m is None:
        north = np.linspace(-LINE_HALF_M, LINE_HALF_M, 1001)
        points = np.column_stack([400 * np.sin(2 * math.pi * north / 6000), north])
    else:
        angle = np.linspace(0, 2 * math.pi, 361)[:-1]
        radius = site.radius_m * (1 + 0.15 * np.cos(3 * angle + 0.4))
        points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    ahead = np.gradient(points, axis=0) if site.radius_m is None else _around(points)
    ahead /= np.linalg.norm(ahead, axis=1)[:, None]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return points, np.column_stack([ahead[:, 1], -ahead[:, 0]]), float(steps.sum() + steps.mean())


def _around(ring: sim.Array) -> sim.Array:
    difference: sim.Array = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    return difference


def true_line(random: np.random.Generator, site: Site) -> sim.Array:
    """The line (n, 2) as it truly is: displaced along its normal by a smooth random amount."""
    points, normals, length_m = drawn_line(site)
    smooth_m = math.exp(random.uniform(*np.log(LENGTHS_M)))
    period_m = length_m if site.radius_m is not None else 2 * length_m
    place = np.arange(len(points)) / len(points) * (length_m / period_m)
    return points + normals * (site.accuracy_m * _smooth(random, place, period_m / smooth_m))[:, None]


def _smooth(random: np.random.Generator, place: sim.Array, periods: float) -> sim.Array:
    """A periodic normal process of unit variance at places in [0, 1), covariance exp(-s^2 / 2)."""
    waves = np.arange(1, math.ceil(periods) + 2)
    power = np.concatenate([[1.0], 2 * np.exp(-((2 * math.pi * waves / periods) ** 2) / 2)])
    size = np.sqrt(power / power.sum())
    phase = 2 * math.pi * np.outer(place, waves)
    waved = np.cos(phase) @ (size[1:] * random.normal(size=len(waves)))
    waved += np.sin(phase) @ (size[1:] * random.normal(size=len(waves)))
    total: sim.Array = size[0] * random.normal() + waved
    return total


def true_insides(site: Site, line: sim.Array, things_m: sim.Array) -> tuple[np.ndarray, np.ndarray]:
    """Whether things (n, 2) are in the zone, and whether they are on the Thai side, west of a border."""
    points = shapely.points(things_m)
    if site.radius_m is not None:
        return shapely.contains(Polygon(line).buffer(0), points), np.zeros(len(points), dtype=bool)
    far = -10 * LINE_HALF_M
    west = Polygon([(far, -LINE_HALF_M), *line.tolist(), (far, LINE_HALF_M)]).buffer(0)
    return shapely.distance(LineString(line), points) <= STRIP_M, shapely.contains(west, points)


@cache
def zones() -> ZoneIndex:
    """The sites' zones as an operator would give them."""
    features = [_feature(site) for site in SITES if site.offset_m == site.middle_m == 0.0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zones.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return ZoneIndex(load_layer(path))


def _feature(site: Site) -> dict[str, Any]:
    points, _, _ = drawn_line(site)
    lat_deg, lon_deg, _ = pymap3d.enu2geodetic(points[:, 0], points[:, 1], 0, SITE_LAT_DEG, site.lon_deg, 0)
    ring = np.column_stack([lon_deg, lat_deg]).tolist()
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    properties = {"id": site.id, "kind": site.kind, "accuracy_m": site.accuracy_m}
    if site.radius_m is None:
        shape = {"type": "LineString", "coordinates": ring}
        properties |= {"within_m": STRIP_M, "side": "TH", "side_right": "LA"}
    return {"type": "Feature", "properties": properties, "geometry": shape}


# Flights


def fly(chunk: tuple[sim.Assumed, str, int, int]) -> list[Said]:
    """What is said on some flights; the seed is the group's own."""
    assumed, law, first, count = chunk
    random = np.random.default_rng([SEED, first, len(assumed.name)])
    passes = _passes(random, assumed, count)
    times_s = passes.times_s.reshape(count, -1)
    now = np.zeros_like(passes.times_s)
    aims = _aims(passes, now)
    errors = sim.errors_of(random, law, assumed, aims, times_s)
    late_s = errors.late_s.reshape(passes.times_s.shape)
    views = sim.true_views(_aims(passes, late_s), errors)
    things_m = _things_at(passes, late_s)
    pixels, seen = _pixels(things_m, views, errors)
    times_us = np.round(times_s.ravel() * 1e6).astype(np.int64)
    poses = sim.poses_of(aims, _aims(passes, now + sim.STEP_S), times_us)
    rows: list[Said] = []
    per_flight = len(SITES) * FRAMES
    for flight in range(count):
        lines = [true_line(random, site) for site in SITES]
        part = slice(flight * per_flight, (flight + 1) * per_flight)
        insides = [true_insides(SITES[k], lines[k], things_m[flight, k]) for k in range(len(SITES))]
        truth = _truth(insides, _on_map(things_m[flight : flight + 1]))
        rows += _flight(first + flight, assumed, poses[part], pixels[part], seen[part], truth)
    return rows


def _truth(insides: list[tuple[np.ndarray, np.ndarray]], places: tuple[sim.Array, sim.Array]) -> list[Truth]:
    """The truth of one flight's frames, in their order."""
    flat = [(bool(i), bool(t)) for inside, thai in insides for i, t in zip(inside, thai, strict=True)]
    lat_deg, lon_deg = (place.tolist() for place in places)
    return [Truth(i, t, lat, lon) for (i, t), lat, lon in zip(flat, lat_deg, lon_deg, strict=True)]


def _passes(random: np.random.Generator, assumed: sim.Assumed, flights: int) -> Passes:
    shape = (flights, len(SITES))
    walking = (WALKING_MPS * (random.random(shape) < 0.5))[:, :, None]
    times_s = np.arange(len(SITES))[:, None] * PASS_S + np.arange(FRAMES) / LOOKS_PER_SECOND
    height_m = np.exp(random.uniform(math.log(50), math.log(300), shape))
    depression_rad = np.radians(random.uniform(15, 75, shape))
    range_m = height_m / np.tan(depression_rad)
    sigma_m = _rough_sigma_m(assumed, height_m, depression_rad)
    start = np.array(
        [[_place(random, site, sigma_m[f, k]) for k, site in enumerate(SITES)] for f in range(flights)]
    )
    middle_s = (FRAMES - 1) / 2 / LOOKS_PER_SECOND
    velocity = SPEED_MPS * _unit(random, shape)
    return Passes(
        thing_m=np.stack([start, walking * _unit(random, shape)], axis=2),
        times_s=np.broadcast_to(times_s, (*shape, FRAMES)),
        start_m=start + range_m[:, :, None] * _unit(random, shape) - velocity * middle_s,
        velocity_mps=velocity,
        look_m=start + random.uniform(-0.12, 0.12, (*shape, 2)) * np.hypot(height_m, range_m)[:, :, None],
        height_m=height_m,
    )


def _rough_sigma_m(assumed: sim.Assumed, height_m: sim.Array, depression_rad: sim.Array) -> sim.Array:
    """About how large the worst error of a point is: only the width in which things are put depends on it."""
    slant_m, sine = height_m / np.sin(depression_rad), np.sin(depression_rad)
    tilt_m = slant_m / sine * 1.2 * assumed.camera.boresight_rad
    rough: sim.Array = np.hypot(
        np.hypot(tilt_m, slant_m * assumed.camera.heading_rad), assumed.ground_m / np.tan(depression_rad)
    )
    return rough


def _unit(random: np.random.Generator, shape: tuple[int, ...]) -> sim.Array:
    angle = random.uniform(0, 2 * math.pi, shape)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _place(random: np.random.Generator, site: Site, sigma_m: float) -> sim.Array:
    """Somewhere about the line: evenly, and wider than the errors, so that no place is likelier."""
    reach_m = 3.5 * math.hypot(site.accuracy_m, sigma_m)
    if site.radius_m is not None and site.radius_m < 1000:
        radius_m = 1.15 * site.radius_m + reach_m
        return np.asarray(radius_m * math.sqrt(random.random()) * _unit(random, ()))
    points, normals, length_m = drawn_line(site)
    number = random.integers(len(points))
    if site.radius_m is None:
        middle = len(points) // 2 + site.middle_m / length_m * len(points)
        number = int(middle + random.integers(-75, 75))
    side = site.offset_m * random.choice([-1, 1])
    return np.asarray(points[number] + normals[number] * (side + random.uniform(-reach_m, reach_m)))


def _since_s(passes: Passes, dt_s: sim.Array) -> sim.Array:
    since: sim.Array = passes.times_s - passes.times_s[:, :, :1] + dt_s
    return since


def _things_at(passes: Passes, dt_s: sim.Array) -> sim.Array:
    """Where the things are (flights, sites, frames, 2), ``dt_s`` after the frames' said times."""
    moved: sim.Array = passes.thing_m[:, :, 1, None, :] * _since_s(passes, dt_s)[..., None]
    return passes.thing_m[:, :, 0, None, :] + moved


def _aims(passes: Passes, dt_s: sim.Array) -> sim.Aims:
    """The telemetry ``dt_s`` after the frames' said times: the gimbal follows a spot near the thing."""
    flown = passes.velocity_mps[:, :, None, :] * _since_s(passes, dt_s)[..., None]
    place = passes.start_m[:, :, None, :] + flown
    gap = passes.look_m[:, :, None, :] - place
    height = np.broadcast_to(passes.height_m[:, :, None], gap.shape[:3])
    lat_deg, lon_deg = _on_map(place)
    return sim.Aims(
        lat_deg,
        lon_deg,
        (sim.GROUND_ALT_M + height).ravel(),
        np.arctan2(gap[..., 0], gap[..., 1]).ravel(),
        -np.arctan2(height, np.hypot(gap[..., 0], gap[..., 1])).ravel(),
    )


def _on_map(places_m: sim.Array) -> tuple[sim.Array, sim.Array]:
    lon0 = np.broadcast_to(np.array([s.lon_deg for s in SITES])[:, None], places_m.shape[:3]).ravel()
    east, north = places_m[..., 0].ravel(), places_m[..., 1].ravel()
    lat_deg, lon_deg, _ = pymap3d.enu2geodetic(east, north, 0, SITE_LAT_DEG, lon0, 0)
    return np.asarray(lat_deg), np.asarray(lon_deg)


def _pixels(things_m: sim.Array, views: sim.Views, errors: sim.Errors) -> tuple[sim.Array, np.ndarray]:
    lat_deg, lon_deg = _on_map(things_m)
    pixels, seen = sim.pixels_of(lat_deg, lon_deg, sim.GROUND_ALT_M + errors.ground_m, views)
    return pixels + errors.pixel_px, seen


def _flight(
    flight: int,
    assumed: sim.Assumed,
    poses: list[tuple[Pose, Pose]],
    pixels: sim.Array,
    seen: np.ndarray,
    truth: list[Truth],
) -> list[Said]:
    """All that is said on one flight, by the parts under test in the pipeline's order."""
    camera, ground = sim.camera_of(assumed), sim.ground_said(assumed)
    tracker, book = Tracker("simulated"), IncidentBook(RULES, Origin("s", "test", "r"), zones())
    rows: list[Said] = []
    told: dict[str, list[float]] = {}
    for i in np.flatnonzero(seen):
        site, frame = divmod(int(i), FRAMES)
        (point,) = locate(pixels[i : i + 1], poses[i][0], camera, ground, poses[i][1])
        if not isinstance(point, GroundPoint):
            continue
        (track,) = tracker.observe([_sighting(point, poses[i][0].time_us)])
        if track is None:
            continue
        seen_now = _observation(track)
        place = SITES[site].id
        if frame % TOLD_EVERY == 0:
            rows += _told_of("sighting", SITES[site], flight, point, truth[i])
        if frame % TOLD_EVERY == TOLD_EVERY - 1:
            rows += _told_of("track", SITES[site], flight, track, truth[i])
        told.setdefault(track.id, []).append(_p_of(seen_now.hits, SITES[site]))
        for change in book.observe((seen_now,), poses[i][0].time_us):
            if change.kind is ChangeKind.OPENED:
                said = told[track.id]
                rows.append(Said("incident", place, flight, said[-1], truth[i].inside))
                if min(said) < RULE.probability:
                    rows.append(Said("incident, opened late", place, flight, said[-1], truth[i].inside))
    return rows


def _sighting(point: GroundPoint, time_us: int) -> Sighting:
    return Sighting("simulated", time_us, 0, "person", "person", None, 0.9, (0.0, 0.0, 1.0, 1.0), point, 0.0)


def _hits(place: GroundPoint | Track) -> tuple[ZoneHit, ...]:
    return zones().hits(lat_deg=place.lat_deg, lon_deg=place.lon_deg, cov_m2=place.cov_m2)


def _observation(track: Track) -> Observation:
    return Observation(track, _hits(track), None)


def _p_of(hits: tuple[ZoneHit, ...], site: Site) -> float:
    """What was said of the site's zone; what is not among the hits was said to be (nearly) impossible."""
    name = "border" if site.radius_m is None else site.id
    return next((hit.probability_inside for hit in hits if hit.zone.id == name), 0.0)


def _told_of(level: str, site: Site, flight: int, where: GroundPoint | Track, truth: Truth) -> Iterator[Said]:
    """That it is within ce90_m; of a thing about the border its side, of any other that it is in the zone."""
    yield Said(f"{level}'s ce90", site.id, flight, 0.9, truth.is_within(where))
    if site.radius_m is not None or site.offset_m != 0.0:
        yield Said(level, site.id, flight, _p_of(_hits(where), site), truth.inside)
        return
    side = zones().border(lat_deg=where.lat_deg, lon_deg=where.lon_deg, cov_m2=where.cov_m2)
    if side is not None:
        yield Said(f"{level}'s side", site.id, flight, side.p_thailand, truth.thai)


# Figures


def _figures(rows: list[Said], flights: int) -> dict[str, Any]:
    """Per level, and for tracks per site: bins, expected calibration error, what was said to be 0.9."""
    figures = {
        level: _reliability([r for r in rows if r.level == level], flights, _edges(level)) for level in LEVELS
    }
    tracks = [r for r in rows if r.level == "track"]
    for site in dict.fromkeys(r.site for r in tracks):
        figures[f"track, {site}"] = _reliability([r for r in tracks if r.site == site], flights)
    return figures


def _edges(level: str) -> sim.Array:
    return OPENED_BINS if level.startswith("incident") else BINS


def _reliability(rows: list[Said], flights: int, edges: sim.Array = BINS) -> dict[str, Any]:
    said, true = np.array([r.said for r in rows]), np.array([r.true for r in rows], dtype=float)
    flight = np.array([r.flight for r in rows], dtype=int)
    number = np.clip(np.digitize(said, edges) - 1, 0, len(edges) - 2)
    bins = [_bin(said, true, flight, number == b, flights) for b in range(len(edges) - 1)]
    nine = _bin(said, true, flight, (said >= NINE[0]) & (said < NINE[1]), flights)
    count = max(len(rows), 1)
    error = sum(b["count"] / count * abs(b["said"] - b["was"]) for b in bins if b["count"])
    return {
        "count": len(rows),
        "ece": error,
        "bins": bins,
        "nine": nine,
        "all": _all(said, true, flight, flights),
    }


def _all(said: sim.Array, true: sim.Array, flight: np.ndarray, flights: int) -> dict[str, Any]:
    return _bin(said, true, flight, np.ones(len(said), dtype=bool), flights)


def _bin(
    said: sim.Array, true: sim.Array, flight: np.ndarray, chosen: np.ndarray, flights: int
) -> dict[str, Any]:
    count = int(chosen.sum())
    if count == 0:
        return {"count": 0, "said": math.nan, "was": math.nan, "low": math.nan, "high": math.nan}
    total = np.bincount(flight[chosen], minlength=flights)
    right = np.bincount(flight[chosen], weights=true[chosen], minlength=flights)
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(flights, np.full(flights, 1 / flights), size=RESAMPLED)
    share = (drawn @ right) / np.maximum(drawn @ total, 1)
    low, high = np.quantile(share, [0.025, 0.975])
    return {
        "count": count,
        "said": float(said[chosen].mean()),
        "was": float(true[chosen].mean()),
        "low": float(low),
        "high": float(high),
    }


def _text(figures: dict[str, Any]) -> Iterator[str]:
    for name, levels in figures.items():
        yield f"{name}: said, was (95 % over flights), statements"
        yield f"{'':>26} {'all: said, was':>28} {'said about 0.9: was':>30} {'ECE':>7} {'count':>7}"
        for level, f in levels.items():
            whole, nine = f["all"], f["nine"]
            yield (
                f"{level:>26} {whole['said']:>8.3f} {_was(whole):>19} {nine['said']:>9.3f} {_was(nine):>20}"
                f" {f['ece']:>7.3f} {f['count']:>7}"
            )
        yield ""
        for level in ("sighting", "track", "track's side", "incident"):
            edges = _edges(level)
            yield f"  {level}, by what was said"
            yield from (
                f"    {edges[k]:.2f} to {edges[k + 1]:.2f} {b['said']:>8.3f} {_was(b):>20} {b['count']:>7}"
                for k, b in enumerate(levels[level]["bins"])
                if b["count"]
            )
        yield ""


def _was(b: dict[str, Any]) -> str:
    return f"{b['was']:.3f} ({b['low']:.2f}..{b['high']:.2f})"


def _picture(figures: dict[str, Any], flights: int) -> str:
    titles = {
        "sighting": "Sightings: inside a zone",
        "track": "Tracks: inside a zone",
        "track's side": "Tracks: on the Thai side",
        "incident": "Incidents, when opened",
    }
    panels = [
        Panel(
            title,
            tuple(Series(name, _points(levels[level])) for name, levels in figures.items()),
            low=0.75 if level == "incident" else 0.0,
        )
        for level, title in titles.items()
    ]
    caption = (
        f"{flights} flights for each camera, biases and lines drawn anew for each; bars: 95 % over flights.",
        f"Made by: python benchmarks/reliability.py --flights {flights}"
        " --picture docs/pictures/reliability.svg",
    )
    return picture(tuple(panels), caption)


def _points(level: dict[str, Any]) -> tuple[Point, ...]:
    known = [b for b in level["bins"] if b["count"] >= 20]
    return tuple(Point(b["said"], b["was"], b["low"], b["high"], b["count"]) for b in known)


if __name__ == "__main__":
    main()
