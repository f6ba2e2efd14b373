"""What a site asks of all its zones at once."""

import dataclasses
import json
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from shapely.geometry import LineString, Point, box

from geofences import Kind, Zone, ZoneError, ZoneIndex, load_zones
from geofences.area import make_area
from geofences.probability import probability_inside

TOWN = {"lat_deg": 16.5436, "lon_deg": 104.7235}
SMALL_M2 = np.diag([10.0**2, 10.0**2])
START = datetime(2026, 1, 1, tzinfo=UTC)


def zone(zone_id, geometry, **changes):
    plain = Zone(
        id=zone_id,
        kind=Kind.PARK,
        name_th=zone_id,
        name_en=zone_id,
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
        geometry=geometry,
        sha256="0" * 64,
    )
    return dataclasses.replace(plain, **changes)


def around_town(half_deg):
    return box(104.7235 - half_deg, 16.5436 - half_deg, 104.7235 + half_deg, 16.5436 + half_deg)


def ids(hits):
    return [hit.zone.id for hit in hits]


def test_hits_come_most_probable_first_then_by_id():
    west = box(104.0, 16.0, 104.7235, 17.0)
    index = ZoneIndex([zone("c", west), zone("b", around_town(0.1)), zone("a", around_town(0.1))])
    hits = index.hits(**TOWN, cov_m2=SMALL_M2)
    assert ids(hits) == ["a", "b", "c"]
    assert [hit.probability_inside for hit in hits] == pytest.approx([1.0, 1.0, 0.5])
    assert hits[0].distance_m < -10_000.0
    assert hits[2].distance_m == pytest.approx(0.0, abs=1e-6)


def test_every_zone_with_a_chance_of_a_thousandth_is_found_and_no_other():
    random = np.random.default_rng(5)
    zones = []
    for i in range(300):
        west, south = random.uniform([104.70, 16.52], [104.745, 16.565]).tolist()
        square = box(west, south, west + 0.003, south + 0.002)
        zones.append(zone(f"z{i:03}", square, accuracy_m=float(random.choice([0.0, 20.0, 400.0]))))
    cov_m2 = np.array([[300.0**2, 150.0**2], [150.0**2, 120.0**2]])
    expected = {
        z.id: p
        for z in zones
        if (p := probability_inside(make_area(z.geometry), **TOWN, cov_m2=cov_m2, accuracy_m=z.accuracy_m))
        >= 0.001
    }
    hits = ZoneIndex(zones).hits(**TOWN, cov_m2=cov_m2)
    assert {hit.zone.id: hit.probability_inside for hit in hits} == pytest.approx(expected)
    assert 10 < len(expected) < 290


def test_a_line_counts_as_the_strip_about_it_and_without_a_width_never_hits():
    road = LineString([(104.70, 16.5446), (104.75, 16.5446)])
    wide, bare = zone("wide", road, kind=Kind.ROAD, within_m=300.0), zone("bare", road, kind=Kind.ROAD)
    (hit,) = ZoneIndex([wide, bare]).hits(**TOWN, cov_m2=SMALL_M2)
    assert hit.zone.id == "wide"
    # 0.001 deg of latitude is 110.65 m here, so 189 m are left to the edge of the strip.
    assert hit.distance_m == pytest.approx(-189.4, abs=1.0)


def test_a_zone_counts_only_while_it_is_in_force():
    limited = zone("a", around_town(0.1), valid_from=START, valid_to=START + timedelta(days=1))
    index = ZoneIndex([limited])

    def found(at):
        return ids(index.hits(**TOWN, cov_m2=SMALL_M2, at=at))

    assert found(START - timedelta(microseconds=1)) == []
    assert found(START) == ["a"]
    assert found(START + timedelta(hours=23)) == ["a"]
    assert found(START + timedelta(days=1)) == []
    assert found(None) == ["a"]


def test_a_time_without_a_zone_is_refused():
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        ZoneIndex([]).hits(**TOWN, cov_m2=SMALL_M2, at=naive)


def test_an_index_without_zones_answers():
    index = ZoneIndex([])
    assert index.hits(**TOWN, cov_m2=SMALL_M2) == ()
    assert index.border(**TOWN, cov_m2=SMALL_M2) is None
    assert index.border_gap_m(**TOWN) is None
    assert index.nearest_named(**TOWN, kinds=set(Kind)) is None
    assert index.placeholders == ()


