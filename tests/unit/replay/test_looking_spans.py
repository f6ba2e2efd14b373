"""What was looked at, and what was not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.geo.wgs84 import LocalPlane
from droneops.replay.coverage import SAME_LOOK_US, Coverage, covered_km2, looking_spans
from droneops.replay.report.data import Footprint, SpanKind

PLANE = LocalPlane.at(16.44, 104.75)
LOOKED, NO_POSE, SPARED = SpanKind.LOOKED, SpanKind.NO_POSE, SpanKind.SPARED


def square(east_m: float, size_m: float) -> Footprint:
    corners = [(0, 0), (size_m, 0), (size_m, size_m), (0, size_m), (0, 0)]
    points = [PLANE.lat_lon_deg(east_m + e, n) for e, n in corners]
    return Footprint(0, tuple((lon, lat) for lat, lon in points))


def test_ground_seen_twice_counts_once() -> None:
    assert covered_km2([square(0, 100), square(50, 100)]) == pytest.approx(0.015, rel=1e-6)
    assert covered_km2([]) is None


def test_looking_without_a_pose_is_not_looking_with_one() -> None:
    looks = [(k * 200_000, NO_POSE if 20 <= k < 40 else LOOKED) for k in range(60)]
    spans = looking_spans(looks, -5_000_000, 20_000_000)
    assert [span.kind for span in spans] == [
        SpanKind.NOT_LOOKED,
        SpanKind.LOOKED,
        SpanKind.NO_POSE,
        SpanKind.LOOKED,
        SpanKind.NOT_LOOKED,
    ]


@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.sampled_from((LOOKED, NO_POSE, SPARED))), max_size=40),
    st.integers(0, 10**8),
)
def test_the_spans_of_a_flight_add_up_to_the_flight(steps, length_us) -> None:
    time_us, looks = 1_000_000, []
    for step_us, kind in steps:
        time_us += step_us + 1
        looks.append((time_us, kind))
    last_us = time_us + length_us
    coverage = Coverage(tuple(looking_spans(looks, 0, last_us)), None)
    total = sum(coverage.seconds(kind) for kind in SpanKind)
    assert total == pytest.approx(last_us / 1e6, abs=1e-6)
    assert all(a.end_us <= b.start_us for a, b in zip(coverage.spans, coverage.spans[1:], strict=False))


def test_two_looks_far_apart_are_not_one_stretch() -> None:
    assert looking_spans([(0, LOOKED), (SAME_LOOK_US + 1, LOOKED)], None, None) == []
