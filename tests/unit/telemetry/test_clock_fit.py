"""A vehicle's clock that drifts, and one that is set in flight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telemetry_synthetic import START_US, LogBuilder, attitude, gps, system_time

from droneops.telemetry.clock import VehicleClock, read_clock
from droneops.telemetry.clock_fit import fit_clock
from droneops.telemetry.tlog import Tlog, parse_tlog
from droneops.telemetry.vehicles import Vehicle

HOUR_S = 3600


def error_us(drift_ppm: float, jitter_us: float, length_s: int, seed: int) -> float:
    """The worst error of the fitted clock at any second of a boot."""
    random = np.random.default_rng(seed)
    boot_us = np.arange(5_000_000, (5 + length_s) * 1_000_000, 1_000_000)
    true_us = START_US + boot_us * drift_ppm * 1e-6
    told_us = np.rint(true_us + random.uniform(0, jitter_us, len(boot_us))).astype(np.int64)
    fit = fit_clock(boot_us, told_us)
    fitted_us = fit.offset_us + (boot_us - fit.about_us) * fit.drift_ppm * 1e-6
    return float(np.abs(fitted_us - true_us).max())


@settings(max_examples=50, deadline=None)
@given(st.floats(-50, 50), st.floats(0, 20_000), st.sampled_from([30, 600, HOUR_S]), st.integers(0, 2**31))
def test_with_a_drift_of_50_ppm_and_20_ms_of_jitter_utc_stays_within_30_ms(
    drift_ppm, jitter_us, length_s, seed
) -> None:
    assert error_us(drift_ppm, jitter_us, length_s, seed) < 30_000


def test_without_drift_the_clock_is_level_and_the_median_as_ever() -> None:
    boot_us = np.arange(0, HOUR_S * 1_000_000, 1_000_000)
    told_us = START_US + np.random.default_rng(1).integers(-400, 400, HOUR_S)
    fit = fit_clock(boot_us, told_us)
    assert (fit.offset_us, fit.drift_ppm, fit.about_us) == (int(np.median(told_us)), 0.0, 0)


def test_one_wrong_time_in_ten_bends_no_line() -> None:
    random = np.random.default_rng(2)
    boot_us = np.arange(0, HOUR_S * 1_000_000, 1_000_000)
    told_us = np.rint(START_US + boot_us * 30e-6).astype(np.int64)
    told_us[random.choice(HOUR_S, HOUR_S // 10)] += 400_000
    assert fit_clock(boot_us, told_us).drift_ppm == pytest.approx(30, abs=0.5)


def test_what_is_no_crystals_drift_is_left_as_a_spread() -> None:
    boot_us = np.arange(0, 600_000_000, 1_000_000)
    fit = fit_clock(boot_us, START_US + boot_us // 100)
    assert fit.drift_ppm == 0
    assert fit.spread_us > 1_000_000


def test_a_single_time_is_a_clock() -> None:
    assert fit_clock(np.array([5]), np.array([START_US])).offset_us == START_US


def clock_of(log: LogBuilder) -> tuple[Tlog, VehicleClock]:
    parsed = parse_tlog(log.bytes())
    return parsed, read_clock(parsed, Vehicle(1, 1))


def test_a_drifting_vehicle_gets_the_right_utc_for_its_messages() -> None:
    log = LogBuilder()
    for second in range(0, HOUR_S, 2):
        true_us = START_US + second * 1_000_050
        log.stamp_us = true_us + 70_000
        log.send(system_time(second * 1000, true_us))
        log.send(attitude(second * 1000))
    parsed, clock = clock_of(log)
    true_us = START_US + np.arange(0, HOUR_S, 2) * 1_000_050
    assert np.abs(clock.utc_of(parsed.table("ATTITUDE")) - true_us).max() < 1000
    assert clock.boots[0].drift_ppm == pytest.approx(50, abs=0.1)
    assert clock.boots[0].spread_us < 1000
    assert (clock.boots[0].first_us, clock.boots[0].last_us) == pytest.approx((true_us[0], true_us[-1]))
    assert clock.warnings == ()


def set_in_flight(step_us: int, *, before_s: int = 60, after_s: int = 60, late_s: int = 0) -> LogBuilder:
    """A clock that GPS sets ``late_s`` after its fix."""
    log = LogBuilder()
    for second in range(before_s + after_s):
        now_us = log.stamp_us = START_US + second * 1_000_000
        is_set = second >= before_s + late_s
        log.send(gps(3 if second >= before_s else 1))
        log.send(system_time(second * 1000, now_us - (0 if is_set else step_us)))
        log.send(attitude(second * 1000))
    return log


@settings(max_examples=30, deadline=None)
@example(1_000_001, 1, 4)
@given(st.integers(1_000_000, 365 * 86_400_000_000), st.sampled_from([-1, 1]), st.integers(4, 90))
def test_a_clock_set_by_gps_counts_for_all_of_the_boot_however_short_the_rest(size_us, sign, after_s) -> None:
    parsed, clock = clock_of(set_in_flight(sign * size_us, after_s=after_s))
    times_us = clock.utc_of(parsed.table("ATTITUDE"))
    assert times_us.tolist() == [START_US + s * 1_000_000 for s in range(60 + after_s)]
    (text,) = clock.warnings
    assert f"set its clock by {sign * size_us / 1e6:+.2f} s" in text


def test_a_clock_set_some_seconds_after_the_fix_is_the_one_believed() -> None:
    _, clock = clock_of(set_in_flight(18_000_000, late_s=5, after_s=20))
    assert clock.boots[0].utc_minus_boot_us == START_US
    assert clock.boots[0].spread_us == 0


def test_a_single_wrong_time_is_no_clock_and_no_warning() -> None:
    log = LogBuilder()
    for second in range(30):
        log.send(gps(3))
        log.send(system_time(second * 1000, START_US + second * 1_000_000 + (10**12 if second == 20 else 0)))
    _, clock = clock_of(log)
    assert clock.boots[0].utc_minus_boot_us == START_US
    assert clock.warnings == ()
