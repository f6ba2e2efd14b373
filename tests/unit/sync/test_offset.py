"""What may be relied on when the offset of a video is estimated from how its picture moves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from made_flight import GROUND, START_US, MadeFlight, camera, even

from droneops.camera_file import load_camera
from droneops.geo.locate import Ground
from droneops.sync.choose import MOST_S, telling_times
from droneops.sync.motion import GreyFrame, MotionCounts, MotionPair, measure, small_grey
from droneops.sync.offset import CannotTell, OffsetEstimate, estimate_offset
from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import Sigma
from droneops.video.file import VideoFile
from droneops.video.start import video_start


def told(flight, pairs, **changes):
    return estimate_offset(pairs, flight, changes.get("camera", camera()), changes.get("ground", GROUND))


def swinging_rad(t_s):
    return math.radians(-60) + 0.2 * math.sin(0.8 * t_s)


def swinging_late_rad(t_s, lag_s=0.12):
    """What a first-order lag makes of it."""
    gain = 1 / math.hypot(1, 0.8 * lag_s)
    return math.radians(-60) + 0.2 * gain * math.sin(0.8 * t_s - math.atan(0.8 * lag_s))


def test_a_picture_that_is_late_gives_a_negative_offset():
    flight = MadeFlight()
    estimate = told(flight, flight.pairs(15, lag_s=0.4))
    assert isinstance(estimate, OffsetEstimate)
    assert estimate.seconds == pytest.approx(-0.4, abs=0.01)


@pytest.mark.parametrize("lag_s", [-1.83, 0.37])
def test_the_offset_is_found_from_pictures_to_20_ms(lag_s):
    flight, counts = MadeFlight(), MotionCounts()
    pairs = list(measure(flight.frames(8, lag_s), counts))
    assert counts.measured == len(pairs) == 79
    estimate = told(flight, pairs)
    assert isinstance(estimate, OffsetEstimate)
    assert estimate.seconds == pytest.approx(-lag_s, abs=0.02)
    assert estimate.drift_s_per_s is None


def test_a_wrong_heading_and_a_wrong_height_do_not_move_the_offset():
    flight = MadeFlight()
    wrong = replace(camera(), bias=replace(camera().bias, heading_rad=math.radians(6)))
    estimate = told(flight, flight.pairs(20, 0.7), camera=wrong, ground=Ground(205.0, Sigma(5.0, "made")))
    assert isinstance(estimate, OffsetEstimate)
    assert estimate.seconds == pytest.approx(-0.7, abs=0.02)


def test_even_motion_cannot_tell_the_offset():
    flight = MadeFlight(heading_rad=even)
    assert "too evenly" in told(flight, flight.pairs(20)).reason


def test_a_hovering_drone_cannot_tell_the_offset():
    flight = MadeFlight(heading_rad=even, speed_mps=0.0)
    assert "too evenly" in told(flight, flight.pairs(20)).reason


def test_a_gimbal_that_follows_late_does_not_move_the_offset_while_the_drone_turns():
    flight = MadeFlight(pitch_rad=swinging_rad, seen_pitch_rad=swinging_late_rad)
    estimate = told(flight, flight.pairs(20, lag_s=0.5))
    assert isinstance(estimate, OffsetEstimate)
    assert estimate.seconds == pytest.approx(-0.5, abs=0.02)


def test_a_moving_gimbal_alone_cannot_tell_the_offset_from_its_own_lag():
    flight = MadeFlight(heading_rad=even, pitch_rad=swinging_rad, seen_pitch_rad=swinging_late_rad)
    assert "only the gimbal moved" in told(flight, flight.pairs(20)).reason


def test_motion_that_repeats_itself_within_the_span_cannot_tell_which_time_it_was():
    flight = MadeFlight(heading_rad=lambda t_s: 0.3 * math.sin(2 * math.pi * t_s / 2.5))
    assert "fit alike" in told(flight, flight.pairs(20)).reason


def test_an_offset_beyond_the_span_is_not_guessed():
    flight = MadeFlight()
    assert isinstance(told(flight, flight.pairs(20, lag_s=4.5)), CannotTell)


def test_the_pictures_of_another_flight_are_refused():
    other = MadeFlight(heading_rad=lambda t_s: 0.4 * math.cos(1.1 * t_s))
    assert isinstance(told(MadeFlight(), other.pairs(20)), CannotTell)


@pytest.mark.parametrize("drift", [4e-3, -4e-3])
def test_a_clock_that_drifts_is_found_with_its_rate(drift):
    flight = MadeFlight()
    estimate = told(flight, flight.pairs(40, drift=drift))
    assert isinstance(estimate, OffsetEstimate)
    assert estimate.drift_s_per_s == pytest.approx(drift, abs=4e-4)
    middle_s = (estimate.at_us - START_US) / 1e6
    assert estimate.seconds == pytest.approx(drift * middle_s, abs=0.02)


def test_pairs_without_a_pose_are_left_out():
    flight = MadeFlight(gap_s=(8.0, 12.0))
    estimate = told(flight, flight.pairs(30))
    assert isinstance(estimate, OffsetEstimate)
    # 4 s of gap, and on either side the 3 s of the span with a margin, are as good as no video.
    assert 170 < estimate.pairs < 200
    assert told(MadeFlight(gap_s=(-1.0, 31.0)), flight.pairs(30)).pairs == 0


def test_frames_without_texture_are_counted_and_cannot_tell():
    rng = np.random.default_rng(0)
    fog = [GreyFrame(k * 100_000, rng.integers(127, 130, (240, 320), np.uint8), 1.0) for k in range(60)]
    counts = MotionCounts()
    assert list(measure(fog, counts)) == []
    assert (counts.measured, counts.plain) == (0, 59)
    assert told(MadeFlight(), []) == CannotTell("only 0 pairs of frames could be used, 50 are needed", 0)


def test_frames_that_show_unlike_things_or_lie_far_apart_are_no_pair():
    rng = np.random.default_rng(0)
    times_us = (0, 100_000, 1_100_000)
    noise = [GreyFrame(t_us, rng.integers(0, 255, (240, 320), np.uint8), 1.0) for t_us in times_us]
    counts = MotionCounts()
    assert list(measure(noise, counts)) == []
    assert (counts.lost, counts.apart) == (1, 1)


def test_points_are_in_pixels_of_the_full_picture():
    frames = MadeFlight().frames(0.2)
    half = [GreyFrame(frame.time_us, frame.image, 2.0) for frame in frames]
    (full,), (twice,) = (list(measure(given, MotionCounts())) for given in (frames, half))
    assert np.allclose(twice.from_px, (full.from_px + 0.5) * 2 - 0.5)


def test_of_a_long_video_only_the_turns_are_wanted_in_every_quarter():
    def heading_rad(t_s):
        return 0.5 * math.floor(t_s / 100) + 0.5 * min(t_s % 100 / 4, 1.0)

    last_us = START_US + 600_000_000
    wants = telling_times(MadeFlight(heading_rad=heading_rad), camera(), GROUND, START_US, last_us)
    wanted_s = [t_s for t_s in range(601) if wants(START_US + t_s * 1_000_000)]
    assert {102, 202, 302, 402, 502} <= {*wanted_s}
    assert len(wanted_s) <= MOST_S
    assert not wants(START_US - 1)
    assert not wants(last_us + 1)
    frames = MadeFlight().frames(1)
    assert list(measure(frames, MotionCounts(), lambda time_us: time_us < START_US)) == []


@pytest.mark.parametrize(("flight", "from_s", "until_s"), [("park-patrol", 0, 12), ("faults", 14, 27)])
def test_the_recorded_flights_are_found_to_50_ms_whatever_their_start_says(flight, from_s, until_s, shared):
    video, log = (shared / "flights" / flight / name for name in ("video.mp4", "capture.tlog"))
    lens = load_camera(shared / "flights" / flight / "camera.toml")
    tlog = read_tlog(log)
    poses = build_pose_track(tlog, choose_vehicle(tlog, 1), drone_id="d")
    pairs = _recorded_pairs(video, from_s, until_s)
    for shift_s in (-2.0, 2.0):
        moved = [_later(pair, round(shift_s * 1e6)) for pair in pairs]
        estimate = estimate_offset(moved, poses, lens, Ground(None, Sigma(10.0, "assumed")))
        assert isinstance(estimate, OffsetEstimate), (shift_s, estimate)
        assert estimate.seconds == pytest.approx(-shift_s, abs=0.05)
        assert abs(estimate.seconds + shift_s) < 3 * estimate.sigma_s


def _recorded_pairs(video, from_s, until_s):
    start = video_start(video)

    def shown():
        with VideoFile(video, drone_id="d", camera_id="eo", start=start, looks_per_second=10) as opened:
            for frame in opened.frames():
                if frame.captured_at_us >= start.start_us + until_s * 1e6:
                    return
                if frame.captured_at_us >= start.start_us + from_s * 1e6:
                    yield small_grey(frame)

    return list(measure(shown(), MotionCounts()))


def _later(pair, shift_us):
    return MotionPair(pair.from_us + shift_us, pair.to_us + shift_us, pair.from_px, pair.to_px)
