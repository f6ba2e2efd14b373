"""What the vehicle reports of the ground below it: only when its grid is loaded, near in time and place."""

from __future__ import annotations

import numpy as np
import pytest
from telemetry_synthetic import shared_file

from droneops.geo.reported import MAX_AGE_S, REACH_M, ReportedRelief
from droneops.telemetry.clock import read_clock
from droneops.telemetry.terrain_report import read_terrain_reports
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle

MADE = ReportedRelief(
    np.array([0, 1_000_000, 60_000_000]),
    np.full(3, 16.44),
    np.array([104.75] * 3),
    np.array([200.0, 210.0, 250.0]),
)


def reports(path) -> ReportedRelief:
    log = read_tlog(path)
    return read_terrain_reports(log, read_clock(log, choose_vehicle(log, None)))


def height(relief: ReportedRelief, time_us: int, lat: float = 16.44, lon: float = 104.75) -> float:
    return float(relief.height_msl_m(np.array([lat]), np.array([lon]), time_us)[0])


def test_zeros_from_before_the_grid_is_loaded_are_never_sea_level(example) -> None:
    found = reports(example / "capture.tlog")
    assert len(found.times_us) > 100
    assert np.abs(found.heights_m - 212.1).max() < 0.2
    assert (np.diff(found.times_us) >= 0).all()


@pytest.mark.parametrize(
    ("name", "lowest_m", "highest_m"),
    [
        ("bruno_20211202-132613.tlog", 1030, 1060),
        ("dronekit_flight.tlog", 570, 600),
        ("uavlogviewer_vtol_mavlink1.tlog", 570, 620),
    ],
)
def test_recorded_reports_are_the_place_they_were_flown_at(name, lowest_m, highest_m) -> None:
    found = reports(shared_file(f"logs/{name}"))
    assert len(found.times_us) > 10
    assert (found.heights_m > lowest_m).all()
    assert (found.heights_m < highest_m).all()


def test_a_log_without_a_fix_reports_no_ground() -> None:
    assert len(reports(shared_file("logs/bruno_20211125-124019_nogpsfix.tlog")).times_us) == 0


def test_the_report_nearest_in_time_counts_and_an_old_one_does_not() -> None:
    assert height(MADE, 400_000) == 200.0
    assert height(MADE, 600_000) == 210.0
    assert height(MADE, 1_000_000 + round(MAX_AGE_S * 1e6)) == 210.0
    assert np.isnan(height(MADE, 1_000_001 + round(MAX_AGE_S * 1e6)))
    assert np.isnan(height(MADE, -10_000_000))


def test_a_report_says_nothing_of_ground_beyond_its_reach() -> None:
    assert height(MADE, 0, lat=16.44 + 0.9 * REACH_M / 110_600) == 200.0
    assert np.isnan(height(MADE, 0, lat=16.44 + 1.1 * REACH_M / 110_600))


def test_no_reports_at_all_know_no_ground() -> None:
    none = np.zeros(0)
    assert np.isnan(height(ReportedRelief(none.astype(np.int64), none, none, none), 0))
