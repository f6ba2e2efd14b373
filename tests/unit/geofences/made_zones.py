"""Zones made for tests, and a strategy of any polygon with holes and any names."""

from __future__ import annotations

import dataclasses
import math

from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geofences import Kind, Zone

PLAIN = Zone(
    id="a",
    kind=Kind.PARK,
    name_th="ป่า",
    name_en="Forest",
    accuracy_m=10.0,
    source="",
    licence="",
    version="1",
    placeholder=False,
    valid_from=None,
    valid_to=None,
    side_left=None,
    side_right=None,
    within_m=None,
    covers=None,
    geometry=box(104.7, 16.4, 104.8, 16.5),
    sha256="",
)

THAI = "กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศษสหอฮะาำเแโใไๆฯ็่้๊๋์ิีึืัุู๐๑๒๓"


def made_zone(zone_id="a", geometry=None, **changes):
    """A plain park with what the test cares for."""
    return dataclasses.replace(PLAIN, id=zone_id, geometry=geometry or PLAIN.geometry, **changes)


LON, LAT, RADIUS = st.floats(97.5, 105.5), st.floats(5.5, 20.0), st.floats(0.01, 0.5)


@st.composite
def stars(draw, lon=LON, lat=LAT, radius=RADIUS):
    """A star-shaped polygon, which never crosses itself, perhaps with smaller copies of itself as holes."""
    centre = draw(lon), draw(lat)
    size = draw(radius)
    spokes = draw(st.lists(st.floats(0.4, 1.0), min_size=3, max_size=12))
    holes = draw(st.integers(0, 2))
    rings = [_ring(centre, [size * spoke for spoke in spokes])]
    for hole in range(holes):
        # Well inside the star's core, beside each other.
        middle = (centre[0] + size * (0.05 if hole else -0.05), centre[1])
        rings.append(_ring(middle, [size * 0.03] * 5))
    return Polygon(rings[0], rings[1:] if len(spokes) > 5 else [])


@st.composite
def areas(draw):
    """A polygon or several that lie apart."""
    if draw(st.booleans()):
        return draw(stars())
    parts = [
        draw(stars(lon=st.just(lon), radius=st.floats(0.01, 0.4)))
        for lon in draw(st.sampled_from([(99, 101), (98, 100, 103)]))
    ]
    return MultiPolygon(parts)


def names():
    """Thai and any other text that is no more than text."""
    plain = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
    return st.one_of(st.text(THAI, min_size=1, max_size=30), plain.map(str.strip))


def _ring(centre, spokes):
    turn = 2.0 * math.pi / len(spokes)
    return [
        (centre[0] + spoke * math.cos(turn * n), centre[1] + spoke * math.sin(turn * n))
        for n, spoke in enumerate(spokes)
    ]
