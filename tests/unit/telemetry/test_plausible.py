"""What becomes of positions that a vehicle cannot have reached, and which motions are no jumps."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.telemetry.plausible import GLITCH_S, Judged, judge
from droneops.telemetry.position import Positions
from droneops.telemetry.samples import Fixes, make_positions, no_source
from droneops.types import FloatArray

METRES = 1 / 111_195
WIDENED = (7, 8)


def track(
    seconds: FloatArray,
    north_m: FloatArray,
    *,
    east_m: FloatArray | float = 0.0,
    alt_m: FloatArray | float = 300.0,
    velocity: FloatArray | None = None,
    sigma_m: float = 0.5,
    boot: int = 0,
) -> Positions:
    """Positions about 16.44 N; the velocity is the true one if none is given."""
    count = len(seconds)
    east, alt = np.broadcast_to(east_m, count), np.broadcast_to(alt_m, count)
    if velocity is None:
        velocity = np.stack([np.gradient(x, seconds) for x in (north_m, east, -alt)], axis=-1)
    return Positions(
        time_us=np.rint(seconds * 1e6).astype(np.int64),
        boot=np.full(count, boot, dtype=np.int64),
        lat_deg=16.44 + north_m * METRES,
        lon_deg=104.75 + east * METRES / np.cos(np.radians(16.44)),
        alt_msl_m=alt.astype(np.float64),
        alt_above_home_m=alt - 200.0,
        velocity_ned_mps=velocity,
        valid=np.ones(count, dtype=np.bool_),
        sigma_m=np.full(count, sigma_m),
        sigma_source=np.ones(count, dtype=np.int8),
        altitude_sigma_m=np.full(count, sigma_m),
        altitude_sigma_source=np.ones(count, dtype=np.int8),
    )


def told_without_velocity(seconds: FloatArray, north_m: FloatArray) -> Positions:
    """As subtitles and KLV tell it: velocities are made of the positions."""
    count = len(seconds)
    fixes = Fixes(
        time_us=np.rint(seconds * 1e6).astype(np.int64),
        lat_deg=16.44 + north_m * METRES,
        lon_deg=np.full(count, 104.75),
        alt_msl_m=np.full(count, 300.0),
        alt_above_home_m=np.full(count, 100.0),
        has_fix=np.ones(count, dtype=np.bool_),
        sigma_m=np.full(count, 3.0),
        sigma_source=no_source(count),
        altitude_sigma_m=np.full(count, 5.0),
        altitude_sigma_source=no_source(count),
    )
    return make_positions(fixes)[0]


def judged(positions: Positions) -> Judged:
    return judge(positions, widened_source=WIDENED)


def kinds(result: Judged) -> list[str]:
    return [event.what for event in result.events]


def flight(rate_hz: float = 10.0, length_s: float = 60.0, speed_mps: float = 10.0) -> tuple:
    """Times, metres north and the true velocities of a straight flight."""
    seconds = np.arange(0, length_s, 1 / rate_hz)
    velocity = np.zeros((len(seconds), 3))
    velocity[:, 0] = speed_mps
    return seconds, speed_mps * seconds, velocity


def stepped(positions: Positions, rows: np.ndarray, north_m: float) -> Positions:
    return replace(positions, lat_deg=positions.lat_deg + rows * north_m * METRES)


def test_an_honest_flight_comes_back_untouched() -> None:
    seconds, north_m, _ = flight()
    positions = track(seconds, north_m)
    result = judged(positions)
    assert result.positions is positions
    assert (result.steps, result.events, result.warnings) == (frozenset(), (), ())


def test_a_single_position_elsewhere_is_left_out() -> None:
    seconds, north_m, _ = flight()
    result = judged(stepped(track(seconds, north_m), np.arange(600) == 300, 812))
    assert np.flatnonzero(~result.positions.valid).tolist() == [300]
    (event,) = result.events
    assert (event.what, event.start_us, event.end_us) == ("glitch", 29_900_000, 30_100_000)
    assert event.reason == "moved 813 m in 0.1 s, 812 m beyond its velocity (limit 7 m)"


@pytest.mark.parametrize("rate_hz", [1.0, 10.0, 30.0])
@pytest.mark.parametrize("tell_velocity", [True, False])
def test_a_glitch_is_left_out_whole_at_every_rate(rate_hz, tell_velocity) -> None:
    seconds, north_m, _ = flight(rate_hz)
    rows = (seconds >= 30) & (seconds < 33)
    if tell_velocity:
        result = judged(stepped(track(seconds, north_m), rows, 500))
    else:
        result = judged(told_without_velocity(seconds, north_m + 500 * rows))
    assert kinds(result) == ["glitch"]
    assert (~result.positions.valid).tolist() == rows.tolist()


def test_a_step_that_stays_longer_than_a_glitch_is_a_reset() -> None:
    seconds, north_m, _ = flight()
    for held_s, kind in ((GLITCH_S - 1, "glitch"), (GLITCH_S + 2, "reset")):
        rows = (seconds >= 20) & (seconds < 20 + held_s)
        assert kinds(judged(stepped(track(seconds, north_m), rows, 500)))[0] == kind


def test_a_reset_widens_what_lies_near_it_and_nothing_else() -> None:
    seconds, north_m, _ = flight()
    result = judged(stepped(track(seconds, north_m), seconds >= 30, 80))
    near = (seconds >= 19.9) & (seconds <= 40.0)
    assert result.positions.valid.all()
    assert result.steps == {(0, 30_000_000)}
    assert result.positions.sigma_m[near] == pytest.approx(80, abs=0.1)
    assert (result.positions.sigma_source == np.where(near, WIDENED[0], 1)).all()
    assert (result.positions.sigma_m[~near] == 0.5).all()
    assert (result.positions.altitude_sigma_m == 0.5).all()


def test_a_step_no_faster_than_a_drone_is_found_where_the_velocity_tells_of_none() -> None:
    seconds, north_m, _ = flight(1.0)
    assert kinds(judged(stepped(track(seconds, north_m), seconds >= 30, 40))) == ["reset"]


def test_a_step_of_height_widens_height_alone() -> None:
    seconds, north_m, _ = flight()
    result = judged(track(seconds, north_m, alt_m=np.where(seconds < 30, 0.0, 588.0), velocity=flight()[2]))
    assert kinds(result) == ["reset"]
    assert "changed height by 588 m" in result.events[0].reason
    assert result.positions.altitude_sigma_m[300] == pytest.approx(588)
    assert result.positions.altitude_sigma_source[300] == WIDENED[1]
    assert (result.positions.sigma_m == 0.5).all()


def test_a_jump_at_the_end_is_not_believed_before_it_has_held() -> None:
    """A live track ends now: the first positions after a jump wait for those that come."""
    seconds, north_m, _ = flight()
    positions = stepped(track(seconds, north_m), seconds >= 30, 80)
    young = judged(positions.take(np.arange(304)))
    assert kinds(young) == ["glitch"]
    assert (~young.positions.valid).sum() == 4
    old = judged(positions.take(np.arange(320)))
    assert kinds(old) == ["reset"]
    assert old.positions.sigma_m[-1] == pytest.approx(80, abs=0.1)


def test_a_step_within_the_told_error_is_none() -> None:
    seconds, north_m, _ = flight()
    assert kinds(judged(stepped(track(seconds, north_m, sigma_m=50.0), seconds >= 30, 120))) == []
    assert kinds(judged(stepped(track(seconds, north_m, sigma_m=5.0), seconds >= 30, 120))) == ["reset"]


def test_nothing_is_a_jump_from_one_boot_to_the_next() -> None:
    seconds, north_m, _ = flight(length_s=10)
    first, second = track(seconds, north_m), track(seconds + 20, north_m + 5000, boot=1)
    both = Positions(*(np.concatenate([getattr(p, f.name) for p in (first, second)]) for f in fields(first)))
    assert kinds(judged(both)) == []


def test_positions_without_a_fix_are_not_asked() -> None:
    seconds, north_m, _ = flight()
    rows = (seconds >= 30) & (seconds < 33)
    positions = replace(stepped(track(seconds, north_m), rows, -1e6), valid=~rows)
    assert judged(positions).events == ()


@pytest.mark.parametrize("rate_hz", [1.0, 4.0, 10.0])
def test_a_fast_vtol_in_a_steep_turn_does_not_jump(rate_hz) -> None:
    """45 m/s in a bank of 45 degrees: 1 g sideways, a circle of 206 m."""
    seconds = np.arange(0, 60, 1 / rate_hz)
    angle = seconds * 9.81 / 45
    radius_m = 45**2 / 9.81
    velocity = np.stack([45 * np.cos(angle), 45 * np.sin(angle), np.zeros(len(angle))], axis=-1)
    circle = track(
        seconds, radius_m * np.sin(angle), east_m=radius_m * (1 - np.cos(angle)), velocity=velocity
    )
    assert judged(circle).events == ()


@pytest.mark.parametrize(("receiver_hz", "sent_hz"), [(5, 10), (5, 50), (1, 10), (1, 30)])
def test_a_receiver_that_repeats_itself_does_not_jump(receiver_hz, sent_hz) -> None:
    seconds, _, velocity = flight(sent_hz, speed_mps=25.0)
    told_m = 25.0 * np.floor(seconds * receiver_hz) / receiver_hz
    assert judged(track(seconds, told_m, velocity=velocity)).events == ()
    assert judged(told_without_velocity(seconds, told_m)).events == ()


@pytest.mark.parametrize("rate_hz", [1.0, 4.0, 10.0])
def test_a_vehicle_carried_in_a_car_does_not_jump(rate_hz) -> None:
    """Its estimator stands still: no velocity; the receiver moves on at up to 25 m/s."""
    seconds = np.arange(0, 120, 1 / rate_hz)
    speed_mps = np.clip(np.minimum(seconds - 20, 100 - seconds) * 3, 0, 25)
    carried = track(seconds, np.cumsum(speed_mps) / rate_hz, velocity=np.zeros((len(seconds), 3)))
    assert judged(carried).events == ()


def test_honest_movement_in_a_link_gap_does_not_jump() -> None:
    """Out, a corner, and back: velocities at both ends say nothing of the way between."""
    seconds = np.arange(0, 60, 0.1)
    north_m = np.where(seconds < 30, 10 * seconds, 300.0)
    east_m = np.where(seconds < 30, 0.0, 10 * (seconds - 30))
    kept = (seconds < 22) | (seconds > 41)
    gap = track(seconds, north_m, east_m=east_m).take(kept)
    assert judged(gap).events == ()


def test_a_log_of_nothing_but_jumps_ends() -> None:
    random = np.random.default_rng(3)
    seconds = np.arange(0, 200, 0.1)
    result = judged(track(seconds, random.uniform(-1e5, 1e5, len(seconds)), velocity=np.zeros((2000, 3))))
    assert result.positions.valid.sum() <= 1


def test_across_the_180th_meridian_nothing_jumps() -> None:
    seconds, east_m, velocity = flight()
    positions = track(seconds, np.zeros(600), east_m=east_m, velocity=velocity[:, [1, 0, 2]])
    shifted = replace(positions, lon_deg=positions.lon_deg - positions.lon_deg[300] + 180)
    assert judged(shifted).events == ()


@settings(max_examples=60, deadline=None)
@given(
    st.floats(100, 5e5),
    st.floats(5, 50),
    st.floats(0.1, 9),
    st.floats(0, 359),
    st.sampled_from([1.0, 4.0, 10.0]),
)
def test_any_excursion_of_more_than_its_limits_is_left_out_and_nothing_else(
    size_m, begin_s, length_s, course_deg, rate_hz
) -> None:
    seconds, north_m, velocity = flight(rate_hz, length_s=80, speed_mps=12.0)
    rows = (seconds >= begin_s) & (seconds < begin_s + length_s)
    course = np.radians(course_deg)
    away = track(
        seconds,
        north_m + rows * size_m * np.cos(course),
        east_m=rows * size_m * np.sin(course),
        velocity=velocity,
    )
    result = judged(away)
    assert (~result.positions.valid).tolist() == rows.tolist()
    assert kinds(result) == (["glitch"] if rows.any() else [])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_whatever_numbers_come_every_position_is_either_kept_or_named(seed, count) -> None:
    random = np.random.default_rng(seed)
    seconds = np.cumsum(random.choice([0.01, 0.1, 1.0, 20.0], count))
    positions = track(
        seconds,
        random.choice([0.0, 20.0, 1e4, 9e6], count),
        alt_m=random.choice([0.0, 300.0, 1e9, np.nan], count),
        velocity=random.choice([0.0, 1e4, 327.67], (count, 3)),
    )
    result = judged(positions)
    lost = positions.valid & ~result.positions.valid
    named = [(e.start_us, e.end_us) for e in result.events if e.what == "glitch"]
    for at_us in positions.time_us[lost].tolist():
        assert any(start <= at_us <= end for start, end in named)
    assert (result.positions.sigma_m >= positions.sigma_m).all()