def test_one_id_twice_is_refused():
    with pytest.raises(ZoneError, match="id 'a': two zones have this id; give each its own id"):
        ZoneIndex([zone("a", around_town(0.1)), zone("a", around_town(0.2))])


def test_the_nearest_zone_of_a_kind_comes_with_distance_and_bearing():
    villages = [
        zone("north", Point(104.7235, 16.5536), kind=Kind.VILLAGE),
        zone("east", Point(104.7285, 16.5436), kind=Kind.VILLAGE),
        zone("pier", Point(104.7236, 16.5436), kind=Kind.PIER),
    ]
    index = ZoneIndex(villages)
    village = index.nearest_named(**TOWN, kinds={Kind.VILLAGE})
    assert (village.zone.id, village.distance_m) == ("east", pytest.approx(533.7, abs=0.5))
    assert village.bearing_deg == pytest.approx(90.0)
    assert index.nearest_named(**TOWN, kinds={Kind.VILLAGE, Kind.PIER}).zone.id == "pier"
    assert index.nearest_named(**TOWN, kinds={Kind.PARK}) is None


def test_a_zone_that_holds_the_point_is_at_no_distance():
    here = ZoneIndex([zone("a", around_town(0.1))]).nearest_named(**TOWN, kinds={Kind.PARK})
    assert (here.distance_m, here.bearing_deg) == (0.0, None)


def test_the_nearest_of_many_is_the_one_a_full_search_finds():
    random = np.random.default_rng(6)
    places = random.uniform([104.6, 16.4], [104.8, 16.7], (200, 2)).tolist()
    zones = [
        zone(f"v{i}", LineString([(x, y), (x + 0.05, y - 0.03)]), kind=Kind.TRAIL)
        for i, (x, y) in enumerate(places)
    ]
    best = min(
        (ZoneIndex([z]).nearest_named(**TOWN, kinds={Kind.TRAIL}) for z in zones),
        key=lambda near: near.distance_m,
    )
    assert ZoneIndex(zones).nearest_named(**TOWN, kinds={Kind.TRAIL}) == best


def test_placeholders_are_flagged():
    index = ZoneIndex(load_zones())
    assert [z.id for z in index.placeholders] == ["phu-pha-thoep", "phu-pha-yon", "phu-sa-dok-bua"]


def test_the_middle_of_a_stand_in_circle_is_never_certain():
    hits = ZoneIndex(load_zones()).hits(lat_deg=16.44, lon_deg=104.75, cov_m2=SMALL_M2)
    (park,) = [hit for hit in hits if hit.zone.id == "phu-pha-thoep"]
    assert 0.98 < park.probability_inside < 0.99


def test_the_digest_depends_on_what_zones_say_and_on_nothing_else():
    a, b = zone("a", around_town(0.1)), zone("b", around_town(0.2))
    digest = ZoneIndex([a, b]).sha256
    assert len(digest) == 64
    assert ZoneIndex([b, a]).sha256 == digest
    assert ZoneIndex([dataclasses.replace(a, sha256="f" * 64), b]).sha256 == digest
    others = [
        {"accuracy_m": 11.0},
        {"geometry": around_town(0.11)},
        {"placeholder": True},
        {"name_th": "x"},
        {"valid_to": START},
        {"within_m": 5.0},
    ]
    digests = {ZoneIndex([dataclasses.replace(a, **change), b]).sha256 for change in others}
    assert len(digests | {digest}) == len(others) + 1


def test_the_digest_of_the_shipped_zones_does_not_depend_on_the_layout_of_the_file(tmp_path):
    from geofences import load_layer, shipped_layers

    shipped = shipped_layers()["national-parks"]
    compact = tmp_path / "compact.geojson"
    compact.write_text(json.dumps(json.loads(shipped.read_text(encoding="utf-8"))), encoding="utf-8")
    assert ZoneIndex(load_layer(compact)).sha256 == ZoneIndex(load_layer(shipped)).sha256


def test_a_patrols_1500_points_are_answered_in_two_seconds_with_their_border():
    # Measured 0.09-0.23 s. Time of the processor, since other tests run beside; a slow path costs far more.
    index = ZoneIndex(load_zones())
    points = np.random.default_rng(1).uniform([16.40, 104.70], [16.60, 104.79], (1500, 2)).tolist()
    started = time.process_time()
    for lat_deg, lon_deg in points:
        index.hits(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=SMALL_M2)
        index.border(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=SMALL_M2)
    assert time.process_time() - started < 2.0
