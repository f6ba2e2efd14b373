"""What is left out of a long flight, and that the page says so."""

from __future__ import annotations

from dataclasses import replace

from test_report_page import T0, empty, path, sighting, track

from droneops.replay.report import PathSegment, ReportData, ReportZone, render
from droneops.replay.report.thinning import (
    MAX_PATH_POINTS,
    MAX_PICTURES,
    MAX_SIGHTINGS,
    best_pictures,
    every_nth,
    left_out,
    thin_path,
    thin_zones,
)


def long_flight() -> ReportData:
    return replace(
        empty(),
        started_us=T0,
        ended_us=T0 + 18_000_000_000,
        path=(path(90_000), path(90_000)),
        sightings=tuple(sighting(n) for n in range(MAX_SIGHTINGS + 1)),
    )


def test_ends_are_kept() -> None:
    assert every_nth(range(10), 4) == (0, 4, 8, 9)
    assert every_nth(range(9), 4) == (0, 4, 8)
    assert every_nth((), 4) == ()


def test_path_is_thinned_within_each_segment() -> None:
    thin = thin_path(long_flight().path)
    assert len(thin) == 2
    assert sum(len(s.time_us) for s in thin) <= MAX_PATH_POINTS + 2
    assert thin[0].time_us[-1] == path(90_000).time_us[-1]


def test_segment_without_points_goes() -> None:
    assert thin_path((PathSegment((), (), (), ()),)) == ()


def test_small_ring_keeps_its_corners_beside_a_great_one() -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0))
    great = tuple((n * 1e-5, 0.0) for n in range(90_000))
    zones = ReportZone("z", "park", "", "", False, None, (square, great), False)
    ((small, thinned),) = thin_zones((zones,))
    assert small == square
    assert len(thinned) < 31_000


def test_page_says_what_was_thinned() -> None:
    data = long_flight()
    assert [t.what.en for t in left_out(data)] == ["path points", "sightings"]
    assert "180,000" in render(data)


def test_pictures_of_incidents_come_first() -> None:
    tracks = tuple(replace(track("person"), id=f"t{n}", sightings=n) for n in range(MAX_PICTURES + 5))
    shown = best_pictures(replace(empty(), tracks=tracks))
    assert len(shown) == MAX_PICTURES
    assert shown[0].sightings == MAX_PICTURES + 4
