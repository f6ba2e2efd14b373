"""Many points at once are answered as one by one."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_zones import areas, made_zone
from shapely.geometry import LineString, box

from geofences import Kind, ZoneIndex, load_zones

COV_M2 = np.array([[400.0, 60.0], [60.0, 100.0]])


def points_about(geometry, seed, count=60):
    """Places in and around a geometry, its own vertices among them."""
    west, south, east, north = geometry.bounds
    random = np.random.default_rng(seed)
    lon = random.uniform(west - 0.1, east + 0.1, count)
    lat = random.uniform(south - 0.1, north + 0.1, count)
    vertices = shapely.get_coordinates(geometry)
    return np.concatenate([lat, vertices[:, 1]]), np.concatenate([lon, vertices[:, 0]])


def one_by_one(index, lat_deg, lon_deg, cov_m2, at=None):
    """The same by `hits`: {(point, zone id): probability}."""
    return {
        (n, hit.zone.id): hit.probability_inside
        for n in range(len(lat_deg))
        for hit in index.hits(lat_deg=lat_deg[n], lon_deg=lon_deg[n], cov_m2=cov_m2[n], at=at)
    }


def all_at_once(index, lat_deg, lon_deg, cov_m2, at=None):
    batch = index.batch()
    hits = batch.hits_of(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at)
    rows = zip(hits.point.tolist(), hits.zone.tolist(), hits.probability_inside.tolist(), strict=True)
    return {(point, batch.zones[zone].id): probability for point, zone, probability in rows}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    geometry=areas(),
    accuracy_m=st.sampled_from([0.0, 10.0, 500.0]),
    sigma=st.floats(0.0, 30.0),
    seed=st.integers(0, 99),
)
def test_a_batch_gives_the_hits_of_each_point(geometry, accuracy_m, sigma, seed):
    trail = LineString([(100.0, 15.0), (100.5, 15.2), (101.0, 15.0)])
    strip = made_zone("trail", trail, kind=Kind.TRAIL, within_m=200.0)
    index = ZoneIndex(
        [made_zone("a", geometry, accuracy_m=accuracy_m), strip, made_zone("b", box(99, 14, 102, 16))]
    )
    lat_deg, lon_deg = points_about(geometry, seed)
    cov_m2 = np.repeat((COV_M2 * sigma**2 / 400)[None], len(lat_deg), axis=0)
    expected = one_by_one(index, lat_deg, lon_deg, cov_m2)
    found = all_at_once(index, lat_deg, lon_deg, cov_m2)
    # A probability at the very threshold may be said or not.
    assert {
        pair for pair in expected.keys() ^ found.keys() if expected.get(pair, found.get(pair)) > 0.00101
    } == set()
    assert [pair for pair in expected.keys() & found.keys() if abs(expected[pair] - found[pair]) > 1e-9] == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries=st.lists(areas(), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_what_holds_a_point_is_what_shapely_says(geometries, seed):
    batch = ZoneIndex([made_zone(f"z{n}", geometry) for n, geometry in enumerate(geometries)]).batch()
    whole = shapely.union_all([box(*geometry.bounds) for geometry in geometries])
    lat_deg, lon_deg = points_about(whole, seed, count=400)
    point, zone = batch.holding(lat_deg=lat_deg, lon_deg=lon_deg)
    expected = [
        (n, m)
        for n in range(len(lat_deg))
        for m, geometry in enumerate(geometries)
        if shapely.contains_xy(geometry, lon_deg[n], lat_deg[n])
    ]
    assert list(zip(point.tolist(), zone.tolist(), strict=True)) == expected


def test_points_on_the_lines_of_the_grid_lose_no_zone():
    batch = ZoneIndex([made_zone("a", box(100, 15, 102, 17)), made_zone("b", box(101, 15, 103, 18))]).batch()
    lon_deg, lat_deg = (
        axis.ravel() for axis in np.meshgrid(np.linspace(100, 103, 257), np.linspace(15, 18, 257))
    )
    point, zone = batch.holding(lat_deg=lat_deg, lon_deg=lon_deg)
    for n, polygon in enumerate([box(100, 15, 102, 17), box(101, 15, 103, 18)]):
        assert (
            point[zone == n].tolist()
            == np.flatnonzero(shapely.contains_xy(polygon, lon_deg, lat_deg)).tolist()
        )


def test_the_shipped_layers_answer_the_same():
    index = ZoneIndex(load_zones())
    random = np.random.default_rng(5)
    lat_deg, lon_deg = random.uniform(16.2, 16.8, 300), random.uniform(104.4, 105.0, 300)
    cov_m2 = np.repeat(COV_M2[None], 300, axis=0)
    expected, found = (
        one_by_one(index, lat_deg, lon_deg, cov_m2),
        all_at_once(index, lat_deg, lon_deg, cov_m2),
    )
    assert found == pytest.approx(expected, abs=1e-9)
    assert len(found) > 50


def test_a_batch_too_large_for_one_block_answers_the_same(monkeypatch):
    index = ZoneIndex(load_zones())
    random = np.random.default_rng(6)
    lat_deg, lon_deg = random.uniform(16.2, 16.8, 200), random.uniform(104.4, 105.0, 200)
    cov_m2 = np.repeat(COV_M2[None], 200, axis=0)
    whole = all_at_once(index, lat_deg, lon_deg, cov_m2)
    monkeypatch.setattr("geofences.batch_probability._AT_ONCE", 100)
    assert all_at_once(index, lat_deg, lon_deg, cov_m2) == pytest.approx(whole, abs=1e-12)


def test_zones_out_of_force_and_no_zones_hold_nothing():
    over = ZoneIndex([made_zone(valid_to=datetime(2026, 1, 1, tzinfo=UTC))])
    place = {"lat_deg": np.array([16.45]), "lon_deg": np.array([104.75])}
    hits = over.batch().hits_of(**place, cov_m2=COV_M2[None], at=datetime(2026, 6, 1, tzinfo=UTC))
    assert len(hits.point) == 0
    empty = ZoneIndex([]).batch()
    assert [len(found) for found in empty.holding(**place)] == [0, 0]
    assert len(empty.hits_of(**place, cov_m2=COV_M2[None]).point) == 0


def test_places_that_are_none_are_in_no_zone_or_refused():
    batch = ZoneIndex([made_zone()]).batch()
    nowhere = {"lat_deg": np.array([np.nan, 16.45]), "lon_deg": np.array([104.75, np.inf])}
    assert [len(found) for found in batch.holding(**nowhere)] == [0, 0]
    cov_m2 = np.repeat(COV_M2[None], 2, axis=0)
    with pytest.raises(ValueError, match="no place"):
        batch.hits_of(**nowhere, cov_m2=cov_m2)
    here = {"lat_deg": np.array([16.45, 16.45]), "lon_deg": np.array([104.75, 104.75])}
    with pytest.raises(ValueError, match="negative"):
        batch.hits_of(**here, cov_m2=-cov_m2)
    with pytest.raises(ValueError, match="shapes"):
        batch.hits_of(**here, cov_m2=COV_M2)
    with pytest.raises(ValueError, match="no time zone"):
        batch.hits_of(**here, cov_m2=cov_m2, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault
