"""The sun's elevation against published almanac values and worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.coverage.light import Light, light_at
from droneops.coverage.sun import sun_elevation_deg
from droneops.times import from_text


@pytest.mark.parametrize(
    ("time", "lat_deg", "lon_deg", "elevation_deg"),
    [
        # Reda and Andreas, Solar Position Algorithm, NREL/TP-560-34302, appendix A.5: e0, without refraction.
        ("2003-10-17T19:30:30Z", 39.742476, -105.1786, 39.872046),
        # Meeus, example 25.b: apparent declination at 0 h TD, which is what the pole sees (TD - UTC = 59 s).
        ("1992-10-12T23:59:01Z", 90.0, 0.0, -7.78507),
        # USNO, Earth's Seasons: equinox and solstice of 2026; the obliquity of date is 23.436 degrees.
        ("2026-03-20T14:46:00Z", 90.0, 0.0, 0.0),
        ("2026-06-21T08:24:00Z", 90.0, 0.0, 23.436),
        ("2026-09-23T00:05:00Z", 90.0, 0.0, 0.0),
        ("2026-12-21T20:50:00Z", -90.0, 0.0, 23.436),
    ],
)
def test_it_agrees_with_almanacs_to_two_hundredths_of_a_degree(time, lat_deg, lon_deg, elevation_deg) -> None:
    assert float(sun_elevation_deg(from_text(time), lat_deg, lon_deg)) == pytest.approx(
        elevation_deg, abs=0.02
    )


def test_the_sun_culminates_at_the_almanacs_time() -> None:
    """Meeus, example 28.a: the equation of time at 0 h on 13 October 1992 is 13 min 42.6 s.

    Half a day later it is 7 s more. The place lies under the sun, where its highest moment is its transit.
    """
    seconds = np.arange(-300, 301)
    noon_us = from_text("1992-10-13T12:00:00Z") - 829_600_000
    highest = seconds[np.argmax(sun_elevation_deg(noon_us + seconds * 1_000_000, -7.97, 0.0))]
    assert abs(int(highest)) <= 3


@given(
    st.integers(0, 2_500_000_000),
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
)
def test_opposite_ends_of_the_earth_see_opposite_elevations(seconds, lat_deg, lon_deg) -> None:
    here = float(sun_elevation_deg(seconds * 1_000_000, lat_deg, lon_deg))
    there = float(sun_elevation_deg(seconds * 1_000_000, -lat_deg, lon_deg + 180))
    assert here == pytest.approx(-there, abs=1e-6)
    assert -90 <= here <= 90


def test_dusk_falls_where_the_almanacs_put_it() -> None:
    assert [light_at(deg) for deg in (10, -0.8, -0.9, -5.9, -6.1)] == [
        Light.DAY,
        Light.DAY,
        Light.TWILIGHT,
        Light.TWILIGHT,
        Light.NIGHT,
    ]
