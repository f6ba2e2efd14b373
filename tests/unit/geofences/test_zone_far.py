"""Distances from afar: what affine metres get wrong by a world."""

import numpy as np
import pytest
from made_zones import made_zone
from shapely.geometry import LineString, box

from geofences import Kind, ZoneIndex
from geofences.explain import explain
from geofences.far import FAR_M
from geofences.local_metres import local_frame
from geofences.nearest import nearest_zone, zone_edges

pyproj = pytest.importorskip("pyproj", reason="the extra `zones` is not installed")
GEOD = pyproj.Geod(ellps="WGS84")
SQUARE = box(104.7, 16.4, 104.8, 16.5)


def nearest(zone, lat_deg, lon_deg):
    return nearest_zone(local_frame(lat_deg=lat_deg, lon_deg=lon_deg), [zone_edges(zone)])


@pytest.mark.parametrize(
    "place", [(17.5, 104.75), (-33.0, -70.0), (64.0, -22.0), (10.0, -179.9), (-80.0, 20.0)]
)
def test_a_far_zone_is_as_far_as_the_geodesic_says(place):
    found = nearest(made_zone(geometry=SQUARE), *place)
    lons, lats = np.array(SQUARE.exterior.coords).T
    count = len(lons)
    bearings, _, metres = GEOD.inv(np.full(count, place[1]), np.full(count, place[0]), lons, lats)
    assert found.distance_m == pytest.approx(min(metres), rel=0.01)
    off_deg = (found.bearing_deg - bearings[int(np.argmin(metres))] + 180) % 360 - 180
    assert abs(off_deg) < 3


def test_a_zone_across_the_antimeridian_is_next_door():
    found = nearest(made_zone(geometry=box(179.5, 16.4, 179.8, 16.5)), 16.45, -179.9)
    assert found.distance_m == pytest.approx(32_000, rel=0.02)
    assert found.bearing_deg == pytest.approx(270, abs=10)


def test_near_zones_are_measured_as_ever():
    found = nearest(made_zone(geometry=SQUARE), 16.45, 104.81)
    assert found.distance_m == pytest.approx(1_067, abs=2)
    assert found.distance_m < FAR_M


def test_a_border_without_a_stretch_has_no_side_for_the_other_end_of_the_world():
    border = made_zone(
        "b", LineString([(104.7, 16.4), (104.8, 16.5)]), kind=Kind.BORDER, side_left="LA", within_m=1000.0
    )
    found = explain(ZoneIndex([border]), lat_deg=52.5, lon_deg=13.4, cov_m2=np.eye(2))
    assert found.border is None
    assert found.border_gap_m == pytest.approx(8_770_000, rel=0.02)
    near = explain(ZoneIndex([border]), lat_deg=16.46, lon_deg=104.75, cov_m2=np.eye(2))
    assert near.border is not None
